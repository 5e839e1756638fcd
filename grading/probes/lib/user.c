/* SPDX-License-Identifier: MIT */
/* Running code in ring 3; contracts in probe.h. */
#include "grading/probes/lib/probe.h"

static char *user_page;

/* The pages of ring 3, made once. */
static void
user_init(void)
{
	if (user_page)
		return;
	user_page = page_alloc();
	page_map(USER_GVA, (uint64_t)user_page, PTE_P | PTE_U, 1);
	page_map(USER_DATA, (uint64_t)page_alloc(),
		PTE_P | PTE_W | PTE_U | PTE_NX, 1);
	page_map(USER_STACK - PAGE, (uint64_t)page_alloc(),
		PTE_P | PTE_W | PTE_U | PTE_NX, 1);
	idt_set_dpl(VEC_BP, 3);
}

uint64_t
user_go(uint64_t cs, uint64_t rip, uint64_t rsp)
{
	return TRAPS(
		__asm__ volatile("pushq %0\n\t"
				 "pushq %1\n\t"
				 "pushq $2\n\t"
				 "pushq %2\n\t"
				 "pushq %3\n\t"
				 "iretq"
				 :
				 : "i"(SEL_UDATA), "r"(rsp), "r"(cs), "r"(rip)
				 : "memory"));
}

uint64_t
user_run(const char *code, size_t size)
{
	user_init();
	for (size_t i = 0; i < size; i++)
		user_page[i] = code[i];
	return user_go(SEL_UCODE, USER_GVA, USER_STACK);
}
