/* SPDX-License-Identifier: MIT */
/*
 * usertests [-l] [name...]: runs all tests, or those whose names begin with
 * one of these; -l lists them.
 *
 * A test that leaves the machine with less free memory is run again, up to
 * LEAK_RUNS times: what the kernel keeps for later use it keeps once, a leak
 * loses memory in every run.
 */
#include "user/usertests/usertests.h"

#define DIRECTORY   "/tmp-usertests"
#define TIMEOUT	    (120ull * 1000000000) /* of one test */
#define SETTLE	    (2ull * 1000000000)	  /* until what has ended is freed */
#define LEAK_RUNS   4
#define REASON_SIZE 200

extern const struct usertest __start_usertests[], __stop_usertests[];

static int report_fd = -1; /* where a test says why it failed */

void
test_fail(const char *file, int line, const char *format, ...)
{
	char text[160];
	const char *slash = strrchr(file, '/');
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(report_fd, "%s:%d: %s\n", slash != NULL ? slash + 1 : file,
		line, text);
	_exit(1);
}

static uint64_t
memory_free(void)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		err(2, "sysinfo");
	return info.mem_free;
}

/* Free memory, once it is what it was before or has not risen for SETTLE. */
static uint64_t
memory_settled(uint64_t before)
{
	uint64_t end = uptime() + SETTLE, now = memory_free();

	while (now < before && uptime() < end) {
		uint64_t last = now;

		nanosleep_for(1000000);
		now = memory_free();
		if (now > last)
			end = uptime() + SETTLE;
	}
	return now;
}

/* Collects what the test reports, until nobody is left who could report. */
static bool
reason_read(int fd, char reason[REASON_SIZE])
{
	uint64_t end = uptime() + TIMEOUT;
	size_t used = 0;
	long n = 1;

	while (n > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t now = uptime();

		if (now >= end || poll(&p, 1, (int64_t)(end - now)) <= 0) {
			snprintf(reason, REASON_SIZE, "it does not end");
			return false;
		}
		n = read(fd, reason + used, REASON_SIZE - 1 - used);
		if (n > 0)
			used += (size_t)n;
		if (used == REASON_SIZE - 1)
			break;
	}
	reason[used] = 0;
	reason[strcspn(reason, "\n")] = 0;
	return used == 0;
}

static void
test_child(const struct usertest *t, int fd)
{
	setpgid(0, 0);
	report_fd = fd;
	if (chdir(DIRECTORY) < 0)
		fail("chdir: %s", strerror(errno));
	t->run();
	_exit(0);
}

/* Runs a test once; false with the reason if it failed. */
static bool
test_run(const struct usertest *t, char reason[REASON_SIZE])
{
	int fd[2], pid, status;
	bool passed;

	if (pipe(fd) < 0)
		err(2, "pipe");
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (pid == 0) {
		close(fd[0]);
		test_child(t, fd[1]);
	}
	close(fd[1]);
	passed = reason_read(fd[0], reason);
	kill(-pid, SIGKILL); /* whoever is left */
	if (waitpid(pid, &status, 0) < 0)
		err(2, "wait");
	close(fd[0]);
	if (passed && status != 0) {
		if (WIFSIGNALED(status))
			snprintf(reason, REASON_SIZE, "killed by signal %d",
				WTERMSIG(status));
		else
			snprintf(reason, REASON_SIZE, "ended with status %d",
				WEXITSTATUS(status));
		passed = false;
	}
	return passed;
}

/* Runs a test, again where memory is missing afterwards. */
static bool
test_check(const struct usertest *t, char reason[REASON_SIZE])
{
	uint64_t before, after = 0;

	for (int run = 0; run < LEAK_RUNS; run++) {
		before = memory_free();
		if (!test_run(t, reason))
			return false;
		after = memory_settled(before);
		if (after >= before)
			return true;
	}
	snprintf(reason, REASON_SIZE, "each run loses memory, the last %lu KiB",
		(before - after) >> 10);
	return false;
}

static bool
test_wanted(const struct usertest *t, int argc, char **argv)
{
	for (int i = optind; i < argc; i++)
		if (strncmp(t->name, argv[i], strlen(argv[i])) == 0)
			return true;
	return optind >= argc;
}

int
main(int argc, char **argv)
{
	const struct usertest *t;
	int passed = 0, failed = 0, option;
	char reason[REASON_SIZE];
	bool list = false;

	while ((option = getopt(argc, argv, "l")) != -1) {
		if (option != 'l')
			errx(2, "usage: usertests [-l] [name...]");
		list = true;
	}
	if (!list && mkdir(DIRECTORY) < 0 && errno != EEXIST)
		err(2, DIRECTORY);
	for (t = __start_usertests; t < __stop_usertests; t++) {
		if (!test_wanted(t, argc, argv))
			continue;
		if (list) {
			puts(t->name);
		} else if (test_check(t, reason)) {
			printf("ok %s\n", t->name);
			passed++;
		} else {
			printf("not ok %s: %s\n", t->name, reason);
			failed++;
		}
	}
	if (list)
		return 0;
	if (unlink(DIRECTORY) < 0) {
		printf("not ok clean: %s: %s\n", DIRECTORY, strerror(errno));
		failed++;
	}
	printf("usertests: %d passed, %d failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
