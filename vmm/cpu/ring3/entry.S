/* SPDX-License-Identifier: MIT */
/*
 * The world switch between the host and a guest in ring 3; area.h has the
 * picture.
 *
 * A real interrupt or exception is how a guest is left, and IRETQ is how it
 * is entered.  In between everything that the CPU finds its kernel by must
 * change hands: CR3, IDTR, GDTR, TR and the GS base.  Not one can be avoided,
 * because none of the host's may be used where only the trampoline is mapped.
 *
 * Interrupts are off, but an NMI can come at any instruction.  So the order is
 * such that whichever IDT is loaded is of use:
 *
 *	the host's IDT is loaded only while CR3 and GS are the host's;
 *	the trampoline's IDT only while the trampoline's TSS is.
 *
 * An NMI under the trampoline's IDT is noted, and taken when the host is
 * whole; under the host's it is an NMI like any other, if perhaps on the
 * trampoline's stack, which is mapped in both.
 *
 * The kernel of the next level does all this in a VM, where each of these
 * instructions traps: so they stand close together, where a VMM that looks
 * ahead does many at once, and there are no more of them than it takes.
 */
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/trap.h"
#include "vmm/cpu/ring3/area.h"

/* Offsets in struct vcpu_regs; ring3_run.c asserts them. */
#define REG(n) (8 * (n))
#define RAX REG(0)
#define RCX REG(1)
#define RDX REG(2)
#define RBX REG(3)
#define RBP REG(5)
#define RSI REG(6)
#define RDI REG(7)

	.section .text, "ax", @progbits

/*
 * void ring3_enter(uint64_t area, const struct vcpu_regs *regs,
 *	uint64_t window)
 *
 * Returns when the guest has exited; interrupts are off, before and after.
 * area is that of this CPU, in the window that begins at `window`; its fields
 * are filled in.
 */
	.globl ring3_enter
	.type ring3_enter, @function
ring3_enter:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	addq $AREA_FRAME, %rdi
	movq %rsp, FRAME_HOST_RSP(%rdi)
	addq $(enter_guest - ring3_trampoline), %rdx
	movq %rdx, %rcx

	movq RAX(%rsi), %rax
	movq %rax, FRAME_RAX(%rdi)
	movq RCX(%rsi), %rax
	movq %rax, FRAME_RCX(%rdi)
	movq RDX(%rsi), %rax
	movq %rax, FRAME_RDX(%rdi)
	movq RDI(%rsi), %rax
	movq %rax, FRAME_RDI(%rdi)
	movq RBX(%rsi), %rbx
	movq RBP(%rsi), %rbp
	movq REG(8)(%rsi), %r8
	movq REG(9)(%rsi), %r9
	movq REG(10)(%rsi), %r10
	movq REG(11)(%rsi), %r11
	movq REG(12)(%rsi), %r12
	movq REG(13)(%rsi), %r13
	movq REG(14)(%rsi), %r14
	movq REG(15)(%rsi), %r15
	movq RSI(%rsi), %rsi
	movq %rdi, %rsp
	jmp *%rcx
	.size ring3_enter, . - ring3_enter

/* From here on it is copied into the window. */

	.balign 16
	.globl ring3_trampoline
ring3_trampoline:
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || \
	(v) == 21 || (v) == 29 || (v) == 30)
#define HAS_IST(v) ((v) == TRAP_NMI || (v) == TRAP_DOUBLE || \
	(v) == TRAP_MACHINE_CHECK)
	.set vector, 0
	.rept 256
	.balign TRAMPOLINE_STUB_SIZE
	.if !(HAS_ERROR(vector))
	pushq $0
	.endif
	pushq $vector
	.if HAS_IST(vector)
	jmp exit_rare
	.else
	jmp exit_guest
	.endif
	.set vector, vector + 1
	.endr

/* Into the guest: RSP is the frame. */
enter_guest:
	lgdt FRAME_GUEST_GDTR(%rsp)
	movl $SEL_TSS, %eax
	ltr %ax
	lidt FRAME_GUEST_IDTR(%rsp)
	movq FRAME_GUEST_CR3(%rsp), %rax
	movq %rax, %cr3
	movl $MSR_EFER, %ecx
	movl FRAME_GUEST_EFER(%rsp), %eax
	xorl %edx, %edx
	wrmsr
	cmpl $0, FRAME_RARE(%rsp)
	jne enter_rare
enter_usual:
	movl $MSR_GS_BASE, %ecx
	movl FRAME_GUEST_GS(%rsp), %eax
	movl FRAME_GUEST_GS + 4(%rsp), %edx
	wrmsr
	popq %rax
	popq %rcx
	popq %rdx
	popq %rdi
	addq $16, %rsp
	iretq

enter_rare:
	testl $RARE_SEGMENTS, FRAME_RARE(%rsp)
	jz 1f
	movw FRAME_SELECTORS(%rsp), %ds
	movw FRAME_SELECTORS + 2(%rsp), %es
	movw FRAME_SELECTORS + 4(%rsp), %fs
	movw FRAME_SELECTORS + 6(%rsp), %gs
	jmp 2f
