/* SPDX-License-Identifier: MIT */
/*
 * VM entries that go wrong, on the CPU that this runs on: every guest-state
 * and control field of a VMCS that works is given bad and good values, bit by
 * bit, and a real VM entry is tried with each.  Either the guest runs
 * (entry_guest.c) or the CPU refuses it; and each time vmx_check() must have
 * said so before, and at what stage.  Where a known emulator is wrong, a row of
 * docs/errata-bochs.md says so, and a row here.
 *
 * Not tried are values that the CPU takes and that harm the host: host state
 * that is valid but not ours, lists of MSRs elsewhere, a CPU that waits.
 */
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/vmx/vmx.h"
#include "vmm/cpu/vmx/vmx_check.h"
#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/selftest/entry_guest.h"
#include "vmm/x86.h"

#define SAID_MAX  20  /* lines about differences */
#define CPU_MEANS 100 /* a verdict that is no stage */

struct drive {
	struct vm *vm;
	struct vmx *vmx;
	struct vmcs_image good, bad;
	const char *base; /* what state it starts from */
	unsigned entries, refused, differ;
};

/* The VMCS as it is when the guest has run up to its first CPUID. */
static int
drive_start(struct drive *d, bool wide)
{
	struct vcpu *vcpu = d->vm->vcpu[0];

	d->base = wide ? "64-bit" : "unpaged";
	d->entries = d->refused = d->differ = 0;
	d->vmx = to_vmx(vcpu);
	entry_guest_set_state(vcpu, wide);
	vcpu->state.cr0 |= CR0_NE;
	vcpu->state.efer |= EFER_SCE | EFER_NXE; /* the host's: it may stay */
	selftest_check(entry_guest_run(d->vm));
	vmx_begin(d->vmx);
	vmx_read_image(&d->good);
	vmx_end();
	return SELFTEST_PASS;
}

/* -- One entry ------------------------------------------------------------- */

/*
 * Errata of Bochs 2.7 (docs/errata-bochs.md): where it and the manual are
 * known to differ, by the field that was changed, or that vmx_check() names,
 * or both.
 */
struct drive_erratum {
	uint64_t bits;	 /* of `changed`: one of them is not as it was */
	uint8_t changed; /* enum vmcs_slot; bits 0: any */
	uint8_t broken;	 /* the same; ANY_SLOT: any, or none */
};

#define ANY_SLOT VMCS_SLOTS

static const struct drive_erratum drive_errata[] = {
	{ ~0ull, SLOT_GUEST_DEBUGCTL, SLOT_GUEST_DEBUGCTL },
	{ 3, SLOT_GUEST_CS_SELECTOR, ANY_SLOT },
	{ 0xffffull << 48, SLOT_GUEST_RIP, SLOT_GUEST_RIP },
	{ 3u << 5, SLOT_GUEST_SS_RIGHTS, SLOT_GUEST_CS_RIGHTS },
	{ CR0_PG, SLOT_GUEST_CR0, SLOT_GUEST_CR0 },
	{ ENTRY_TO_SMM, SLOT_ENTRY_CONTROLS, SLOT_ENTRY_CONTROLS },
	{ 0, ANY_SLOT, SLOT_GUEST_PENDING_DEBUG },
	{ PROC2_TSC_SCALING, SLOT_PROC2_CONTROLS, ANY_SLOT },
};

static bool
drive_is_erratum(const struct drive *d, const struct vmx_broken *b)
{
	for (size_t i = 0; i < sizeof(drive_errata) / sizeof(drive_errata[0]);
		i++) {
		const struct drive_erratum *r = &drive_errata[i];
		unsigned slot = r->changed;

		if (r->broken != ANY_SLOT && (!b->rule || b->slot != r->broken))
			continue;
		if (!r->bits ||
			((d->good.slot[slot] ^ d->bad.slot[slot]) & r->bits))
			return true;
	}
	return false;
}

static bool
drive_writable(unsigned slot)
{
	enum vmcs_field field = (enum vmcs_field)vmcs_info[slot].field;

	return vmcs_type(field) != VMCS_EXIT;
}

