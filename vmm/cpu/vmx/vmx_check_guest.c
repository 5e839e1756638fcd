/* SPDX-License-Identifier: MIT */
/* The checks on the guest state (SDM 3C, 26.3.1); vmx_check.h. */
#include "vmm/cpu/vmx/vmx_check.h"

#include "vmm/event.h"
#include "vmm/x86.h"

#define EFER_KNOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)
#define DEBUGCTL_KNOWN	0xffc3ull /* LBR, BTF, TR to FREEZE_..., 15:6 */
#define DEBUGCTL_BTF	0x2ull
#define RFLAGS_RESERVED 0xffffffffffc08028ull
#define PENDING_KNOWN	(0xfull | PENDING_ENABLED | PENDING_BS)
#define PDPTE_PRESENT	1ull
#define PDPTE_RESERVED	0x1e6ull
#define HIGH_HALF	0xffffffff00000000ull
#define CS_LONG		(1u << 13) /* of GUEST_CS_RIGHTS */
#define DPL(rights)	((rights) >> 5 & 3)
#define VEC_MC		18

enum vmx_activity {
	ACTIVE,
	HALTED,
	SHUT_DOWN,
	WAIT_FOR_SIPI
};

static void
vmx_check_control_registers(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t cr0 = VMCS_AT(e->v, GUEST_CR0), cr4 = VMCS_AT(e->v, GUEST_CR4);
	uint64_t fixed = e->msr->cr0_fixed0;
	bool ia32e = vmx_entry_has(e, ENTRY_GUEST_64);

	if (vmx_proc2(e, PROC2_UNRESTRICTED))
		fixed &= ~(CR0_PE | CR0_PG);
	RULE(e, b, !(~cr0 & fixed & CR0_PE), GUEST_CR0,
		"PE must be set: no real mode without 'unrestricted guest'",
		"26.3.1.1");
	RULE(e, b, !(~cr0 & fixed) && !(cr0 & ~e->msr->cr0_fixed1), GUEST_CR0,
		"bits that VMX fixes are not so", "26.3.1.1");
	RULE(e, b, !(cr0 & CR0_PG) || (cr0 & CR0_PE), GUEST_CR0,
		"PG is set and PE is not", "26.3.1.1");
	RULE(e, b, !(e->msr->cr4_fixed0 & ~cr4) && !(cr4 & ~e->msr->cr4_fixed1),
		GUEST_CR4, "bits that VMX fixes are not so", "26.3.1.1");
	RULE(e, b, !ia32e || (cr0 & CR0_PG), GUEST_CR0,
		"an IA-32e mode guest must have PG", "26.3.1.1");
	RULE(e, b, !ia32e || (cr4 & CR4_PAE), GUEST_CR4,
		"an IA-32e mode guest must have PAE", "26.3.1.1");
	RULE(e, b, ia32e || !(cr4 & CR4_PCIDE), GUEST_CR4,
		"only an IA-32e mode guest may have PCIDE", "26.3.1.1");
	RULE(e, b, !(VMCS_AT(e->v, GUEST_CR3) >> e->msr->phys_bits), GUEST_CR3,
		"lies beyond physical memory", "26.3.1.1");
}

static void
vmx_check_guest_msrs(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t efer = VMCS_AT(e->v, GUEST_EFER);
	bool lma = efer & EFER_LMA, lme = efer & EFER_LME;

	if (vmx_entry_has(e, ENTRY_LOAD_DEBUG)) {
		RULE(e, b, !(VMCS_AT(e->v, GUEST_DEBUGCTL) & ~DEBUGCTL_KNOWN),
			GUEST_DEBUGCTL, "reserved bits are set", "26.3.1.1");
		RULE(e, b, !(VMCS_AT(e->v, GUEST_DR7) & HIGH_HALF), GUEST_DR7,
			"bits 63:32 must be 0", "26.3.1.1");
	}
	RULE(e, b, is_canonical(VMCS_AT(e->v, GUEST_SYSENTER_ESP)),
		GUEST_SYSENTER_ESP, "not canonical", "26.3.1.1");
	RULE(e, b, is_canonical(VMCS_AT(e->v, GUEST_SYSENTER_EIP)),
		GUEST_SYSENTER_EIP, "not canonical", "26.3.1.1");
	if (vmx_entry_has(e, ENTRY_LOAD_PAT))
		RULE(e, b, is_pat(VMCS_AT(e->v, GUEST_PAT)), GUEST_PAT,
			"a byte is no memory type", "26.3.1.1");
	if (!vmx_entry_has(e, ENTRY_LOAD_EFER))
		return;
	RULE(e, b, !(efer & ~EFER_KNOWN), GUEST_EFER, "reserved bits are set",
		"26.3.1.1");
	RULE(e, b, lma == vmx_entry_has(e, ENTRY_GUEST_64), GUEST_EFER,
		"LMA must be 'IA-32e mode guest'", "26.3.1.1");
	RULE(e, b, lma == lme || !(VMCS_AT(e->v, GUEST_CR0) & CR0_PG),
		GUEST_EFER, "with paging LMA and LME must be the same",
		"26.3.1.1");
}

