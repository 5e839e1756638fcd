/* SPDX-License-Identifier: MIT */
/*
 * Lab 02 in the machine: from a number to a function.
 *
 * A system call's way in is a trap frame, and a driver can make one up: so no
 * program is needed, no thread, and nothing of the kernel but its table.
 *
 * The last number of all is the driver's own, so where the table ends is known:
 * behind the word that holds the driver's call.  What lies there is not for
 * SYS_NR_MAX to call, and while that number is tried it is the same call, so
 * that who takes it says so.
 */
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/cpu/trap.h"
#include "kernel/proc/syscall.h"

const bool driver_in_thread = false;

#define NR_DRIVER (SYS_NR_MAX - 1)

extern uint64_t kernel_data_start[], kernel_data_end[]; /* kernel.ld */

static int64_t
sys_driver(const uint64_t arg[6])
{
	uint64_t sum = digest(7, arg, 6 * sizeof(*arg));

	return sum & 1 ? (int64_t)(sum >> 1) : -(int64_t)(sum >> 2);
}

SYSCALL(NR_DRIVER, sys_driver);

/* The word behind the table; if there is no such table, one of the driver's. */
static uint64_t *
word_behind(void)
{
	static uint64_t none;

	for (uint64_t *at = kernel_data_start; at + 1 < kernel_data_end; at++)
		if (*at == (uint64_t)sys_driver)
			return at + 1;
	return &none;
}

static void
play_dispatch(struct dice *d, const void *how)
{
	uint64_t *behind;

	(void)how;
	syscall_init();
	behind = word_behind();
	for (unsigned i = 0; i < 60; i++) {
		struct trapframe tf, before;
		uint64_t *word = (uint64_t *)&tf, was = *behind;
		size_t changed = 0;

		for (size_t k = 0; k < sizeof(tf) / 8; k++)
			word[k] = dice_next(d);
		tf.rax = NR_DRIVER;
		if (dice_percent(d, 40))
			tf.rax = SYS_NR_MAX + (dice_value(d) >> 1);
		if (dice_percent(d, 10))
			tf.rax = dice_percent(d, 50) ? ~0ull : 0;
		if (i % 12 == 7)
			tf.rax = SYS_NR_MAX;
		before = tf;
		*behind = (uint64_t)sys_driver;
		syscall_dispatch(&tf);
		*behind = was;
		for (size_t k = 0; k < sizeof(tf) / 8; k++)
			changed += word[k] != ((uint64_t *)&before)[k];
		say("call %llx gives %llx, words changed %zu",
			(unsigned long long)before.rax,
			(unsigned long long)tf.rax, changed);
	}
}

const struct scenario scenarios[] = {
	{ "dispatch", play_dispatch, NULL },
	{ NULL, NULL, NULL },
};
