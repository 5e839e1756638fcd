/* SPDX-License-Identifier: MIT */
/*
 * What each CPU has of its own.  While the kernel runs, GS_BASE points to
 * this CPU's struct; in user mode it waits in KERNEL_GS_BASE (SWAPGS).
 *
 * Assembly reaches the first fields by offset; static asserts in percpu.c
 * hold the offsets together.
 */
#ifndef KERNEL_CPU_PERCPU_H
#define KERNEL_CPU_PERCPU_H

#define CPU_SELF	0
#define CPU_KERNEL_RSP	8
#define CPU_USER_RSP	16
#define CPU_IRQ_DEPTH	24
#define CPU_NEED_SWITCH 28
#define CPU_CURRENT	32

#define CPU_MAX 8

#ifndef __ASSEMBLER__

#include "kernel/cpu/gdt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

struct cpu {
	struct cpu *self;
	uint64_t kernel_rsp;  /* top of the current thread's kernel stack */
	uint64_t user_rsp;    /* scratch of the system-call entry */
	uint32_t irq_depth;   /* how many reasons keep interrupts off */
	uint32_t need_switch; /* the scheduler wants this CPU */
	struct thread *current;

	unsigned id; /* 0 is the boot CPU */
	uint32_t apic_id;
	bool online;
	uint64_t root; /* what CR3 holds: reading CR3 can be an exit */
	struct thread *idle;
	struct thread *previous; /* who ran before; for sched_finish() */
	uint64_t switches;
	struct gdt gdt;
	struct tss tss;
};

extern struct cpu cpus[CPU_MAX];
extern unsigned cpu_count; /* CPUs that run */

/*
 * This CPU.  A thread may be moved to another CPU whenever interrupts are
 * on, so hold interrupts off for as long as the answer must stay true.
 */
static inline struct cpu *
cpu_this(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* Are interrupts on?  From the count, never from RFLAGS. */
static inline bool
irq_enabled(void)
{
	uint32_t depth;

	__asm__ volatile("movl %%gs:%c1, %0"
			 : "=r"(depth)
			 : "i"(CPU_IRQ_DEPTH));
	return depth == 0;
}

/* Load GS, GDT, TSS and IDT of a CPU on itself. */
void cpu_init(unsigned id);

/* Turn on what this CPU has and the kernel wants; after cpuid_init(). */
void cpu_set_control(void);

#endif
#endif
