/* SPDX-License-Identifier: MIT */
/*
 * Running trees.  A function that runs something here returns its exit status;
 * one whose name ends in _child runs in a process of its own and never
 * returns.
 */
#include "user/lib/libc.h"
#include "user/sh/sh.h"

/* The shell's status for one of SYS_wait. */
int
status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return STATUS_BY_SIGNAL + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/* Replaces this process by the program at path, or by a shell that reads it. */
static void
program_exec(const char *path, char **argv, char **environment)
{
	size_t n = 0;
	char **script;

	execve(path, argv, environment);
	if (errno != ENOEXEC)
		return;
	while (argv[n] != NULL)
		n++;
	script = xmalloc((n + 2) * sizeof(*script));
	script[0] = "sh";
	script[1] = (char *)(size_t)path;
	memcpy(script + 2, argv + 1, n * sizeof(*script));
	execve("/bin/sh", script, environment);
}

/* Replaces this process by the command argv; ends it if that cannot be. */
void
command_exec(struct shell *sh, struct arena *arena, char **argv)
{
	char path[PATH_MAX];
	struct stat st;

	if (path_program(path, argv[0], vars_get(&sh->vars, "PATH")) < 0) {
		warnx("%s: not found", argv[0]);
		exit(STATUS_NOT_FOUND);
	}
	if (stat(path, &st) < 0) {
		warn("%s", path);
		exit(errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND
							 : STATUS_NO_EXEC);
	}
	if (st.type != FT_FILE) {
		errno = st.type == FT_DIR ? EISDIR : EACCES;
	} else {
		program_exec(path, argv, vars_environment(&sh->vars, arena));
	}
	warn("%s", path);
	exit(STATUS_NO_EXEC);
}

/* The arguments of a command; -1 after a complaint. */
static int
command_expand(struct shell *sh, struct arena *arena, const struct node *n,
	struct fields *argv)
{
	for (const struct word *w = n->words; w != NULL; w = w->next)
		if (expand_word(&sh->env, arena, w->text, argv) < 0) {
			warnx("%s: bad substitution", w->text);
			return -1;
		}
	return 0;
}

/* Assigns the NAME=value words in front of a command. */
static int
command_assign(struct shell *sh, struct arena *arena, const struct node *n,
	bool exported)
{
	for (const struct word *w = n->assigns; w != NULL; w = w->next) {
		size_t length = strcspn(w->text, "=");
		char *name = arena_strndup(arena, w->text, length);
		char *value =
			expand_single(&sh->env, arena, w->text + length + 1);

		if (value == NULL) {
			warnx("%s: bad substitution", w->text);
			return -1;
		}
		vars_set(&sh->vars, name, value);
		if (exported)
			vars_export(&sh->vars, name);
	}
	return 0;
}

/* This process is a new one: of process group pgid, 0 for a new group. */
static void
child_begin(struct shell *sh, int pgid, bool foreground)
{
	if (sh->terminal) {
		setpgid(0, pgid);
		if (foreground)
			terminal_give(sh, getpgid(0));
	}
	sh->terminal = false;
	jobs_forget(sh);
}

/* Runs an expanded command in a process that is there for it alone. */
static void
command_child(struct shell *sh, struct arena *arena, const struct node *n,
	struct fields *argv)
{
	const struct builtin *builtin;

	if (command_assign(sh, arena, n, true) < 0 ||
		redir_apply(sh, arena, n->redirs, NULL) < 0)
		exit(1);
	if (argv->n == 0)
		exit(0);
	builtin = builtin_find(argv->v[0]);
	if (builtin != NULL)
		exit(builtin->run(sh, (int)argv->n, argv->v));
	command_exec(sh, arena, argv->v);
}

