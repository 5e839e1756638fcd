/* SPDX-License-Identifier: MIT */
/*
 * Control registers: what the guest may set, and what follows from it (APM
 * 2, 3.1 and 14.6; SDM 3A, 2.5).  The bits of CR4 are those that the CPUID
 * policy offers; all others are reserved and fault.
 */
#include "kernel/abi/errno.h"
#include "vmm/cpuid.h"
#include "vmm/engine.h"
#include "vmm/gwalk.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define CR0_KNOWN                                                              \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP |        \
		CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR0_LMSW (CR0_PE | CR0_MP | CR0_EM | CR0_TS)
/* A change of these makes the CPU forget all translations. */
#define CR0_FLUSH (CR0_PG | CR0_WP | CR0_PE)
#define CR8_TPR	  0xfull /* task priority */
#define CR4_FLUSH (CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP)

/* The guest's paging mode changed: tell the MMU engine. */
static enum verdict
cr_paging_changed(struct vcpu *vcpu)
{
	struct mmu *mmu = vcpu->vm->mmu;

	vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	if (mmu->ops->set_cr3 && mmu->ops->set_cr3(mmu, vcpu) == MMU_NO_MEMORY)
		return vcpu_stop(vcpu, "the host has no memory left");
	return VERDICT_NEXT;
}

/* May CR0 become `new`?  *efer gets LMA as paging goes on or off. */
static bool
cr0_allowed(const struct vcpu_state *s, uint64_t new, uint64_t *efer)
{
	bool code64 = (s->efer & EFER_LMA) && (s->seg[SEG_CS].attr & VSEG_LONG);

	if (new >> 32 || ((new &CR0_PG) && !(new &CR0_PE)) ||
		((new &CR0_NW) && !(new &CR0_CD)))
		return false;
	*efer = s->efer;
	if ((new &CR0_PG) && !(s->cr0 & CR0_PG) && (s->efer & EFER_LME)) {
		if (!(s->cr4 & CR4_PAE) || (s->seg[SEG_CS].attr & VSEG_LONG))
			return false;
		*efer |= EFER_LMA;
	}
	if (!(new &CR0_PG) && (s->cr0 & CR0_PG)) {
		if (code64)
			return false;
		*efer &= ~EFER_LMA;
	}
	return true;
}

static enum verdict
cr0_write(struct vcpu *vcpu, uint64_t value)
{
	struct vcpu_state *s = &vcpu->state;
	uint64_t old = s->cr0, efer;

	vcpu_need(vcpu, VCPU_MODE | VCPU_CODE);
	if (!cr0_allowed(s, value, &efer))
		return vcpu_fault(vcpu, VEC_GP, 0);
	s->cr0 = (value & CR0_KNOWN) | CR0_ET;
	s->efer = efer;
	vcpu_mode_changed(vcpu);
	if ((s->cr0 ^ old) & CR0_FLUSH)
		return cr_paging_changed(vcpu);
	return VERDICT_NEXT;
}

static enum verdict
cr4_write(struct vcpu *vcpu, uint64_t value)
{
	struct vcpu_state *s = &vcpu->state;
	uint64_t old = s->cr4;

	if ((value & ~vcpu->vm->cpuid->cr4) ||
		((s->efer & EFER_LMA) && !(value & CR4_PAE)))
		return vcpu_fault(vcpu, VEC_GP, 0);
	s->cr4 = value;
	vcpu_mode_changed(vcpu);
	if ((value ^ old) & CR4_FLUSH)
		return cr_paging_changed(vcpu);
	return VERDICT_NEXT;
}

static enum verdict
cr3_write(struct vcpu *vcpu, uint64_t value)
{
	struct vcpu_state *s = &vcpu->state;

	vcpu_need(vcpu, VCPU_CODE);
	if ((s->efer & EFER_LMA) && value >> vcpu->vm->cpuid->phys_bits)
		return vcpu_fault(vcpu, VEC_GP, 0);
	s->cr3 = value;
	vcpu_changed(vcpu, VCPU_CODE);
	return cr_paging_changed(vcpu);
}

/*
 * CR8, where it exits at all.  It holds back interrupts of a local APIC, and
 * the guest has none: an old PIC's do not look at it (SDM 3A, 10.8.6).
 */
