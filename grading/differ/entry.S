/* SPDX-License-Identifier: MIT */
/*
 * From the entry (grading/guest/entry.S) to main() in 64-bit mode, and the way
 * into a trap and out of it.
 */
#define TABLE 0x003 /* present, writable */
#define LARGE 0x083 /* present, writable, 2 MiB */

	.text
	.code32
	.global guest_entry
guest_entry:
	movl $stack_top, %esp
	movl $identity_pd, %edi		/* 1 GiB, identity */
	movl $LARGE, %eax
	movl $512, %ecx
1:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 1b
	movl $(identity_pd + TABLE), identity_pdpt
	movl $(identity_pdpt + TABLE), guest_pml4
	movl $(identity_pdpt + TABLE), guest_pml4 + 4096

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
	ljmp $0x08, $2f

	.code64
2:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	call main
	movl %eax, %edi
	call guest_end

/* Vectors whose error code the CPU pushes; for the others the stub does. */
#define WITH_ERROR 0x27d00

	.balign 16
	.global trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if vector >= 32
	pushq $0
	.elseif !((WITH_ERROR >> vector) & 1)
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

trap_common:
	cld
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	call trap_dispatch
frame_load:
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

/* void frame_enter(const struct frame *frame) */
	.global frame_enter
frame_enter:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, home
	movq %rdi, %rsp
	jmp frame_load

/* void frame_leave(void): back to whom frame_enter() was called by */
	.global frame_leave
frame_leave:
	movq home, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/* Where SYSCALL goes; its stack is still the program's. */
	.global syscall_entry
syscall_entry:
	int $0x42

	.data
	.balign 16
	.global gdt_register
gdt_register:
	.short 0x70 - 1
	.quad gdt
	.global gdt
	.balign 16
gdt:	.quad 0
	.quad 0x00af9b000000ffff	/* 08 code */
	.quad 0x00cf93000000ffff	/* 10 data */
	.fill 11, 8, 0			/* machine.c */

	.bss
	.balign 4096
	.global guest_pml4
guest_pml4: .skip 2 * 4096
identity_pdpt: .skip 4096
	.global identity_pd
identity_pd: .skip 4096
	.skip 16384
stack_top:
home:	.skip 8

	.section .note.GNU-stack, "", @progbits
