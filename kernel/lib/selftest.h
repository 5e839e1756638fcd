/* SPDX-License-Identifier: MIT */
/*
 * Self-tests: checks that need the running kernel.  `selftest` in the shell
 * runs them one by one (kernel/abi/selftest.h), in the calling process's
 * thread, interrupts on.
 */
#ifndef KERNEL_LIB_SELFTEST_H
#define KERNEL_LIB_SELFTEST_H

#include "kernel/abi/selftest.h"
#include "kernel/lib/linkset.h"
#include "kernel/lib/printf.h"

struct selftest {
	const char *name; /* area_idea: "pmm_refcount" */
	int (*fn)(void);  /* SELFTEST_PASS, SELFTEST_FAIL or SELFTEST_SKIP */
};

#define SELFTEST(fn_)                                                          \
	LINKSET(struct selftest, selftests, selftest_##fn_)                    \
	= { .name = #fn_, .fn = (fn_) }

/* Leave a test as failed unless cond holds, and say where. */
#define selftest_check(cond)                                                   \
	do {                                                                   \
		if (!(cond)) {                                                 \
			kwarn("%s:%d: check failed: %s\n", __FILE__, __LINE__, \
				#cond);                                        \
			return SELFTEST_FAIL;                                  \
		}                                                              \
	} while (0)

#endif
