/* SPDX-License-Identifier: MIT */
/*
 * The end: panic, and backtraces with symbols.
 *
 * The symbol table is part of the image: tools/ksyms generates it from the
 * linked kernel, sorted by address, into the section .ksyms.
 */
#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/power.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/trap.h"
#include "kernel/dev/console.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/thread.h"

#define BACKTRACE_MAX 24 /* frames */

struct ksym {
	uint64_t address;
	uint32_t name; /* offset in ksyms_names */
	uint32_t reserved;
};

extern const uint64_t ksyms_count __attribute__((weak));
extern const struct ksym ksyms_table[] __attribute__((weak));
extern const char ksyms_names[] __attribute__((weak));
extern char kernel_text_start[], kernel_text_end[], kernel_end[];

const char *
ksym_lookup(uint64_t address, uint64_t *offset)
{
	uint64_t low = 0, high;

	if (!&ksyms_count || ksyms_count == 0 ||
		address < (uint64_t)kernel_text_start ||
		address >= (uint64_t)kernel_text_end)
		return NULL;
	high = ksyms_count;
	while (high - low > 1) {
		uint64_t middle = (low + high) / 2;

		if (ksyms_table[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	*offset = address - ksyms_table[low].address;
	return ksyms_names + ksyms_table[low].name;
}

static void
backtrace_line(uint64_t address)
{
	uint64_t offset = 0;
	const char *name = ksym_lookup(address, &offset);

	if (name)
		kwarn("  %016lx %s+%#lx\n", address, name, offset);
	else
		kwarn("  %016lx\n", address);
}

/*
 * A frame pointer is followed only within mapped kernel memory: a panic
 * with a broken stack must not end in another fault.  Before paging_init() that
 * is the image, which has the boot CPU's stack.
 */
static bool
frame_readable(uint64_t rbp)
{
	uint64_t *pte;

	if (rbp & 7 || rbp < DIRECT_MAP_BASE)
		return false;
	if (!kernel_root)
		return rbp >= KERNEL_BASE && rbp < (uint64_t)kernel_end - 16;
	if (rbp >= KERNEL_BASE || (rbp >= KSTACK_BASE && rbp < MMIO_BASE)) {
		pte = pte_lookup(kernel_root, rbp, false);
		return pte && *pte & PTE_P &&
			(rbp & (PAGE_SIZE - 1)) <= PAGE_SIZE - 16;
	}
	return rbp < DIRECT_MAP_BASE + pmm_end() - 16;
}

static void
backtrace_print(uint64_t rip, uint64_t rbp)
{
	kwarn("backtrace:\n");
	backtrace_line(rip);
	for (int i = 0; i < BACKTRACE_MAX && frame_readable(rbp); i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (frame[1] == 0)
			break;
		backtrace_line(frame[1]);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

static void __attribute__((noreturn, format(printf, 3, 0)))
panic_end(uint64_t rip, uint64_t rbp, const char *fmt, va_list ap)
{
	static int panicking;
	char text[256];

	__asm__ volatile("cli");
	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_ACQ_REL))
		power_halt();
	console_panic();
	smp_stop_others();
	vsnprintf(text, sizeof(text), fmt, ap);
	kwarn("panic: %s\n", text);
	if (cpus[0].self)
		kwarn("cpu %u, thread %s\n", cpu_this()->id,
			cpu_this()->current ? cpu_this()->current->name
					    : "(boot)");
	backtrace_print(rip, rbp);
	power_panic();
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_end((uint64_t)__builtin_return_address(0),
		*(uint64_t *)__builtin_frame_address(0), fmt, ap);
}

void
panic_at(uint64_t rip, uint64_t rbp, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_end(rip, rbp, fmt, ap);
}
