/* SPDX-License-Identifier: MIT */
/*
 * From the PVH entry to main(), in 32-bit protected mode and without paging;
 * tables of the CPU, and the way into a trap and out of it.
 */
#include "grading/guest/entry.inc"

#define VECTORS 64

	pvh_note guest_entry_pvh

	.text
	.global guest_entry_pvh
guest_entry_pvh:
	cli
	cld
	movl $stack_top, %esp
	movl %ebx, boot_info
	lgdt gdt_register
	ljmp $0x08, $1f
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	movl $tss, %eax			/* it lies below 16 MiB */
	movw %ax, gdt + 0x28 + 2
	shrl $16, %eax
	movb %al, gdt + 0x28 + 4
	movl $0x28, %eax
	ltr %ax

	movl $stubs, %eax		/* interrupt gates for all vectors */
	movl $idt, %edi
	movl $VECTORS, %ecx
2:	movw %ax, (%edi)
	movw $0x08, 2(%edi)
	movw $0x8e00, 4(%edi)
	movl %eax, %edx
	shrl $16, %edx
	movw %dx, 6(%edi)
	addl $16, %eax
	addl $8, %edi
	loop 2b
	lidt idt_register
	call main
	movl %eax, %edi
3:	movl %edi, %eax
	outb %al, $0xf4
	cli
	hlt
	jmp 3b

	.balign 16
stubs:	trap_stubs_for VECTORS

trap_common:
	cld
	pushal
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	pushl %esp
	call trap_dispatch
	addl $4, %esp
	popal
	addl $8, %esp
	iretl

/*
 * uint32_t user_run(uint32_t eip): go there in ring 3, with user_flags, and
 * come back with the vector that ended it, when trap_dispatch() sends it to
 * user_back.
 */
	.global user_run
user_run:
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	movl 20(%esp), %eax
	movl %esp, user_esp
	movl %esp, tss + 4		/* ESP0: traps go on here */
	pushl $0x23
	pushl $user_stack_top
	pushl user_flags
	pushl $0x1b
	pushl %eax
	movl $0x23, %eax
	movl %eax, %ds
	movl %eax, %es
	iretl
	.global user_back
user_back:
	movl user_esp, %esp
	movl trap + 8 * 4, %eax		/* trap.vector */
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret

	.data
	.balign 16
	.global gdt
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 08 code */
	.quad 0x00cf93000000ffff	/* 10 data */
	.quad 0x00cffb000000ffff	/* 18 code of ring 3 */
	.quad 0x00cff3000000ffff	/* 20 data of ring 3 */
	.quad 0x0000890000000067	/* 28 TSS */
	.quad 0x00cf13000000ffff	/* 30 data, not present */
	.quad 0x0040930000000fff	/* 38 data, 4 KiB */
	.quad 0x00409b0000000000	/* 40 code of one byte */

gdt_end:
	.global gdt_register
gdt_register:
	.short gdt_end - gdt - 1
	.long gdt
	.global idt_register
idt_register:
	.short VECTORS * 8 - 1
	.long idt

	.global tss
	.balign 4
tss:	.long 0, stack_top, 0x10
	.fill 22, 4, 0
	.short 0, 104			/* the I/O bitmap lies beyond */
	.fill 36, 1, 0xff		/* unless the limit takes this in */

	.global user_flags
user_flags: .long 2

	.bss
	.global boot_info
	.balign 16
boot_info: .skip 16
	.global idt
idt:	.skip VECTORS * 8
user_esp: .skip 4
	.skip 16384
stack_top:
	.skip 4096
user_stack_top:

	.section .note.GNU-stack, "", @progbits
