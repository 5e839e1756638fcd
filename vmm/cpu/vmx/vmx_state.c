/* SPDX-License-Identifier: MIT */
/*
 * The neutral state of a vCPU to its VMCS and back, group by group.
 *
 * What the guest cannot change without an exit stays valid in the neutral
 * state while it runs: VCPU_MODE, and VCPU_DRS since #DB exits.  CR2 is in no
 * VMCS and so always fetched.  The others are read when somebody wants them.
 *
 * Control registers are host-owned in all bits: the guest reads what the
 * shadow fields hold, and exits when it writes something else (SDM 3C, 24.6.6
 * and 25.3).  So what the CPU has can differ from what the guest sees: VMX
 * wants some bits set, and so do the shadow's tables.
 */
#include "vmm/cpu/vmx/vmx.h"

#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/engine.h"
#include "vmm/gwalk.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define DPL_SHIFT 5

/*
 * Bits 47:40 of a descriptor are bits 7:0 of both; bits 55:52 are 11:8 of
 * vseg.attr, and 15:12 here (24.4.1).
 */
static uint32_t
vmx_rights(const struct vseg *seg)
{
	uint32_t rights = (seg->attr & 0xffu) | (seg->attr & 0xf00u) << 4;

	return seg->attr & VSEG_PRESENT ? rights : rights | RIGHTS_UNUSABLE;
}

static uint16_t
vmx_attr(uint64_t rights)
{
	uint16_t attr = (rights & 0xff) | (rights >> 4 & 0xf00);

	return rights & RIGHTS_UNUSABLE ? attr & ~VSEG_PRESENT : attr;
}

static void
vmx_load_seg(unsigned nr, const struct vseg *seg)
{
	vmcs_write(VMCS_SEG(SELECTOR, nr), seg->sel);
	vmcs_write(VMCS_SEG(LIMIT, nr), seg->limit);
	vmcs_write(VMCS_SEG(RIGHTS, nr), vmx_rights(seg));
	vmcs_write(VMCS_SEG(BASE, nr), seg->base);
}

static void
vmx_store_seg(unsigned nr, struct vseg *seg)
{
	seg->sel = (uint16_t)vmcs_read(VMCS_SEG(SELECTOR, nr));
	seg->limit = (uint32_t)vmcs_read(VMCS_SEG(LIMIT, nr));
	seg->attr = vmx_attr(vmcs_read(VMCS_SEG(RIGHTS, nr)));
	seg->base = vmcs_read(VMCS_SEG(BASE, nr));
}

/* SS holds the CPL: it is its DPL, even where SS cannot be used. */
static void
vmx_load_segs(const struct vcpu_state *s)
{
	struct vseg ss = s->seg[SEG_SS];

	ss.attr = (uint16_t)((ss.attr & ~VSEG_DPL) | s->cpl << DPL_SHIFT);
	for (unsigned i = 0; i < SEGS; i++)
		if (i != SEG_CS && i != SEG_SS)
			vmx_load_seg(i, &s->seg[i]);
	vmx_load_seg(SEG_SS, &ss);
	vmx_load_seg(VMCS_LDTR, &s->ldtr);
	vmx_load_seg(VMCS_TR, &s->tr);
}

static void
vmx_store_segs(struct vcpu_state *s)
{
	for (unsigned i = 0; i < SEGS; i++)
		if (i != SEG_CS)
			vmx_store_seg(i, &s->seg[i]);
	vmx_store_seg(VMCS_LDTR, &s->ldtr);
	vmx_store_seg(VMCS_TR, &s->tr);
}

static void
vmx_load_cpl(const struct vcpu_state *s)
{
	uint64_t rights = vmcs_read(VMCS_GUEST_SS_RIGHTS);

	rights = (rights & ~(uint64_t)VSEG_DPL) | s->cpl << DPL_SHIFT;
	vmcs_write(VMCS_GUEST_SS_RIGHTS, rights);
}

static uint8_t
vmx_store_cpl(void)
{
	return vmcs_read(VMCS_GUEST_SS_RIGHTS) >> DPL_SHIFT & 3;
}

