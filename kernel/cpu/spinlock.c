/* SPDX-License-Identifier: MIT */
/* Spinlocks and the count of reasons to keep interrupts off; spinlock.h. */
#include "kernel/cpu/spinlock.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/printf.h"
#include "kernel/proc/sched.h"

/*
 * The count goes up before interrupts go off.  An interrupt between the two
 * finds the count raised and so does not switch threads: the CPU whose count
 * was raised is the CPU that executes CLI.  Only the outermost pair executes
 * CLI and STI at all, because each is an exit where they must be emulated.
 */
void
irq_disable(void)
{
	__asm__ volatile("incl %%gs:%c0\n\t"
			 "cmpl $1, %%gs:%c0\n\t"
			 "jne 1f\n\t"
			 "cli\n"
			 "1:"
			 :
			 : "i"(CPU_IRQ_DEPTH)
			 : "memory", "cc");
}

void
irq_enable(void)
{
	struct cpu *cpu = cpu_this();

	kassert(cpu->irq_depth > 0);
	if (cpu->irq_depth > 1) {
		cpu->irq_depth--;
		return;
	}
	if (cpu->need_switch) {
		sched_switch();
		cpu = cpu_this();
	}
	cpu->irq_depth = 0;
	__asm__ volatile("sti" : : : "memory");
}

void
spin_init(struct spinlock *lock, const char *name)
{
	lock->locked = 0;
	lock->cpu = -1;
	lock->name = name;
}

void
spin_lock(struct spinlock *lock)
{
	irq_disable();
	if (spin_held(lock))
		panic("spinlock %s: taken twice by this CPU", lock->name);
	while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		cpu_pause();
	lock->cpu = (int)cpu_this()->id;
}

void
spin_unlock(struct spinlock *lock)
{
	if (!spin_held(lock))
		panic("spinlock %s: given back but not held", lock->name);
	lock->cpu = -1;
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
	irq_enable();
}

bool
spin_held(const struct spinlock *lock)
{
	return lock->locked && lock->cpu == (int)cpu_this()->id;
}
