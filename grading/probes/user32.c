/* SPDX-License-Identifier: MIT */
/*
 * 32-bit code in ring 3 under a 64-bit kernel: its segments have bases (and
 * limits, which QEMU does not look at), its stack pointer wraps at 4 GiB, and
 * what it may not do is a fault of the kernel's, with the selectors that the
 * kernel gave it.
 */
#include "grading/probes/lib/probe.h"

#define SEL_CODE32_USER (SEL_FREE | 3)
#define SEL_DATA_SMALL	((SEL_FREE + 8) | 3)
#define AREA		0x40000000ul /* of the user's code, below 4 GiB */
#define DATA		(AREA + PAGE)
#define STACK		(AREA + 3 * PAGE)
#define LIMIT		0xfffu /* bytes from DATA */

static uint8_t *code_page;

static uint64_t
run32(const uint8_t *code, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		code_page[i] = code[i];
	code_page[n] = 0xcc;
	return user_go(SEL_CODE32_USER, AREA, STACK);
}

#define RUN32(...)                                                             \
	({                                                                     \
		static const uint8_t code[] = { __VA_ARGS__ };                 \
		run32(code, sizeof(code));                                     \
	})

/* mov $selector, %eax; mov %eax, %ds */
#define LOAD_DS(selector) 0xb8, (selector), 0, 0, 0, 0x8e, 0xd8

int
main(void)
{
	code_page = page_alloc();
	*page_entry(AREA, 2) = 0;
	page_map(AREA, (uint64_t)code_page, PTE_P | PTE_U, 1);
	page_map(DATA, (uint64_t)page_alloc(), PTE_P | PTE_W | PTE_U, 1);
	page_map(
		STACK - PAGE, (uint64_t)page_alloc(), PTE_P | PTE_W | PTE_U, 1);
	*page_entry(AREA, 3) |= PTE_U;
	*page_entry(AREA, 4) |= PTE_U;
	write_cr3(read_cr3());
	idt_set_dpl(VEC_BP, 3);
	gdt[SEL_FREE / 8] = 0x00cffb000000fffful;
	gdt[SEL_FREE / 8 + 1] = 0x0040f30000000000ul | LIMIT |
		(DATA & 0xffffff) << 16 | (DATA >> 24) << 56;

	CHECK_IS(RUN32(0x90), VEC_BP);
	CHECK_IS(trap.cs, SEL_CODE32_USER);
	CHECK_IS(trap.ss, SEL_UDATA);
	/* inc %eax is 40: a prefix in 64-bit code */
	CHECK_IS(RUN32(0xb8, 7, 0, 0, 0, 0x40), VEC_BP);
	CHECK_IS(trap.rax, 8);
	/* movl $0x55, 0x10 in the small segment */
	CHECK_IS(RUN32(LOAD_DS(SEL_DATA_SMALL), 0xc7, 0x05, 0x10, 0, 0, 0, 0x55,
			 0, 0, 0),
		VEC_BP);
	CHECK_IS(read64(DATA + 0x10), 0x55);
	CHECK_IS(RUN32(LOAD_DS(SEL_DATA)), VEC_GP);
	CHECK_IS(trap.error, SEL_DATA);
	/* ljmp $0x08, $0 */
	CHECK_IS(RUN32(0xea, 0, 0, 0, 0, 0x08, 0), VEC_GP);
	CHECK_IS(trap.error, SEL_CODE);
	/* ljmp to the user's 64-bit segment, and there: mov $1, %r8d */
	CHECK_IS(RUN32(0xea, 7, 0, 0, 0x40, 0x2b, 0, 0x41, 0xb8, 1, 0, 0, 0),
		VEC_BP);
	CHECK_IS(trap.cs, SEL_UCODE);
	CHECK_IS(trap.r8, 1);
	CHECK_IS(RUN32(0xf4), VEC_GP);		   /* hlt */
	CHECK_IS(RUN32(0xfa), VEC_GP);		   /* cli */
	CHECK_IS(RUN32(0x0f, 0x20, 0xc0), VEC_GP); /* mov %cr0, %eax */
	CHECK_IS(RUN32(0xe4, 0x80), VEC_GP);	   /* in $0x80, %al */
	CHECK_IS(RUN32(0xcd, 0x77), VEC_GP);	   /* int $0x77 */
	CHECK_IS(RUN32(0x0f, 0x0b), VEC_UD);
	/* mov $0xfffffffe, %esp; push %eax: the user has nothing there */
	CHECK_IS(RUN32(0xbc, 0xfe, 0xff, 0xff, 0xff, 0x50), VEC_PF);
	CHECK_IS(trap_cr2 >> 32, 0);
	/* bound, and into: there they are */
	CHECK_IS(RUN32(0xb0, 0x7f, 0x04, 1, 0xce), VEC_GP); /* its gate's DPL */
	return 0;
}