/* Runs any stage of a pipeline in a process that is there for it alone. */
static void
stage_child(struct shell *sh, struct arena *arena, const struct node *n)
{
	struct fields argv = { .n = 0 };

	if (n->kind == NODE_COMMAND) {
		if (command_expand(sh, arena, n, &argv) < 0)
			exit(1);
		command_child(sh, arena, n, &argv);
	}
	if (redir_apply(sh, arena, n->redirs, NULL) < 0)
		exit(1);
	exit(run_list(sh, arena, n->children));
}

/* Says how a process of the foreground ended, if that was no exit. */
static void
death_report(const struct shell *sh, int pid, int wait_status)
{
	int sig = WTERMSIG(wait_status);

	/* For ^C the terminal has shown what was typed. */
	if (sh->terminal && WIFSIGNALED(wait_status) && sig != SIGINT &&
		sig != SIGPIPE)
		dprintf(2, "process %d was killed by signal %d\n", pid, sig);
}

static int
foreground_wait(struct shell *sh, int pid)
{
	int wait_status;

	if (waitpid(pid, &wait_status, 0) < 0) {
		warn("wait");
		return STATUS_NOT_FOUND;
	}
	death_report(sh, pid, wait_status);
	return status_of(wait_status);
}

static int
fork_failed(void)
{
	warn("fork");
	return STATUS_NO_EXEC;
}

/*
 * Runs a stage in a process of its own, in the foreground; argv is a command's
 * expansion where that has been done.
 */
static int
run_forked(struct shell *sh, struct arena *arena, const struct node *n,
	struct fields *argv)
{
	int pid = fork(), status;

	if (pid < 0)
		return fork_failed();
	if (pid == 0) {
		child_begin(sh, 0, true);
		if (argv != NULL)
			command_child(sh, arena, n, argv);
		stage_child(sh, arena, n);
	}
	if (sh->terminal)
		setpgid(pid, pid);
	terminal_give(sh, pid);
	status = foreground_wait(sh, pid);
	terminal_give(sh, 0);
	return status;
}

/* A simple command: a program, a builtin, or assignments alone. */
static int
run_command(struct shell *sh, struct arena *arena, const struct node *n)
{
	const struct builtin *builtin = NULL;
	struct fields argv = { .n = 0 };
	struct redir_save save;
	int status = 0;

	if (command_expand(sh, arena, n, &argv) < 0)
		return 1;
	if (argv.n > 0) {
		builtin = builtin_find(argv.v[0]);
		if (builtin == NULL)
			return run_forked(sh, arena, n, &argv);
		if (strcmp(builtin->name, "exec") == 0) {
			if (redir_apply(sh, arena, n->redirs, NULL) < 0)
				return 1;
			return builtin->run(sh, (int)argv.n, argv.v);
		}
	}
	if (redir_apply(sh, arena, n->redirs, &save) < 0 ||
		command_assign(sh, arena, n, false) < 0)
		status = 1;
	else if (builtin != NULL)
		status = builtin->run(sh, (int)argv.n, argv.v);
	redir_undo(&save);
	return status;
}

/* A stage that is a pipeline on its own. */
static int
run_single(struct shell *sh, struct arena *arena, const struct node *n)
{
	struct redir_save save;
	int status = 1;

	if (n->kind == NODE_COMMAND)
		return run_command(sh, arena, n);
	if (n->kind == NODE_SUBSHELL)
		return run_forked(sh, arena, n, NULL);
	if (redir_apply(sh, arena, n->redirs, &save) == 0)
		status = run_list(sh, arena, n->children);
	redir_undo(&save);
	return status;
}

/* What the stages of one pipeline share while they are started. */
struct pipeline {
	int pgid;  /* 0: no stage has been started */
	int input; /* what the next stage reads; -1: what the shell reads */
	int last;  /* pid of the stage started last */
};

/* Starts one stage; its output goes to the next one if there is a next one. */
static int
stage_start(struct shell *sh, struct arena *arena, const struct node *n,
	struct pipeline *pl)
{
	int fd[2] = { -1, -1 }, pid;

