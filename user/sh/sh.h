/* SPDX-License-Identifier: MIT */
/*
 * The shell.  Text is parsed line by line (parse.h) and each line's tree is
 * run before the next line is parsed.
 *
 *   main.c     -c, scripts, prompts      run.c      trees, processes
 *   input.c    lines from a terminal     redir.c    descriptors
 *   edit.c     their editing             jobs.c     what & starts, and ^C
 *   builtin.c  commands that change the shell itself
 */
#ifndef USER_SH_SH_H
#define USER_SH_SH_H

#include "user/sh/expand.h"
#include "user/sh/parse.h"
#include "user/sh/vars.h"
#include <stdbool.h>

#define STATUS_SYNTAX	  2   /* the text makes no sense */
#define STATUS_NO_EXEC	  126 /* found, but cannot be run */
#define STATUS_NOT_FOUND  127
#define STATUS_BY_SIGNAL  128 /* plus the signal's number */
#define SHELL_NESTING_MAX 16  /* scripts and evals in one another */

struct job {
	struct job *next;
	int id; /* from 1 */
	int pid;
	char *text;
};

struct shell {
	struct expand_env env; /* the first member: see shell_of() */
	struct vars vars;
	struct job *jobs; /* the processes started with & and not waited for */
	int status;	  /* $? */
	int pid;	  /* $$: of the first shell, in subshells too */
	int last_background; /* $!; 0: none */
	int nesting;	     /* of shell_run_text */
	bool terminal;	     /* somebody types: jobs get process groups */
	bool exiting;	     /* exit was called */
};

/* main.c */
int shell_run_text(struct shell *sh, const char *text);
char *script_read(const char *path);

/* run.c */
int run_list(struct shell *sh, struct arena *arena, const struct node *list);
void command_exec(struct shell *sh, struct arena *arena, char **argv)
	__attribute__((noreturn));
int status_of(int wait_status);

/* redir.c */
#define REDIR_SAVE_MAX 8 /* redirections of one command, where undone later */

struct redir_save {
	int n;
	struct {
		int fd;	  /* that was redirected */
		int copy; /* of what it was; -1: it was closed */
	} saved[REDIR_SAVE_MAX];
};

int redir_apply(struct shell *sh, struct arena *arena,
	const struct redir *redirs, struct redir_save *save);
void redir_undo(struct redir_save *save);

/* jobs.c */
void terminal_give(const struct shell *sh, int pgid);
void jobs_add(struct shell *sh, int pid, const char *text);
void jobs_poll(struct shell *sh);
void jobs_print(const struct shell *sh);
int jobs_wait(struct shell *sh, const char *which);
void jobs_forget(struct shell *sh);

/* input.c */
struct input {
	char *text; /* the lines of one command */
	size_t length, room;
};

bool input_command(struct shell *sh, struct input *in);

/* builtin.c */
struct builtin {
	const char *name;
	int (*run)(struct shell *sh, int argc, char **argv);
	const char *help;
};

const struct builtin *builtin_find(const char *name);
const struct builtin *builtin_list(size_t *n);

#endif
