/* SPDX-License-Identifier: MIT */
/*
 * The FPU is the guest's own: it begins as after a reset, with nothing that
 * another VM left there, keeps what is put there across exits and other VMs'
 * time, and traps as CR0 and CR4 say.
 */
#include "grading/probes/lib/probe.h"

#define SEED  0x9e3779b97f4a7c15ul
#define TICKS 5

struct __attribute__((aligned(16))) image {
	uint16_t fcw, fsw;
	uint32_t ftw, fip, fcs, fdp, fds, mxcsr, mxcsr_mask;
	uint64_t st[16], xmm[32], unused[12];
};
_Static_assert(sizeof(struct image) == 512, "FXSAVE");

static struct image image, again;

static void
check_traps(void)
{
	uint64_t cr0 = read_cr0(), cr4 = read_cr4();

	write_cr4(cr4 & ~CR4_OSFXSR);
	CHECK_IS(TRAPS(__asm__ volatile("movaps %xmm0, %xmm1")), VEC_UD);
	write_cr4(cr4);
	CHECK_IS(TRAPS(__asm__ volatile("movaps %xmm0, %xmm1")), NO_TRAP);
	write_cr0(cr0 | CR0_TS);
	CHECK_IS(TRAPS(__asm__ volatile("movaps %xmm0, %xmm1")), VEC_NM);
	CHECK_IS(TRAPS(__asm__ volatile("fnop")), VEC_NM);
	write_cr0(cr0 | CR0_EM);
	CHECK_IS(TRAPS(__asm__ volatile("fnop")), VEC_NM);
	CHECK_IS(TRAPS(__asm__ volatile("movaps %xmm0, %xmm1")), VEC_UD);
	write_cr0(cr0);
	CHECK_IS(TRAPS(__asm__ volatile("fnop")), NO_TRAP);
}

int
main(void)
{
	write_cr4(read_cr4() | CR4_OSFXSR);
	__asm__ volatile("fxsave %0" : "=m"(image));
	CHECK_IS(image.mxcsr, 0x1f80);
	CHECK_IS(image.fsw, 0);
	for (unsigned i = 0; i < 32; i++)
		CHECK_IS(image.xmm[i], 0);
	for (unsigned i = 0; i < 16; i += 2)
		CHECK_IS(image.st[i], 0);
	for (unsigned i = 0; i < 32; i++)
		image.xmm[i] = SEED * (i + 1);
	image.ftw = 0xff; /* all eight in use */
	for (unsigned i = 0; i < 16; i += 2)
		image.st[i] = SEED ^ i;
	__asm__ volatile("fxrstor %0" : : "m"(image));
	timer_init();
	pit_periodic(0xffff);
	while (timer_taken < TICKS)
		__asm__ volatile("sti; hlt; cli" : : : "memory");
	__asm__ volatile("fxsave %0" : "=m"(again));
	for (unsigned i = 0; i < 32; i++)
		CHECK_IS(again.xmm[i], SEED * (i + 1));
	for (unsigned i = 0; i < 16; i += 2)
		CHECK_IS(again.st[i], SEED ^ i);
	check_traps();
	return 0;
}
