/* SPDX-License-Identifier: MIT */
/*
 * Why VMRUN refused a VMCB.
 *
 * The CPU answers VMEXIT_INVALID and no more.  Here are the manual's rules
 * (APM 2, 15.5.1, 15.15.3 and 15.20) as code: the first that is broken is
 * named with field and value.  Some CPUs and emulators check less than all;
 * a rule found broken is a bug either way.
 */
#include "vmm/cpu/svm/svm.h"

#include "kernel/lib/printf.h"
#include "vmm/x86.h"

#define HIGH_HALF     0xffffffff00000000ull
#define IOPM_BYTES    (12u << 10)
#define MSRPM_BYTES   (8u << 10)
#define MSR_INTERCEPT (1u << (SVM_EXIT_MSR - SVM_EXIT_INTR))
#define IO_INTERCEPT  (1u << (SVM_EXIT_IOIO - SVM_EXIT_INTR))
#define RUN_INTERCEPT (1u << (SVM_EXIT_VMRUN - SVM_EXIT_VMRUN))

/* Try one rule; the first that fails is kept. */
static void
svm_rule(struct svm_broken *broken, bool holds, const char *field,
	uint64_t value, const char *rule)
{
	if (holds || broken->field)
		return;
	broken->field = field;
	broken->value = value;
	broken->rule = rule;
}

/* Does [pa, pa + size) lie in the physical memory that the CPU can have? */
static bool
svm_physical(const struct svm_limits *cpu, uint64_t pa, uint64_t size)
{
	return pa <= (1ull << cpu->phys_bits) - size;
}

static void
svm_check_control(const struct vmcb *v, const struct svm_limits *cpu,
	struct svm_broken *b)
{
	svm_rule(b, v->intercept[INTERCEPT_MISC2] & RUN_INTERCEPT,
		"intercept[MISC2]", v->intercept[INTERCEPT_MISC2],
		"the VMRUN intercept must be set (15.5.1)");
	svm_rule(b, v->asid != 0, "asid", v->asid, "0 is the host's (15.5.1)");
	svm_rule(b, v->asid < cpu->asid_count, "asid", v->asid,
		"must be below CPUID 8000000A.EBX (15.5.1)");
	svm_rule(b,
		!(v->intercept[INTERCEPT_MISC1] & MSR_INTERCEPT) ||
			svm_physical(cpu, v->msrpm_pa, MSRPM_BYTES),
		"msrpm_pa", v->msrpm_pa,
		"lies beyond physical memory (15.5.1)");
	svm_rule(b,
		!(v->intercept[INTERCEPT_MISC1] & IO_INTERCEPT) ||
			svm_physical(cpu, v->iopm_pa, IOPM_BYTES),
		"iopm_pa", v->iopm_pa, "lies beyond physical memory (15.5.1)");
}

static void
svm_check_nested(const struct vmcb *v, const struct svm_limits *cpu,
	struct svm_broken *b)
{
	if (!(v->nested_ctl & NESTED_ENABLE))
		return;
	svm_rule(b, !(v->n_cr3 >> cpu->phys_bits), "n_cr3", v->n_cr3,
		"reserved bits are set (15.25.4)");
	svm_rule(b, is_pat(v->pat), "pat", v->pat,
		"a byte is no memory type (15.25.4)");
}

static void
svm_check_registers(const struct vmcb *v, const struct svm_limits *cpu,
	struct svm_broken *b)
{
	svm_rule(b, v->efer & EFER_SVME, "efer", v->efer,
		"SVME must be set (15.5.1)");
	svm_rule(b, !(v->efer & ~cpu->efer), "efer", v->efer,
		"bits are set that this CPU has not (15.5.1)");
	svm_rule(b, (v->cr0 & CR0_CD) || !(v->cr0 & CR0_NW), "cr0", v->cr0,
		"NW is set and CD is not (15.5.1)");
	svm_rule(b, !(v->cr0 & HIGH_HALF), "cr0", v->cr0,
		"bits 63:32 must be 0 (15.5.1)");
	svm_rule(b, !(v->cr3 >> cpu->phys_bits), "cr3", v->cr3,
		"reserved bits are set (15.5.1)");
	svm_rule(b, !(v->cr4 & ~cpu->cr4), "cr4", v->cr4,
		"bits are set that this CPU has not (15.5.1)");
	svm_rule(b, !(v->dr6 & HIGH_HALF), "dr6", v->dr6,
		"bits 63:32 must be 0 (15.5.1)");
	svm_rule(b, !(v->dr7 & HIGH_HALF), "dr7", v->dr7,
		"bits 63:32 must be 0 (15.5.1)");
}

static void
svm_check_long_mode(const struct vmcb *v, struct svm_broken *b)
{
	bool going = (v->efer & EFER_LME) && (v->cr0 & CR0_PG);
	bool wide = (v->cs.attr & VSEG_LONG) && (v->cs.attr & VSEG_DB);

	svm_rule(b, !going || (v->cr4 & CR4_PAE), "cr4", v->cr4,
		"EFER.LME and CR0.PG are set, PAE is not (15.5.1)");
	svm_rule(b, !going || (v->cr0 & CR0_PE), "cr0", v->cr0,
		"EFER.LME and PG are set, PE is not (15.5.1)");
	svm_rule(b, !going || !(v->cr4 & CR4_PAE) || !wide, "cs.attr",
		v->cs.attr, "L and D are both set in long mode (15.5.1)");
}

static bool
svm_is_64_bit(const struct vmcb *v)
{
	return (v->efer & EFER_LME) && (v->cr0 & CR0_PG) &&
		(v->cs.attr & VSEG_LONG);
}

static void
svm_check_event(const struct vmcb *v, struct svm_broken *b)
{
	uint64_t type = v->event_inj & EVENT_INJ_TYPE;
	uint64_t vector = v->event_inj & EVENT_INJ_VECTOR;

	if (!(v->event_inj & EVENT_INJ_VALID))
		return;
	svm_rule(b,
		type == EVENT_INJ_TYPE_INTR || type == EVENT_INJ_TYPE_NMI ||
			type == EVENT_INJ_TYPE_EXCP ||
			type == EVENT_INJ_TYPE_SOFT,
		"event_inj", v->event_inj, "a reserved type (15.20)");
	svm_rule(b,
		type != EVENT_INJ_TYPE_EXCP ||
			(vector < 32 && vector != VEC_NMI),
		"event_inj", v->event_inj,
		"an exception with a vector that is none (15.20)");
	svm_rule(b,
		type != EVENT_INJ_TYPE_EXCP || !svm_is_64_bit(v) ||
			(vector != VEC_OF && vector != VEC_BR),
		"event_inj", v->event_inj,
		"an exception that 64-bit mode has not (15.20)");
}

void
svm_check(const struct vmcb *vmcb, const struct svm_limits *cpu,
	struct svm_broken *b)
{
	*b = (struct svm_broken){ 0 };
	svm_check_registers(vmcb, cpu, b);
	svm_check_long_mode(vmcb, b);
	svm_check_control(vmcb, cpu, b);
	svm_check_nested(vmcb, cpu, b);
	svm_check_event(vmcb, b);
}

void
svm_check_say(const struct svm_broken *b, char *buf, size_t size)
{
	if (b->field)
		snprintf(buf, size, "VMRUN refused the VMCB: %s = 0x%llx: %s",
			b->field, (unsigned long long)b->value, b->rule);
	else
		snprintf(buf, size,
			"VMRUN refused the VMCB, and no rule of APM 2, 15.5.1 "
			"that this VMM knows is broken");
}
