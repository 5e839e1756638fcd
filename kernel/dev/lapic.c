/* SPDX-License-Identifier: MIT */
/* The local APIC: the CPU's own interrupt controller and timer. */
#include "kernel/dev/lapic.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/paging.h"

/* Register offsets in bytes (APM 2, 16.3.2). */
enum {
	LAPIC_ID = 0x20,
	LAPIC_TPR = 0x80,
	LAPIC_EOI = 0xb0,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_ICR_LOW = 0x300,
	LAPIC_ICR_HIGH = 0x310,
	LAPIC_TIMER = 0x320,
	LAPIC_LINT0 = 0x350,
	LAPIC_INITIAL = 0x380,
	LAPIC_CURRENT = 0x390,
	LAPIC_DIVIDE = 0x3e0,
};

#define LAPIC_ENABLE	 0x100u /* in the spurious register */
#define LAPIC_MASKED	 0x10000u
#define LAPIC_PERIODIC	 0x20000u
#define LAPIC_PENDING	 0x1000u /* in ICR: not sent yet */
#define LAPIC_DIVIDE_BY1 0xbu
#define LAPIC_SIZE	 0x400

#define CALIBRATION_NS 1000000ul

static volatile uint8_t *lapic; /* set once at boot */
static uint32_t timer_count;	/* timer ticks of one TICK_NS */

static uint32_t
lapic_read(unsigned offset)
{
	return *(volatile uint32_t *)(lapic + offset);
}

static void
lapic_write(unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(lapic + offset) = value;
}

bool
lapic_present(void)
{
	return lapic != NULL;
}

void
lapic_map(uint64_t hpa)
{
	lapic = paging_map_device(hpa, LAPIC_SIZE);
}

/* The bus clock is nobody's standard: count it against the TSC, once. */
static void
lapic_calibrate(void)
{
	uint64_t tsc = rdtsc(), start, now, counted;

	lapic_write(LAPIC_TIMER, LAPIC_MASKED);
	lapic_write(LAPIC_INITIAL, UINT32_MAX);
	start = time_now();

	do {
		now = time_now();
	} while (now - start < CALIBRATION_NS);
	counted = UINT32_MAX - lapic_read(LAPIC_CURRENT);
	timer_count = (uint32_t)(counted * TICK_NS / (now - start));
	if (timer_count == 0)
		panic("lapic: the timer does not count");
	time_count_wait(tsc);
}

void
lapic_init(void)
{
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_SPURIOUS, LAPIC_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_LINT0, LAPIC_MASKED);
	lapic_write(LAPIC_DIVIDE, LAPIC_DIVIDE_BY1);
	if (timer_count == 0)
		lapic_calibrate();
	lapic_write(LAPIC_TIMER, LAPIC_PERIODIC | VECTOR_TIMER);
	lapic_write(LAPIC_INITIAL, timer_count);
}

uint32_t
lapic_id(void)
{
	return lapic ? lapic_read(LAPIC_ID) >> 24 : 0;
}

void
lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

void
lapic_send(uint32_t apic_id, uint32_t command)
{
	while (lapic_read(LAPIC_ICR_LOW) & LAPIC_PENDING)
		cpu_pause();
	lapic_write(LAPIC_ICR_HIGH, apic_id << 24);
	lapic_write(LAPIC_ICR_LOW, command);
}
