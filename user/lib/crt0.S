/* SPDX-License-Identifier: MIT */
/*
 * Where every program starts.  The kernel enters _start with a stack that
 * holds argc, the argv pointers, NULL, the environment pointers, NULL (System
 * V ABI, AMD64 supplement, 3.4.1); no register holds anything but RSP.
 */
	.section .text
	.globl	_start
	.type	_start, @function
_start:
	xor	%ebp, %ebp		/* the outermost frame */
	mov	(%rsp), %rdi		/* argc */
	lea	8(%rsp), %rsi		/* argv */
	lea	16(%rsp,%rdi,8), %rdx	/* environ */
	and	$-16, %rsp
	call	lib_start
	ud2				/* lib_start does not return */
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