static void
vmx_check_tables(const struct vmx_entry *e, struct vmx_broken *b)
{
	RULE(e, b, is_canonical(VMCS_AT(e->v, GUEST_GDTR_BASE)),
		GUEST_GDTR_BASE, "not canonical", "26.3.1.3");
	RULE(e, b, is_canonical(VMCS_AT(e->v, GUEST_IDTR_BASE)),
		GUEST_IDTR_BASE, "not canonical", "26.3.1.3");
	RULE(e, b, !(VMCS_AT(e->v, GUEST_GDTR_LIMIT) >> 16), GUEST_GDTR_LIMIT,
		"bits 31:16 must be 0", "26.3.1.3");
	RULE(e, b, !(VMCS_AT(e->v, GUEST_IDTR_LIMIT) >> 16), GUEST_IDTR_LIMIT,
		"bits 31:16 must be 0", "26.3.1.3");
}

/* Bits 63:48 must be alike; unlike elsewhere, bit 47 may differ from them. */
static bool
vmx_rip_valid(uint64_t rip)
{
	return rip >> 48 == 0 || rip >> 48 == 0xffff;
}

/* Is an event injected that comes from outside? */
static bool
vmx_injects(const struct vmx_entry *e, uint32_t type)
{
	uint64_t event = VMCS_AT(e->v, ENTRY_EVENT);

	return (event & EVENT_VALID) && (event & EVENT_TYPE) == type;
}

static void
vmx_check_flow(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t rip = VMCS_AT(e->v, GUEST_RIP);
	uint64_t rflags = VMCS_AT(e->v, GUEST_RFLAGS);
	bool ia32e = vmx_entry_has(e, ENTRY_GUEST_64);
	bool code64 = ia32e && (VMCS_AT(e->v, GUEST_CS_RIGHTS) & CS_LONG);

	RULE(e, b, code64 || !(rip & HIGH_HALF), GUEST_RIP,
		"bits 63:32 must be 0 outside 64-bit mode", "26.3.1.4");
	RULE(e, b, !code64 || vmx_rip_valid(rip), GUEST_RIP,
		"bits 63:48 must be alike", "26.3.1.4");
	RULE(e, b, !(rflags & RFLAGS_RESERVED), GUEST_RFLAGS,
		"reserved bits are set", "26.3.1.4");
	RULE(e, b, rflags & RFLAGS_R1, GUEST_RFLAGS, "bit 1 must be 1",
		"26.3.1.4");
	RULE(e, b, !(rflags & RFLAGS_VM) || !ia32e, GUEST_RFLAGS,
		"VM is set for an IA-32e mode guest", "26.3.1.4");
	RULE(e, b, !(rflags & RFLAGS_VM) || (VMCS_AT(e->v, GUEST_CR0) & CR0_PE),
		GUEST_RFLAGS, "VM is set and CR0.PE is not", "26.3.1.4");
	RULE(e, b, !vmx_injects(e, EVENT_TYPE_INTR) || (rflags & RFLAGS_IF),
		GUEST_RFLAGS, "an interrupt is injected, and IF is clear",
		"26.3.1.4");
}

/* May the event be injected into a CPU that is not active? */
static bool
vmx_wakes(uint64_t activity, uint32_t event)
{
	uint32_t type = event & EVENT_TYPE, vector = event & EVENT_VECTOR;
	bool mc = type == EVENT_TYPE_EXCP && vector == VEC_MC;

	if (!(event & EVENT_VALID) || activity == ACTIVE)
		return true;
	if (activity == SHUT_DOWN)
		return type == EVENT_TYPE_NMI || mc;
	return activity == HALTED &&
		(type == EVENT_TYPE_INTR || type == EVENT_TYPE_NMI ||
			type == EVENT_TYPE_OTHER || mc ||
			(type == EVENT_TYPE_EXCP && vector == VEC_DB));
}

static void
vmx_check_activity(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t activity = VMCS_AT(e->v, GUEST_ACTIVITY);
	uint64_t blocked = VMCS_AT(e->v, GUEST_INTERRUPTIBILITY);

	RULE(e, b,
		activity <= WAIT_FOR_SIPI &&
			(activity == ACTIVE ||
				e->msr->misc >> (5 + activity) & 1),
		GUEST_ACTIVITY, "a state that this CPU has not", "26.3.1.5");
	RULE(e, b, activity != HALTED || !DPL(VMCS_AT(e->v, GUEST_SS_RIGHTS)),
		GUEST_ACTIVITY, "halted, and SS.DPL is not 0", "26.3.1.5");
	RULE(e, b,
		activity == ACTIVE ||
			!(blocked & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)),
		GUEST_ACTIVITY, "not active in an interrupt shadow",
		"26.3.1.5");
	RULE(e, b, vmx_wakes(activity, (uint32_t)VMCS_AT(e->v, ENTRY_EVENT)),
		GUEST_ACTIVITY, "the injected event cannot come in this state",
		"26.3.1.5");
}

