/* SPDX-License-Identifier: MIT */
/*
 * Lab 02 in the machine: from a number to a function.
 *
 * A system call's way in is a trap frame, and a driver can make one up: so no
 * program is needed, no thread, and nothing of the kernel but its table.
 */
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/cpu/trap.h"
#include "kernel/proc/syscall.h"

const bool driver_in_thread = false;

#define NR_DRIVER (SYS_NR_MAX - 1)

static int64_t
sys_driver(const uint64_t arg[6])
{
	uint64_t sum = digest(7, arg, 6 * sizeof(*arg));

	return sum & 1 ? (int64_t)(sum >> 1) : -(int64_t)(sum >> 2);
}

SYSCALL(NR_DRIVER, sys_driver);

static void
play_dispatch(struct dice *d, const void *how)
{
	(void)how;
	syscall_init();
	for (unsigned i = 0; i < 60; i++) {
		struct trapframe tf, before;
		uint64_t *word = (uint64_t *)&tf;
		size_t changed = 0;

		for (size_t k = 0; k < sizeof(tf) / 8; k++)
			word[k] = dice_next(d);
		tf.rax = NR_DRIVER;
		if (dice_percent(d, 40))
			tf.rax = SYS_NR_MAX + (dice_value(d) >> 1);
		if (dice_percent(d, 10))
			tf.rax = dice_percent(d, 50) ? ~0ull : 0;
		before = tf;
		syscall_dispatch(&tf);
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