	if (n->next != NULL && pipe(fd) < 0) {
		warn("pipe");
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		child_begin(sh, pl->pgid, true);
		if (pl->input >= 0 && pl->input != 0) {
			dup2(pl->input, 0);
			close(pl->input);
		}
		if (fd[1] >= 0) {
			close(fd[0]);
			dup2(fd[1], 1);
			if (fd[1] != 1)
				close(fd[1]);
			stdout_reset();
		}
		stage_child(sh, arena, n);
	}
	if (pl->input >= 0)
		close(pl->input);
	if (fd[1] >= 0)
		close(fd[1]);
	pl->input = fd[0];
	if (pid < 0) {
		warn("fork");
		return -1;
	}
	pl->last = pid;
	return pid;
}

/* Two stages or more.  If one cannot be started those before it are ended. */
static int
run_stages(struct shell *sh, struct arena *arena, const struct node *first)
{
	struct pipeline pl = { .input = -1 };
	size_t started = 0, stages = 0;
	int *pids, status = STATUS_NO_EXEC;

	for (const struct node *n = first; n != NULL; n = n->next)
		stages++;
	pids = arena_alloc(arena, stages * sizeof(*pids));
	for (const struct node *n = first; n != NULL; n = n->next) {
		int pid = stage_start(sh, arena, n, &pl);

		if (pid < 0)
			break;
		if (pl.pgid == 0)
			pl.pgid = pid;
		if (sh->terminal)
			setpgid(pid, pl.pgid);
		terminal_give(sh, pl.pgid);
		pids[started++] = pid;
	}
	if (pl.input >= 0)
		close(pl.input);
	for (size_t i = 0; i < started; i++) {
		if (started < stages)
			kill(pids[i], SIGKILL);
		status = foreground_wait(sh, pids[i]);
	}
	terminal_give(sh, 0);
	return started < stages ? STATUS_NO_EXEC : status;
}

static int
run_pipeline(struct shell *sh, struct arena *arena, const struct node *n)
{
	int status;

	if (n->children->next == NULL)
		status = run_single(sh, arena, n->children);
	else
		status = run_stages(sh, arena, n->children);
	return n->negate ? status == 0 : status;
}

static int
run_andor(struct shell *sh, struct arena *arena, const struct node *n)
{
	for (n = n->children; n != NULL && !sh->exiting; n = n->next)
		if (n->join == JOIN_ALWAYS ||
			(n->join == JOIN_AND) == (sh->status == 0))
			sh->status = run_pipeline(sh, arena, n);
	return sh->status;
}

/* The new process's part: a plain command becomes it without another fork. */
static void
background_child(struct shell *sh, struct arena *arena, const struct node *n)
{
	const struct node *pipeline = n->children;
	int fd;

	child_begin(sh, 0, false);
	/* It must not take what is typed, or what a script's shell reads. */
	fd = open("/dev/null", O_RDONLY);
	if (fd > 0) {
		dup2(fd, 0);
		close(fd);
	}
	if (pipeline->next == NULL && pipeline->children->next == NULL &&
		!pipeline->negate)
		stage_child(sh, arena, pipeline->children);
	exit(run_andor(sh, arena, n));
}

static int
run_background(struct shell *sh, struct arena *arena, const struct node *n)
{
	int pid = fork();

	if (pid < 0)
		return fork_failed();
	if (pid == 0)
		background_child(sh, arena, n);
	if (sh->terminal)
		setpgid(pid, pid);
	jobs_add(sh, pid, n->text);
	return 0;
}

/* Runs the list's commands one after the other: the status of the last. */
int
run_list(struct shell *sh, struct arena *arena, const struct node *list)
{
	const struct node *n = list->children;

	for (; n != NULL && !sh->exiting; n = n->next)
		sh->status = n->background ? run_background(sh, arena, n)
					   : run_andor(sh, arena, n);
	return sh->status;
}
