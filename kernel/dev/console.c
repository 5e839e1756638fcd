/* SPDX-License-Identifier: MIT */
/*
 * The console: who may write to the serial port, and when.  One spinlock
 * keeps messages whole; a panic goes past it.
 */
#include "kernel/dev/console.h"

#include "kernel/cpu/spinlock.h"
#include "kernel/dev/uart.h"

static struct spinlock console_lock = SPINLOCK_INIT("console");
static bool console_panicked; /* set once, read without the lock */

void
console_write(const char *s, size_t n)
{
	bool locked = !console_in_panic();

	if (locked)
		spin_lock(&console_lock);
	uart_write(s, n);
	if (locked)
		spin_unlock(&console_lock);
}

void
console_panic(void)
{
	__atomic_store_n(&console_panicked, true, __ATOMIC_RELEASE);
}

bool
console_in_panic(void)
{
	return __atomic_load_n(&console_panicked, __ATOMIC_ACQUIRE);
}
