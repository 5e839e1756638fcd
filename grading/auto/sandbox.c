/* SPDX-License-Identifier: MIT */
/* Bubblewrap, users and limits; contracts in sandbox.h. */
#include "grading/auto/sandbox.h"

#include "grading/auto/children.h"
#include "grading/auto/scratch.h"
#include "grading/auto/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARGS_MAX	128
#define ADDRESSES_MAX	(4ull << 30) /* bytes */
#define CPU_SECONDS_MAX 300
#define DESCRIPTORS_MAX 256

static uint64_t end_by;

void
sandbox_end_by(uint64_t ms)
{
	end_by = ms;
}

bool
sandbox_is_over(void)
{
	return end_by && clock_ms() >= end_by;
}

uint64_t
sandbox_deadline(uint64_t ms)
{
	uint64_t deadline = clock_ms() + ms;

	return end_by && end_by < deadline ? end_by : deadline;
}

static bool in_container; /* instead of bubblewrap */

static void run_in(const struct sandbox *sb, const char *const *argv,
	unsigned seconds, bool must, struct sandbox_result *r);

void
sandbox_require(void)
{
	static const char *const probe[] = { "true", NULL };
	struct sandbox sb = { .tree = "/usr", .out = NULL };
	struct sandbox_result r;

	children_keep();
	run_in(&sb, probe, 30, false, &r);
	if (r.status != 0 && container_asked_for()) {
		container_require();
		in_container = true;
	} else if (r.status != 0) {
		die("no sandbox, so nothing is graded: bubblewrap says '%.*s'; "
		    "install bubblewrap (make deps), and allow user "
		    "namespaces (sysctl kernel.unprivileged_userns_clone=1)",
			(int)strcspn(r.err.s ? r.err.s : "", "\n"),
			r.err.s ? r.err.s : "");
	}
	sandbox_result_free(&r);
}

const char *
sandbox_kind(void)
{
	return in_container ? "container" : "bubblewrap";
}

const char *
sandbox_out(const struct sandbox *sb)
{
	return in_container ? sb->out : "/out";
}

void
sandbox_renew(const struct sandbox *sb)
{
	if (in_container)
		container_sweep(sb);
	tree_remove(sb->out);
	folder_make(sb->out);
	sandbox_give(sb, sb->out);
}

void
sandbox_seal(struct sandbox *sb)
{
	sb->writable = false;
	if (in_container)
		container_take(sb);
}

static _Thread_local unsigned give_to;

static int
give_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, give_to, give_to);
}

void
sandbox_give(const struct sandbox *sb, const char *folder)
{
	if (geteuid() != 0)
		return;
	give_to = scratch_users() + sb->slot;
	if (nftw(folder, give_one, 32, FTW_PHYS) != 0)
		die("cannot give %s to user %u", folder, give_to);
}

static void
limit(int resource, rlim_t value)
{
	rlim_t hard =
		value + (resource == RLIMIT_CPU); /* a signal, then the end */
	struct rlimit l;

	/* a platform that allows less has the last word */
	if (getrlimit(resource, &l) == 0 && l.rlim_max < hard)
		hard = l.rlim_max;
	l = (struct rlimit){ value < hard ? value : hard, hard };
	if (setrlimit(resource, &l) != 0) {
		perror("setrlimit");
		_exit(126);
	}
}

/* In the child: be nobody, within limits.  A user's own grader sets that on
 * processes further in: sandbox_processes(). */
static void
drop(const struct sandbox *sb)
{
	unsigned uid = scratch_users() + sb->slot;
	bool root = geteuid() == 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* Ctrl-C is for the grader, which ends us */
	signal(SIGPIPE, SIG_DFL);
	stop_mask(SIG_UNBLOCK);
	personality(ADDR_NO_RANDOMIZE); /* what is printed is the same again */
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, SANDBOX_FILE_MAX);
	limit(RLIMIT_AS, sb->mib ? (rlim_t)sb->mib << 20 : ADDRESSES_MAX);
	limit(RLIMIT_CPU, sb->cpu_seconds ? sb->cpu_seconds : CPU_SECONDS_MAX);
	limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
	if (root &&
		(setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
			setresuid(uid, uid, uid) != 0)) {
		perror("setuid");
		_exit(126);
	}
	if (root)
		limit(RLIMIT_NPROC, SANDBOX_PROCESSES_MAX);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user clears it */
}

