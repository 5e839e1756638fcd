/* SPDX-License-Identifier: MIT */
/* The other CPUs: starting, interrupting and stopping them. */
#ifndef KERNEL_CPU_SMP_H
#define KERNEL_CPU_SMP_H

#include "kernel/cpu/irq.h"

#include <stdint.h>

/* Start every CPU that ACPI lists, up to CPU_MAX; they enter the scheduler. */
void smp_start(void);

/* Interrupt one CPU (by its number), or all but this one. */
void smp_send(unsigned cpu, uint8_t vector);
void smp_send_all(uint8_t vector);

/*
 * Call fn(arg) on one CPU, in its interrupt handler, and wait until it has
 * returned.  Thread context, interrupts on, and no lock is held that fn or
 * that CPU may wait for.  It may be the caller's own CPU.
 */
void smp_call(unsigned cpu, void (*fn)(void *), void *arg);

/* VECTOR_CALL has come. */
void smp_handle_call(void);

/* In a panic: halt the others, wherever they are. */
void smp_stop_others(void);

/* An NMI has come: halt if somebody panicked. */
void smp_handle_nmi(void);

#endif
