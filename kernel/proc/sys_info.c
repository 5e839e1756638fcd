/* SPDX-License-Identifier: MIT */
/* The system calls on time, and on the machine as a whole. */
#include "kernel/abi/errno.h"
#include "kernel/abi/selftest.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/power.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/thread.h"

#define DROSTE_RELEASE "0.1"

LINKSET_DECLARE(struct selftest, selftests);

static int64_t
sys_sleep(const uint64_t arg[6])
{
	static struct spinlock lock = SPINLOCK_INIT("sleep");
	static struct waitq nobody = WAITQ_INIT(nobody);
	uint64_t deadline;
	int err = 0;

	if (__builtin_add_overflow(time_now(), arg[0], &deadline))
		deadline = WAITQ_FOREVER;
	spin_lock(&lock);
	while (err == 0 && time_now() < deadline)
		err = waitq_sleep_until(&nobody, &lock, deadline);
	spin_unlock(&lock);
	return err == -ETIMEDOUT ? 0 : err;
}

static int64_t
sys_uptime(const uint64_t arg[6])
{
	(void)arg;
	return (int64_t)time_now();
}

static int64_t
sys_yield(const uint64_t arg[6])
{
	(void)arg;
	thread_yield();
	return 0;
}

static int64_t
sys_sysinfo(const uint64_t arg[6])
{
	struct sysinfo info = {
		.mem_total = pmm_frames_total() * PAGE_SIZE,
		.mem_free = pmm_frames_free() * PAGE_SIZE,
		.mem_kernel = kheap_bytes(),
		.uptime = time_now(),
		.switches = sched_switches(),
		.tsc_boot = time_tsc_boot(),
		.tsc_wait = time_tsc_wait(),
		.tsc_khz = time_tsc_khz(),
		.cpus = cpu_count,
		.procs = (uint32_t)proc_count(),
	};

	info.level = cpu_level(info.via, sizeof(info.via));
	return copy_to_user(arg[0], &info, sizeof(info));
}

static int64_t
sys_poweroff(const uint64_t arg[6])
{
	power_off((int)arg[0]);
}

static int64_t
sys_uname(const uint64_t arg[6])
{
	struct utsname name = { .sysname = "Droste",
		.release = DROSTE_RELEASE,
		.version = __VERSION__,
		.machine = "x86_64" };
	char via[20];
	unsigned level = cpu_level(via, sizeof(via));

	snprintf(name.nodename, sizeof(name.nodename), "droste%u", level);
	snprintf(name.level, sizeof(name.level), "level %u, %s", level, via);
	return copy_to_user(arg[0], &name, sizeof(name));
}

static int64_t
sys_proclist(const uint64_t arg[6])
{
	size_t max = arg[1] < 1024 ? arg[1] : 1024, n;
	struct procinfo *info;
	int64_t result;

	if (max == 0)
		return 0;
	info = kmalloc(max * sizeof(*info));
	if (!info)
		return -ENOMEM;
	n = proc_list(info, max);
	result = (int64_t)n;
	if (copy_to_user(arg[0], info, n * sizeof(*info)))
		result = -EFAULT;
	kfree(info);
	return result;
}

static int64_t
sys_selftest(const uint64_t arg[6])
{
	const struct selftest *test;
	char name[64];
	uint64_t index = arg[0] & ~(uint64_t)SELFTEST_NAME;

	linkset_for_each (test, selftests) {
		if (index-- > 0)
			continue;
		str_copy(name, test->name, sizeof(name));
		if (arg[2] > 0 && arg[2] <= strlen(name))
			name[arg[2] - 1] = '\0';
		if (arg[2] > 0 && copy_to_user(arg[1], name, strlen(name) + 1))
			return -EFAULT;
		return arg[0] & SELFTEST_NAME ? 0 : test->fn();
	}
	return -ERANGE;
}

SYSCALL(SYS_sleep, sys_sleep);
SYSCALL(SYS_uptime, sys_uptime);
SYSCALL(SYS_yield, sys_yield);
SYSCALL(SYS_sysinfo, sys_sysinfo);
SYSCALL(SYS_poweroff, sys_poweroff);
SYSCALL(SYS_uname, sys_uname);
SYSCALL(SYS_proclist, sys_proclist);
SYSCALL(SYS_selftest, sys_selftest);
