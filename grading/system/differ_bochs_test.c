/* SPDX-License-Identifier: MIT */
/*
 * The differential guest on the engine pairs that Bochs' CPUs allow (differ.h),
 * against the guest alone on the same CPU.  What takes long is left to `make
 * soak`: thousands of programs, the shadow's invariants, and the AMD processor.
 */
/* links: grading/system/machine.c grading/system/differ.c */
#include "differ.h"

#define BOCHS "EMULATOR=bochs"
#define INTEL "CPU=corei7_skylake_x"
#define AMD   "CPU=ryzen"

static const struct differ_pair pairs[] = {
	{ "vmx", "ept", false, false, "200", "5000", BOCHS, INTEL },
	{ "vmx", "shadow", false, false, "200", "5000", BOCHS, INTEL },
	{ "vmx", "shadow", false, true, NULL, "200", BOCHS, INTEL },
};

int
main(void)
{
	return differ_run(pairs, sizeof(pairs) / sizeof(pairs[0]));
}
