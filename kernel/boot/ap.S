/* SPDX-License-Identifier: MIT */
/*
 * Where the other CPUs start: in real mode, at AP_START, a page below 1 MiB
 * to which smp.c has copied ap_code (SDM 3A, 8.4: the STARTUP message names
 * the page).  The way up is that of entry.S: its tables, its GDT.
 *
 * ap_stack and ap_cpu are written for each CPU before it is started.
 */
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/msr.h"

#define AP_START 0x8000
#define AT(label) ((label) - ap_code + AP_START)

	.section .rodata
	.balign 16
	.global ap_code
ap_code:
	.code16
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl AT(ap_gdt_ptr)
	movl $(CR0_PE | CR0_ET), %eax
	movl %eax, %cr0
	ljmpl $0x18, $AT(ap_protected)

	.code32
ap_protected:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $(AP_START + 0x1000), %esp
	movl $boot_paging_on, %eax
	call *%eax
	ljmp $0x08, $AT(ap_long)

	.code64
ap_long:
	movabsq $ap_high, %rax
	jmp *%rax

	.balign 8
ap_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
	.quad 0x00cf9a000000ffff	/* 0x18: 32-bit code */
ap_gdt_end:
ap_gdt_ptr:
	.short ap_gdt_end - ap_gdt - 1
	.long AT(ap_gdt)
	.global ap_code_end
ap_code_end:

	.text
	.code64
ap_high:
	movq kernel_root(%rip), %rax	/* the stack is only in these tables */
	movq %rax, %cr3
	movq ap_stack(%rip), %rsp
	xorl %ebp, %ebp
	call ap_main
	ud2

	.bss
	.balign 8
	.global ap_stack
ap_stack:
	.skip 8

	.section .note.GNU-stack, "", @progbits
