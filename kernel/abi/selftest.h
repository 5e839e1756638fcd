/* SPDX-License-Identifier: MIT */
/*
 * SYS_selftest: run one of the self-tests that are linked into the kernel.
 *
 *   selftest(index, name, size)
 *
 * copies the name of test `index` to name (at most size bytes with the NUL),
 * runs it and returns SELFTEST_PASS or SELFTEST_FAIL; -ERANGE when there is
 * no such index, so a caller counts up from 0.  What failed is on the console.
 * With SELFTEST_NAME added to the index nothing is run: the name is copied, and
 * 0 is returned.
 */
#ifndef KERNEL_ABI_SELFTEST_H
#define KERNEL_ABI_SELFTEST_H

#define SELFTEST_PASS 0
#define SELFTEST_FAIL 1
#define SELFTEST_SKIP 2 /* this CPU cannot run it; the console says why */

#define SELFTEST_NAME 0x10000 /* in the index: copy the name alone */

#endif
