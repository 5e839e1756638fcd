/* SPDX-License-Identifier: MIT */
/*
 * The world switch (SDM 3C, 26.2 to 27.5).
 *
 * VM entry and exit switch RIP, RSP, RFLAGS, the segments, GDTR, IDTR, the
 * control registers, EFER, PAT, and by lists the system-call MSRs.  The other
 * general registers are software's, here; the FPU is the host thread's, which
 * the scheduler switches.
 *
 * Interrupts are off on both sides.  One that ends the guest is not
 * acknowledged by the exit: it waits, and is taken as soon as vmx_after()
 * turns interrupts on, in this thread.
 *
 * void vmx_run(struct vcpu *vcpu, struct vmexit *x)
 */

/* Offsets in struct vcpu, which regs begins; vmx_run.c asserts them. */
#define REG(n) (8 * (n))
#define RAX    REG(0)
#define RCX    REG(1)
#define RDX    REG(2)
#define RBX    REG(3)
#define RBP    REG(5)
#define RSI    REG(6)
#define RDI    REG(7)

#define HOST_RSP     0x6c14 /* enum vmcs_field */
#define ENTER_LAUNCH 1	    /* enum vmx_how */

	.section .text, "ax", @progbits
	.globl vmx_run
	.type vmx_run, @function
vmx_run:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rsi		/* x */
	pushq %rdi		/* vcpu */

	call vmx_before		/* EAX: enum vmx_how; CLI */
	movq (%rsp), %rsi
	leaq vmx_kicked(%rip), %r10
	testl %eax, %eax
	jz 2f
	movl $HOST_RSP, %ecx
	vmwrite %rsp, %rcx

	cmpl $ENTER_LAUNCH, %eax	/* what follows leaves ZF alone */
	movq RAX(%rsi), %rax
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
	je 1f
	vmresume
	leaq vmx_refused(%rip), %r10	/* still here: nothing has run */
	jmp 2f
1:	vmlaunch
	leaq vmx_refused(%rip), %r10
	jmp 2f

	.globl vmx_exit
vmx_exit:			/* HOST_RIP; RSP is as VMWRITE had it */
	pushq %rax
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
	popq RAX(%rax)
	leaq vmx_after(%rip), %r10

2:	popq %rdi		/* R10: the C half to end in */
	popq %rsi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	jmp *%r10
	.size vmx_run, . - vmx_run

	.section .note.GNU-stack, "", @progbits