/* Put `bad` into the VMCS; what the world switch writes goes to the vCPU. */
static void
drive_write(struct drive *d)
{
	struct vcpu *vcpu = &d->vmx->vcpu;

	vmx_begin(d->vmx);
	for (unsigned i = 0; i < VMCS_SLOTS; i++)
		if (drive_writable(i))
			vmcs_try_write((enum vmcs_field)vmcs_info[i].field,
				d->bad.slot[i]);
	vmx_end();
	vcpu->regs.rip = VMCS_AT(&d->bad, GUEST_RIP);
	vcpu->regs.rflags = VMCS_AT(&d->bad, GUEST_RFLAGS);
	vcpu->regs.gpr[GPR_RSP] = VMCS_AT(&d->bad, GUEST_RSP);
	vcpu->events.shadow = 0;
	vcpu->kicked = false;
	d->vmx->blocked = 0;
}

static void
drive_say(struct drive *d, const struct vmx_broken *b, unsigned cpu)
{
	char line[160];

	if (++d->differ > SAID_MAX)
		return;
	vmx_check_say(b, d->vmx->failure, line, sizeof(line));
	kwarn("%s:", d->base);
	for (unsigned i = 0; i < VMCS_SLOTS; i++)
		if (drive_writable(i) && d->bad.slot[i] != d->good.slot[i])
			kwarn(" %s = 0x%lx", vmcs_info[i].name, d->bad.slot[i]);
	kwarn(": the CPU stops at stage %u (0x%x), we at %u: %s\n", cpu,
		d->vmx->failure, b->stage, b->rule ? b->rule : "fine");
}

/* Try the VMCS in `bad`, and make it good again. */
static void
drive_enter(struct drive *d)
{
	struct vmx_entry entry = { .v = &d->bad, .msr = &vmx_host.caps.msr };
	struct vcpu *vcpu = &d->vmx->vcpu;
	struct vmx_broken broken;
	unsigned cpu = STAGE_FINE;
	struct vmexit x;

	drive_write(d);
	vmx_check(&entry, &broken);
	d->vmx->failure = 0;
	vcpu->engine->run(vcpu, &x);
	d->entries++;
	if (x.reason == VMEXIT_INVALID) {
		d->refused++;
		cpu = vmx_stage_of(d->vmx->failure);
		if (cpu == STAGE_FINE)
			cpu = CPU_MEANS;
	}
	if (cpu != broken.stage && !drive_is_erratum(d, &broken))
		drive_say(d, &broken, cpu);
	d->bad = d->good;
}

static void
drive_set(struct drive *d, enum vmcs_slot slot, uint64_t value)
{
	d->bad.slot[slot] = value;
}

static void
drive_one(struct drive *d, enum vmcs_slot slot, uint64_t value)
{
	drive_set(d, slot, value);
	drive_enter(d);
}

/* -- Bit by bit ------------------------------------------------------------ */

#define HIGH (~0ull << 52) /* of an address; and what the CPU has not */

struct drive_mask {
	uint8_t slot;	/* enum vmcs_slot */
	uint64_t flips; /* bits that are tried */
};

