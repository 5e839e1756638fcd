/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs, one after the other: INIT, then STARTUP with the
 * page of ap.S's code, twice, as the MP specification asks (SDM 3A, 8.4.4).
 */
#include "kernel/cpu/smp.h"

#include "kernel/boot/acpi.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/power.h"
#include "kernel/cpu/time.h"
#include "kernel/dev/console.h"
#include "kernel/dev/lapic.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"

#define AP_START      0x8000ul
#define AP_TIMEOUT_NS (100 * 1000000ull)

extern const char ap_code[], ap_code_end[];
extern uint64_t ap_stack;

static unsigned ap_id; /* the CPU that is being started */

void ap_main(void) __attribute__((noreturn));

void
ap_main(void)
{
	struct cpu *cpu = &cpus[ap_id];

	cpu_init(ap_id);
	cpu_set_control();
	lapic_init();
	cpu->apic_id = lapic_id();
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	sched_enter();
}

static bool
smp_start_one(unsigned id, uint32_t apic_id)
{
	void *stack = sched_prepare_cpu(id);
	uint64_t deadline;

	if (!stack) {
		kwarn("smp: no memory to start CPU %u\n", id);
		return false;
	}
	ap_id = id;
	ap_stack = (uint64_t)stack + THREAD_STACK_SIZE;
	lapic_send(apic_id, LAPIC_INIT);
	time_delay(200000);
	for (int i = 0; i < 2 && !cpus[id].online; i++) {
		lapic_send(apic_id,
			LAPIC_STARTUP | (uint32_t)(AP_START >> PAGE_SHIFT));
		time_delay(200000);
	}
	deadline = time_now() + AP_TIMEOUT_NS;
	while (!__atomic_load_n(&cpus[id].online, __ATOMIC_ACQUIRE))
		if (time_now() > deadline) {
			kwarn("smp: CPU %u does not start\n", id);
			return false;
		}
	return true;
}

void
smp_start(void)
{
	const struct acpi_info *acpi = acpi_info();
	unsigned id = 1;

	cpus[0].online = true;
	if (!lapic_present())
		return;
	memcpy(phys_to_virt(AP_START), ap_code,
		(size_t)(ap_code_end - ap_code));
	for (unsigned i = 0; i < acpi->cpu_count; i++) {
		if (acpi->apic_id[i] == cpus[0].apic_id)
			continue;
		if (!smp_start_one(id, acpi->apic_id[i]))
			break;
		cpu_count = ++id;
	}
}

void
smp_send(unsigned cpu, uint8_t vector)
{
	irq_disable();
	lapic_send(cpus[cpu].apic_id, LAPIC_FIXED | vector);
	irq_enable();
}

void
smp_send_all(uint8_t vector)
{
	irq_disable();
	lapic_send(0, LAPIC_FIXED | LAPIC_OTHERS | vector);
	irq_enable();
}

/*
 * One call at a time waits for each CPU, and lies on its caller's stack.  All
 * waiting is done with interrupts on, so that two CPUs can call each other.
 */
struct smp_call {
	void (*fn)(void *);
	void *arg;
	bool done;
};

static struct smp_call *smp_calls[CPU_MAX];

void
smp_call(unsigned cpu, void (*fn)(void *), void *arg)
{
	struct smp_call call = { .fn = fn, .arg = arg }, *none = NULL;

	while (!__atomic_compare_exchange_n(&smp_calls[cpu], &none, &call,
		false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
		none = NULL;
		cpu_pause();
	}
	smp_send(cpu, VECTOR_CALL);
	while (!__atomic_load_n(&call.done, __ATOMIC_ACQUIRE))
		cpu_pause();
}

void
smp_handle_call(void)
{
	struct smp_call *call = __atomic_exchange_n(
		&smp_calls[cpu_this()->id], NULL, __ATOMIC_ACQUIRE);

	if (!call)
		return;
	call->fn(call->arg);
	__atomic_store_n(&call->done, true, __ATOMIC_RELEASE);
}

void
smp_stop_others(void)
{
	if (cpu_count > 1)
		lapic_send(0, LAPIC_NMI | LAPIC_OTHERS);
}

void
smp_handle_nmi(void)
{
	if (console_in_panic())
		power_halt();
	kwarn("cpu %u: unexpected NMI\n", cpu_this()->id);
}
