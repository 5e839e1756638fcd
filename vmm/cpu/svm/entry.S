/* SPDX-License-Identifier: MIT */
/*
 * The world switch (APM 2, 15.5 and 15.6).
 *
 * VMRUN switches RIP, RSP, RAX, RFLAGS, CS, SS, DS, ES, GDTR, IDTR, the
 * control registers and EFER.  VMLOAD and VMSAVE switch FS, GS, TR, LDTR,
 * KERNEL_GS_BASE and the system-call MSRs.  The other general registers are
 * software's, here; the FPU is the host thread's, which the scheduler
 * switches.
 *
 * From CLGI to STGI nothing at all interrupts, not even an NMI: the exit is
 * taken, and the host whole again, before the interrupt that may have caused
 * it is seen.  In between the host's IF must be set, so that an interrupt
 * ends the guest (15.13.1, 15.21.1).
 *
 * void svm_run(struct vcpu *vcpu, struct vmexit *x)
 */

/* Offsets in struct vcpu, which regs begins; svm_run.c asserts them. */
#define REG(n) (8 * (n))
#define RCX    REG(1)
#define RDX    REG(2)
#define RBX    REG(3)
#define RBP    REG(5)
#define RSI    REG(6)
#define RDI    REG(7)

	.section .text, "ax", @progbits
	.globl svm_run
	.type svm_run, @function
svm_run:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rsi		/* x */
	pushq %rdi		/* vcpu */

	call svm_before		/* RAX: vmcb_pa or 0, RDX: host_pa; CLI */
	popq %rsi
	testq %rax, %rax
	jz 1f
	pushq %rsi
	pushq %rdx

	clgi
	sti
	movq RCX(%rsi), %rcx
	movq RDX(%rsi), %rdx
	movq RBX(%rsi), %rbx
	movq RBP(%rsi), %rbp
	movq RDI(%rsi), %rdi
	movq REG(8)(%rsi), %r8
	movq REG(9)(%rsi), %r9
	movq REG(10)(%rsi), %r10
	movq REG(11)(%rsi), %r11
	movq REG(12)(%rsi), %r12
	movq REG(13)(%rsi), %r13
	movq REG(14)(%rsi), %r14
	movq REG(15)(%rsi), %r15
	movq RSI(%rsi), %rsi
	vmload

	vmrun

	vmsave
	movq 8(%rsp), %rax
	movq %rcx, RCX(%rax)
	movq %rdx, RDX(%rax)
	movq %rbx, RBX(%rax)
	movq %rbp, RBP(%rax)
	movq %rdi, RDI(%rax)
	movq %r8, REG(8)(%rax)
	movq %r9, REG(9)(%rax)
	movq %r10, REG(10)(%rax)
	movq %r11, REG(11)(%rax)
	movq %r12, REG(12)(%rax)
	movq %r13, REG(13)(%rax)
	movq %r14, REG(14)(%rax)
	movq %r15, REG(15)(%rax)
	movq %rsi, RSI(%rax)
	popq %rax		/* host_pa */
	vmload
	stgi

	popq %rdi
	popq %rsi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	jmp svm_after

1:	movq %rsi, %rdi
	popq %rsi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	jmp svm_kicked
	.size svm_run, . - svm_run

	.section .note.GNU-stack, "", @progbits
