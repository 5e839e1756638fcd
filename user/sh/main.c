/* SPDX-License-Identifier: MIT */
/*
 * sh                        commands from standard input
 * sh -c TEXT [name arg...]  commands from TEXT
 * sh FILE [arg...]          commands from a file
 *
 * Exit status: that of the last command, or of exit.
 */
#include "user/lib/libc.h"
#include "user/sh/glob.h"
#include "user/sh/sh.h"

#define SCRIPT_MAX ((uint64_t)1 << 20)

static struct shell *
shell_of(const struct expand_env *env)
{
	return (struct shell *)(size_t)env;
}
_Static_assert(offsetof(struct shell, env) == 0, "shell_of");

/* Values of parameters; those with special names are numbers. */
static const char *
shell_lookup(const struct expand_env *env, const char *name)
{
	struct shell *sh = shell_of(env);
	static char number[24];

	switch (*name) {
	case '?':
		snprintf(number, sizeof(number), "%d", sh->status);
		return number;
	case '$':
		snprintf(number, sizeof(number), "%d", sh->pid);
		return number;
	case '#':
		snprintf(number, sizeof(number), "%zu", sh->env.nargs - 1);
		return number;
	case '!':
		if (sh->last_background == 0)
			return NULL;
		snprintf(number, sizeof(number), "%d", sh->last_background);
		return number;
	case '-':
		return sh->terminal ? "i" : "";
	default:
		return vars_get(&sh->vars, name);
	}
}

static size_t
shell_glob(const struct expand_env *env, const char *pattern, struct fields *to,
	struct arena *arena)
{
	(void)env;
	return glob_files(pattern, to, arena);
}

/*
 * Runs all lines of text, up to an `exit` or a syntax error.  Returns the
 * status of the last command, which is $? too.
 */
int
shell_run_text(struct shell *sh, const char *text)
{
	struct arena arena = { NULL };
	enum parse_result result;
	struct parser parser;
	struct node *line;

	if (sh->nesting == SHELL_NESTING_MAX) {
		warnx("commands nested more than %d deep", SHELL_NESTING_MAX);
		return STATUS_SYNTAX;
	}
	sh->nesting++;
	parse_init(&parser, &arena, text);
	while (!sh->exiting &&
		(result = parse_line(&parser, &line)) != PARSE_END) {
		if (result == PARSE_ERROR) {
			warnx("line %u: %s", parser.line, parser.error);
			sh->status = STATUS_SYNTAX;
			break;
		}
		if (line != NULL)
			run_list(sh, &arena, line);
		arena_free(&arena);
	}
	arena_free(&arena);
	sh->nesting--;
	return sh->status;
}

/* The text of a file of commands, to be freed; NULL after a complaint. */
char *
script_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st = { .size = 0 };
	char *text = NULL;
	size_t used = 0;
	long n = 0;

	if (fd < 0 || fstat(fd, &st) < 0 || st.size > SCRIPT_MAX) {
		if (fd >= 0 && st.size > SCRIPT_MAX)
			errno = EFBIG;
		warn("%s", path);
		goto out;
	}
	text = xmalloc(st.size + 1);
	while (used < st.size &&
		(n = read(fd, text + used, st.size - used)) > 0)
		used += (size_t)n;
	text[used] = 0;
	if (n < 0 || strlen(text) != used) {
		if (n < 0)
			warn("%s", path);
		else
			warnx("%s: not a program and not a text", path);
		free(text);
		text = NULL;
	}
out:
	if (fd >= 0)
		close(fd);
	return text;
}

static int
shell_run_script(struct shell *sh, const char *path)
{
	char *text = script_read(path);
	int status;

	if (text == NULL)
		return STATUS_NOT_FOUND;
	status = shell_run_text(sh, text);
	free(text);
	return status;
}

/* Commands from standard input, until its end or until `exit`. */
static int
shell_run_input(struct shell *sh)
{
	struct input in = { .text = NULL };

	terminal_give(sh, 0);
	while (!sh->exiting && input_command(sh, &in)) {
		shell_run_text(sh, in.text);
		jobs_poll(sh);
	}
	terminal_give(sh, getpgid(0));
	free(in.text);
	return sh->status;
}

int
main(int argc, char **argv)
{
	static struct shell sh = {
		.env = { .lookup = shell_lookup, .glob = shell_glob },
	};
	static char *no_args[] = { "sh", NULL };

	sh.pid = getpid();
	vars_set(&sh.vars, "PATH", "/bin");
	vars_import(&sh.vars, environ);
	if (argc > 1 && strcmp(argv[1], "-c") == 0) {
		if (argc < 3)
			errx(STATUS_SYNTAX, "-c needs commands");
		sh.env.args = argc > 3 ? argv + 3 : no_args;
		sh.env.nargs = argc > 3 ? (size_t)argc - 3 : 1;
		return shell_run_text(&sh, argv[2]);
	}
	if (argc > 1 && argv[1][0] == '-')
		errx(STATUS_SYNTAX, "usage: sh [-c commands | file] [arg...]");
	sh.env.args = argc > 1 ? argv + 1 : no_args;
	sh.env.nargs = argc > 1 ? (size_t)argc - 1 : 1;
	if (argc > 1)
		return shell_run_script(&sh, argv[1]);
	sh.terminal = isatty(0) && isatty(1);
	return shell_run_input(&sh);
}
