/* SPDX-License-Identifier: MIT */
/*
 * Time from the TSC.  Its frequency comes from the VMM below where there is
 * one of ours, and is measured against the 8254 otherwise.
 */
#include "kernel/cpu/time.h"

#include "kernel/abi/vm.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/dev/pit.h"
#include "kernel/lib/printf.h"
#include "kernel/proc/sched.h"

#define MEASURE_TICKS 1193 /* of PIT_HZ: one millisecond */

static uint64_t tsc_khz, tsc_start, tsc_wait;
static uint64_t ns_per_cycle; /* in units of 2^-32 ns */

static uint64_t
tsc_find_khz(void)
{
	if (cpu_level(NULL, 0) > 0)
		return cpuid_query(VM_CPUID_TSC, 0).eax;
	return pit_measure_tsc(MEASURE_TICKS) * PIT_HZ / MEASURE_TICKS / 1000;
}

void
time_mark_boot(void)
{
	tsc_start = rdtsc();
}

void
time_count_wait(uint64_t start)
{
	tsc_wait += rdtsc() - start;
}

void
time_init(void)
{
	uint64_t start = rdtsc();

	tsc_khz = tsc_find_khz();
	if (tsc_khz == 0)
		panic("time: the TSC does not count");
	ns_per_cycle = (1000000ull << 32) / tsc_khz;
	time_count_wait(start);
}

uint64_t
time_tsc_khz(void)
{
	return tsc_khz;
}

uint64_t
time_tsc_boot(void)
{
	return tsc_start;
}

uint64_t
time_tsc_wait(void)
{
	return tsc_wait;
}

uint64_t
time_from_tsc(uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)(tsc - tsc_start) * ns_per_cycle >>
		32);
}

uint64_t
time_now(void)
{
	return time_from_tsc(rdtsc());
}

void
time_delay(uint64_t ns)
{
	uint64_t start = time_now();

	while (time_now() - start < ns)
		cpu_pause();
}

void
time_tick(void)
{
	sched_tick();
}
