/* SPDX-License-Identifier: MIT */
/*
 * The differential guest on the engine pairs that Bochs' CPUs allow (differ.h),
 * against the guest alone on the same CPU.  What takes long is left to `make
 * soak`: thousands of programs, the shadow's invariants, and the AMD processor.
 */
/* links: grading/system/machine.c grading/system/differ.c */
#include "differ.h"

#define INTEL .emulator = "EMULATOR=bochs", .cpu = "CPU=corei7_skylake_x"
/* Without what errata B6 and B7 are about (docs/errata.md). */
#define AMD                                                                    \
	.emulator = "EMULATOR=bochs", .cpu = "CPU=ryzen",                      \
	.options = "stepped=0 badint=0"

/* clang-format off */
static const struct differ_pair pairs[] = {
	{ "vmx", "ept", .count = "200", .soak = "5000", INTEL },
	{ "vmx", "shadow", .count = "200", .soak = "5000", INTEL },
	{ "vmx", "shadow", .checks = true, .soak = "200", INTEL },
	{ "svm", "npt", .soak = "5000", AMD },
	{ "svm", "shadow", .soak = "5000", AMD },
};
/* clang-format on */

int
main(void)
{
	return differ_run(pairs, sizeof(pairs) / sizeof(pairs[0]));
}
