/* SPDX-License-Identifier: MIT */
#include "user/usertests/usertests.h"

int
child_start(void (*function)(void))
{
	int pid = fork();

	if (pid < 0)
		fail("fork: %s", strerror(errno));
	if (pid == 0) {
		function();
		_exit(0);
	}
	return pid;
}

int
child_wait(int pid)
{
	int status = -1;

	check_is(waitpid(pid, &status, 0), pid);
	return status;
}

int
child_status(void (*function)(void))
{
	return child_wait(child_start(function));
}

void
check_killed(void (*function)(void), int sig, const char *what)
{
	int status = child_status(function);

	if (!WIFSIGNALED(status))
		fail("%s: exit status %d, not signal %d", what,
			WEXITSTATUS(status), sig);
	if (WTERMSIG(status) != sig)
		fail("%s: signal %d, not %d", what, WTERMSIG(status), sig);
}

char *
edge_page(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE);

	check(pages != MAP_FAILED);
	check_is(munmap(pages + PAGE, PAGE), 0);
	return pages;
}

void
file_make(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC);

	check(fd >= 0);
	check_is(write_all(fd, bytes, n), 0);
	check_is(close(fd), 0);
}

void
pause_ms(unsigned ms)
{
	check_is(nanosleep_for(ms * 1000000ull), 0);
}

/* Marsaglia, "Xorshift RNGs", 2003: the triple 13, 7, 17. */
uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
