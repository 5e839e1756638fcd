/* SPDX-License-Identifier: MIT */
/* The way into a trap and out of it, in 64-bit mode; contracts in trap.h. */
#include "grading/guest/entry.inc"

	.text
	.balign 16
	.global trap_stubs
trap_stubs:
	trap_stubs_for 256

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

	.global trap_go
trap_go:
	movq %rdi, %rsp
	jmp frame_load

	.global trap_arm
trap_arm:
	popq %rdx
	movq %rbx, trap_context
	movq %rbp, trap_context + 8
	movq %r12, trap_context + 16
	movq %r13, trap_context + 24
	movq %r14, trap_context + 32
	movq %r15, trap_context + 40
	movq %rsp, trap_context + 48
	movq %rdx, trap_context + 56
	xorl %eax, %eax
	jmp *%rdx

	.global trap_leap
trap_leap:
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movq trap_context, %rbx
	movq trap_context + 8, %rbp
	movq trap_context + 16, %r12
	movq trap_context + 24, %r13
	movq trap_context + 32, %r14
	movq trap_context + 40, %r15
	movq trap_context + 48, %rsp
	pushq $2			/* no TF, AC, NT, DF, IF */
	popfq
	cli
	movl $1, %eax
	jmp *trap_context + 56

	.bss
	.balign 8
trap_context:
	.skip 64

	.section .note.GNU-stack, "", @progbits
