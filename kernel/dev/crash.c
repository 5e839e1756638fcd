/* SPDX-License-Identifier: MIT */
/*
 * /dev/crash: break the kernel on purpose, to see what a panic looks like
 * (`echo stack > /dev/crash`) and to test that it is seen from outside.
 *
 *	panic	call panic()
 *	null	read from address 0
 *	write	write to the kernel's own code
 *	exec	execute data
 *	stack	overflow the kernel stack into its guard page
 *	user	execute a user page, which SMEP forbids
 *	hang	spin for ever with interrupts off
 *	reset	triple fault
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/trap.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/file.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/proc/thread.h"

extern char kernel_text_start[];

static void
crash_panic(void)
{
	panic("asked for through /dev/crash");
}

static void
crash_null(void)
{
	uint64_t value;

	__asm__ volatile("movq 0, %0" : "=r"(value));
}

static void
crash_write(void)
{
	*(volatile char *)kernel_text_start = 0;
}

static void
crash_exec(void)
{
	static uint8_t code[1] = { 0xc3 };

	__asm__ volatile("call *%0" : : "r"(code) : "memory");
}

static void
crash_stack(void)
{
	/* what a too deep recursion ends with, without its many steps */
	volatile char *below = (char *)thread_current()->stack - 8;

	*below = 0;
}

static void
crash_user(void)
{
	__asm__ volatile("call *%0" : : "r"(0x400000ul) : "memory");
}

static void
crash_hang(void)
{
	irq_disable();
	for (;;)
		cpu_pause();
}

static void
crash_reset(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) nothing = { 0, 0 };

	__asm__ volatile("lidt %0; int3" : : "m"(nothing));
}

static const struct {
	const char *word;
	void (*fn)(void);
} ways[] = {
	{ "panic", crash_panic },
	{ "null", crash_null },
	{ "write", crash_write },
	{ "exec", crash_exec },
	{ "stack", crash_stack },
	{ "user", crash_user },
	{ "hang", crash_hang },
	{ "reset", crash_reset },
};

static int64_t
crash_device_write(
	struct file *file, const void *buf, size_t n, uint64_t offset)
{
	(void)file;
	(void)offset;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		size_t length = strlen(ways[i].word);

		if (n >= length && memcmp(buf, ways[i].word, length) == 0)
			ways[i].fn();
	}
	return -EINVAL;
}

static const struct vnode_ops crash_ops = { .write = crash_device_write };
DEVFILE(crash, &crash_ops);
