/* SPDX-License-Identifier: MIT */
/*
 * VMRUNs that go wrong, on the CPU that this runs on: each field of a VMCB
 * that VMRUN has a rule about is given bad and good values, bit by bit, and
 * a real VMRUN is tried with each.  Either the guest runs (entry_guest.c) or
 * the CPU refuses it, and each time svm_check() must have said so before.  If a
 * known emulator is wrong, a row of docs/errata.md says so, and a row here.
 *
 * Not tried are values that the CPU takes and that harm the host: other
 * intercepts, another ASID, tables elsewhere.
 */
#include "kernel/cpu/power.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/svm/svm.h"
#include "vmm/engine.h"
#include "vmm/selftest/entry_guest.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define SAID_MAX 20	       /* lines about differences */
#define HIGH	 (~0ull << 52) /* of an address */

struct tries {
	struct vm *vm;
	struct svm *svm;
	struct svm_limits cpu;
	struct vmcb good; /* as it is when the guest has run to its CPUID */
	unsigned entries, refused, differ;
};

/* IF is set, so that a host's interrupt ends it anywhere (erratum B3). */
static int
tries_start(struct tries *t, bool wide)
{
	struct vcpu *vcpu = t->vm->vcpu[0];

	t->entries = t->refused = t->differ = 0;
	t->svm = to_svm(vcpu);
	entry_guest_set_state(vcpu, wide);
	vcpu->regs.rflags |= RFLAGS_IF;
	selftest_check(entry_guest_run(t->vm));
	t->good = *t->svm->vmcb;
	return SELFTEST_PASS;
}

/* -- One entry ------------------------------------------------------------- */

/*
 * Known errata of emulators (docs/errata.md): values of a field that are
 * taken, or refused, and should not be: those where `mask` is as in `value`.
 */
struct tries_erratum {
	bool bochs; /* Bochs, or else QEMU */
	bool takes;
	const char *field;
	uint64_t mask, value;
};

#define EVENT (EVENT_INJ_TYPE | EVENT_INJ_VECTOR)

static const struct tries_erratum tries_errata[] = {
	/* Q19 */
	{ false, true, "n_cr3", 0, 0 },
	{ false, true, "pat", 0, 0 },
	{ false, true, "asid", 0x10, 0x10 },
	/* Q20 */
	{ false, true, "efer", EFER_FFXSR, EFER_FFXSR },
	{ false, true, "cr4", CR4_VME, CR4_VME },
	{ false, true, "cr4", CR4_PVI, CR4_PVI },
	{ false, true, "cr4", CR4_PCIDE, CR4_PCIDE },
	/* Q21 */
	{ false, true, "event_inj", EVENT, EVENT_INJ_TYPE_EXCP | VEC_OF },
	{ false, true, "event_inj", EVENT, EVENT_INJ_TYPE_EXCP | VEC_BR },
	{ false, false, "event_inj", EVENT, EVENT_INJ_TYPE_EXCP | 31 },
	{ false, false, "msrpm_pa", 0, 0 },
	/* B4 */
	{ true, true, "asid", 0x8000, 0x8000 },
	{ true, true, "cr3", 0, 0 },
	{ true, true, "iopm_pa", HIGH, 0 },
	{ true, true, "msrpm_pa", HIGH, 0 },
	{ true, true, "event_inj", EVENT, EVENT_INJ_TYPE_EXCP | VEC_OF },
	{ true, true, "event_inj", EVENT, EVENT_INJ_TYPE_EXCP | VEC_BR },
	{ true, false, "efer", EFER_TCE, EFER_TCE },
	{ true, false, "cs.attr", VSEG_LONG | VSEG_DB, VSEG_LONG | VSEG_DB },
};

static bool
tries_is_erratum(const char *field, uint64_t value, bool refused)
{
	const size_t count = sizeof(tries_errata) / sizeof(tries_errata[0]);

	for (size_t i = 0; i < count; i++) {
		const struct tries_erratum *e = &tries_errata[i];

		if (e->bochs == power_is_bochs() && e->takes != refused &&
			strcmp(e->field, field) == 0 &&
			(value & e->mask) == e->value)
			return true;
	}
	return false;
}

