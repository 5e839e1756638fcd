/* SPDX-License-Identifier: MIT */
/*
 * Stacks that cannot be, of the kernel, of the TSS and of the interrupt stack
 * table: what is pushed there faults, and whoever has a good stack of its own
 * learns of it.
 */
#include "grading/probes/lib/probe.h"

#define NOT_CANONICAL 0x0000800000000000ul

USER_CODE(user_int3, "nop");

static const struct {
	uint64_t rsp;
	bool canonical;
} bad[] = {
	{ FREE_GVA, true }, { NOT_CANONICAL + 64, false },
	{ 0xffff7fffffffff00ul, false }, { 0xffffe00000001000ul, true },
	{ 0xffffe80000022000ul, true },
	{ 8, true }, /* the pushes wrap: address 0 is mapped, -8 is not */
};

#define BAD (sizeof(bad) / sizeof(bad[0]))

/* An impossible stack is a #SS; QEMU has a #GP for each such address. */
static bool
is_fault(uint64_t vector, bool canonical)
{
	if (canonical)
		return vector == VEC_PF;
	return vector == VEC_SS || vector == VEC_GP || vector == VEC_DF;
}

static void
set_all_ist(void)
{
	for (unsigned v = VEC_DF; v <= VEC_PF; v++)
		idt_use_ist(v, true);
}

static void
push_twice(uint64_t rsp)
{
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %0, %%rsp\n\t"
			 "push %%rax\n\t"
			 "push %%rax\n\t"
			 "mov %%rbx, %%rsp"
			 :
			 : "r"(rsp)
			 : "rbx", "memory");
}

int
main(void)
{
	uint64_t good_rsp0 = tss.rsp[0], vector;

	CHECK_IS(USER_RUN(user_int3), VEC_BP);
	set_all_ist();
	for (unsigned i = 0; i < BAD; i++) {
		vector = TRAPS(push_twice(bad[i].rsp));
		CHECK(is_fault(vector, bad[i].canonical));
		tss.rsp[0] = bad[i].rsp;
		vector = USER_RUN(user_int3);
		CHECK(is_fault(vector, bad[i].canonical));
		CHECK(trap.rip >= USER_GVA && trap.rip < USER_DATA);
		tss.rsp[0] = good_rsp0;
		tss.ist[1] = bad[i].rsp;
		idt[VEC_UD].ist = 2;
		vector = TRAPS(__asm__ volatile("ud2"));
		CHECK(is_fault(vector, bad[i].canonical));
	}
	/* no memory there: what is pushed is lost, and that is no fault */
	CHECK_IS(TRAPS(push_twice(NO_RAM + 64)), NO_TRAP);
	return 0;
}
