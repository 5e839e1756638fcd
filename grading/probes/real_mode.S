/* SPDX-License-Identifier: MIT */
/*
 * From protected mode to real mode and back: an interrupt by the vector table
 * at address 0, segments that are paragraphs.  Where the CPU cannot run it
 * (ring 3 of long mode has no real mode), the VM is stopped and says so.
 */
/* ring3: not emulated */
/* vmx+shadow: no real mode without 'unrestricted guest' */
#include "grading/guest/entry.inc"

#define PORT_EXIT 0xf4
#define LOW	  0x8000	/* where the 16-bit code goes */

	pvh_note guest_entry_pvh

	.text
	.code32
	.global guest_entry_pvh
guest_entry_pvh:
	cld
	movl $stack_top, %esp
	lgdt gdtr
	ljmp $0x08, $1f
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $low_start, %esi
	movl $LOW, %edi
	movl $(low_end - low_start), %ecx
	rep movsb
	ljmp $0x18, $LOW

	.code16
low_start:
	movw $0x20, %ax			/* 64 KiB, as real mode has */
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl %cr0, %eax
	andl $~1, %eax
	movl %eax, %cr0
	ljmp $0, $(real - low_start + LOW)
real:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw $0x7000, %sp
	lidt real_idtr - low_start + LOW
	movw $(handler - low_start + LOW), 0x60 * 4
	movw $0, 0x60 * 4 + 2
	movw $0x1234, %bx
	int $0x60
	cmpw $0x4321, %bx
	jne real_fail
	movw $0x900, %ax		/* a paragraph */
	movw %ax, %es
	movw $0x5555, %es:0x10
	cmpw $0x5555, 0x9010
	jne real_fail
	movw %es, %cx
	cmpw $0x900, %cx
	jne real_fail
	xorb %al, %al
	outb %al, $PORT_EXIT
real_fail:
	movb $1, %al
	outb %al, $PORT_EXIT
	hlt
handler:
	movw $0x4321, %bx
	iretw
real_idtr:
	.short 0x3ff
	.long 0
low_end:

	.data
	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 08 code */
	.quad 0x00cf93000000ffff	/* 10 data */
	.quad 0x00009b000000ffff	/* 18 16-bit code */
	.quad 0x000093000000ffff	/* 20 its data */
gdtr:	.short 39
	.long gdt

	.bss
	.balign 16
	.skip 4096
stack_top:

	.section .note.GNU-stack, "", @progbits
