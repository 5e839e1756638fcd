/* SPDX-License-Identifier: MIT */
/*
 * long syscall_raw(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The one SYSCALL instruction of the library: it moves the arguments of a C
 * call to where kernel/abi/syscall.h wants them.  Returns RAX as it is, so a
 * negated error number on failure.
 */
	.section .text
	.globl	syscall_raw
	.type	syscall_raw, @function
syscall_raw:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10		/* RCX is lost to SYSCALL */
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret
	.size	syscall_raw, . - syscall_raw

	.section .note.GNU-stack, "", @progbits
