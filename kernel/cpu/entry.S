/* SPDX-License-Identifier: MIT */
/*
 * Where the CPU enters the kernel: 256 trap stubs, and SYSCALL.
 *
 * A stub makes the stack look alike for all vectors (a zero where the CPU
 * pushes no error code), then trap_entry saves the registers:
 *
 *	high	ss rsp rflags cs rip		the CPU (APM 2, 8.9.3)
 *		error vector			the CPU or the stub
 *	low	rax rbx ... r15			trap_entry   <- struct trapframe
 *
 * GS: a trap from user mode swaps in the kernel's GS base.  NMI, double
 * fault and machine check can hit between a kernel entry and its SWAPGS, so
 * they look at the GS base itself: kernel bases are negative numbers.
 */
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"

#define RFLAGS_REPLAY (RFLAGS_IF | RFLAGS_R1)

	.text

.macro SAVE_REGS
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
.endm

.macro RESTORE_REGS
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
.endm

/*
 * For GDB: RSP points to a struct trapframe, and what it holds are the
 * registers of the caller; so a backtrace goes on through a trap, and through
 * a system call into the program.  (Not while the registers come back.)
 */
.macro CFI_TRAPFRAME
	.cfi_signal_frame
	.cfi_def_cfa %rsp, 22 * 8
	.cfi_offset %rsp, -2 * 8
	.cfi_offset %rip, -5 * 8
	.cfi_offset %rax, -8 * 8
	.cfi_offset %rbx, -9 * 8
	.cfi_offset %rcx, -10 * 8
	.cfi_offset %rdx, -11 * 8
	.cfi_offset %rsi, -12 * 8
	.cfi_offset %rdi, -13 * 8
	.cfi_offset %rbp, -14 * 8
	.cfi_offset %r8, -15 * 8
	.cfi_offset %r9, -16 * 8
	.cfi_offset %r10, -17 * 8
	.cfi_offset %r11, -18 * 8
	.cfi_offset %r12, -19 * 8
	.cfi_offset %r13, -20 * 8
	.cfi_offset %r14, -21 * 8
	.cfi_offset %r15, -22 * 8
.endm
	.cfi_sections .debug_frame

/* Vectors for which the CPU pushes an error code. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || \
	(v) == 21 || (v) == 29 || (v) == 30)
#define IS_PARANOID(v) ((v) == 2 || (v) == 8 || (v) == 18)

	.balign 16
	.global trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if !(HAS_ERROR(vector))
	pushq $0
	.endif
	pushq $vector
	.if IS_PARANOID(vector)
	jmp trap_entry_paranoid
	.else
	jmp trap_entry
	.endif
	.set vector, vector + 1
	.endr

trap_entry:
	.cfi_startproc simple
	testb $3, 24(%rsp)		/* cs */
	jz 1f
	swapgs
1:	SAVE_REGS
	CFI_TRAPFRAME
	cld
	movq %rsp, %rdi
	xorl %ebp, %ebp
	testb $3, 18 * 8(%rsp)
	jnz 2f
	movq 8 * 8(%rsp), %rbp		/* backtraces go on below the trap */
2:	call trap_handle

/* Leave with the frame at RSP; interrupts are off. */
trap_leave:
	testb $3, 18 * 8(%rsp)
	jz 1f
	swapgs
1:	RESTORE_REGS
	addq $16, %rsp
	iretq
	.cfi_endproc

trap_entry_paranoid:
	.cfi_startproc simple
	SAVE_REGS
	CFI_TRAPFRAME
	cld
	movl $MSR_GS_BASE, %ecx
	rdmsr
	xorl %ebx, %ebx
	testl %edx, %edx
	js 1f
	swapgs
	movl $1, %ebx
1:	movq %rsp, %rdi
	call trap_handle
	testl %ebx, %ebx
	jz 2f
	swapgs
2:	RESTORE_REGS
	addq $16, %rsp
	iretq
	.cfi_endproc

	.global trap_return
trap_return:
	movq %rdi, %rsp
	jmp trap_leave

/*
 * void trap_replay(uint8_t vector): the frame that the CPU would have pushed.
 * RFLAGS are made up, not read: PUSHF tells no truth where it matters.
 */
	.global trap_replay
trap_replay:
	movq %rsp, %rax
	andq $-16, %rsp
	movzbl %dil, %edi
	shll $4, %edi
	pushq $0
	pushq %rax
	pushq $RFLAGS_REPLAY
	pushq $SEL_KERNEL_CODE
	pushq $1f
	addq $trap_stubs, %rdi
	jmp *%rdi
1:	ret

/*
 * SYSCALL: RCX has the caller's RIP, R11 its RFLAGS; SFMASK has cleared IF,
 * TF, DF, NT and AC.  The stack is still the user's.
 */
	.balign 16
	.global syscall_entry
syscall_entry:
	.cfi_startproc simple
	swapgs
	movq %rsp, %gs:CPU_USER_RSP
	movq %gs:CPU_KERNEL_RSP, %rsp
	pushq $SEL_USER_DATA
	pushq %gs:CPU_USER_RSP
	pushq %r11
	pushq $SEL_USER_CODE
	pushq %rcx
	pushq $0
	pushq $TRAP_SYSCALL
	SAVE_REGS
	CFI_TRAPFRAME
	movq %rsp, %rdi
	xorl %ebp, %ebp
	call trap_syscall
	/*
	 * SYSRET faults in ring 0, on the user's stack, if RCX is not
	 * canonical (CVE-2012-0217): trap_syscall() has seen to it that the
	 * saved rip lies in user space.
	 */
	RESTORE_REGS
	movq 2 * 8(%rsp), %rcx
	movq 4 * 8(%rsp), %r11
	movq 5 * 8(%rsp), %rsp
	swapgs
	sysretq
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