static void
become(const struct sandbox *sb, const char *const *argv, pid_t grader,
	int told)
{
	static const char *const common[] = { "bwrap", "--unshare-all",
		"--die-with-parent", "--new-session", "--clearenv", "--setenv",
		"PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv",
		"LC_ALL", "C", "--ro-bind", "/usr", "/usr", "--symlink",
		"usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin",
		"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64",
		"/lib64", "--ro-bind-try", "/etc/alternatives",
		"/etc/alternatives", "--proc", "/proc", "--dev", "/dev",
		"--size", "67108864", "--tmpfs", "/tmp" };
	const char *args[ARGS_MAX];
	size_t n = sizeof(common) / sizeof(common[0]);
	char status_fd[16], processes[32];

	if (in_container) {
		container_enter(sb);
		drop(sb);
		sandbox_exec(argv, told);
	}
	memcpy(args, common, sizeof(common));
	snprintf(status_fd, sizeof(status_fd), "%d", told);
	fcntl(told, F_SETFD, 0);
	args[n++] = "--json-status-fd";
	args[n++] = status_fd;
	args[n++] = sb->writable ? "--bind" : "--ro-bind";
	args[n++] = sb->tree;
	args[n++] = "/tree";
	if (sb->out) {
		args[n++] = "--bind";
		args[n++] = sb->out;
		args[n++] = "/out";
	}
	args[n++] = "--chdir";
	args[n++] = "/tree";
	args[n++] = "--";
	if (geteuid() != 0) {
		snprintf(processes, sizeof(processes), "--nproc=%u",
			sandbox_processes());
		args[n++] = "prlimit";
		args[n++] = processes;
	}
	for (; *argv && n < ARGS_MAX - 1; argv++)
		args[n++] = *argv;
	args[n] = NULL;
	drop(sb);
	if (getppid() != grader)
		_exit(126); /* it was killed before the wish to end with it */
	execvp(args[0], (char *const *)args);
	dprintf(2, "%s: %s\n", args[0], strerror(errno));
	_exit(127);
}

void
sandbox_start(const struct sandbox *sb, const char *const *argv,
	struct sandbox_child *child)
{
	int in[2], out[2], err[2], told[2];
	pid_t grader = getpid();

	children_or_exit();
	scratch_users(); /* are for this process and its workers */
	fflush(NULL);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
		pipe2(err, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0 ||
		(child->pid = fork()) < 0)
		die_no_verdict("not graded: cannot start a process: %s",
			strerror(errno));
	if (child->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		become(sb, argv, grader, told[1]);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(told[1]);
	child->in = in[1];
	child->out = out[0];
	child->err = err[0];
	child->told = told[0];
	child->program = argv[0];
}

static void
close_all(const struct sandbox_child *child)
{
	const int fds[] = { child->in, child->out, child->err, child->told };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int
sandbox_end(struct sandbox_child *child, bool kill_it)
{
	int status = sandbox_reap(child, kill_it);
	struct pollfd fd = { child->err, POLLIN, 0 };
	char said[512];
	ssize_t n = 0;

	if (!kill_it) {
		if (poll(&fd, 1, 0) > 0)
			n = read(child->err, said, sizeof(said) - 1);
		said[n > 0 ? n : 0] = '\0';
		if (sandbox_began(child, said, in_container) != START_BEGAN)
			sandbox_fail(child, said);
	}
	close_all(child);
	return status;
}

/* Read what there is; false: that was its end. */
static bool
take(int fd, struct text *t)
{
	char buf[1 << 14];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		text_add(t, buf, (size_t)n);
	return n > 0;
}

/* Of one of two pipes: what there is, or its end. */
static void
hear(const struct pollfd *fd, int *pipe, struct text *t)
{
	if (fd->revents && !take(*pipe, t)) {
		close(*pipe);
		*pipe = -1;
	}
}

bool
sandbox_listen(struct sandbox_child *child, uint64_t deadline, const char *mark,
	struct sandbox_result *r)
{
	text_add(&r->out, "", 0);
	text_add(&r->err, "", 0);
	while (child->out >= 0 || child->err >= 0) {
		struct pollfd fds[] = { { child->out, POLLIN, 0 },
			{ child->err, POLLIN, 0 } };
		uint64_t now = clock_ms();
		int ready = now >= deadline
			? 0
			: poll(fds, 2, (int)(deadline - now));

		stop_check();
		if (ready < 0)
			continue;
		r->timed_out = ready == 0;
		r->flooded = r->out.len + r->err.len > SANDBOX_OUTPUT_MAX;
		if (r->timed_out || r->flooded)
			return false;
		hear(&fds[0], &child->out, &r->out);
		hear(&fds[1], &child->err, &r->err);
		if (mark && strstr(r->err.s, mark))
			return true;
	}
	return false;
}

/* must: the sandbox has to work. */
static void
leave(struct sandbox_child *child, bool must, struct sandbox_result *r)
{
	bool ended = r->timed_out || r->flooded;

	r->status = sandbox_reap(child, ended);
	if (must && !ended &&
		sandbox_began(child, r->err.s, in_container) == START_FAILED)
		sandbox_fail(child, r->err.s);
	close_all(child);
}

void
sandbox_leave(struct sandbox_child *child, struct sandbox_result *r)
{
	leave(child, true, r);
}

static void
run_in(const struct sandbox *sb, const char *const *argv, unsigned seconds,
	bool must, struct sandbox_result *r)
{
	uint64_t deadline = sandbox_deadline(1000ull * seconds);
	struct sandbox_child child;

	*r = (struct sandbox_result){ 0 };
	sandbox_start(sb, argv, &child);
	close(child.in); /* who reads finds the end, and does not wait */
	child.in = -1;
	sandbox_listen(&child, deadline, NULL, r);
	leave(&child, must, r);
}

void
sandbox_run(const struct sandbox *sb, const char *const *argv, unsigned seconds,
	struct sandbox_result *r)
{
	run_in(sb, argv, seconds, true, r);
}

void
sandbox_result_free(struct sandbox_result *r)
{
	text_free(&r->out);
	text_free(&r->err);
}