/* Fields of which not each bit can be tried; of host state none else is. */
static const struct drive_mask drive_masks[] = {
	{ SLOT_EXIT_MSR_STORE_ADDRESS, HIGH | 0xf },
	{ SLOT_EXIT_MSR_LOAD_ADDRESS, HIGH | 0xf },
	{ SLOT_ENTRY_MSR_LOAD_ADDRESS, HIGH | 0xf },
	{ SLOT_EXIT_MSR_STORE_COUNT, 0 },
	{ SLOT_EXIT_MSR_LOAD_COUNT, 0 },
	{ SLOT_ENTRY_MSR_LOAD_COUNT, 0 },
	{ SLOT_EPT_POINTER, HIGH | 0xfff },
	{ SLOT_PROC_CONTROLS, ~(uint64_t)PROC_SECONDARY },
	{ SLOT_EXIT_CONTROLS, ~(uint64_t)EXIT_ACK_IRQ },
	{ SLOT_GUEST_ACTIVITY, ~3ull }, /* not to shut down */
	{ SLOT_HOST_ES_SELECTOR, 7 },
	{ SLOT_HOST_CS_SELECTOR, 7 },
	{ SLOT_HOST_SS_SELECTOR, 7 },
	{ SLOT_HOST_DS_SELECTOR, 7 },
	{ SLOT_HOST_FS_SELECTOR, 7 },
	{ SLOT_HOST_GS_SELECTOR, 7 },
	{ SLOT_HOST_TR_SELECTOR, 7 },
	{ SLOT_HOST_CR0, CR0_PE | CR0_NE | CR0_PG | HIGH },
	{ SLOT_HOST_CR3, HIGH },
	{ SLOT_HOST_CR4, CR4_PAE | CR4_VMXE | HIGH },
	{ SLOT_HOST_FS_BASE, 1ull << 63 },
	{ SLOT_HOST_GS_BASE, 1ull << 63 },
	{ SLOT_HOST_TR_BASE, 1ull << 63 },
	{ SLOT_HOST_GDTR_BASE, 1ull << 63 },
	{ SLOT_HOST_IDTR_BASE, 1ull << 63 },
	{ SLOT_HOST_SYSENTER_ESP, 1ull << 63 },
	{ SLOT_HOST_SYSENTER_EIP, 1ull << 63 },
	{ SLOT_HOST_RIP, 1ull << 63 },
	{ SLOT_HOST_EFER, ~(uint64_t)(EFER_SCE | EFER_NXE) },
};

static uint64_t
drive_flips(unsigned slot)
{
	enum vmcs_field field = (enum vmcs_field)vmcs_info[slot].field;

	for (size_t i = 0; i < sizeof(drive_masks) / sizeof(drive_masks[0]);
		i++)
		if (drive_masks[i].slot == slot)
			return drive_masks[i].flips;
	return vmcs_type(field) == VMCS_HOST || !drive_writable(slot) ? 0
								      : ~0ull;
}

static void
drive_all_flips(struct drive *d)
{
	for (unsigned slot = 0; slot < VMCS_SLOTS; slot++) {
		uint64_t flips = drive_flips(slot);
		unsigned width =
			vmcs_width((enum vmcs_field)vmcs_info[slot].field);

		for (unsigned bit = 0; bit < width; bit++)
			if (flips >> bit & 1)
				drive_one(d, (enum vmcs_slot)slot,
					d->good.slot[slot] ^ 1ull << bit);
	}
}

/* -- What is more than one bit --------------------------------------------- */

/* Each type of each segment at each privilege, usable and not. */
static void
drive_all_types(struct drive *d)
{
	for (unsigned nr = 0; nr <= VMCS_TR; nr++)
		for (unsigned i = 0; i < 256; i++) {
			enum vmcs_slot slot =
				(enum vmcs_slot)(SLOT_GUEST_ES_RIGHTS + nr);
			uint64_t rights = d->good.slot[slot] & ~0xffull;

			drive_one(d, slot, rights | i);
			drive_one(d, slot, rights | i | RIGHTS_UNUSABLE);
		}
}

/* Each type of event, with and without an error code, IF and PE. */
static void
drive_all_events(struct drive *d)
{
	static const uint8_t vectors[] = { 0, 1, 2, 3, 6, 8, 10, 13, 14, 17, 18,
		21, 31, 32, 255 };

	for (unsigned type = 0; type < 7; type++)
		for (unsigned i = 0; i < 4 * sizeof(vectors); i++) {
			uint64_t event =
				EVENT_VALID | type << 8 | vectors[i / 4];

			if (i & 1)
				event |= EVENT_HAS_ERROR;
			if (i & 2)
				drive_set(d, SLOT_GUEST_RFLAGS,
					RFLAGS_R1 | RFLAGS_IF);
			drive_set(d, SLOT_ENTRY_INSN_LEN, i / 4);
			drive_one(d, SLOT_ENTRY_EVENT, event);
		}
	for (unsigned len = 0; len <= 16; len++) {
		drive_set(d, SLOT_ENTRY_INSN_LEN, len);
		drive_one(d, SLOT_ENTRY_EVENT,
			EVENT_VALID | EVENT_TYPE_INT | 0x80);
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		drive_set(d, SLOT_ENTRY_EVENT_ERROR, 1ull << bit);
		drive_one(d, SLOT_ENTRY_EVENT,
			EVENT_VALID | EVENT_TYPE_EXCP | EVENT_HAS_ERROR |
				VEC_GP);
	}
}

