/* SPDX-License-Identifier: MIT */
/*
 * Debug registers with whatever a guest can write there: breakpoints on its
 * own code and stack, on addresses that mean something to a host, general
 * detection.  They are the guest's, and stop nobody else.
 *
 * QEMU 7.2 takes DR7 out of the VMCB, and does not set the breakpoints that it
 * has; of QEMU 10 a guest gets none on data (docs/errata.md, Q15 and Q24).
 */
/* exits: 60000 */
/* QEMU svm: : hits */
#include "grading/probes/lib/probe.h"

#define DR7_FIXED 0x400ul
#define DR7_GD	  0x2000ul
#define DR6_BD	  0x2000ul
#define DR6_B0	  1ul
#define DR6_RESET 0xffff0ff0ul
#define ROUNDS	  400

extern const char breakpoint_here[];

/* Of a host: its text, direct map, stacks; what ring 3's VMM keeps mapped. */
static const uint64_t places[] = { 0xffffffff80000000ul, 0xffffffff80200000ul,
	0xffff800000000000ul, 0xffff888000000000ul, 0xffffe00000000000ul,
	0xffffe00000000200ul, 0xffffe00000020000ul, 0xffffe000000220f0ul,
	0xffffe78000000000ul, 0xffffe780000220f0ul, 0xffffe780000231f8ul,
	0x1000ul, 0x0000800000000000ul, ~0ul };

#define PLACES (sizeof(places) / sizeof(places[0]))

static volatile unsigned hits;
static uint64_t seed = 11;

static uint64_t
random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static bool
hit(struct trap_frame *frame)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_FIXED));
	frame->rflags |= 1ul << 16; /* RF: go on behind it */
	hits++;
	return true;
}

static void
set(unsigned n, uint64_t at)
{
	switch (n) {
	case 0:
		__asm__ volatile("mov %0, %%dr0" : : "r"(at));
		break;
	case 1:
		__asm__ volatile("mov %0, %%dr1" : : "r"(at));
		break;
	case 2:
		__asm__ volatile("mov %0, %%dr2" : : "r"(at));
		break;
	default:
		__asm__ volatile("mov %0, %%dr3" : : "r"(at));
		break;
	}
}

static void
check_storm(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned n = 0; n < 4; n++)
			set(n,
				places[random64() % PLACES] +
					(random64() & 0x18));
		__asm__ volatile(
			"mov %0, %%dr7"
			:
			: "r"((random64() & 0xffff23fful) | DR7_FIXED | 0xff));
		inb(0x80);
		(void)TRAPS(__asm__ volatile("ud2"));
		(void)TRAPS(__asm__ volatile("mov %0, %%dr7"
					     :
					     : "r"(DR7_FIXED)));
		__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_FIXED));
	}
}

static void
check_own(void)
{
	static volatile uint64_t word;
	uint64_t dr6;

	hits = 0;
	set(0, (uint64_t)breakpoint_here);
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_RESET));
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_FIXED | 2));
	__asm__ volatile("breakpoint_here: nop");
	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	CHECK_IS(hits, 1);
	CHECK_IS(dr6 & 0xf, DR6_B0);
	set(0, (uint64_t)&word);
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_FIXED | 2 | 0xd0000));
	word = 1;
	CHECK_IS(hits, 2);
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_RESET));
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_FIXED | DR7_GD));
	__asm__ volatile("mov %%dr7, %0" : "=r"(dr6));
	CHECK_IS(hits, 3);
	CHECK_IS(dr6 & DR7_GD, 0);
	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	CHECK_IS(dr6 & DR6_BD, DR6_BD);
	CHECK_IS(TRAPS(__asm__ volatile("mov %0, %%dr7"
					:
					: "r"(1ul << 32))),
		VEC_GP);
	CHECK_IS(TRAPS(__asm__ volatile("mov %0, %%dr6"
					:
					: "r"(1ul << 63))),
		VEC_GP);
}

int
main(void)
{
	trap_handle_with(VEC_DB, hit);
	check_own();
	check_storm();
	check_own();
	return 0;
}
