/* SPDX-License-Identifier: MIT */
/*
 * The checks on VM-execution, VM-exit and VM-entry controls (SDM 3C, 26.2.1),
 * and the one line that all checks make; vmx_check.h.
 */
#include "vmm/cpu/vmx/vmx_check.h"

#include "kernel/lib/printf.h"
#include "vmm/mmu/ept/ept.h"
#include "vmm/x86.h"

#define VEC_LAST 31 /* of exceptions */

/* Which vectors push an error code: #DF, #TS, #NP, #SS, #GP, #PF, #AC. */
#define VECTORS_ERROR 0x00027d00u

/* A word of controls against its capability MSR (appendix A.3 to A.5). */
struct vmx_word_rule {
	uint8_t word; /* enum vmx_word */
	uint8_t slot; /* enum vmcs_slot */
	const char *section;
};

static const struct vmx_word_rule vmx_word_rules[] = {
	{ WORD_PIN, SLOT_PIN_CONTROLS, "26.2.1.1" },
	{ WORD_PROC, SLOT_PROC_CONTROLS, "26.2.1.1" },
	{ WORD_PROC2, SLOT_PROC2_CONTROLS, "26.2.1.1" },
	{ WORD_EXIT, SLOT_EXIT_CONTROLS, "26.2.1.2" },
	{ WORD_ENTRY, SLOT_ENTRY_CONTROLS, "26.2.1.3" },
};

static void
vmx_check_words(const struct vmx_entry *e, struct vmx_broken *b)
{
	for (size_t i = 0;
		i < sizeof(vmx_word_rules) / sizeof(vmx_word_rules[0]); i++) {
		const struct vmx_word_rule *r = &vmx_word_rules[i];
		uint32_t value = (uint32_t)e->v->slot[r->slot];
		uint32_t must = (uint32_t)e->msr->word[r->word];
		uint32_t may = (uint32_t)(e->msr->word[r->word] >> 32);

		if (r->word == WORD_PROC2 && !vmx_proc(e, PROC_SECONDARY))
			continue;
		vmx_rule(e, b, !(must & ~value), (enum vmcs_slot)r->slot,
			"a bit is 0 that this CPU wants to be 1", r->section);
		vmx_rule(e, b, !(value & ~may), (enum vmcs_slot)r->slot,
			"a bit is 1 that this CPU wants to be 0", r->section);
	}
}

/* A physical address that a control makes the CPU use. */
struct vmx_address_rule {
	uint8_t slot;  /* enum vmcs_slot */
	uint8_t align; /* log2 */
	uint8_t count; /* an MSR list: the slot of its length; else itself */
	bool proc2;    /* `bit` is one of PROC2_CONTROLS */
	uint32_t bit;  /* of PROC_CONTROLS; 0: by count */
	const char *section;
};

static const struct vmx_address_rule vmx_address_rules[] = {
	{ SLOT_IO_BITMAP_A, 12, 0, false, PROC_IO_BITMAPS, "26.2.1.1" },
	{ SLOT_IO_BITMAP_B, 12, 0, false, PROC_IO_BITMAPS, "26.2.1.1" },
	{ SLOT_MSR_BITMAP, 12, 0, false, PROC_MSR_BITMAPS, "26.2.1.1" },
	{ SLOT_VIRTUAL_APIC_ADDRESS, 12, 0, false, PROC_TPR_SHADOW,
		"26.2.1.1" },
	{ SLOT_APIC_ACCESS_ADDRESS, 12, 0, true, PROC2_APIC_ACCESSES,
		"26.2.1.1" },
	{ SLOT_EXIT_MSR_STORE_ADDRESS, 4, SLOT_EXIT_MSR_STORE_COUNT, false, 0,
		"26.2.1.2" },
	{ SLOT_EXIT_MSR_LOAD_ADDRESS, 4, SLOT_EXIT_MSR_LOAD_COUNT, false, 0,
		"26.2.1.2" },
	{ SLOT_ENTRY_MSR_LOAD_ADDRESS, 4, SLOT_ENTRY_MSR_LOAD_COUNT, false, 0,
		"26.2.1.3" },
};