/* Shadows, flags, the state of activity, and what is pending. */
static void
drive_all_shadows(struct drive *d)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t rflags = RFLAGS_R1;

		rflags |= i & (4 | 32) ? RFLAGS_IF : 0; /* or it halts */
		rflags |= i & 8 ? RFLAGS_TF : 0;
		drive_set(d, SLOT_GUEST_INTERRUPTIBILITY, i & 3);
		drive_set(d, SLOT_GUEST_RFLAGS, rflags);
		drive_set(d, SLOT_GUEST_PENDING_DEBUG, i & 16 ? PENDING_BS : 0);
		drive_set(d, SLOT_GUEST_ACTIVITY, i >> 5 & 1);
		if (i & 64)
			drive_set(d, SLOT_ENTRY_EVENT,
				EVENT_VALID |
					(i & 128 ? EVENT_TYPE_NMI | VEC_NMI
						 : EVENT_TYPE_INTR | 0x40));
		drive_enter(d);
	}
}

static void
drive_all_values(struct drive *d)
{
	static const uint64_t addresses[] = { 0, 1, 0x7fffffffffff,
		0x800000000000, 0xffff7fffffffffff, 0xffff800000000000,
		0x00007fff00000000, 0x100000000, ~0ull };
	static const uint8_t slots[] = { SLOT_GUEST_RIP, SLOT_GUEST_FS_BASE,
		SLOT_GUEST_TR_BASE, SLOT_GUEST_GDTR_BASE, SLOT_GUEST_IDTR_BASE,
		SLOT_GUEST_SYSENTER_ESP, SLOT_GUEST_SYSENTER_EIP };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		for (size_t j = 0; j < sizeof(slots); j++)
			drive_one(d, (enum vmcs_slot)slots[j], addresses[i]);
	for (unsigned i = 0; i < 256; i++)
		drive_one(d, SLOT_GUEST_PAT, i * 0x0101010101010101ull);
	drive_one(d, SLOT_VPID, 0);
	drive_one(d, SLOT_CR3_TARGET_COUNT, 4);
	drive_one(d, SLOT_CR3_TARGET_COUNT, 5);
	for (unsigned i = 0; i <= LISTED_MSRS; i++)
		drive_one(d, SLOT_ENTRY_MSR_LOAD_COUNT, i);
}

static int
drive_state(struct drive *d, bool wide)
{
	int result = drive_start(d, wide);

	if (result != SELFTEST_PASS)
		return result;
	d->bad = d->good;
	drive_enter(d);
	selftest_check(d->refused == 0);
	drive_all_flips(d);
	drive_all_types(d);
	drive_all_events(d);
	drive_all_shadows(d);
	drive_all_values(d);
	drive_write(d);
	kprintf("vmx: %s: %u entries tried, %u refused, %u not as the manual "
		"has it\n",
		d->base, d->entries, d->refused, d->differ);
	selftest_check(d->differ == 0);
	return SELFTEST_PASS;
}

static int
drive_all(struct drive *d)
{
	int result;

	d->vm = entry_guest_create("vmx", "ept");
	selftest_check(d->vm);
	result = drive_state(d, true);
	return result == SELFTEST_PASS ? drive_state(d, false) : result;
}

static int
vmx_bad_entries_are_refused_and_explained(void)
{
	struct drive *d;
	int result;

	if (!entry_guest_possible("vmx", "ept"))
		return SELFTEST_SKIP;
	d = kzalloc(sizeof(*d));
	selftest_check(d);
	result = drive_all(d);
	entry_guest_destroy(d->vm);
	kfree(d);
	return result;
}
SELFTEST(vmx_bad_entries_are_refused_and_explained);
