/* SPDX-License-Identifier: MIT */
/*
 * The differential guest on the engine pairs that QEMU's CPU allows (differ.h).
 * With shadow paging its invariants are looked at around every call (vm run
 * -k).
 */
/* links: grading/system/machine.c grading/system/differ.c */
#include "differ.h"

static const struct differ_pair pairs[] = {
	{ "ring3", "shadow", .hides = true, .checks = true, .count = "200",
		.soak = "20000" },
	{ "svm", "shadow", .checks = true, .count = "200", .soak = "20000" },
	{ "svm", "npt", .count = "200", .soak = "20000" },
};

int
main(void)
{
	return differ_run(pairs, sizeof(pairs) / sizeof(pairs[0]));
}