struct tries_field {
	const char *name;
	uint16_t offset, bytes;
	uint64_t flips; /* bits that are tried */
};

/* Its value; the VMCB is little-endian, and so is the CPU. */
static uint64_t
tries_value(const struct vmcb *vmcb, const struct tries_field *f)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)vmcb + f->offset, f->bytes);
	return value;
}

/* The CPU and svm_check() differ, and it is no erratum: say so. */
static void
tries_say(struct tries *t, const struct tries_field *f, uint64_t value,
	const struct svm_broken *b)
{
	if (++t->differ <= SAID_MAX)
		kwarn("%s = 0x%lx: the CPU %s it, and here is %s\n", f->name,
			value, b->rule ? "takes" : "refuses",
			b->rule ? b->rule : "no rule");
}

/* Try the VMCB, in which `f` was changed, and make it good again. */
static void
tries_enter(struct tries *t, const struct tries_field *f)
{
	struct vcpu *vcpu = &t->svm->vcpu;
	uint64_t value = tries_value(t->svm->vmcb, f);
	struct vcpu_regs regs = vcpu->regs;
	struct svm_broken broken;
	struct vmexit x;
	bool refused;

	svm_check(t->svm->vmcb, &t->cpu, &broken);
	vcpu->kicked = false;
	vcpu->engine->run(vcpu, &x);
	refused = x.reason == VMEXIT_INVALID;
	t->entries++;
	t->refused += refused;
	if (refused != (broken.field != NULL) &&
		!tries_is_erratum(f->name, value, refused))
		tries_say(t, f, value, &broken);
	*t->svm->vmcb = t->good;
	vcpu->regs = regs;
	vcpu->events.next.kind = EVENT_NONE;
	vcpu->events.waiting = false;
	vcpu->events.shadow = 0;
}

/*
 * What ends the emulator and not only the guest: Bochs gives up when PE is not
 * set in long mode (erratum B5), and when a double fault cannot be delivered
 * (B2).
 * QEMU forgets the host's CR0 behind a guest with LME and no PAE (Q22).
 */
static bool
tries_is_fatal(const struct vmcb *v)
{
	const uint64_t event = EVENT_INJ_VALID | EVENT_INJ_TYPE | 0xff;
	const uint64_t fault = EVENT_INJ_VALID | EVENT_INJ_TYPE_EXCP | VEC_DF;
	bool paged = v->cr0 & CR0_PG;

	if (!power_is_bochs())
		return (v->efer & EFER_LME) && !paged && !(v->cr4 & CR4_PAE);
	return ((v->efer & EFER_LME) && paged && !(v->cr0 & CR0_PE)) ||
		(v->event_inj & event) == fault;
}

static void
tries_set(struct tries *t, const struct tries_field *f, uint64_t value)
{
	memcpy((uint8_t *)t->svm->vmcb + f->offset, &value, f->bytes);
	if (tries_is_fatal(t->svm->vmcb))
		*t->svm->vmcb = t->good;
	else
		tries_enter(t, f);
}

/* -- Field by field -------------------------------------------------------- */

#define FIELD(member, flips_)                                                  \
	{                                                                      \
#member, offsetof(struct vmcb, member),                        \
			sizeof(((struct vmcb *)0)->member), flips_             \
	}

static const struct tries_field tries_fields[] = {
	FIELD(intercept[INTERCEPT_MISC2], 1), /* VMRUN */
	FIELD(iopm_pa, HIGH),
	FIELD(msrpm_pa, HIGH),
	FIELD(n_cr3, HIGH),
	FIELD(efer, ~0ull),
	FIELD(cr0, ~0ull),
	FIELD(cr3, HIGH),
	FIELD(cr4, ~0ull),
	FIELD(dr6, ~0ull),
	FIELD(dr7, ~(uint64_t)DR7_ENABLED),
	FIELD(cs.attr, ~0ull),
	FIELD(ss.attr, ~0ull),
	FIELD(ds.attr, ~0ull),
	FIELD(ldtr.attr, ~0ull),
	FIELD(tr.attr, ~0ull),
	FIELD(cpl, 3),
	FIELD(pat, ~0ull),
	FIELD(event_inj, 0x1ffff000ull | ~0ull << 32),
};

