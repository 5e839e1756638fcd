/* SPDX-License-Identifier: MIT */
/*
 * thread_switch(uint64_t *save_rsp, uint64_t load_rsp)
 *
 * Save the registers that a C function must preserve on the old stack, leave
 * RSP in *save_rsp, and come back on the other stack: the return address
 * there is where that thread called this function, or thread_entry.
 */
	.text
	.global thread_switch
thread_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/* A new thread: R12 is its function, R13 the argument. */
	.global thread_entry
thread_entry:
	xorl %ebp, %ebp
	call sched_thread_started
	movq %r13, %rdi
	call *%r12
	call thread_exit
	ud2

	.section .note.GNU-stack, "", @progbits