static void
vmx_load_tables(const struct vcpu_state *s)
{
	vmcs_write(VMCS_GUEST_GDTR_BASE, s->gdtr.base);
	vmcs_write(VMCS_GUEST_GDTR_LIMIT, s->gdtr.limit);
	vmcs_write(VMCS_GUEST_IDTR_BASE, s->idtr.base);
	vmcs_write(VMCS_GUEST_IDTR_LIMIT, s->idtr.limit);
}

static void
vmx_store_tables(struct vcpu_state *s)
{
	s->gdtr.base = vmcs_read(VMCS_GUEST_GDTR_BASE);
	s->gdtr.limit = (uint16_t)vmcs_read(VMCS_GUEST_GDTR_LIMIT);
	s->idtr.base = vmcs_read(VMCS_GUEST_IDTR_BASE);
	s->idtr.limit = (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT);
}

/*
 * In PAE paging the CPU holds the four entries of the top table itself, and
 * VM entry takes them from the VMCS (26.3.2.4).  One that a MOV to CR3 would
 * not take becomes one that is not there: VM entry must not fail for it.
 */
static void
vmx_load_pdptes(struct vmx *vmx)
{
	const struct vcpu_state *s = &vmx->vcpu.state;
	const struct gwalk_mode mode = vcpu_gwalk_mode(&vmx->vcpu);
	uint64_t reserved = gwalk_reserved(&mode, &pagefmt_pae, 3, false);
	uint64_t pdpte[4] = { 0 };

	gmem_read(&vmx->vcpu.vm->gmem, s->cr3 & pagefmt_pae.root, pdpte,
		sizeof(pdpte));
	for (unsigned i = 0; i < 4; i++) {
		if (pdpte[i] & reserved)
			pdpte[i] = 0;
		vmcs_write(
			(enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i), pdpte[i]);
	}
}

/* The tables that the CPU walks: nested ones, or those of the shadow. */
static void
vmx_load_paging(struct vmx *vmx, uint64_t root)
{
	const struct vcpu_state *s = &vmx->vcpu.state;

	if (!vmx_is_nested(vmx)) {
		vmcs_write(VMCS_GUEST_CR3, root);
		return;
	}
	vmcs_write(VMCS_EPT_POINTER, root);
	vmcs_write(VMCS_GUEST_CR3, s->cr3);
	if ((s->cr0 & CR0_PG) && (s->cr4 & CR4_PAE) && !(s->efer & EFER_LMA))
		vmx_load_pdptes(vmx);
}

/* Bits that VMX wants set; an unrestricted guest may do without paging. */
static uint64_t
vmx_cr0(const struct vmx *vmx, uint64_t cr0)
{
	uint64_t fixed = vmx_host.caps.msr.cr0_fixed0 & ~(CR0_PE | CR0_PG);

	cr0 |= fixed;
	return vmx_is_nested(vmx) ? cr0 : cr0 | CR0_PG | CR0_WP;
}

/*
 * Without nested paging the CPU walks the shadow's tables, which are of the
 * PAE or the 4-level format, even while the guest has none; and it must not
 * ignore that they are read-only.
 */
static void
vmx_load_mode(struct vmx *vmx)
{
	const struct vmx_caps *caps = &vmx_host.caps;
	const struct vcpu_state *s = &vmx->vcpu.state;
	uint64_t cr4 = s->cr4 | caps->msr.cr4_fixed0, efer = s->efer;
	uint32_t entry;

	if (vmx_is_nested(vmx)) {
		entry = caps->nested[WORD_ENTRY];
	} else {
		entry = caps->shadow[WORD_ENTRY];
		cr4 |= CR4_PAE;
		if (!(s->efer & EFER_LMA))
			efer &= ~EFER_LME; /* PG would make it long mode */
		if (!(s->cr0 & CR0_PG))
			cr4 &= ~(CR4_SMEP | CR4_SMAP);
	}
	if (s->efer & EFER_LMA)
		entry |= ENTRY_GUEST_64;
	vmcs_write(VMCS_ENTRY_CONTROLS, entry);
	vmcs_write(VMCS_GUEST_CR0, vmx_cr0(vmx, s->cr0));
	vmcs_write(VMCS_GUEST_CR4, cr4);
	vmcs_write(VMCS_GUEST_EFER, efer);
	vmcs_write(VMCS_CR0_SHADOW, s->cr0);
	vmcs_write(VMCS_CR4_SHADOW, s->cr4);
}

