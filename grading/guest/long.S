/* SPDX-License-Identifier: MIT */
/* From the entry (entry.S) to main() in 64-bit mode (long.h). */
#define TABLE 0x003 /* present, writable */
#define LARGE 0x083 /* present, writable, 2 MiB */

	.text
	.code32
	.global guest_entry
guest_entry:
	movl $stack_top, %esp
	movl $guest_pd, %edi		/* 4 GiB, identity */
	movl $LARGE, %eax
	movl $2048, %ecx
1:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 1b
	movl $(guest_pd + TABLE), guest_pdpt
	movl $(guest_pd + 0x1000 + TABLE), guest_pdpt + 8
	movl $(guest_pd + 0x2000 + TABLE), guest_pdpt + 16
	movl $(guest_pd + 0x3000 + TABLE), guest_pdpt + 24
	movl $(guest_pdpt + TABLE), guest_pml4

	movl $0x20, %eax		/* PAE */
	movl %eax, %cr4
	movl $guest_pml4, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx		/* EFER: SCE, LME, NXE */
	xorl %edx, %edx
	movl $0x901, %eax
	wrmsr
	movl $0x80010031, %eax		/* PG, WP, NE, ET, PE */
	movl %eax, %cr0
	lgdt gdt_register
	ljmp $0x08, $1f

	.code64
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	movl $tss, %eax			/* it lies below 16 MiB */
	movw %ax, gdt + 0x30 + 2
	shrl $16, %eax
	movb %al, gdt + 0x30 + 4
	movl $0x30, %eax
	ltr %ax
	call idt_init
	call main
	movl %eax, %edi
	call guest_end

	.data
	.balign 16
	.global gdt
gdt:	.quad 0
	.quad 0x00af9b000000ffff	/* 08 code */
	.quad 0x00cf93000000ffff	/* 10 data */
	.quad 0x00cf9b000000ffff	/* 18 32-bit code */
	.quad 0x00cff3000000ffff	/* 20 data of ring 3 */
	.quad 0x00affb000000ffff	/* 28 code of ring 3 */
	.quad 0x0000890000000067, 0	/* 30 TSS */
	.fill 6, 8, 0			/* 40 free */
gdt_end:
	.global gdt_register
gdt_register:
	.short gdt_end - gdt - 1
	.quad gdt

	.bss
	.balign 4096
	.global guest_pml4, guest_pdpt, guest_pd
guest_pml4: .skip 4096
guest_pdpt: .skip 4096
guest_pd: .skip 4 * 4096
	.skip 16384
stack_top:

	.section .note.GNU-stack, "", @progbits
