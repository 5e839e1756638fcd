/* SPDX-License-Identifier: MIT */
/*
 * Droste's machine as a process, for tests of the whole: start it, read its
 * console, type to it, see how it ended.
 *
 * A machine is whatever command the test names (`make run`, tools/run,
 * tools/gdb), with settings in its environment.  Nothing here looks into the
 * machine: all that a test knows is what a user sees.
 *
 * No step waits longer than MACHINE_PATIENCE (SOAK_PATIENCE under `make soak`);
 * that is a net for a machine that hangs and far above what any step takes on
 * a loaded host.  Whatever goes wrong fails the cmocka test with all that the
 * machine has printed.
 */
#ifndef GRADING_SYSTEM_MACHINE_H
#define GRADING_SYSTEM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MACHINE_PATIENCE 150 /* seconds */
#define SOAK_PATIENCE	 1800

/* What came out of one descriptor so far; NUL-terminated. */
struct output {
	int fd; /* -1 at its end */
	char *text;
	size_t length;
};

struct machine {
	pid_t pid;
	int keys; /* write end of its standard input; -1 for none */
	struct output out, err; /* on a terminal all is in out */
	size_t seen;		/* bytes of out that machine_expect() is past */
};

/*
 * Start argv (found by PATH, in the root of the tree) with the environment's
 * variables and those of `settings`, "NAME=value", up to NULL; a bare "NAME"
 * unsets it.  With `terminal` it gets a terminal of its own, otherwise pipes.
 * Settings may be NULL.
 */
void machine_start(struct machine *m, const char *const *argv,
	const char *const *settings, bool terminal);

/* The machine with its shell on a terminal, past its first prompt. */
void machine_start_shell(struct machine *m, const char *const *settings);

/*
 * Show a machine's text with a test's result: as comments, line by line, since
 * TAP would take the machine's own "ok" for the test's and cmocka cuts a
 * message at 1 KiB.
 */
void print_text(const char *title, const char *text);

/* Wait until `text` appears on the console, behind what was seen before. */
void machine_expect(struct machine *m, const char *text);

/*
 * Read all that it prints until its end.  Unlike the others this waits for
 * ever as long as something comes, and does not fail: false if nothing came
 * for MACHINE_PATIENCE.
 */
bool machine_drain(struct machine *m);

/* Type. */
void machine_send(struct machine *m, const char *text);

/*
 * Wait for the end.  Returns the exit status, or 128 + the signal.  The
 * outputs are complete then and stay until machine_free().
 */
int machine_wait(struct machine *m);

/* Forget about it; a machine that still runs is killed. */
void machine_free(struct machine *m);

/* Start as above, without a terminal, and wait. */
int machine_run(struct machine *m, const char *const *argv,
	const char *const *settings);

/*
 * Run shell commands in the machine, with further settings or NULL; returns
 * the exit status, and the console is in m->out.text.
 */
int machine_commands(
	struct machine *m, const char *commands, const char *const *settings);

/*
 * The same for a test that is one run: fails it, and shows what there was,
 * unless the status is this and `said` is on the console.
 */
void assert_said(const char *commands, const char *const *settings, int status,
	const char *said);

/*
 * The same for a test that looks at the console alone: fails it unless the
 * status is 0 and the console is `expected`, byte for byte.
 */
void assert_console(const char *commands, const char *expected);

/*
 * What a console has from its line "== title" to the next such line; to be
 * freed, and NULL if there is none.
 */
char *section_of(const char *console, const char *title);

/* The path of something that was built; to be freed. */
char *built_file(const char *name);

#endif
