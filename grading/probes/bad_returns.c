/* SPDX-License-Identifier: MIT */
/*
 * IRET and SYSRET to where nobody may go: a fault in the guest, on the guest's
 * stack (XSA-7: it was one in ring 0 on a stack that the guest had chosen).
 */
#include "grading/probes/lib/probe.h"

#define NOT_CANONICAL 0x0000800000000000ul

static void
iret(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t rsp, uint64_t ss)
{
	__asm__ volatile("pushq %4; pushq %3; pushq %2; pushq %1; pushq %0\n\t"
			 "iretq"
			 :
			 : "r"(rip), "r"(cs), "r"(rflags), "r"(rsp), "r"(ss)
			 : "memory");
}

static void
sysret(uint64_t rip)
{
	__asm__ volatile("mov $2, %%r11d\n\t"
			 "sysretq"
			 :
			 : "c"(rip)
			 : "r11", "memory");
}

static void
check_iret(uint64_t cs, uint64_t ss, uint64_t vector, uint64_t error)
{
	CHECK_IS(TRAPS(iret(USER_GVA, cs, 2, USER_STACK, ss)), vector);
	CHECK_IS(trap.error, error);
	CHECK_IS(trap.cs, SEL_CODE);
}

USER_CODE(user_nop, "nop");

int
main(void)
{
	uint64_t vector;

	CHECK_IS(USER_RUN(user_nop), VEC_BP);
	check_iret(0, SEL_UDATA, VEC_GP, 0);
	check_iret(SEL_UDATA, SEL_UDATA, VEC_GP, SEL_UDATA & ~3u);
	check_iret(SEL_CODE | 3, SEL_UDATA, VEC_GP, SEL_CODE);
	check_iret(SEL_TSS, SEL_UDATA, VEC_GP, SEL_TSS);
	check_iret(0xfff8 | 3, SEL_UDATA, VEC_GP, 0xfff8);
	check_iret(SEL_UCODE, 0, VEC_GP, 0);
	check_iret(SEL_UCODE, SEL_DATA, VEC_GP, SEL_DATA);
	check_iret(SEL_UCODE, SEL_UCODE, VEC_GP, SEL_UCODE & ~3u);
	/* in ring 0 where RIP is looked at first, in ring 3 if not */
	vector =
		TRAPS(iret(NOT_CANONICAL, SEL_UCODE, 2, USER_STACK, SEL_UDATA));
	CHECK_IS(vector, VEC_GP);
	CHECK_IS(trap.error, 0);
	/* a stack pointer is not looked at before it is used */
	vector = TRAPS(iret(USER_GVA, SEL_UCODE, 2, NOT_CANONICAL, SEL_UDATA));
	CHECK_IS(vector, VEC_BP);
	CHECK_IS(trap.rsp, NOT_CANONICAL);
	/* to ring 0 at an impossible place */
	CHECK_IS(TRAPS(iret(NOT_CANONICAL, SEL_CODE, 2, USER_STACK, SEL_DATA)),
		VEC_GP);

	wrmsr(MSR_STAR,
		(uint64_t)(SEL_CODE32 | 3) << 48 | (uint64_t)SEL_CODE << 32);
	CHECK_IS(TRAPS(sysret(USER_GVA)), VEC_BP);
	CHECK_IS(trap.cs, SEL_UCODE);
	CHECK_IS(TRAPS(sysret(NOT_CANONICAL)), VEC_GP);
	CHECK_IS(trap.error, 0);
	CHECK_IS(TRAPS(sysret(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error, 0x14);
	return 0;
}
