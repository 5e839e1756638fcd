/* SPDX-License-Identifier: MIT */
/* Commands that must run in the shell itself, because they change it. */
#include "user/lib/libc.h"
#include "user/sh/sh.h"

static int
builtin_true(struct shell *sh, int argc, char **argv)
{
	(void)sh;
	(void)argc;
	(void)argv;
	return 0;
}

static int
builtin_false(struct shell *sh, int argc, char **argv)
{
	return !builtin_true(sh, argc, argv);
}

static int
builtin_cd(struct shell *sh, int argc, char **argv)
{
	const char *to = argc > 1 ? argv[1] : vars_get(&sh->vars, "HOME");
	char path[PATH_MAX];

	if (argc > 1 && strcmp(to, "-") == 0)
		to = vars_get(&sh->vars, "OLDPWD");
	if (to == NULL)
		to = "/";
	if (getcwd(path, sizeof(path)) == NULL)
		path[0] = 0;
	if (chdir(to) < 0) {
		warn("cd: %s", to);
		return 1;
	}
	vars_set(&sh->vars, "OLDPWD", path);
	if (getcwd(path, sizeof(path)) != NULL)
		vars_set(&sh->vars, "PWD", path);
	return 0;
}

static int
builtin_pwd(struct shell *sh, int argc, char **argv)
{
	char path[PATH_MAX];

	(void)sh;
	(void)argc;
	(void)argv;
	if (getcwd(path, sizeof(path)) == NULL) {
		warn("pwd");
		return 1;
	}
	puts(path);
	return 0;
}

static int
builtin_exit(struct shell *sh, int argc, char **argv)
{
	uint64_t status = (uint64_t)sh->status;

	if (argc > 1 && parse_number(argv[1], &status) < 0) {
		warnx("exit: %s: not a number", argv[1]);
		status = STATUS_SYNTAX;
	}
	sh->exiting = true;
	return (int)(status & 0xff);
}

static int
builtin_export(struct shell *sh, int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char *name = xstrdup(argv[i]), *equals = strchr(name, '=');

		if (equals != NULL)
			*equals = 0;
		if (!vars_is_name(name)) {
			warnx("export: %s: not a name", argv[i]);
			status = 1;
		} else {
			if (equals != NULL)
				vars_set(&sh->vars, name, equals + 1);
			vars_export(&sh->vars, name);
		}
		free(name);
	}
	return status;
}

static int
builtin_unset(struct shell *sh, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		vars_unset(&sh->vars, argv[i]);
	return 0;
}

static int
builtin_set(struct shell *sh, int argc, char **argv)
{
	const struct var *v;

	(void)argv;
	if (argc > 1) {
		warnx("set: takes no arguments: this shell has no options");
		return STATUS_SYNTAX;
	}
	for (v = sh->vars.first; v != NULL; v = v->next)
		if (v->value != NULL)
			printf("%s=%s\n", v->name, v->value);
	return 0;
}

static int
builtin_shift(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (sh->env.nargs < 2)
		return 1;
	/* $0 stays what it is. */
	memmove(sh->env.args + 1, sh->env.args + 2,
		(sh->env.nargs - 2) * sizeof(*sh->env.args));
	sh->env.nargs--;
	return 0;
}

static int
builtin_wait(struct shell *sh, int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return jobs_wait(sh, NULL);
	for (int i = 1; i < argc; i++)
		status = jobs_wait(sh, argv[i]);
	return status;
}

static int
builtin_jobs(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	jobs_poll(sh);
	jobs_print(sh);
	return 0;
}

static int
builtin_exec(struct shell *sh, int argc, char **argv)
{
	struct arena arena = { NULL };

	if (argc > 1)
		command_exec(sh, &arena, argv + 1);
	return 0;
}

static int
builtin_eval(struct shell *sh, int argc, char **argv)
{
	size_t size = 1;
	char *text;
	int status;

	for (int i = 1; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = xmalloc(size);
	text[0] = 0;
	for (int i = 1, at = 0; i < argc; i++)
		at += snprintf(text + at, size - (size_t)at, "%s%s",
			i > 1 ? " " : "", argv[i]);
	status = shell_run_text(sh, text);
	free(text);
	return status;
}

static int
builtin_source(struct shell *sh, int argc, char **argv)
{
	int status = STATUS_SYNTAX;
	char *text;

	if (argc != 2) {
		warnx("usage: . file");
		return status;
	}
	text = script_read(argv[1]);
	if (text == NULL)
		return STATUS_NOT_FOUND;
	status = shell_run_text(sh, text);
	free(text);
	return status;
}

/* Reads byte by byte: what follows the line is for the next command. */
static int
builtin_read(struct shell *sh, int argc, char **argv)
{
	char line[1024];
	size_t n = 0;
	long got;

	if (argc != 2 || !vars_is_name(argv[1])) {
		warnx("usage: read name");
		return STATUS_SYNTAX;
	}
	while (n < sizeof(line) - 1 && (got = read(0, line + n, 1)) == 1 &&
		line[n] != '\n')
		n++;
	line[n] = 0;
	vars_set(&sh->vars, argv[1], line);
	return n == 0 && got <= 0;
}

static int
builtin_help(struct shell *sh, int argc, char **argv)
{
	const struct builtin *list;
	size_t n;

	(void)sh;
	(void)argc;
	(void)argv;
	list = builtin_list(&n);
	for (size_t i = 0; i < n; i++)
		printf("%-8s %s\n", list[i].name, list[i].help);
	printf("\nAll other commands are programs: ls /bin\n");
	return 0;
}

static const struct builtin builtins[] = {
	{ ".", builtin_source, "file: run its commands in this shell" },
	{ ":", builtin_true, "nothing, with success" },
	{ "cd", builtin_cd, "[directory | -]: change the working directory" },
	{ "eval", builtin_eval, "[word...]: run the words as commands" },
	{ "exec", builtin_exec, "[command]: put it in the shell's place" },
	{ "exit", builtin_exit, "[status]: end this shell" },
	{ "export", builtin_export,
		"name[=value]...: let programs inherit it" },
	{ "false", builtin_false, "nothing, without success" },
	{ "fg", builtin_wait, "[pid | %job]...: as wait" },
	{ "help", builtin_help, "this list" },
	{ "jobs", builtin_jobs, "what runs in the background" },
	{ "pwd", builtin_pwd, "print the working directory" },
	{ "read", builtin_read, "name: read one line of input into it" },
	{ "set", builtin_set, "print all variables" },
	{ "shift", builtin_shift, "drop $1; $2 becomes $1, and so on" },
	{ "true", builtin_true, "nothing, with success" },
	{ "unset", builtin_unset, "name...: forget these variables" },
	{ "wait", builtin_wait, "[pid | %job]...: until they, or all, end" },
};

/* The builtin of this name, or NULL. */
const struct builtin *
builtin_find(const char *name)
{
	size_t n;
	const struct builtin *list = builtin_list(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* All builtins, *n of them. */
const struct builtin *
builtin_list(size_t *n)
{
	*n = sizeof(builtins) / sizeof(builtins[0]);
	return builtins;
}
