/* SPDX-License-Identifier: MIT */
/*
 * Single steps across instructions that a VMM emulates or that exit: one #DB
 * behind each, none lost, none twice (SDM 3B, 17.3.1.4).
 */
#include "grading/probes/lib/probe.h"

#define TF     0x100ul
#define DR6_BS (1ul << 14)

static volatile unsigned steps;
static uint64_t rips[64];

extern const char stepped[], step_1[], step_2[], step_3[], step_4[], step_5[],
	step_end[];

static bool
step(struct trap_frame *frame)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	CHECK(dr6 & DR6_BS);
	__asm__ volatile("mov %0, %%dr6" : : "r"(0xffff0ff0ul));
	if (steps < 64)
		rips[steps] = frame->rip;
	steps++;
	if (frame->rip == (uint64_t)step_end)
		frame->rflags &= ~TF;
	return true;
}

int
main(void)
{
	const char *const expected[] = { step_1, step_2, step_3, step_4, step_5,
		step_end };

	trap_handle_with(VEC_DB, step);
	/* IRET sets TF: every VMM sees that */
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "pushq $0x10; pushq %%rbx; pushq $0x102\n\t"
			 "pushq $0x08; pushq $stepped; iretq\n"
			 "stepped: nop\n"
			 "step_1: cli\n"
			 "step_2: in $0x80, %%al\n"
			 "step_3: mov %%cr0, %%rax\n"
			 "step_4: nop\n"
			 "step_5: wbinvd\n"
			 "step_end: nop"
			 :
			 :
			 : "rax", "rbx", "memory");
	CHECK_IS(steps, 6);
	for (unsigned i = 0; i < 6; i++)
		CHECK_IS(rips[i], (uint64_t)expected[i]);
	return 0;
}
