/* SPDX-License-Identifier: MIT */
/*
 * Running what a submission brought: its build, its code in a driver, its
 * kernel in QEMU.
 *
 * Each run is a bubblewrap of its own, as a user who owns nothing else: no
 * network, no other process in sight, an own /tmp, the system read-only, and
 * of all folders only the submission's tree (/tree) and one for results
 * (/out).  Limits on processes, memory, sizes of files, output, processor
 * time and wall time; whatever breaks one is ended with everything it began.
 * Wall time is a net for a machine in trouble: verdicts rest on instructions.
 */
#ifndef GRADING_AUTO_SANDBOX_H
#define GRADING_AUTO_SANDBOX_H

#include "grading/auto/util.h"

#include <sys/types.h>

#define SANDBOX_OUTPUT_MAX    (1u << 20)
#define SANDBOX_FILE_MAX      (96u << 20)
#define SANDBOX_PROCESSES_MAX 200u

struct sandbox {
	char *tree, *out;     /* folders of the host */
	bool writable;	      /* the tree is */
	unsigned slot;	      /* which worker: no two share a user */
	unsigned cpu_seconds; /* of each process; 0: the usual limit */
	unsigned mib;	      /* addresses of each process; 0: the same */
};

/* The exit status of a process that was ended by that limit. */
#define SANDBOX_CPU_STATUS (128 + 24)

#define SANDBOX_SAID_MAX 1024

/* A process in it, with its three descriptors, and the one on which the sandbox
 * itself tells whether it began, and ended (sandbox_start.c). */
struct sandbox_child {
	pid_t pid;
	int in, out, err;
	int told;
	char said[SANDBOX_SAID_MAX]; /* what it told, once it is reaped */
	const char *program;
};

struct sandbox_result {
	struct text out, err;
	int status;	/* exit status, 128 + signal */
	bool timed_out; /* the wall limit: ended by us */
	bool flooded;	/* the output limit: ended by us */
};

/* Dies with a clear word where the sandbox cannot be made. */
void sandbox_require(void);
/* "bubblewrap"; or "container", see container.c. */
const char *sandbox_kind(void);

/* The name that the folder for results has inside. */
const char *sandbox_out(const struct sandbox *sb);
/* Empty it, so that nothing of an earlier run (a link, a pipe) is taken for
 * what the next one says; and nothing else of an earlier run goes on. */
void sandbox_renew(const struct sandbox *sb);
/* From now on nothing that runs can change the tree. */
void sandbox_seal(struct sandbox *sb);

/* Give the folders to the user of the sandbox, if we are root. */
void sandbox_give(const struct sandbox *sb, const char *folder);

/*
 * For a platform that ends its graders: from clock_ms() = ms on, whatever runs
 * is ended as by its wall limit.
 */
void sandbox_end_by(uint64_t ms);
bool sandbox_is_over(void);
/* The clock_ms() that is ms ahead, or that end if it comes first. */
uint64_t sandbox_deadline(uint64_t ms);

void sandbox_start(const struct sandbox *sb, const char *const *argv,
	struct sandbox_child *child);
/* End it with all that it began, and reap it; its status.  Where it is that of
 * a sandbox which did not work, and not the program's, this ends the grader:
 * no verdict. */
int sandbox_end(struct sandbox_child *child, bool kill_it);

/*
 * Read what it says into r, which begins as {}, until the mark is in r->err;
 * false: it never came, because it has ended, or until the deadline, a
 * clock_ms(), or for too much output: r tells.  NULL is no mark.
 */
bool sandbox_listen(struct sandbox_child *child, uint64_t deadline,
	const char *mark, struct sandbox_result *r);
/* After that: end it if r says so, and reap it, into r->status; where the
 * sandbox did not work this ends the grader. */
void sandbox_leave(struct sandbox_child *child, struct sandbox_result *r);

/* Start, read all it says, wait; ends the grader likewise. */
void sandbox_run(const struct sandbox *sb, const char *const *argv,
	unsigned seconds, struct sandbox_result *r);
void sandbox_result_free(struct sandbox_result *r);

/*
 * sandbox_start.c: how it went.  BEGAN: the status is the program's; UNFIT: the
 * submission's program cannot be executed, which is a verdict as well; FAILED:
 * the program did not run, or nobody knows how it ended.
 */
enum sandbox_start {
	START_BEGAN,
	START_UNFIT,
	START_FAILED
};
/* Only of one that has ended.  said: on standard error. */
enum sandbox_start sandbox_began(
	const struct sandbox_child *child, const char *said, bool in_container);
/* Why, in a line, without the end of it; ends the grader. */
void sandbox_fail(const struct sandbox_child *child, const char *said)
	__attribute__((noreturn));
/* In the child, where the container is the sandbox: execute it.  `told` is the
 * other end of the parent's. */
void sandbox_exec(const char *const *argv, int told) __attribute__((noreturn));
/* Wait for its end, or kill it, until all that it began is gone; its exit
 * status, or 128 + signal. */
int sandbox_reap(struct sandbox_child *child, bool kill_it);

/*
 * processes.c: the limit on processes for what is not run by a user of its
 * own, to be set in the sandbox.  Since Linux 5.14 what counts is what runs in
 * the user namespace where the limit was set (user_namespaces(7)); before, it
 * is all that the user runs, and so the limit is that many above it.
 */
unsigned sandbox_processes(void);

/* container.c: what sandbox.c needs where bubblewrap cannot work. */
bool container_asked_for(void);
/* Dies unless the container can be the sandbox. */
void container_require(void);
/* In a child, as root: the environment of a run. */
void container_enter(const struct sandbox *sb);
/* End whatever still runs. */
void container_sweep(const struct sandbox *sb);
void container_take(const struct sandbox *sb);

#endif