static void
tries_all_flips(struct tries *t)
{
	for (size_t i = 0; i < sizeof(tries_fields) / sizeof(tries_fields[0]);
		i++) {
		const struct tries_field *f = &tries_fields[i];
		uint64_t good = tries_value(&t->good, f);

		for (unsigned bit = 0; bit < 8u * f->bytes; bit++)
			if (f->flips >> bit & 1)
				tries_set(t, f, good ^ 1ull << bit);
	}
}

/* Each type of event with each kind of vector, with and without an error. */
static void
tries_all_events(struct tries *t)
{
	static const struct tries_field field = FIELD(event_inj, 0);
	static const uint8_t vectors[] = { 0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 14,
		17, 18, 31, 32, 255 };

	for (unsigned type = 0; type < 8; type++)
		for (unsigned i = 0; i < sizeof(vectors); i++) {
			uint64_t event =
				EVENT_INJ_VALID | type << 8 | vectors[i];

			tries_set(t, &field, event);
			tries_set(t, &field, event | EVENT_INJ_HAS_ERROR);
		}
}

/* The first and the last of what is right, and the next. */
static void
tries_all_values(struct tries *t)
{
	static const struct tries_field asid = FIELD(asid, 0),
					iopm = FIELD(iopm_pa, 0),
					msrpm = FIELD(msrpm_pa, 0),
					cr3 = FIELD(cr3, 0),
					n_cr3 = FIELD(n_cr3, 0),
					pat = FIELD(pat, 0),
					cr0 = FIELD(cr0, 0),
					attr = FIELD(cs.attr, 0);
	const uint64_t end = 1ull << t->cpu.phys_bits;

	tries_set(t, &asid, 0);
	tries_set(t, &asid, t->cpu.asid_count);
	tries_set(t, &asid, ~0u);
	for (uint64_t pages = 0; pages < 4; pages++) {
		tries_set(t, &iopm, end - pages * PAGE_SIZE);
		tries_set(t, &msrpm, end - pages * PAGE_SIZE);
	}
	tries_set(t, &cr3, t->good.cr3 | end);
	tries_set(t, &n_cr3, t->good.n_cr3 | end);
	for (unsigned i = 0; i < 256; i++)
		tries_set(t, &pat, i * 0x0101010101010101ull);
	tries_set(t, &cr0, t->good.cr0 | CR0_NW | CR0_CD);
	tries_set(t, &attr, t->good.cs.attr | VSEG_LONG | VSEG_DB);
}

static int
tries_state(struct tries *t, bool wide)
{
	int result = tries_start(t, wide);

	if (result != SELFTEST_PASS)
		return result;
	tries_enter(t, &tries_fields[0]);
	selftest_check(t->refused == 0);
	tries_all_flips(t);
	tries_all_events(t);
	tries_all_values(t);
	kprintf("svm: %s: %u VMRUNs tried, %u refused, %u not as the manual "
		"has it\n",
		wide ? "64-bit" : "unpaged", t->entries, t->refused, t->differ);
	selftest_check(t->differ == 0);
	return SELFTEST_PASS;
}

static int
tries_all(struct tries *t)
{
	int result;

	t->cpu = svm_limits_here();
	t->vm = entry_guest_create("svm", "npt");
	selftest_check(t->vm);
	result = tries_state(t, true);
	return result == SELFTEST_PASS ? tries_state(t, false) : result;
}

static int
svm_bad_vmcbs_are_refused_and_explained(void)
{
	struct tries *t;
	int result;

	if (!entry_guest_possible("svm", "npt"))
		return SELFTEST_SKIP;
	t = kzalloc(sizeof(*t));
	selftest_check(t);
	result = tries_all(t);
	entry_guest_destroy(t->vm);
	kfree(t);
	return result;
}
SELFTEST(svm_bad_vmcbs_are_refused_and_explained);
