/* SPDX-License-Identifier: MIT */
/*
 * The kernel's life, as a table of contents.  boot_main() has described the
 * machine (kernel/boot/boot.h); this brings it up, part by part, and becomes
 * the idle loop of the boot CPU.  Process 1 does the rest.
 */
#include "kernel/boot/acpi.h"
#include "kernel/boot/boot.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/klog.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/reaper.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/thread.h"

/* The part that needs threads: it may sleep, and files may be opened. */
static void
kmain_thread(void *arg)
{
	(void)arg;
	reaper_start();
	smp_start();
	initcalls_run();
	proc_start_init();
}

void
kmain(void)
{
	klog_set_verbose(boot_option("verbose", NULL, 0));
	kprintf("boot: %s, command line '%s'\n", boot_info()->protocol,
		boot_info()->cmdline);

	acpi_init();   /* CPUs and interrupt wiring */
	pmm_init();    /* frames */
	paging_init(); /* the kernel's own page tables */
	kstack_init();
	sched_init(); /* this code is now a thread */
	time_init();
	irq_init(); /* interrupt controller, tick */
	syscall_init();
	if (!thread_create("kmain", kmain_thread, NULL))
		panic("no memory for the first thread");
	sched_enter();
}
