/* SPDX-License-Identifier: MIT */
/*
 * The neutral state of a vCPU to its VMCB and back, group by group.
 *
 * What the guest cannot change without an exit (VCPU_MODE) stays valid in
 * the neutral state while it runs; VCPU_CODE is wanted at nearly every exit,
 * and svm_after() fetches it itself; the others are left to whoever wants them.
 */
#include "vmm/cpu/svm/svm.h"

#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

static void
svm_load_segs(struct vmcb *vmcb, const struct vcpu_state *s)
{
	vmcb->es = s->seg[SEG_ES];
	vmcb->ss = s->seg[SEG_SS];
	vmcb->ds = s->seg[SEG_DS];
	vmcb->fs = s->seg[SEG_FS];
	vmcb->gs = s->seg[SEG_GS];
	vmcb->tr = s->tr;
	vmcb->ldtr = s->ldtr;
}

static void
svm_store_segs(const struct vmcb *vmcb, struct vcpu_state *s)
{
	s->seg[SEG_ES] = vmcb->es;
	s->seg[SEG_SS] = vmcb->ss;
	s->seg[SEG_DS] = vmcb->ds;
	s->seg[SEG_FS] = vmcb->fs;
	s->seg[SEG_GS] = vmcb->gs;
	s->tr = vmcb->tr;
	s->ldtr = vmcb->ldtr;
}

static void
svm_load_tables(struct vmcb *vmcb, const struct vcpu_state *s)
{
	vmcb->gdtr.base = s->gdtr.base;
	vmcb->gdtr.limit = s->gdtr.limit;
	vmcb->idtr.base = s->idtr.base;
	vmcb->idtr.limit = s->idtr.limit;
}

static void
svm_store_tables(const struct vmcb *vmcb, struct vcpu_state *s)
{
	s->gdtr.base = vmcb->gdtr.base;
	s->gdtr.limit = (uint16_t)vmcb->gdtr.limit;
	s->idtr.base = vmcb->idtr.base;
	s->idtr.limit = (uint16_t)vmcb->idtr.limit;
}

/* The tables that the CPU walks: nested ones, or those of the shadow. */
static void
svm_load_paging(struct svm *svm)
{
	struct vcpu *vcpu = &svm->vcpu;
	struct mmu *mmu = vcpu->vm->mmu;
	uint64_t root = mmu->ops->root(mmu, vcpu);

	svm->vmcb->cr3 = mmu->ops->nested ? vcpu->state.cr3 : root;
	svm->vmcb->n_cr3 = mmu->ops->nested ? root : 0;
}

/*
 * Without nested paging the CPU walks the shadow's tables, which are of the
 * PAE or the 4-level format, even while the guest has none; and it must not
 * ignore that they are read-only.  So the CPU's control registers are not
 * quite the guest's, and while they differ reads exit too.  Those of CR0 always
 * do: for QEMU 10 all reads are reads of CR0 (docs/errata.md, Q23).
 */
static void
svm_load_shadow_mode(struct vmcb *vmcb, const struct vcpu_state *s)
{
	uint32_t reads = SVM_CR_READS(0) | SVM_CR_READS(3);

	vmcb->cr0 |= CR0_PG | CR0_WP;
	vmcb->cr4 |= CR4_PAE;
	if (!(s->cr0 & CR0_PG))
		vmcb->cr4 &= ~(CR4_SMEP | CR4_SMAP);
	if (vmcb->cr4 != s->cr4)
		reads |= SVM_CR_READS(4);
	vmcb->intercept[INTERCEPT_CR] &= ~SVM_CR_READS_ALL;
	vmcb->intercept[INTERCEPT_CR] |= reads;
}

/*
 * LME means nothing before paging, and PG is set by an exit.  Without it the
 * shadow's PG does not make long mode, and QEMU not lose the host's CR0
 * (docs/errata.md, Q22).
 */
static void
svm_load_mode(struct vmcb *vmcb, const struct vcpu_state *s, bool nested)
{
	vmcb->cr0 = s->cr0;
	vmcb->cr4 = s->cr4;
	vmcb->efer = s->efer | EFER_SVME;
	if (!(s->efer & EFER_LMA))
		vmcb->efer &= ~EFER_LME;
	if (!nested)
		svm_load_shadow_mode(vmcb, s);
}

