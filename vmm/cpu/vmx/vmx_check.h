/* SPDX-License-Identifier: MIT */
/*
 * The checks of VM entry, as code (SDM 3C, 26.2 and 26.3).
 *
 * The CPU says of a VMCS that it refuses "invalid control field", "invalid
 * host-state field" or "invalid guest state", and no more.  Here are the
 * manual's rules in the manual's order: the first that is broken is named
 * with its field, the field's value and the rule's section.  Pure, and not
 * about this VMM: what is checked is any VMCS on any CPU with VMX.
 *
 * Left out on purpose, since this VMM has no use for them: SMM's dual
 * monitor, posted interrupts, PML, VM functions, SGX, processor trace.
 */
#ifndef VMM_CPU_VMX_VMX_CHECK_H
#define VMM_CPU_VMX_VMX_CHECK_H

#include "vmm/cpu/vmx/vmcs.h"
#include "vmm/cpu/vmx/vmx_caps.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the checks of VM entry stop, and how the CPU tells. */
enum vmx_stage {
	STAGE_FINE,
	STAGE_CONTROLS, /* VMfail, error 7 */
	STAGE_HOST,	/* VMfail, error 8 */
	STAGE_GUEST	/* an exit with reason 33 */
};

/* The first rule that a VMCS breaks. */
struct vmx_broken {
	enum vmx_stage stage; /* STAGE_FINE: none */
	enum vmcs_slot slot;
	uint64_t value;
	const char *rule, *section;
};

/* What a check looks at. */
struct vmx_entry {
	const struct vmcs_image *v;
	const struct vmx_msrs *msr;
	/* what it looks at in memory */
	const uint64_t *pdpte; /* that GUEST_CR3 leads to; NULL: not checked */
	uint8_t vtpr;	       /* of the page at VIRTUAL_APIC_ADDRESS */
};

/*
 * Where the CPU stopped, by what it said: INSTRUCTION_ERROR, or EXIT_REASON
 * if the entry got as far as the guest state.  STAGE_FINE: it was something
 * else.
 */
enum vmx_stage vmx_stage_of(uint32_t failure);

/* Check all; *b gets the first rule that is broken. */
void vmx_check(const struct vmx_entry *e, struct vmx_broken *b);

/*
 * The same as one line: "VM entry refused the guest state: GUEST_CR0 = 0x0:
 * PG is set and PE is not (26.3.1.1)".  failure is what the CPU said; if it
 * is not of one mind with *b, the line says so.
 */
void vmx_check_say(
	const struct vmx_broken *b, uint32_t failure, char *buf, size_t size);

/* -- Its parts, each in a file of its own ---------------------------------- */

/*
 * Note a broken rule unless `holds`, or one is noted already.  The field is
 * named as in VMCS_TABLE.
 */
#define RULE(e, b, holds, field, rule, section)                                \
	vmx_rule(e, b, holds, SLOT_##field, rule, section)

static inline void
vmx_rule(const struct vmx_entry *e, struct vmx_broken *b, bool holds,
	enum vmcs_slot slot, const char *rule, const char *section)
{
	if (holds || b->rule)
		return;
	b->slot = slot;
	b->value = e->v->slot[slot];
	b->rule = rule;
	b->section = section;
}

void vmx_check_controls(const struct vmx_entry *e, struct vmx_broken *b);
void vmx_check_host(const struct vmx_entry *e, struct vmx_broken *b);
void vmx_check_guest(const struct vmx_entry *e, struct vmx_broken *b);
void vmx_check_segments(const struct vmx_entry *e, struct vmx_broken *b);

/* Is `bit` of a word of controls set?  Secondary ones only if activated. */
static inline bool
vmx_pin(const struct vmx_entry *e, uint32_t bit)
{
	return VMCS_AT(e->v, PIN_CONTROLS) & bit;
}

static inline bool
vmx_proc(const struct vmx_entry *e, uint32_t bit)
{
	return VMCS_AT(e->v, PROC_CONTROLS) & bit;
}

static inline bool
vmx_proc2(const struct vmx_entry *e, uint32_t bit)
{
	return vmx_proc(e, PROC_SECONDARY) &&
		(VMCS_AT(e->v, PROC2_CONTROLS) & bit);
}

static inline bool
vmx_exit_has(const struct vmx_entry *e, uint32_t bit)
{
	return VMCS_AT(e->v, EXIT_CONTROLS) & bit;
}

static inline bool
vmx_entry_has(const struct vmx_entry *e, uint32_t bit)
{
	return VMCS_AT(e->v, ENTRY_CONTROLS) & bit;
}

/* Is it an address that the CPU has?  With 48-bit addresses: canonical. */
static inline bool
vmx_physical(const struct vmx_entry *e, uint64_t address)
{
	bool narrow = e->msr->basic & VMX_BASIC_32BIT;

	return address >> (narrow ? 32 : e->msr->phys_bits) == 0;
}

#endif