static void
vmx_check_addresses(
	const struct vmx_entry *e, struct vmx_broken *b, const char *section)
{
	for (size_t i = 0;
		i < sizeof(vmx_address_rules) / sizeof(vmx_address_rules[0]);
		i++) {
		const struct vmx_address_rule *r = &vmx_address_rules[i];
		enum vmcs_slot slot = (enum vmcs_slot)r->slot;
		uint64_t at = e->v->slot[slot], last = at;
		bool used =
			r->proc2 ? vmx_proc2(e, r->bit) : vmx_proc(e, r->bit);

		if (r->count) {
			used = e->v->slot[r->count];
			last += 16 * e->v->slot[r->count] - 1;
		}
		if (!used || r->section[7] != section[7])
			continue;
		vmx_rule(e, b, !(at & ((1ull << r->align) - 1)), slot,
			r->align == 12 ? "not aligned to 4 KiB"
				       : "not aligned to 16 bytes",
			r->section);
		vmx_rule(e, b, vmx_physical(e, at) && vmx_physical(e, last),
			slot, "lies beyond physical memory", r->section);
	}
}

/* EPT_POINTER: 2-0 memory type, 5-3 walk length - 1, 6 accessed and dirty. */
static void
vmx_check_ept(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t eptp = VMCS_AT(e->v, EPT_POINTER), cap = e->msr->ept_vpid;
	uint64_t type = eptp & 7;

	if (!vmx_proc2(e, PROC2_EPT)) {
		RULE(e, b, !vmx_proc2(e, PROC2_UNRESTRICTED), PROC2_CONTROLS,
			"unrestricted guest without EPT", "26.2.1.1");
		RULE(e, b, !vmx_proc2(e, PROC2_PML), PROC2_CONTROLS,
			"page-modification log without EPT", "26.2.1.1");
		return;
	}
	RULE(e, b,
		(type == 0 && (cap & EPT_VPID_UC)) ||
			(type == 6 && (cap & EPT_VPID_WB)),
		EPT_POINTER, "a memory type that this CPU's EPT has not",
		"26.2.1.1");
	RULE(e, b, (eptp >> 3 & 7) == 3 && (cap & EPT_VPID_WALK_4), EPT_POINTER,
		"the walk is not of 4 levels", "26.2.1.1");
	RULE(e, b, !(eptp & EPTP_AD) || (cap & EPT_VPID_AD), EPT_POINTER,
		"this CPU's EPT has no accessed and dirty flags", "26.2.1.1");
	RULE(e, b, !(eptp & 0xf80), EPT_POINTER, "reserved bits are set",
		"26.2.1.1");
	RULE(e, b, vmx_physical(e, eptp), EPT_POINTER,
		"lies beyond physical memory", "26.2.1.1");
}

/* Of the virtual APIC: without a shadow of the TPR there is none. */
static void
vmx_check_apic(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t threshold = VMCS_AT(e->v, TPR_THRESHOLD);
	uint32_t more =
		PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_INTERRUPT_DELIVERY;

	RULE(e, b, vmx_proc(e, PROC_TPR_SHADOW) || !vmx_proc2(e, more),
		PROC2_CONTROLS, "virtual APIC without TPR shadow", "26.2.1.1");
	RULE(e, b,
		!vmx_proc(e, PROC_TPR_SHADOW) ||
			vmx_proc2(e, PROC2_INTERRUPT_DELIVERY) ||
			!(threshold & ~0xfull),
		TPR_THRESHOLD, "bits 31:4 must be 0", "26.2.1.1");
	RULE(e, b,
		!vmx_proc(e, PROC_TPR_SHADOW) ||
			vmx_proc2(e,
				PROC2_APIC_ACCESSES |
					PROC2_INTERRUPT_DELIVERY) ||
			(threshold & 15) <= e->vtpr >> 4,
		TPR_THRESHOLD, "above the virtual TPR", "26.2.1.1");
	RULE(e, b,
		!vmx_proc2(e, PROC2_X2APIC) ||
			!vmx_proc2(e, PROC2_APIC_ACCESSES),
		PROC2_CONTROLS, "x2APIC mode and APIC accesses together",
		"26.2.1.1");
	RULE(e, b,
		!vmx_proc2(e, PROC2_INTERRUPT_DELIVERY) ||
			vmx_pin(e, PIN_EXTERNAL_INTERRUPT),
		PIN_CONTROLS,
		"virtual-interrupt delivery wants interrupts to "
		"exit",
		"26.2.1.1");
}

