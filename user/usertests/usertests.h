/* SPDX-License-Identifier: MIT */
/*
 * usertests: attacks on the system-call interface.  Each test is a function
 * that runs in a process of its own, in an empty directory of its own, and
 * passes when it returns.  It is registered where it is defined:
 *
 *	static void
 *	pipe_end_of_file(void)
 *	{
 *		check(...);
 *	}
 *	USERTEST(pipe_end_of_file);
 *
 * A test may kill itself in what it tests: mostly a child is sacrificed, see
 * child_status().  It leaves no process and no file behind; the runner sees to
 * it that it leaves no memory behind either.
 */
#ifndef USER_USERTESTS_USERTESTS_H
#define USER_USERTESTS_USERTESTS_H

#include "user/lib/libc.h"
#include <stdbool.h>

struct usertest {
	const char *name;
	void (*run)(void);
};

/* A linker set: the linker gathers the section usertests of all files. */
#define USERTEST(function)                                                     \
	static const struct usertest usertest_##function                       \
		__attribute__((used, section("usertests"),                     \
			aligned(__alignof__(struct usertest)))) = { #function, \
			function }

#define PAGE	      ((size_t)4096)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Ends the test as failed; the format says why, on one line. */
void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

#define fail(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

#define check(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			fail("%s", #condition);                                \
	} while (0)

/* The value of a call, both shown if it is another one. */
#define check_is(call, value)                                                  \
	do {                                                                   \
		long is_ = (long)(call), want_ = (long)(value);                \
		if (is_ != want_)                                              \
			fail("%s is %ld, not %ld", #call, is_, want_);         \
	} while (0)

/* RAX of a system call with up to six arguments. */
#define sys0(nr)       syscall_raw(nr, 0, 0, 0, 0, 0, 0)
#define sys1(nr, a)    syscall_raw(nr, (long)(a), 0, 0, 0, 0, 0)
#define sys2(nr, a, b) syscall_raw(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(nr, a, b, c)                                                      \
	syscall_raw(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)

/* Runs function in a child: SYS_wait's status, 0 if the function returned. */
int child_status(void (*function)(void));
/* A child that runs function and then exits with 0. */
int child_start(void (*function)(void));
/* SYS_wait's status of that child. */
int child_wait(int pid);
/* A child that runs function ends by this signal, and by nothing else. */
void check_killed(void (*function)(void), int sig, const char *what);

/* A page that exists, directly before one that does not. */
char *edge_page(void);
/* Makes a file with these bytes. */
void file_make(const char *path, const void *bytes, size_t n);
/* Sleeps for a moment, so that others can run. */
void pause_ms(unsigned ms);
/* Numbers that look random but are the same each time. */
uint64_t random_next(uint64_t *state);

#endif
