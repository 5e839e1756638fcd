/* SPDX-License-Identifier: MIT */
/*
 * The first instructions.  Both boot protocols enter in 32-bit protected
 * mode without paging, at a physical address (PVH: Xen's docs, misc/pvh;
 * Multiboot2 specification, 3.3).  This file builds the first page tables,
 * goes to long mode (APM 2, 14.6) and calls boot_main(magic, info).
 *
 * The first tables map physical 0 to 4 GiB three times, in 2 MiB pages:
 *
 *	0x0000000000000000	identity, for the code that turns paging on
 *	0xffff800000000000	the direct map (DIRECT_MAP_BASE)
 *	0xffffffff80000000	the kernel's link address (first GiB)
 *
 * paging_init() replaces them; the other CPUs start on them again (ap.S).
 */
#include "kernel/cpu/msr.h"

#define KERNEL_BASE 0xffffffff80000000
#define MAGIC_PVH 0
#define TABLE_FLAGS 0x003 /* present, writable */
#define LARGE_FLAGS 0x083 /* present, writable, 2 MiB */

	.section .multiboot2, "a"
	.balign 8
mb2_header:
	.long 0xe85250d6		/* magic */
	.long 0				/* architecture: i386 */
	.long mb2_end - mb2_header
	.long -(0xe85250d6 + 0 + (mb2_end - mb2_header))
	.balign 8
	.short 3, 0			/* entry address tag */
	.long 12
	.long boot_entry_multiboot2
	.balign 8
	.short 6, 0			/* modules page aligned */
	.long 8
	.balign 8
	.short 0, 0			/* end */
	.long 8
mb2_end:

	.section .note.pvh, "a", @note
	.balign 4
	.long 4				/* name size */
	.long 4				/* descriptor size */
	.long 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long boot_entry_pvh

	.section .boot.text, "ax"
	.code32
	.global boot_entry_pvh
boot_entry_pvh:
	movl $MAGIC_PVH, %edi
	jmp boot_common

	.global boot_entry_multiboot2
boot_entry_multiboot2:
	movl %eax, %edi

boot_common:
	cli
	cld
	movl %ebx, %esi

	/* page directories: 4 x 512 large pages */
	movl $boot_pd, %ebx
	movl $LARGE_FLAGS, %eax
	xorl %ecx, %ecx
1:	movl %eax, (%ebx, %ecx, 8)
	movl $0, 4(%ebx, %ecx, 8)
	addl $0x200000, %eax
	incl %ecx
	cmpl $2048, %ecx
	jne 1b

	/* PDPT for the low 4 GiB, used twice, and one for the top 2 GiB */
	movl $(boot_pd + TABLE_FLAGS), %eax
	movl %eax, boot_pdpt_low
	movl %eax, boot_pdpt_high + 510 * 8
	addl $0x1000, %eax
	movl %eax, boot_pdpt_low + 8
	addl $0x1000, %eax
	movl %eax, boot_pdpt_low + 16
	addl $0x1000, %eax
	movl %eax, boot_pdpt_low + 24
	movl $(boot_pdpt_low + TABLE_FLAGS), boot_pml4
	movl $(boot_pdpt_low + TABLE_FLAGS), boot_pml4 + 256 * 8
	movl $(boot_pdpt_high + TABLE_FLAGS), boot_pml4 + 511 * 8

	movl $boot_low_stack_top, %esp	/* neither protocol gives a stack */
	call boot_paging_on
	lgdt boot_gdt_ptr
	ljmp $0x08, $boot_long

/*
 * Turn on long mode with the tables at boot_pml4; a CPU without long mode
 * or NX stops here with a triple fault.  Clobbers EAX, ECX, EDX.
 */
	.global boot_paging_on
boot_paging_on:
	movl $(CR4_PAE | CR4_PGE), %eax
	movl %eax, %cr4
	movl $boot_pml4, %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	movl $(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	movl %eax, %cr0
	ret

	.code64
boot_long:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	xorl %eax, %eax
	movw %ax, %fs
	movw %ax, %gs
	movl %edi, %edi		/* clear the upper halves */
	movl %esi, %esi
	movabsq $boot_high, %rax
	jmp *%rax

	.section .boot.data, "aw"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
boot_gdt_end:
	.global boot_gdt_ptr
boot_gdt_ptr:
	.short boot_gdt_end - boot_gdt - 1
	.quad boot_gdt

	.section .boot.bss, "aw", @nobits
	.balign 4096
	.global boot_pml4
boot_pml4:
	.skip 4096
boot_pdpt_low:
	.skip 4096
boot_pdpt_high:
	.skip 4096
boot_pd:
	.skip 4 * 4096
boot_low_stack:
	.skip 256
boot_low_stack_top:

	.text
boot_high:
	leaq boot_stack_top(%rip), %rsp
	xorl %ebp, %ebp		/* the end of every backtrace */
	call boot_main
	ud2

	.bss
	.balign 4096
	.global boot_stack
boot_stack:
	.skip 16384
	.global boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