static void
vmx_check_execution(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t targets = e->msr->misc >> 16 & 0x1ff;

	RULE(e, b, VMCS_AT(e->v, CR3_TARGET_COUNT) <= targets, CR3_TARGET_COUNT,
		"more than this CPU has", "26.2.1.1");
	vmx_check_addresses(e, b, "26.2.1.1");
	vmx_check_apic(e, b);
	RULE(e, b, vmx_pin(e, PIN_NMI) || !vmx_pin(e, PIN_VIRTUAL_NMIS),
		PIN_CONTROLS, "virtual NMIs without NMI exiting", "26.2.1.1");
	RULE(e, b,
		vmx_pin(e, PIN_VIRTUAL_NMIS) || !vmx_proc(e, PROC_NMI_WINDOW),
		PROC_CONTROLS, "NMI-window exiting without virtual NMIs",
		"26.2.1.1");
	/* (Its descriptor and vector are no fields of ours: they stay 0.) */
	RULE(e, b,
		!vmx_pin(e, PIN_POSTED_INTERRUPTS) ||
			(vmx_proc2(e, PROC2_INTERRUPT_DELIVERY) &&
				vmx_exit_has(e, EXIT_ACK_IRQ)),
		PIN_CONTROLS,
		"posted interrupts want virtual-interrupt delivery, and "
		"interrupts acknowledged at exits",
		"26.2.1.1");
	RULE(e, b, !vmx_proc2(e, PROC2_VPID) || VMCS_AT(e->v, VPID), VPID,
		"0 is the host's", "26.2.1.1");
	vmx_check_ept(e, b);
}

static void
vmx_check_exit(const struct vmx_entry *e, struct vmx_broken *b)
{
	RULE(e, b,
		vmx_pin(e, PIN_PREEMPTION_TIMER) ||
			!vmx_exit_has(e, EXIT_SAVE_TIMER),
		EXIT_CONTROLS, "a timer is saved that is not used", "26.2.1.2");
	vmx_check_addresses(e, b, "26.2.1.2");
}

/* Does the event push an error code?  In real mode none does. */
static bool
vmx_event_pushes(const struct vmx_entry *e, uint32_t event)
{
	bool real = vmx_proc2(e, PROC2_UNRESTRICTED) &&
		!(VMCS_AT(e->v, GUEST_CR0) & CR0_PE);

	return !real && (event & EVENT_TYPE) == EVENT_TYPE_EXCP &&
		VECTORS_ERROR >> (event & VEC_LAST) & 1;
}

