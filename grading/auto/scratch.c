/* SPDX-License-Identifier: MIT */
/* Folders and locks; contracts in scratch.h. */
#include "grading/auto/scratch.h"

#include "grading/auto/children.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB	   (1u << 20)
#define FIRST_USER 61000u
#define RUNS_MAX   60

/* -- Locks ----------------------------------------------------------------- */

/* Open what is there and lock it; -1 with errno. */
static int
lock_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600), err;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		err = errno;
		close(fd);
		errno = err;
		fd = -1;
	}
	return fd;
}

void
lock_take(const char *path, const char *busy)
{
	/* not flock(): workers would have it, too, and for a while after us */
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0)
		return;
	if (fd >= 0 && (errno == EAGAIN || errno == EACCES))
		die("%s", busy);
	die("cannot write %s: %s", path, strerror(errno));
}

/* -- The folder ------------------------------------------------------------ */

static char *mine;     /* the folder of this run */
static pid_t mine_pid; /* of the run itself: workers leave it */

/* Folders of runs that were killed. */
static void
sweep(const char *home)
{
	DIR *dir = opendir(home);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path = format("%s/%s", home, entry->d_name);
		int fd = -1;

		if (entry->d_name[0] != '.')
			fd = lock_open(path, O_RDONLY | O_DIRECTORY);
		if (fd >= 0) {
			tree_remove(path);
			close(fd);
		}
		free(path);
	}
	if (dir)
		closedir(dir);
}

static void
remove_mine(void)
{
	children_exit(); /* or they go on writing there */
	if (mine && getpid() == mine_pid)
		scratch_remove(mine);
}

/* The folder of this user's runs; to be freed. */
static char *
home_make(const char *tmp)
{
	char *home = format("%s/droste-grade-%u", tmp && *tmp ? tmp : "/tmp",
		(unsigned)geteuid());
	struct stat st;

	if (mkdir(home, 0711) != 0 && errno != EEXIST)
		die("cannot make the folder %s: %s", home, strerror(errno));
	if (lstat(home, &st) != 0 || !S_ISDIR(st.st_mode) ||
		st.st_uid != geteuid())
		die("%s is somebody else's: delete it", home);
	chmod(home, 0711);
	return home;
}

char *
scratch_make(void)
{
	char *home = home_make(getenv("TMPDIR")),
	     *lock = format("%s/.lock", home);
	char *path = format("%s/XXXXXX", home);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* nobody is to find the new folder before it is locked */
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die("cannot lock %s: %s", lock, strerror(errno));
	sweep(home);
	if (!mkdtemp(path) || chmod(path, 0711) != 0 ||
		lock_open(path, O_RDONLY | O_DIRECTORY) < 0)
		die("cannot make a folder in %s: %s", home, strerror(errno));
	close(fd);
	if (!mine)
		atexit(remove_mine);
	free(mine);
	mine = format("%s", path);
	mine_pid = getpid();
	free(lock);
	free(home);
	return path;
}

unsigned
scratch_users(void)
{
	static unsigned first;
	char *home;

	if (first || geteuid() != 0)
		return first ? first : FIRST_USER;
	home = home_make("/tmp"); /* whatever TMPDIR is: the same for all */
	for (unsigned i = 0; i < RUNS_MAX && !first; i++) {
		char *path = format("%s/.users-%u", home, i);

		if (lock_open(path, O_RDWR | O_CREAT) >= 0)
			first = FIRST_USER + i * SCRATCH_USERS;
		free(path);
	}
	if (!first)
		die("more than %d graders run on this machine", RUNS_MAX);
	free(home);
	return first;
}

void
scratch_remove(const char *scratch)
{
	tree_remove(scratch);
}

void
scratch_room(const char *scratch, uint64_t bytes)
{
	struct statvfs fs;

	if (statvfs(scratch, &fs) == 0 &&
		(uint64_t)fs.f_bavail * fs.f_frsize < bytes)
		die("less than %llu MiB are free in %s: make room there, or "
		    "set TMPDIR, and run it again",
			(unsigned long long)(bytes / MIB), scratch);
}
