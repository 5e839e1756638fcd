/* SPDX-License-Identifier: MIT */
/*
 * The guest's own MSRs keep what is written, refuse what hardware refuses, and
 * act.
 */
#include "grading/probes/lib/probe.h"

#define NOT_CANONICAL	0x0000800000000000ul
#define MSR_TSC		0x10u
#define MSR_PAT		0x277u
#define MSR_SYSENTER_CS 0x174u

static const uint32_t addresses[] = { MSR_LSTAR, MSR_CSTAR, MSR_FS_BASE,
	MSR_GS_BASE, MSR_KERNEL_GS_BASE, 0x175, 0x176 };

static uint64_t
read_gs(uint64_t offset)
{
	uint64_t value;

	__asm__ volatile("mov %%gs:(%1), %0" : "=r"(value) : "r"(offset));
	return value;
}

static void
check_efer(void)
{
	uint64_t efer = rdmsr(MSR_EFER);

	CHECK_IS(efer, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
	CHECK_IS(TRAPS(wrmsr(MSR_EFER, efer & ~EFER_LME)), VEC_GP);
	CHECK_IS(TRAPS(wrmsr(MSR_EFER, efer | EFER_SVME)), VEC_GP);
	for (unsigned bit = 16; bit < 64; bit++)
		CHECK_IS(TRAPS(wrmsr(MSR_EFER, efer | 1ul << bit)), VEC_GP);
	wrmsr(MSR_EFER, efer & ~EFER_LMA); /* written in vain */
	CHECK_IS(rdmsr(MSR_EFER), efer);
	wrmsr(MSR_EFER, efer & ~EFER_SCE);
	CHECK_IS(TRAPS(__asm__ volatile("syscall" : : : "rcx", "r11")), VEC_UD);
	wrmsr(MSR_EFER, efer);
}

int
main(void)
{
	static const uint64_t here = 0x123456789abcdef0;

	for (unsigned i = 0; i < sizeof(addresses) / 4; i++) {
		wrmsr(addresses[i], 0xffff800012345678);
		CHECK_IS(rdmsr(addresses[i]), 0xffff800012345678);
		/* #GP is right; QEMU takes it where no VMM looks */
		if (TRAPS(wrmsr(addresses[i], NOT_CANONICAL)) == VEC_GP)
			CHECK_IS(rdmsr(addresses[i]), 0xffff800012345678);
		wrmsr(addresses[i], 0);
	}
	wrmsr(MSR_STAR, 0x0012003412345678);
	CHECK_IS(rdmsr(MSR_STAR), 0x0012003412345678);
	wrmsr(MSR_SYSENTER_CS, 0x1234);
	CHECK_IS(rdmsr(MSR_SYSENTER_CS), 0x1234);
	check_efer();
	CHECK_IS(TRAPS(wrmsr(MSR_PAT, 2)), VEC_GP);
	wrmsr(MSR_PAT, 0x0606060606060606);
	CHECK_IS(rdmsr(MSR_PAT), 0x0606060606060606);
	wrmsr(MSR_GS_BASE, (uint64_t)&here);
	CHECK_IS(read_gs(0), here);
	wrmsr(MSR_KERNEL_GS_BASE, (uint64_t)&here + 0x1000);
	__asm__ volatile("swapgs");
	CHECK_IS(read_gs(-0x1000ul), here);
	CHECK_IS(rdmsr(MSR_KERNEL_GS_BASE), (uint64_t)&here);
	wrmsr(MSR_TSC, 1ul << 50);
	CHECK(rdtsc() >= 1ul << 50 && rdtsc() < 1ul << 51);
	wrmsr(MSR_TSC, 0);
	CHECK(rdtsc() < 1ul << 50 && rdmsr(MSR_TSC) < 1ul << 50);
	return 0;
}
