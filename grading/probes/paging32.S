/* SPDX-License-Identifier: MIT */
/*
 * Paging before long mode, in 32-bit code: two levels, with pages of 4 MiB,
 * then PAE.  Mappings, accessed and dirty bits, INVLPG, read-only pages under
 * CR0.WP, and one page fault.  The status says which step failed.
 */
/* exits: 20000 */
#include "grading/guest/entry.inc"

#define PORT_EXIT 0xf4
#define P   0x001
#define W   0x002
#define U   0x004
#define A   0x020
#define D   0x040
#define PS  0x080
#define GVA 0x40000000		/* the page under test */

	pvh_note guest_entry_pvh

/* Fail as step n unless the two are equal. */
.macro same n, value, expected
	movl $\n, %ebp
	movl \value, %eax
	cmpl \expected, %eax
	jne fail
.endm

	.text
	.code32
	.global guest_entry_pvh
guest_entry_pvh:
	cld
	movl $stack_top, %esp
	lgdt gdtr32
	ljmp $0x08, $1f
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	lidt idtr32
	movl $fault, %eax		/* the gate of #PF */
	movw %ax, idt32 + 14 * 8
	movw $0x08, idt32 + 14 * 8 + 2
	movw $0x8e00, idt32 + 14 * 8 + 4
	shrl $16, %eax
	movw %ax, idt32 + 14 * 8 + 6

	/* two levels */
	movl $(0 | P | W | PS), pd32
	movl $(pt32 + P + W + U), pd32 + (GVA >> 22) * 4
	movl $(page_a + P + W), pt32
	movl $0xaaaa, page_a
	movl $0xbbbb, page_b
	movl $0x10, %eax		/* PSE */
	movl %eax, %cr4
	movl $pd32, %eax
	movl %eax, %cr3
	movl $0x80010031, %eax		/* PG, WP, NE, ET, PE */
	movl %eax, %cr0
	same 1, GVA, $0xaaaa
	same 2, pt32, $(page_a + P + W + A)
	movl $0xcccc, GVA + 4
	same 3, page_a + 4, $0xcccc
	same 4, pt32, $(page_a + P + W + A + D)
	movl $(page_b + P), pt32
	invlpg GVA
	same 5, GVA, $0xbbbb
store_1:
	movl $1, GVA
	same 6, faults, $1
	same 7, fault_error, $3
	same 8, page_b, $0xbbbb
	movl $0, pt32
	invlpg GVA
load_1:	movl GVA, %eax
	same 9, faults, $2
	same 10, fault_address, $GVA
	movl $(pt32 + P + W), pd32 + 5 * 4	/* the same table elsewhere */
	movl $(page_a + P + W), pt32
	same 11, 5 << 22, $0xaaaa

	/* PAE */
	movl %cr0, %eax
	andl $0x7fffffff, %eax
	movl %eax, %cr0
	movl $(pd_low + P), pdpt
	movl $(pd_high + P), pdpt + 8
	movl $(0 | P | W | PS), pd_low
	movl $(0x200000 | P | W | PS), pd_low + 8
	movl $(pt_pae + P + W), pd_high
	movl $(page_b + P + W), pt_pae
	movl $0x20, %eax
	movl %eax, %cr4
	movl $pdpt, %eax
	movl %eax, %cr3
	movl $0x80010031, %eax
	movl %eax, %cr0
	same 12, GVA, $0xbbbb
	same 13, pt_pae, $(page_b + P + W + A)
	movl $(page_a + P), pt_pae
	invlpg GVA
	same 14, GVA, $0xaaaa
store_2:
	movl $1, GVA
	same 15, faults, $3
	movl $(pt_pae + P + W), pt_pae + 8	/* the table maps itself */
	movl $(page_b + P + W), GVA + 0x1000
	invlpg GVA
	same 16, GVA, $0xbbbb
	movl $0, pdpt + 8		/* counts at the next load of CR3 */
	movl $pdpt, %eax
	movl %eax, %cr3
load_2:	movl GVA, %eax
	same 17, faults, $4

	xorl %eax, %eax
	outb %al, $PORT_EXIT
fail:	movl %ebp, %eax
	outb %al, $PORT_EXIT
1:	hlt
	jmp 1b

/* Count it, and go on behind the instruction: 5, 10 bytes by its opcode. */
fault:	pushl %eax
	pushl %edx
	incl faults
	movl 8(%esp), %eax
	movl %eax, fault_error
	movl %cr2, %eax
	movl %eax, fault_address
	movl 12(%esp), %edx
	movl $10, %eax			/* movl $1, GVA */
	cmpb $0xa1, (%edx)		/* movl GVA, %eax */
	jne 1f
	movl $5, %eax
1:	addl %eax, 12(%esp)
	popl %edx
	popl %eax
	addl $4, %esp
	iretl

	.data
	.balign 8
gdt32:	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
gdtr32:	.short 23
	.long gdt32
idtr32:	.short 15 * 8 - 1
	.long idt32
faults:	.long 0
fault_error:
	.long 0
fault_address:
	.long 0

	.bss
	.balign 4096
pd32:	.skip 4096
pt32:	.skip 4096
pd_low:	.skip 4096
pd_high: .skip 4096
pt_pae:	.skip 4096
page_a:	.skip 4096
page_b:	.skip 4096
idt32:	.skip 4096
pdpt:	.skip 32
	.skip 4096
stack_top:

	.section .note.GNU-stack, "", @progbits
