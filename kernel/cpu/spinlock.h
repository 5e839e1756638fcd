/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks.  Holding one keeps interrupts off on this CPU, so an interrupt
 * handler may take any lock.  Locks nest; a thread that holds one must not
 * sleep or touch user memory.
 */
#ifndef KERNEL_CPU_SPINLOCK_H
#define KERNEL_CPU_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct spinlock {
	uint32_t locked; /* 0 free, 1 held */
	int32_t cpu;	 /* who holds it, for spin_held(); -1: nobody */
	const char *name;
};

#define SPINLOCK_INIT(name_)                                                   \
	{                                                                      \
		0, -1, (name_)                                                 \
	}

void spin_init(struct spinlock *lock, const char *name);

/* Interrupts off on this CPU, then wait for the lock and take it. */
void spin_lock(struct spinlock *lock);

/* Give it back; interrupts come on again when nothing else keeps them off. */
void spin_unlock(struct spinlock *lock);

/* Does this CPU hold the lock?  For assertions. */
bool spin_held(const struct spinlock *lock);

/*
 * Keep interrupts off on this CPU; the pairs nest.  The depth is counted in
 * a per-CPU field (kernel/cpu/percpu.h) and never read from RFLAGS: PUSHF
 * and POPF do not trap in ring 3, so a kernel that used them could not be
 * virtualized by trap-and-emulate.
 */
void irq_disable(void);
void irq_enable(void);

#endif