1:	testl $RARE_FS, FRAME_RARE(%rsp)
	jz 2f
	movl $MSR_FS_BASE, %ecx
	movl FRAME_GUEST_FS(%rsp), %eax
	movl FRAME_GUEST_FS + 4(%rsp), %edx
	wrmsr
2:	testl $RARE_DR7, FRAME_RARE(%rsp)
	jz 3f
	movq FRAME_DR7(%rsp), %rax
	movq %rax, %db7
3:	testl $RARE_SEGMENTS, FRAME_RARE(%rsp)
	jz enter_usual
	popq %rax			/* GS came with its selector */
	popq %rcx
	popq %rdx
	popq %rdi
	addq $16, %rsp
	iretq

exit_guest:
	pushq %rdi
	pushq %rdx
	pushq %rcx
	pushq %rax
	testb $3, FRAME_CS(%rsp)
	jz exit_odd
	cmpl $0, FRAME_RARE(%rsp)
	jne undo_rare
exit_usual:
	movq FRAME_HOST_CR3(%rsp), %rax
	movq %rax, %cr3
	movl $MSR_EFER, %ecx
	movl FRAME_HOST_EFER(%rsp), %eax
	xorl %edx, %edx
	wrmsr
	movl $MSR_GS_BASE, %ecx
	movl FRAME_HOST_GS(%rsp), %eax
	movl FRAME_HOST_GS + 4(%rsp), %edx
	wrmsr
	lidt FRAME_HOST_IDTR(%rsp)
	lgdt FRAME_HOST_GDTR(%rsp)
	movl $SEL_TSS, %eax
	ltr %ax
	cmpl $TRAP_PAGE, FRAME_VECTOR(%rsp)
	jne 1f
	movq %cr2, %rax
	movq %rax, FRAME_CR2(%rsp)
1:	/*
	 * AC, DF and NT are still the guest's.  IF is clear and stays so, and
	 * therefore POPF does here in a VM what it does on the machine.
	 */
	pushq $RFLAGS_R1
	popfq
	movq FRAME_REGS(%rsp), %rdi
	movq %rbx, RBX(%rdi)
	movq %rbp, RBP(%rdi)
	movq %rsi, RSI(%rdi)
	movq %r8, REG(8)(%rdi)
	movq %r9, REG(9)(%rdi)
	movq %r10, REG(10)(%rdi)
	movq %r11, REG(11)(%rdi)
	movq %r12, REG(12)(%rdi)
	movq %r13, REG(13)(%rdi)
	movq %r14, REG(14)(%rdi)
	movq %r15, REG(15)(%rdi)
	movq FRAME_RAX(%rsp), %rax
	movq %rax, RAX(%rdi)
	movq FRAME_RCX(%rsp), %rax
	movq %rax, RCX(%rdi)
	movq FRAME_RDX(%rsp), %rax
	movq %rax, RDX(%rdi)
	movq FRAME_RDI(%rsp), %rax
	movq %rax, RDI(%rdi)
	movq FRAME_HOST_RSP(%rsp), %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/*
 * The guest's breakpoints must be off before an address of the host's is
 * touched, for the guest's kernel may have the same.
 */
undo_rare:
	xorl %eax, %eax
	testl $RARE_DR7, FRAME_RARE(%rsp)
	jz 1f
	movq %rax, %db7
1:	testl $RARE_SEGMENTS, FRAME_RARE(%rsp)
	jz exit_usual
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	jmp exit_usual

/* Vectors with a stack of their own. */
exit_rare:
	pushq %rdi
	pushq %rdx
	pushq %rcx
	pushq %rax
	testb $3, FRAME_CS(%rsp)
	jnz exit_move
/*
 * From ring 0, that is, out of the switch itself.  An NMI waits.  A debug
 * trap is one that the guest put off with MOV SS: it is the guest's, and
 * lost.  All others are the host's own broken invariants: ring3_run() says
 * so when it sees where the frame comes from.
 */
exit_odd:
	cmpl $TRAP_DEBUG, FRAME_VECTOR(%rsp)
	je exit_resume
	cmpl $TRAP_NMI, FRAME_VECTOR(%rsp)
	jne exit_move
	movq %rsp, %rdi
	andq $-AREA_SIZE, %rdi
	movl $1, AREA_FRAME + FRAME_NMI(%rdi)
exit_resume:
	popq %rax
	popq %rcx
	popq %rdx
	popq %rdi
	addq $16, %rsp
	iretq

/* Move the frame to where the others are. */
exit_move:
	movq %rsp, %rax
	movq %rsp, %rdi
	andq $-AREA_SIZE, %rdi
	leaq AREA_FRAME_TOP(%rdi), %rsp
	.set word, FRAME_SIZE / 8 - 1
	.rept FRAME_SIZE / 8
	pushq word * 8(%rax)
	.set word, word - 1
	.endr
	cmpl $0, FRAME_RARE(%rsp)
	jne undo_rare
	jmp exit_usual

	.globl ring3_trampoline_end
ring3_trampoline_end:

	.section .note.GNU-stack, "", @progbits
