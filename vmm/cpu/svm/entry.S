/* SPDX-License-Identifier: MIT */
/*
 * The world switch (APM 2, 15.5 and 15.6).
 *
 * VMRUN switches RIP, RSP, RAX, RFLAGS, CS, SS, DS, ES, GDTR, IDTR, the
 * control registers and EFER.  VMLOAD and VMSAVE switch FS, GS, TR, LDTR,
 * KERNEL_GS_BASE and the system-call MSRs.  The other general registers are
 * software's; the FPU is the host thread's, which the scheduler switches.
 *
 * GIF is clear from before until after: the exit is taken, and the host
 * whole again, before the interrupt that may have caused it is seen.
 *
 * void svm_enter(uint64_t vmcb_pa, struct vcpu_regs *regs, uint64_t host_pa)
 */

/* Offsets in struct vcpu_regs; svm_run.c asserts them. */
#define REG(n) (8 * (n))
#define RCX    REG(1)
#define RDX    REG(2)
#define RBX    REG(3)
#define RBP    REG(5)
#define RSI    REG(6)
#define RDI    REG(7)

	.section .text, "ax", @progbits
	.globl svm_enter
	.type svm_enter, @function
svm_enter:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdx		/* host_pa */
	pushq %rsi		/* regs */

	movq %rdi, %rax		/* vmcb_pa */
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

	popq %rax		/* regs */
	movq %rcx, RCX(%rax)
	movq %rdx, RDX(%rax)
	movq %rbx, RBX(%rax)
	movq %rbp, RBP(%rax)
	movq %rsi, RSI(%rax)
	movq %rdi, RDI(%rax)
	movq %r8, REG(8)(%rax)
	movq %r9, REG(9)(%rax)
	movq %r10, REG(10)(%rax)
	movq %r11, REG(11)(%rax)
	movq %r12, REG(12)(%rax)
	movq %r13, REG(13)(%rax)
	movq %r14, REG(14)(%rax)
	movq %r15, REG(15)(%rax)

	popq %rax		/* host_pa */
	vmload
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.size svm_enter, . - svm_enter

	.section .note.GNU-stack, "", @progbits