static void
vmx_check_interruptibility(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t blocked = VMCS_AT(e->v, GUEST_INTERRUPTIBILITY);
	bool sti = blocked & BLOCKED_BY_STI, mov = blocked & BLOCKED_BY_MOV_SS;

	RULE(e, b, !(blocked & ~0xfull), GUEST_INTERRUPTIBILITY,
		"reserved bits are set", "26.3.1.5");
	RULE(e, b, !sti || !mov, GUEST_INTERRUPTIBILITY,
		"blocked by STI and by MOV SS together", "26.3.1.5");
	RULE(e, b, !sti || (VMCS_AT(e->v, GUEST_RFLAGS) & RFLAGS_IF),
		GUEST_INTERRUPTIBILITY, "blocked by STI, and IF is clear",
		"26.3.1.5");
	RULE(e, b, !vmx_injects(e, EVENT_TYPE_INTR) || (!sti && !mov),
		GUEST_INTERRUPTIBILITY,
		"an interrupt is injected while they are blocked", "26.3.1.5");
	/* by STI: "a processor may require", so no VMM should */
	RULE(e, b, !vmx_injects(e, EVENT_TYPE_NMI) || (!sti && !mov),
		GUEST_INTERRUPTIBILITY,
		"an NMI is injected in an interrupt shadow", "26.3.1.5");
	RULE(e, b, !(blocked & BLOCKED_BY_SMI), GUEST_INTERRUPTIBILITY,
		"blocked by SMI outside SMM", "26.3.1.5");
	RULE(e, b,
		!vmx_pin(e, PIN_VIRTUAL_NMIS) ||
			!vmx_injects(e, EVENT_TYPE_NMI) ||
			!(blocked & BLOCKED_BY_NMI),
		GUEST_INTERRUPTIBILITY,
		"an NMI is injected while they are blocked", "26.3.1.5");
}

static void
vmx_check_pending(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t pending = VMCS_AT(e->v, GUEST_PENDING_DEBUG);
	uint64_t link = VMCS_AT(e->v, LINK_POINTER);
	bool shadow = VMCS_AT(e->v, GUEST_INTERRUPTIBILITY) &
		(BLOCKED_BY_STI | BLOCKED_BY_MOV_SS);
	bool step = (VMCS_AT(e->v, GUEST_RFLAGS) & RFLAGS_TF) &&
		!(VMCS_AT(e->v, GUEST_DEBUGCTL) & DEBUGCTL_BTF);

	RULE(e, b, !(pending & ~PENDING_KNOWN), GUEST_PENDING_DEBUG,
		"reserved bits are set", "26.3.1.5");
	if (shadow || VMCS_AT(e->v, GUEST_ACTIVITY) == HALTED)
		RULE(e, b, !(pending & PENDING_BS) == !step,
			GUEST_PENDING_DEBUG,
			"BS must be as TF without BTF in a shadow or halted",
			"26.3.1.5");
	if (link == ~0ull)
		return;
	RULE(e, b, !(link & 0xfff), LINK_POINTER, "not aligned to 4 KiB",
		"26.3.1.5");
	RULE(e, b, vmx_physical(e, link), LINK_POINTER,
		"lies beyond physical memory", "26.3.1.5");
}

/* With EPT they come from the VMCS, without from memory. */
static void
vmx_check_pdptes(const struct vmx_entry *e, struct vmx_broken *b)
{
	const uint64_t *pdpte = &VMCS_AT(e->v, GUEST_PDPTE0);
	bool nested = vmx_proc2(e, PROC2_EPT);

	if (!(VMCS_AT(e->v, GUEST_CR0) & CR0_PG) ||
		!(VMCS_AT(e->v, GUEST_CR4) & CR4_PAE) ||
		vmx_entry_has(e, ENTRY_GUEST_64))
		return;
	if (!nested)
		pdpte = e->pdpte;
	for (unsigned i = 0; pdpte && i < 4; i++)
		vmx_rule(e, b,
			!(pdpte[i] & PDPTE_PRESENT) ||
				(!(pdpte[i] & PDPTE_RESERVED) &&
					!(pdpte[i] >> e->msr->phys_bits)),
			nested ? (enum vmcs_slot)(SLOT_GUEST_PDPTE0 + i)
			       : SLOT_GUEST_CR3,
			nested ? "reserved bits are set"
			       : "leads to a PDPTE with reserved bits set",
			"26.3.1.6");
}

void
vmx_check_guest(const struct vmx_entry *e, struct vmx_broken *b)
{
	vmx_check_control_registers(e, b);
	vmx_check_guest_msrs(e, b);
	vmx_check_segments(e, b);
	vmx_check_tables(e, b);
	vmx_check_flow(e, b);
	vmx_check_activity(e, b);
	vmx_check_interruptibility(e, b);
	vmx_check_pending(e, b);
	vmx_check_pdptes(e, b);
}
