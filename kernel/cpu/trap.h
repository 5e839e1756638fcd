/* SPDX-License-Identifier: MIT */
/*
 * Traps: exceptions, interrupts and system calls all arrive with the same
 * frame on the kernel stack.
 */
#ifndef KERNEL_CPU_TRAP_H
#define KERNEL_CPU_TRAP_H

#define TRAP_DIVIDE	     0
#define TRAP_DEBUG	     1
#define TRAP_NMI	     2
#define TRAP_BREAKPOINT	     3
#define TRAP_OVERFLOW	     4
#define TRAP_UNDEFINED	     6
#define TRAP_DEVICE	     7
#define TRAP_DOUBLE	     8
#define TRAP_SEGMENT	     11
#define TRAP_STACK	     12
#define TRAP_PROTECTION	     13
#define TRAP_PAGE	     14
#define TRAP_FPU	     16
#define TRAP_ALIGNMENT	     17
#define TRAP_MACHINE_CHECK   18
#define TRAP_SIMD	     19
#define TRAP_EXCEPTION_COUNT 32
#define TRAP_SYSCALL	     0x100 /* not a vector: the SYSCALL entry */

/* Bits of a page fault's error code (APM 2, 8.4.2). */
#define PF_PRESENT (1u << 0) /* a protection violation, not a missing page */
#define PF_WRITE   (1u << 1)
#define PF_USER	   (1u << 2)
#define PF_RSVD	   (1u << 3)
#define PF_FETCH   (1u << 4)

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

/* In the order in which entry.S pushes; the CPU pushes from rip down. */
struct trapframe {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct trapframe) == 22 * 8, "entry.S");

static inline bool
trap_from_user(const struct trapframe *tf)
{
	return (tf->cs & 3) == 3;
}

/* Fill the IDT (once) and load it on this CPU, with the SYSCALL entry. */
void trap_init(void);
void trap_load(void);

/* Where the IDT is, which SIDT would not tell a kernel in ring 3. */
uint64_t trap_idt(void);

/* The C half of every trap and of every system call; from entry.S. */
void trap_handle(struct trapframe *tf);
void trap_syscall(struct trapframe *tf);

/* Leave the kernel with this frame as the whole state; from exec and fork. */
void trap_return(struct trapframe *tf) __attribute__((noreturn));

/*
 * Take an interrupt that the CPU has delivered elsewhere, as if it came at
 * this moment.  Call with interrupts off; returns with them on, later, for
 * it may lead to another thread.
 */
void trap_replay(uint8_t vector);

/* What a vector is called: "page fault"; "interrupt" from 32 on. */
const char *trap_name(uint64_t vector);

/* panic() with a backtrace that starts at a given place. */
void panic_at(uint64_t rip, uint64_t rbp, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), noreturn, cold));

/* The symbol that holds an address and the offset in it, or NULL. */
const char *ksym_lookup(uint64_t address, uint64_t *offset);

#endif
#endif
