/* SPDX-License-Identifier: MIT */
/*
 * Control registers take what this CPU has and refuse the rest (APM 2, 3.1;
 * SDM 3A, 2.5): a refused write changes nothing.
 */
#include "grading/probes/lib/probe.h"

#define HIGH (1ul << 32)

static uint64_t
read_cr8(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr8, %0" : "=r"(value));
	return value;
}

static void
write_cr8(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr8" : : "r"(value));
}

static void
check_cr0(void)
{
	uint64_t cr0 = read_cr0();

	CHECK_IS(cr0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE);
	CHECK_IS(TRAPS(write_cr0(cr0 & ~CR0_PE)), VEC_GP);
	CHECK_IS(TRAPS(write_cr0(cr0 | CR0_NW)), VEC_GP);
	CHECK_IS(TRAPS(write_cr0(cr0 | HIGH)), VEC_GP);
	CHECK_IS(TRAPS(write_cr0(cr0 & ~CR0_PG)), VEC_GP); /* 64-bit code */
	CHECK_IS(read_cr0(), cr0);
	write_cr0(cr0 & ~CR0_ET);
	CHECK_IS(read_cr0(), cr0);
	write_cr0(cr0 | CR0_TS | CR0_CD | CR0_NW);
	CHECK_IS(read_cr0(), cr0 | CR0_TS | CR0_CD | CR0_NW);
	CHECK_IS(TRAPS(__asm__ volatile("fninit")), VEC_NM);
	__asm__ volatile("clts");
	CHECK_IS(read_cr0(), cr0 | CR0_CD | CR0_NW);
	write_cr0(cr0);
}

static void
check_lmsw(void)
{
	uint16_t word = CR0_TS | CR0_MP | CR0_PE;
	uint64_t cr0 = read_cr0();

	__asm__ volatile("lmsw %0" : : "r"(word));
	CHECK_IS(read_cr0(), cr0 | CR0_TS | CR0_MP);
	word = 0; /* it cannot clear PE */
	__asm__ volatile("lmsw %0" : : "m"(word));
	CHECK_IS(read_cr0(), cr0);
}

static void
check_cr4(void)
{
	uint64_t cr4 = read_cr4();

	CHECK_IS(cr4, CR4_PAE);
	CHECK_IS(TRAPS(write_cr4(0)), VEC_GP);
	for (unsigned bit = 22; bit < 64; bit++)
		CHECK_IS(TRAPS(write_cr4(cr4 | 1ul << bit)), VEC_GP);
	CHECK_IS(TRAPS(write_cr4(cr4 | CR4_VMXE)), VEC_GP);
	CHECK_IS(TRAPS(write_cr4(cr4 | CR4_LA57)), VEC_GP);
	CHECK_IS(TRAPS(write_cr4(cr4 | CR4_OSXSAVE)), VEC_GP);
	CHECK_IS(read_cr4(), cr4);
	write_cr4(cr4 | CR4_PGE | CR4_PSE | CR4_OSFXSR);
	CHECK_IS(read_cr4(), cr4 | CR4_PGE | CR4_PSE | CR4_OSFXSR);
	write_cr4(cr4);
}

static void
check_others(void)
{
	uint64_t cr3 = read_cr3();

	CHECK_IS(TRAPS(write_cr3(cr3 | 1ul << 62)), VEC_GP);
	CHECK_IS(TRAPS(write_cr3(cr3 | 1ul << 52)), VEC_GP);
	CHECK_IS(read_cr3(), cr3);
	write_cr8(5);
	CHECK_IS(read_cr8(), 5);
	write_cr8(0);
	__asm__ volatile("mov %0, %%cr2" : : "r"(0x123456789abcul));
	CHECK_IS(read_cr2(), 0x123456789abc);
	CHECK_IS(TRAPS(__asm__ volatile("mov %%cr1, %%rax"
					:
					:
					: "rax")),
		VEC_UD);
	CHECK_IS(TRAPS(__asm__ volatile("mov %%rax, %%cr5" : :)), VEC_UD);
	CHECK_IS(TRAPS(__asm__ volatile("mov %%cr15, %%rax"
					:
					:
					: "rax")),
		VEC_UD);
}

int
main(void)
{
	check_cr0();
	check_lmsw();
	check_cr4();
	check_others();
	return 0;
}