static void
vmx_check_event(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint32_t event = (uint32_t)VMCS_AT(e->v, ENTRY_EVENT);
	uint32_t type = event & EVENT_TYPE, vector = event & EVENT_VECTOR;
	uint64_t len = VMCS_AT(e->v, ENTRY_INSN_LEN);
	bool none = e->msr->misc >> 30 & 1; /* a length of 0 is allowed */

	if (!(event & EVENT_VALID))
		return;
	RULE(e, b, type != EVENT_TYPE_RSVD, ENTRY_EVENT, "a reserved type",
		"26.2.1.3");
	RULE(e, b, type != EVENT_TYPE_NMI || vector == 2, ENTRY_EVENT,
		"an NMI whose vector is not 2", "26.2.1.3");
	RULE(e, b, type != EVENT_TYPE_EXCP || vector <= VEC_LAST, ENTRY_EVENT,
		"an exception whose vector is none", "26.2.1.3");
	RULE(e, b, type != EVENT_TYPE_OTHER || vector == 0, ENTRY_EVENT,
		"another event whose vector is not 0", "26.2.1.3");
	RULE(e, b, !(event & 0x7ffff000u), ENTRY_EVENT, "reserved bits are set",
		"26.2.1.3");
	RULE(e, b, !(event & EVENT_HAS_ERROR) == !vmx_event_pushes(e, event),
		ENTRY_EVENT,
		"an error code where the vector has none, or none "
		"where it has",
		"26.2.1.3");
	RULE(e, b,
		!(event & EVENT_HAS_ERROR) ||
			!(VMCS_AT(e->v, ENTRY_EVENT_ERROR) & 0xffff0000u),
		ENTRY_EVENT_ERROR, "bits 31:16 must be 0", "26.2.1.3");
	if (type >= EVENT_TYPE_INT && type <= EVENT_TYPE_INT3)
		RULE(e, b, len <= 15 && (len > 0 || none), ENTRY_INSN_LEN,
			"no length of an instruction", "26.2.1.3");
}

static void
vmx_check_entry(const struct vmx_entry *e, struct vmx_broken *b)
{
	vmx_check_event(e, b);
	vmx_check_addresses(e, b, "26.2.1.3");
	RULE(e, b, !vmx_entry_has(e, ENTRY_TO_SMM | ENTRY_NO_DUAL),
		ENTRY_CONTROLS, "only SMM's monitor may set these", "26.2.1.3");
}

void
vmx_check_controls(const struct vmx_entry *e, struct vmx_broken *b)
{
	vmx_check_words(e, b);
	vmx_check_execution(e, b);
	vmx_check_exit(e, b);
	vmx_check_entry(e, b);
}

void
vmx_check(const struct vmx_entry *e, struct vmx_broken *b)
{
	static void (*const parts[])(
		const struct vmx_entry *, struct vmx_broken *) = {
		[STAGE_CONTROLS] = vmx_check_controls,
		[STAGE_HOST] = vmx_check_host,
		[STAGE_GUEST] = vmx_check_guest,
	};

	*b = (struct vmx_broken){ .stage = STAGE_FINE };
	for (unsigned i = STAGE_CONTROLS; i <= STAGE_GUEST && !b->rule; i++) {
		parts[i](e, b);
		if (b->rule)
			b->stage = (enum vmx_stage)i;
	}
}

#define ERROR_CONTROLS 7 /* INSTRUCTION_ERROR (30.4) */
#define ERROR_HOST     8
#define REASON_GUEST   (EXIT_ENTRY_FAILED | 33) /* EXIT_REASON (26.8) */

enum vmx_stage
vmx_stage_of(uint32_t failure)
{
	switch (failure) {
	case ERROR_CONTROLS:
		return STAGE_CONTROLS;
	case ERROR_HOST:
		return STAGE_HOST;
	case REASON_GUEST:
		return STAGE_GUEST;
	default:
		return STAGE_FINE;
	}
}

void
vmx_check_say(
	const struct vmx_broken *b, uint32_t failure, char *buf, size_t size)
{
	static const char *const whose[] = {
		[STAGE_CONTROLS] = "controls",
		[STAGE_HOST] = "host state",
		[STAGE_GUEST] = "guest state",
	};

	if (b->stage == STAGE_FINE)
		snprintf(buf, size,
			"VM entry failed with 0x%x, and no rule of SDM 3C, "
			"26.2 and 26.3 that this VMM knows is broken",
			failure);
	else
		snprintf(buf, size,
			"VM entry refused the %s: %s = 0x%llx: %s (%s)%s",
			whose[b->stage], vmcs_info[b->slot].name,
			(unsigned long long)b->value, b->rule, b->section,
			b->stage == vmx_stage_of(failure)
				? ""
				: "; the CPU means something else");
}
