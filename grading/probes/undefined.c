/* SPDX-License-Identifier: MIT */
/*
 * Instructions that CPUID does not offer are undefined, whatever the CPU below
 * can do; RDPMC has no counter; a hypercall that there is not is refused.
 */
#include "grading/probes/lib/probe.h"

#define ENOSYS 38

#define CHECK_UD(insn)                                                         \
	CHECK_IS(TRAPS(__asm__ volatile(insn                                   \
					:                                      \
					: "a"(0), "c"(0), "d"(0)               \
					: "memory")),                          \
		VEC_UD)

int
main(void)
{
	static uint8_t area[64];
	volatile uint64_t rax = 0x12345, rcx = 0, vector;

	CHECK_UD("vmrun");
	CHECK_UD("vmload");
	CHECK_UD("vmsave");
	CHECK_UD("stgi");
	CHECK_UD("clgi");
	CHECK_UD("skinit");
	CHECK_UD("invlpga");
	CHECK_UD("vmlaunch");
	CHECK_UD("vmresume");
	CHECK_UD("vmxoff");
	CHECK_UD("monitor");
	CHECK_UD("mwait");
	CHECK_UD("xgetbv");
	CHECK_UD("xsetbv");
	CHECK_UD("vaddps %%ymm0, %%ymm0, %%ymm0");
	CHECK_IS(TRAPS(__asm__ volatile("vmxon %0" : : "m"(area))), VEC_UD);
	CHECK_IS(TRAPS(__asm__ volatile("xsave %0" : : "m"(area))), VEC_UD);
	CHECK_IS(TRAPS(__asm__ volatile("rdpmc"
					:
					: "c"(0)
					: "rax", "rdx")),
		VEC_GP);
	CHECK_IS(TRAPS(__asm__ volatile("wbinvd; invd")), NO_TRAP);

	/* QEMU has no intercept for it; it must not show the host's number */
	vector = TRAPS(__asm__ volatile("rdtscp" : "=c"(rcx) : : "rax", "rdx"));
	CHECK(vector == VEC_UD || rcx == 0);

	vector = TRAPS(__asm__ volatile("vmmcall" : "+a"(rax)));
	CHECK(vector == VEC_UD || (int64_t)rax == -ENOSYS);
	rax = ~0ul;
	vector = TRAPS(__asm__ volatile("vmcall" : "+a"(rax)));
	CHECK(vector == VEC_UD || (int64_t)rax == -ENOSYS);
	return 0;
}
