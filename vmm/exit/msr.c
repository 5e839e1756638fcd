/* SPDX-License-Identifier: MIT */
/*
 * RDMSR and WRMSR: a table of what the guest has (APM 2, appendix A).  An
 * MSR that is not in it does not exist, and faults as on hardware: nothing
 * of the host shows through.
 */
#include "kernel/cpu/asm.h"
#include "vmm/cpuid.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define MSR_VM_CR	     0xc0010114u
#define VM_CR_OFF_AND_LOCKED 0x18u /* SVMDIS, LOCK */
#define MSR_HWCR	     0xc0010015u

enum msr_kind {
	MSR_KEPT,    /* a field of the state, any value */
	MSR_ADDRESS, /* the same, but the value must be canonical */
	MSR_CONST,   /* reads as `value`, writes are dropped */
	MSR_OWN	     /* functions of its own */
};

struct msr_rule {
	uint32_t msr;
	uint8_t kind;	/* enum msr_kind */
	uint8_t group;	/* of struct vcpu_state */
	uint16_t field; /* offset in struct vcpu_state */
	uint64_t value;
	uint64_t (*read)(struct vcpu *vcpu);
	bool (*write)(struct vcpu *vcpu, uint64_t value);
};

static uint64_t
msr_read_tsc(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_MSRS);
	return rdtsc() + vcpu->state.tsc_offset;
}

static bool
msr_write_tsc(struct vcpu *vcpu, uint64_t value)
{
	vcpu_need(vcpu, VCPU_MSRS);
	vcpu->state.tsc_offset = value - rdtsc();
	vcpu_changed(vcpu, VCPU_MSRS);
	return true;
}

static uint64_t
msr_read_efer(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_MODE);
	return vcpu->state.efer;
}

/* LMA follows CR0.PG and is written in vain; LME is fixed while paging. */
static bool
msr_write_efer(struct vcpu *vcpu, uint64_t value)
{
	struct vcpu_state *s = &vcpu->state;
	uint64_t changed;

	vcpu_need(vcpu, VCPU_MODE);
	value = (value & ~EFER_LMA) | (s->efer & EFER_LMA);
	changed = value ^ s->efer;
	if ((value & ~(vcpu->vm->cpuid->efer | EFER_LMA)) ||
		((changed & EFER_LME) && (s->cr0 & CR0_PG)))
		return false;
	s->efer = value;
	vcpu_mode_changed(vcpu);
	if (changed & EFER_NXE)
		vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	return true;
}

static uint64_t
msr_read_pat(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_MSRS);
	return vcpu->state.pat;
}

static bool
msr_write_pat(struct vcpu *vcpu, uint64_t value)
{
	if (!is_pat(value))
		return false;
	vcpu_need(vcpu, VCPU_MSRS);
	vcpu->state.pat = value;
	vcpu_changed(vcpu, VCPU_MSRS);
	return true;
}

#define FIELD(msr_, kind_, group_, member)                                     \
	{                                                                      \
		.msr = (msr_), .kind = (kind_), .group = (group_),             \
		.field = offsetof(struct vcpu_state, member)                   \
	}
#define CONST(msr_, value_)                                                    \
	{                                                                      \
		.msr = (msr_), .kind = MSR_CONST, .value = (value_)            \
	}
#define OWN(msr_, name)                                                        \
	{                                                                      \
		.msr = (msr_), .kind = MSR_OWN, .read = msr_read_##name,       \
		.write = msr_write_##name                                      \
	}

static const struct msr_rule msr_rules[] = {
	OWN(MSR_EFER, efer),
	OWN(MSR_TSC, tsc),
	OWN(MSR_PAT, pat),
	FIELD(MSR_FS_BASE, MSR_ADDRESS, VCPU_SEGS, seg[SEG_FS].base),
	FIELD(MSR_GS_BASE, MSR_ADDRESS, VCPU_SEGS, seg[SEG_GS].base),
	FIELD(MSR_KERNEL_GS_BASE, MSR_ADDRESS, VCPU_MSRS, kernel_gs_base),
	FIELD(MSR_STAR, MSR_KEPT, VCPU_MSRS, star),
	FIELD(MSR_LSTAR, MSR_ADDRESS, VCPU_MSRS, lstar),
	FIELD(MSR_CSTAR, MSR_ADDRESS, VCPU_MSRS, cstar),
	FIELD(MSR_SFMASK, MSR_KEPT, VCPU_MSRS, sfmask),
	FIELD(MSR_SYSENTER_CS, MSR_KEPT, VCPU_MSRS, sysenter_cs),
	FIELD(MSR_SYSENTER_ESP, MSR_ADDRESS, VCPU_MSRS, sysenter_esp),
	FIELD(MSR_SYSENTER_EIP, MSR_ADDRESS, VCPU_MSRS, sysenter_eip),
	CONST(MSR_UCODE_REV, 0),
	CONST(MSR_HWCR, 0),
	CONST(MSR_VM_CR, VM_CR_OFF_AND_LOCKED),
};

static const struct msr_rule *
msr_find(uint32_t msr)
{
	for (size_t i = 0; i < sizeof(msr_rules) / sizeof(msr_rules[0]); i++)
		if (msr_rules[i].msr == msr)
			return &msr_rules[i];
	return NULL;
}

static uint64_t *
msr_field(struct vcpu *vcpu, const struct msr_rule *rule)
{
	vcpu_need(vcpu, rule->group);
	return (uint64_t *)((char *)&vcpu->state + rule->field);
}

static uint64_t
msr_read(struct vcpu *vcpu, const struct msr_rule *rule)
{
	if (rule->kind == MSR_OWN)
		return rule->read(vcpu);
	if (rule->kind == MSR_CONST)
		return rule->value;
	return *msr_field(vcpu, rule);
}

/* False: the value is one that the register does not take. */
static bool
msr_write(struct vcpu *vcpu, const struct msr_rule *rule, uint64_t value)
{
	if (rule->kind == MSR_OWN)
		return rule->write(vcpu, value);
	if (rule->kind == MSR_CONST)
		return true;
	if (rule->kind == MSR_ADDRESS && !is_canonical(value))
		return false;
	*msr_field(vcpu, rule) = value;
	vcpu_changed(vcpu, rule->group);
	return true;
}

static enum verdict
exit_msr(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t *gpr = vcpu->regs.gpr, value;
	const struct msr_rule *rule = msr_find((uint32_t)gpr[GPR_RCX]);

	vcpu_need(vcpu, VCPU_CPL);
	if (!rule || vcpu->state.cpl != 0)
		return vcpu_fault(vcpu, VEC_GP, 0);
	if (x->msr.write) {
		value = gpr[GPR_RDX] << 32 | (uint32_t)gpr[GPR_RAX];
		if (!msr_write(vcpu, rule, value))
			return vcpu_fault(vcpu, VEC_GP, 0);
	} else {
		value = msr_read(vcpu, rule);
		gpr[GPR_RAX] = (uint32_t)value;
		gpr[GPR_RDX] = value >> 32;
	}
	return VERDICT_NEXT;
}

EXIT_HANDLER(VMEXIT_MSR, exit_msr);
