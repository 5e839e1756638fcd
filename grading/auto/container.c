/* SPDX-License-Identifier: MIT */
/*
 * Where the platform's container is the sandbox.
 *
 * Platforms run a grader in a container of its own for each submission, mostly
 * as root, and mostly such that user namespaces are forbidden there: then
 * bubblewrap cannot work.  What it would keep apart is kept apart as follows,
 * if DROSTE_SANDBOX=container says that this is such a container.
 *
 *	files		whatever a submission brought runs as a user of its own,
 *			who must not be able to read the kit: that is checked.
 *			A tree that was built belongs to root from then on
 *	processes	those of that user are killed before each check, the
 *			grader's he cannot signal; no set-uid program works
 *	limits		the same; for what they leave open, the container's
 *	network		what the container has
 */
#include "grading/auto/sandbox.h"

#include "grading/auto/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SWEEPS 3

bool
container_asked_for(void)
{
	const char *asked = getenv("DROSTE_SANDBOX");

	return asked && strcmp(asked, "container") == 0;
}

/* In a child that is the user: its status. */
static int
as_user(unsigned uid, int (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
			setresuid(uid, uid, uid) != 0)
			_exit(126);
		_exit(fn());
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

static char *kit; /* its folder; a path from the root, as a stranger has it */

static int
can_read_the_kit(void)
{
	return chdir("/") == 0 && open(kit, O_RDONLY) >= 0;
}

void
container_require(void)
{
	if (geteuid() != 0)
		die("no sandbox, so nothing is graded: bubblewrap does not "
		    "work here, and DROSTE_SANDBOX=container needs root, to be "
		    "able to run a submission as another user");
	kit = realpath(".", NULL);
	if (!kit)
		die("the course kit's folder: %s", strerror(errno));
	switch (as_user(scratch_users(), can_read_the_kit)) {
	case 0:
		break;
	case 1:
		die("no sandbox, so nothing is graded: other users can read "
		    "the course kit; chmod 700 its folder");
	default:
		die("no sandbox, so nothing is graded: this root cannot "
		    "become another user");
	}
}

void
container_enter(const struct sandbox *sb)
{
	if (chdir(sb->tree) != 0 || clearenv() != 0 ||
		setenv("PATH", "/usr/bin:/bin", 1) != 0 ||
		setenv("HOME", "/tmp", 1) != 0 ||
		setenv("LC_ALL", "C", 1) != 0 || setsid() < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		perror("container");
		_exit(126);
	}
}

/* All processes of the user but this one are no more. */
static int
kill_all(void)
{
	for (unsigned i = 0; i < SWEEPS; i++)
		if (kill(-1, SIGKILL) != 0)
			break;
	return 0;
}

void
container_sweep(const struct sandbox *sb)
{
	if (as_user(scratch_users() + sb->slot, kill_all) != 0)
		die("cannot end the processes of user %u",
			scratch_users() + sb->slot);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int
take_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (lchown(path, 0, 0) != 0)
		return -1;
	return type == FTW_SL || chmod(path, st->st_mode & 0755) == 0 ? 0 : -1;
}

void
container_take(const struct sandbox *sb)
{
	container_sweep(sb);
	if (nftw(sb->tree, take_one, 32, FTW_PHYS) != 0)
		die("cannot take %s from its user", sb->tree);
}