static void
svm_load_msrs(struct vmcb *vmcb, const struct vcpu_state *s)
{
	vmcb->star = s->star;
	vmcb->lstar = s->lstar;
	vmcb->cstar = s->cstar;
	vmcb->sfmask = s->sfmask;
	vmcb->kernel_gs_base = s->kernel_gs_base;
	vmcb->sysenter_cs = s->sysenter_cs;
	vmcb->sysenter_esp = s->sysenter_esp;
	vmcb->sysenter_eip = s->sysenter_eip;
	vmcb->pat = s->pat;
	vmcb->tsc_offset = s->tsc_offset;
	vmcb->int_ctl = (vmcb->int_ctl & ~INT_CTL_V_TPR) | s->cr8;
}

static void
svm_store_msrs(const struct vmcb *vmcb, struct vcpu_state *s)
{
	s->star = vmcb->star;
	s->lstar = vmcb->lstar;
	s->cstar = vmcb->cstar;
	s->sfmask = vmcb->sfmask;
	s->kernel_gs_base = vmcb->kernel_gs_base;
	s->sysenter_cs = vmcb->sysenter_cs;
	s->sysenter_esp = vmcb->sysenter_esp;
	s->sysenter_eip = vmcb->sysenter_eip;
	s->pat = vmcb->pat;
	s->cr8 = vmcb->int_ctl & INT_CTL_V_TPR;
}

/* The bits of a DR7 that enable what the CPU must not be given. */
static uint64_t
svm_withheld(const struct svm *svm, uint64_t dr7)
{
	uint64_t bits = 0;

	if (!svm->no_data_breaks)
		return 0;
	for (unsigned n = 0; n < 4; n++)
		if (DR7_TYPE(dr7, n) != DR7_TYPE_CODE)
			bits |= dr7 & DR7_ENABLES(n);
	return bits;
}

static void
svm_load_drs(struct svm *svm)
{
	const struct vcpu_state *s = &svm->vcpu.state;

	svm->vmcb->dr6 = s->dr6;
	svm->vmcb->dr7 = s->dr7 & ~svm_withheld(svm, s->dr7);
}

static void
svm_store_drs(struct svm *svm)
{
	struct vcpu_state *s = &svm->vcpu.state;

	s->dr6 = svm->vmcb->dr6;
	s->dr7 = svm->vmcb->dr7 | svm_withheld(svm, s->dr7);
}

void
svm_load(struct vcpu *vcpu, uint32_t groups)
{
	struct vmcb *vmcb = to_svm(vcpu)->vmcb;
	const struct vcpu_state *s = &vcpu->state;

	if (groups & VCPU_CODE)
		vmcb->cs = s->seg[SEG_CS];
	if (groups & VCPU_CPL)
		vmcb->cpl = s->cpl;
	if (groups & VCPU_SEGS)
		svm_load_segs(vmcb, s);
	if (groups & VCPU_TABLES)
		svm_load_tables(vmcb, s);
	if (groups & VCPU_MODE)
		svm_load_mode(vmcb, s, vcpu->vm->mmu->ops->nested);
	if (groups & (VCPU_CODE | VCPU_MODE))
		svm_load_paging(to_svm(vcpu));
	if (groups & VCPU_CR2)
		vmcb->cr2 = s->cr2;
	if (groups & VCPU_DRS)
		svm_load_drs(to_svm(vcpu));
	if (groups & VCPU_MSRS)
		svm_load_msrs(vmcb, s);
}

void
svm_store(struct vcpu *vcpu, uint32_t groups)
{
	const struct vmcb *vmcb = to_svm(vcpu)->vmcb;
	struct vcpu_state *s = &vcpu->state;

	if (groups & VCPU_CPL)
		s->cpl = vmcb->cpl;
	if (groups & VCPU_CR2)
		s->cr2 = vmcb->cr2;
	if (groups & VCPU_SEGS)
		svm_store_segs(vmcb, s);
	if (groups & VCPU_TABLES)
		svm_store_tables(vmcb, s);
	if (groups & VCPU_DRS)
		svm_store_drs(to_svm(vcpu));
	if (groups & VCPU_MSRS)
		svm_store_msrs(vmcb, s);
}
