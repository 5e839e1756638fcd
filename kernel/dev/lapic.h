/* SPDX-License-Identifier: MIT */
/* The local APIC of each CPU, memory-mapped (APM 2, 16). */
#ifndef KERNEL_DEV_LAPIC_H
#define KERNEL_DEV_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

/* Is there one that can be used? */
bool lapic_present(void);

/* Map the registers; once, on the boot CPU. */
void lapic_map(uint64_t hpa);

/* Enable this CPU's, and start its timer at TICK_HZ. */
void lapic_init(void);

uint32_t lapic_id(void);
void lapic_eoi(void);

/* Send an interrupt; delivery modes as in APM 2, 16.5. */
#define LAPIC_FIXED   0x00000u
#define LAPIC_NMI     0x00400u
#define LAPIC_INIT    0x00500u
#define LAPIC_STARTUP 0x00600u
#define LAPIC_OTHERS  0xc0000u /* all CPUs but this one */
void lapic_send(uint32_t apic_id, uint32_t command);

#endif