static enum verdict
cr8_write(struct vcpu *vcpu, uint64_t value)
{
	if (value & ~CR8_TPR)
		return vcpu_fault(vcpu, VEC_GP, 0);
	vcpu_need(vcpu, VCPU_MSRS);
	vcpu->state.cr8 = value;
	vcpu_changed(vcpu, VCPU_MSRS);
	return VERDICT_NEXT;
}

static enum verdict
cr_write(struct vcpu *vcpu, unsigned cr, uint64_t value)
{
	if (vcpu_mode(vcpu) != 64)
		value = (uint32_t)value;
	switch (cr) {
	case 0:
		return cr0_write(vcpu, value);
	case 2:
		vcpu->state.cr2 = value;
		vcpu->valid |= VCPU_CR2;
		vcpu_changed(vcpu, VCPU_CR2);
		return VERDICT_NEXT;
	case 3:
		return cr3_write(vcpu, value);
	case 4:
		return cr4_write(vcpu, value);
	case 8:
		return cr8_write(vcpu, value);
	default:
		return vcpu_stop(vcpu, "unexpected write of CR%u", cr);
	}
}

static enum verdict
cr_read(struct vcpu *vcpu, const struct vmexit *x)
{
	const struct vcpu_state *s = &vcpu->state;
	uint64_t *to = &vcpu->regs.gpr[x->cr.gpr];

	vcpu_need(vcpu, VCPU_MODE | VCPU_CODE);
	switch (x->cr.cr) {
	case 0:
		*to = s->cr0;
		return VERDICT_NEXT;
	case 2:
		vcpu_need(vcpu, VCPU_CR2);
		*to = s->cr2;
		return VERDICT_NEXT;
	case 3:
		*to = s->cr3;
		return VERDICT_NEXT;
	case 4:
		*to = s->cr4;
		return VERDICT_NEXT;
	case 8:
		vcpu_need(vcpu, VCPU_MSRS);
		*to = s->cr8;
		return VERDICT_NEXT;
	default:
		return vcpu_stop(vcpu, "unexpected read of CR%u", x->cr.cr);
	}
}

/* SMSW: 16 bits of CR0 to memory or a short register, or all of it. */
static enum verdict
cr_smsw(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t cr0 = vcpu->state.cr0, *gpr = &vcpu->regs.gpr[x->cr.gpr];
	uint32_t error, access;
	uint64_t where;

	if (x->cr.size > 2) {
		*gpr = x->cr.size == 4 ? (uint32_t)cr0 : cr0;
		return VERDICT_NEXT;
	}
	if (x->cr.size == 2) {
		*gpr = (*gpr & ~0xffffull) | (uint16_t)cr0;
		return VERDICT_NEXT;
	}
	vcpu_need(vcpu, VCPU_CPL);
	access = vcpu->state.cpl == 3 ? ACCESS_USER : 0;
	switch (gva_write(vcpu, x->cr.gva, &cr0, sizeof(uint16_t), access,
		&error, &where)) {
	case 0:
		return VERDICT_NEXT;
	case -EFAULT:
		return vcpu_page_fault(vcpu, error, where);
	case -EINVAL:
		return vcpu_fault(vcpu, VEC_GP, 0);
	default:
		return vcpu_stop(vcpu, "smsw to 0x%llx, which is no memory",
			(unsigned long long)x->cr.gva);
	}
}

static enum verdict
exit_cr(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t cr0 = vcpu->state.cr0;

	vcpu_need(vcpu, VCPU_MODE);
	switch (x->cr.kind) {
	case CR_WRITE:
		return cr_write(vcpu, x->cr.cr, vcpu->regs.gpr[x->cr.gpr]);
	case CR_READ:
		return cr_read(vcpu, x);
	case CR_CLTS:
		return cr0_write(vcpu, cr0 & ~CR0_TS);
	case CR_LMSW:
		/* it can set PE, and cannot clear it */
		return cr0_write(vcpu,
			(cr0 & ~(CR0_LMSW & ~CR0_PE)) |
				(x->cr.value & CR0_LMSW));
	case CR_SMSW:
		return cr_smsw(vcpu, x);
	default:
		return vcpu_stop(vcpu, "unexpected access to CR%u", x->cr.cr);
	}
}

EXIT_HANDLER(VMEXIT_CR, exit_cr);