static void
vmx_load_msrs(struct vmx *vmx)
{
	const struct vcpu_state *s = &vmx->vcpu.state;
	struct vmx_msr *guest = vmx->lists->guest;

	guest[LISTED_STAR].value = s->star;
	guest[LISTED_LSTAR].value = s->lstar;
	guest[LISTED_CSTAR].value = s->cstar;
	guest[LISTED_SFMASK].value = s->sfmask;
	guest[LISTED_KERNEL_GS_BASE].value = s->kernel_gs_base;
	vmcs_write(VMCS_GUEST_SYSENTER_CS, s->sysenter_cs);
	vmcs_write(VMCS_GUEST_SYSENTER_ESP, s->sysenter_esp);
	vmcs_write(VMCS_GUEST_SYSENTER_EIP, s->sysenter_eip);
	vmcs_write(VMCS_TSC_OFFSET, s->tsc_offset);
	if (vmx_host.caps.pat)
		vmcs_write(VMCS_GUEST_PAT, s->pat);
}

/* PAT and TSC are written by exits alone. */
static void
vmx_store_msrs(const struct vmx *vmx, struct vcpu_state *s)
{
	const struct vmx_msr *guest = vmx->lists->guest;

	s->star = guest[LISTED_STAR].value;
	s->lstar = guest[LISTED_LSTAR].value;
	s->cstar = guest[LISTED_CSTAR].value;
	s->sfmask = guest[LISTED_SFMASK].value;
	s->kernel_gs_base = guest[LISTED_KERNEL_GS_BASE].value;
	s->sysenter_cs = vmcs_read(VMCS_GUEST_SYSENTER_CS);
	s->sysenter_esp = vmcs_read(VMCS_GUEST_SYSENTER_ESP);
	s->sysenter_eip = vmcs_read(VMCS_GUEST_SYSENTER_EIP);
}

void
vmx_load(struct vcpu *vcpu, uint32_t groups)
{
	const struct vcpu_state *s = &vcpu->state;
	struct mmu *mmu = vcpu->vm->mmu;
	struct vmx *vmx = to_vmx(vcpu);
	uint64_t root = 0;

	if (groups & (VCPU_CODE | VCPU_MODE)) {
		vcpu_need(vcpu, VCPU_CODE); /* CR3, which may be the guest's */
		root = mmu->ops->root(mmu, vcpu);
	}
	vmx_begin(vmx);
	if (groups & VCPU_CODE)
		vmx_load_seg(SEG_CS, &s->seg[SEG_CS]);
	if (groups & VCPU_SEGS)
		vmx_load_segs(s);
	else if (groups & VCPU_CPL)
		vmx_load_cpl(s);
	if (groups & VCPU_TABLES)
		vmx_load_tables(s);
	if (groups & VCPU_MODE)
		vmx_load_mode(vmx);
	if (groups & (VCPU_CODE | VCPU_MODE))
		vmx_load_paging(vmx, root);
	if (groups & VCPU_DRS)
		vmcs_write(VMCS_GUEST_DR7, s->dr7);
	if (groups & VCPU_MSRS)
		vmx_load_msrs(vmx);
	vmx_end();
}

void
vmx_store(struct vcpu *vcpu, uint32_t groups)
{
	struct vcpu_state *s = &vcpu->state;
	struct vmx *vmx = to_vmx(vcpu);

	vmx_begin(vmx);
	if (groups & VCPU_CODE) {
		vmx_store_seg(SEG_CS, &s->seg[SEG_CS]);
		if (vmx_is_nested(vmx))
			s->cr3 = vmcs_read(VMCS_GUEST_CR3);
	}
	if (groups & VCPU_CPL)
		s->cpl = vmx_store_cpl();
	if (groups & VCPU_SEGS)
		vmx_store_segs(s);
	if (groups & VCPU_TABLES)
		vmx_store_tables(s);
	if (groups & VCPU_MSRS)
		vmx_store_msrs(vmx, s);
	vmx_end();
}
