/* SPDX-License-Identifier: MIT */
/*
 * Data where no memory is: reads give ones, writes are lost, and no byte of
 * the neighbourhood changes, with any instruction, at any width, at the very
 * end of RAM too (APM 2, 7.1: a PC's bus without an answer).
 */
#include "grading/probes/lib/probe.h"

#define RAM_END	 (8 * MIB)
#define HIGH_GPA (1ul << 36)
#define ONES	 (~0ul)
#define PATTERN	 0x1122334455667788ul

static void
check_widths(uint64_t at)
{
	CHECK_IS(read8(at), 0xff);
	CHECK_IS(*(volatile uint16_t *)at, 0xffff);
	CHECK_IS(*(volatile uint32_t *)at, 0xffffffff);
	CHECK_IS(read64(at), ONES);
	*(volatile uint8_t *)at = 0;
	*(volatile uint16_t *)at = 0;
	*(volatile uint32_t *)at = 0;
	write64(at, 0);
	CHECK_IS(read64(at), ONES);
}

/* Half of the access is RAM. */
static void
check_end_of_ram(void)
{
	write64(RAM_END - 8, PATTERN);
	CHECK_IS(read64(RAM_END - 8), PATTERN);
	CHECK_IS(read64(RAM_END - 7), PATTERN >> 8 | 0xfful << 56);
	CHECK_IS(read64(RAM_END - 1), PATTERN >> 56 | ONES << 8);
	write64(RAM_END - 4, 0xaaaaaaaabbbbbbbbul);
	CHECK_IS(read64(RAM_END - 8), 0xbbbbbbbb55667788ul);
	CHECK_IS(read64(RAM_END), ONES);
}

static void
check_instructions(uint64_t at)
{
	uint64_t a = 5, b = at;

	__asm__ volatile("xchg %0, (%1)" : "+r"(a) : "r"(at) : "memory");
	CHECK_IS(a, ONES);
	a = 1;
	__asm__ volatile("addq (%1), %0" : "+r"(a) : "r"(at) : "memory");
	CHECK_IS(a, 0);
	__asm__ volatile("lock orq %0, (%1)" : : "r"(a), "r"(at) : "memory");
	__asm__ volatile("movzbl (%1), %k0" : "=r"(a) : "r"(at));
	CHECK_IS(a, 0xff);
	__asm__ volatile("movsbq (%1), %0" : "=r"(a) : "r"(at));
	CHECK_IS(a, ONES);
	__asm__ volatile("movl $0x12345678, 4(%0, %1, 2)"
			 :
			 : "r"(at), "r"(0x10ul)
			 : "memory");
	__asm__ volatile("cmpb $0xff, (%1); sete %b0" : "=r"(a) : "r"(b));
	CHECK_IS(a & 0xff, 1);
}

static void
check_strings(uint64_t at)
{
	uint8_t buffer[600];
	uint64_t from = at, to = (uint64_t)buffer, n = sizeof(buffer);

	__asm__ volatile("rep movsb"
			 : "+S"(from), "+D"(to), "+c"(n)
			 :
			 : "memory");
	CHECK_IS(n, 0);
	CHECK_IS(from, at + sizeof(buffer));
	CHECK_IS(to, (uint64_t)buffer + sizeof(buffer));
	CHECK(buffer[0] == 0xff && buffer[sizeof(buffer) - 1] == 0xff);
	to = at;
	n = 70;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0) : "memory");
	CHECK_IS(to, at + 560);
	CHECK_IS(read64(at), ONES);
}

int
main(void)
{
	check_widths(NO_RAM);
	check_widths(NO_RAM + 0xffd); /* cut by a page */
	check_widths(RAM_END);
	check_end_of_ram();
	check_instructions(NO_RAM);
	check_strings(NO_RAM);
	page_map(FREE_GVA, HIGH_GPA, PTE_P | PTE_W, 1);
	check_widths(FREE_GVA);
	return 0;
}
