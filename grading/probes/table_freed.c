/* SPDX-License-Identifier: MIT */
/*
 * Page tables that become something else while they are in use, by every kind
 * of store that there is: afterwards they hold what was stored, and whoever
 * uses them as tables gets what that means.
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define MARK 0x00c0ffee00c0fffeul /* not present */

static uint64_t *table;
static uint64_t page_gpa;

/* The table is one again, and has been used. */
static void
use(void)
{
	for (unsigned i = 0; i < 512; i++)
		table[i] = page_gpa | PTE_P | PTE_W;
	*page_entry(FREE_GVA, 2) = (uint64_t)table | PTE_P | PTE_W;
	write_cr3(read_cr3());
	for (unsigned i = 0; i < 512; i += 37)
		CHECK_IS(read64(FREE_GVA + i * PAGE), MARK);
}

static void
check_gone(unsigned i)
{
	write_cr3(read_cr3());
	CHECK_IS(TRAPS(read64(FREE_GVA + i * PAGE)), VEC_PF);
	CHECK_IS(trap.error & 1, 0);
}

static void
check_string_stores(void)
{
	void *to = table;
	uint64_t n = 512;

	use();
	__asm__ volatile("rep stosq"
			 : "+D"(to), "+c"(n)
			 : "a"(MARK)
			 : "memory");
	CHECK_IS(n, 0);
	for (unsigned i = 0; i < 512; i++)
		CHECK_IS(table[i], MARK);
	check_gone(0);
	check_gone(511);
	use();
	to = table + 512;
	n = PAGE;
	__asm__ volatile("dec %0; std; rep stosb; cld"
			 : "+D"(to), "+c"(n)
			 : "a"(0)
			 : "memory");
	CHECK_IS(n, 0);
	CHECK_IS(table[0] | table[511], 0);
	check_gone(200);
}

static void
check_atomic_stores(void)
{
	uint64_t old = 0, rax, rdx;

	use();
	__asm__ volatile("xchg %0, %1" : "+r"(old), "+m"(table[3]));
	CHECK_IS(old & ~(PTE_A | PTE_D), page_gpa | PTE_P | PTE_W);
	check_gone(3);
	__asm__ volatile("lock btrq $0, %0" : "+m"(table[4]));
	check_gone(4);
	rax = table[6];
	rdx = table[7];
	__asm__ volatile(
		"lock cmpxchg16b %0"
		: "+m"(*(unsigned __int128 *)&table[6]), "+a"(rax), "+d"(rdx)
		: "b"(MARK), "c"(MARK)
		: "cc");
	CHECK_IS(table[6], MARK);
	CHECK_IS(table[7], MARK);
	check_gone(6);
	check_gone(7);
	__asm__ volatile("movb $0, %0" : "=m"(table[8]));
	check_gone(8);
}

/* What only a CPU's own hands do: pushes, frames, FPU state. */
static void
check_other_stores(void)
{
	use();
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %0, %%rsp\n\t"
			 "pushq $0\n\t"
			 "pushfq\n\t"
			 "call 1f\n"
			 "1: mov %%rbx, %%rsp"
			 :
			 : "r"(table + 64)
			 : "rbx", "memory");
	check_gone(63);
	CHECK_IS(table[61] & ~0xfffffful, 0); /* the return address */
	use();
	__asm__ volatile("fxsave %0" : "=m"(table[64]));
	CHECK_IS(table[64] & 0xffff, 0x37f);
	use();
	idt_use_ist(VEC_UD, true);
	tss.ist[0] = (uint64_t)(table + 512);
	CHECK_IS(TRAPS(__asm__ volatile("ud2")), VEC_UD);
	CHECK_IS(table[511] & 0xffff, SEL_DATA);
	check_gone(511);
}

int
main(void)
{
	uint64_t *page = page_alloc();

	*page = MARK;
	page_gpa = (uint64_t)page;
	page_map(FREE_GVA, page_gpa, PTE_P, 1);
	table = (uint64_t *)(*page_entry(FREE_GVA, 2) & ~0xffful);
	for (int i = 0; i < 3; i++) {
		check_string_stores();
		check_atomic_stores();
	}
	check_other_stores();
	return 0;
}
