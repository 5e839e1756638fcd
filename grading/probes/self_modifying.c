/* SPDX-License-Identifier: MIT */
/*
 * Code that changes under an exit: what exits, what has its length found, and
 * what is executed is always what lies there now, through any mapping.
 */
#include "grading/probes/lib/probe.h"

#define ALIAS FREE_GVA

static uint8_t *code;

/* Put these bytes, then RET, through the alias. */
static void
plant(uint64_t bytes, unsigned n)
{
	volatile uint8_t *at = (volatile uint8_t *)ALIAS;

	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(bytes >> 8 * i);
	at[n] = 0xc3;
}

static uint64_t
run(uint64_t rax)
{
	uint64_t rcx = 0;

	__asm__ volatile("call *%2"
			 : "+a"(rax), "+c"(rcx)
			 : "r"(code)
			 : "rbx", "rdx", "memory");
	return rax;
}

/* CPUID that overwrites itself with the next instruction, then runs again. */
static void
check_itself(void)
{
	uint64_t count = 3, rax = 0;

	/* 1: cpuid; movw $0x9090, 1b; dec %rdi; jnz 1b */
	__asm__ volatile("mov %2, %%rdi\n"
			 "1: cpuid\n\t"
			 "movw $0x9090, 1b(%%rip)\n\t"
			 "mov $7, %%eax\n\t"
			 "dec %%rdi\n\t"
			 "jnz 1b"
			 : "+a"(rax)
			 : "c"(0ul), "r"(count)
			 : "rbx", "rdx", "rdi", "memory");
	CHECK_IS(rax, 7);
}

int
main(void)
{
	uint64_t signature;

	code = page_alloc();
	page_map(ALIAS, (uint64_t)code, PTE_P | PTE_W, 1);
	plant(0xa20f, 2); /* cpuid */
	signature = run(0);
	CHECK(signature >= 7 && signature < 0x40);
	for (int i = 0; i < 100; i++) {
		plant(0xa20f, 2);
		CHECK_IS(run(0), signature);
		plant(0x9090, 2);
		CHECK_IS(run(0), 0);
		plant(0xa20f666666, 5); /* the same with three prefixes */
		CHECK_IS(run(0), signature);
		plant(0x80e480e4, 4); /* in $0x80, %al, twice */
		CHECK_IS(run(0x100), 0x1ff);
		plant(0xc8200f, 3); /* mov %cr1, %rax */
		CHECK_IS(TRAPS(run(0)), VEC_UD);
	}
	check_itself();
	return 0;
}
