/* SPDX-License-Identifier: MIT */
/* The checks on the host state (SDM 3C, 26.2.2 to 26.2.4); vmx_check.h. */
#include "vmm/cpu/vmx/vmx_check.h"

#include "vmm/x86.h"

#define EFER_KNOWN (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

static void
vmx_check_host_control(const struct vmx_entry *e, struct vmx_broken *b)
{
	uint64_t cr0 = VMCS_AT(e->v, HOST_CR0), cr4 = VMCS_AT(e->v, HOST_CR4);
	uint64_t efer = VMCS_AT(e->v, HOST_EFER);
	uint64_t lma = vmx_exit_has(e, EXIT_HOST_64) ? EFER_LMA | EFER_LME : 0;

	RULE(e, b, !(e->msr->cr0_fixed0 & ~cr0) && !(cr0 & ~e->msr->cr0_fixed1),
		HOST_CR0, "bits that VMX fixes are not so", "26.2.2");
	RULE(e, b, !(e->msr->cr4_fixed0 & ~cr4) && !(cr4 & ~e->msr->cr4_fixed1),
		HOST_CR4, "bits that VMX fixes are not so", "26.2.2");
	RULE(e, b, vmx_physical(e, VMCS_AT(e->v, HOST_CR3)), HOST_CR3,
		"lies beyond physical memory", "26.2.2");
	RULE(e, b, is_canonical(VMCS_AT(e->v, HOST_SYSENTER_ESP)),
		HOST_SYSENTER_ESP, "not canonical", "26.2.2");
	RULE(e, b, is_canonical(VMCS_AT(e->v, HOST_SYSENTER_EIP)),
		HOST_SYSENTER_EIP, "not canonical", "26.2.2");
	if (vmx_exit_has(e, EXIT_LOAD_PAT))
		RULE(e, b, is_pat(VMCS_AT(e->v, HOST_PAT)), HOST_PAT,
			"a byte is no memory type", "26.2.2");
	if (!vmx_exit_has(e, EXIT_LOAD_EFER))
		return;
	RULE(e, b, !(efer & ~EFER_KNOWN), HOST_EFER, "reserved bits are set",
		"26.2.2");
	RULE(e, b, (efer & (EFER_LMA | EFER_LME)) == lma, HOST_EFER,
		"LMA and LME must both be 'host address-space size'", "26.2.2");
}

static void
vmx_check_host_segments(const struct vmx_entry *e, struct vmx_broken *b)
{
	static const uint8_t selectors[] = { SLOT_HOST_ES_SELECTOR,
		SLOT_HOST_CS_SELECTOR, SLOT_HOST_SS_SELECTOR,
		SLOT_HOST_DS_SELECTOR, SLOT_HOST_FS_SELECTOR,
		SLOT_HOST_GS_SELECTOR, SLOT_HOST_TR_SELECTOR };
	static const uint8_t bases[] = { SLOT_HOST_FS_BASE, SLOT_HOST_GS_BASE,
		SLOT_HOST_GDTR_BASE, SLOT_HOST_IDTR_BASE, SLOT_HOST_TR_BASE };

	for (size_t i = 0; i < sizeof(selectors); i++)
		vmx_rule(e, b, !(e->v->slot[selectors[i]] & 7),
			(enum vmcs_slot)selectors[i], "RPL and TI must be 0",
			"26.2.3");
	RULE(e, b, VMCS_AT(e->v, HOST_CS_SELECTOR), HOST_CS_SELECTOR,
		"must not be null", "26.2.3");
	RULE(e, b, VMCS_AT(e->v, HOST_TR_SELECTOR), HOST_TR_SELECTOR,
		"must not be null", "26.2.3");
	RULE(e, b,
		VMCS_AT(e->v, HOST_SS_SELECTOR) ||
			vmx_exit_has(e, EXIT_HOST_64),
		HOST_SS_SELECTOR, "must not be null", "26.2.3");
	for (size_t i = 0; i < sizeof(bases); i++)
		vmx_rule(e, b, is_canonical(e->v->slot[bases[i]]),
			(enum vmcs_slot)bases[i], "not canonical", "26.2.3");
}

/* This CPU is in long mode, as all that runs this VMM are. */
static void
vmx_check_address_space(const struct vmx_entry *e, struct vmx_broken *b)
{
	RULE(e, b, vmx_exit_has(e, EXIT_HOST_64), EXIT_CONTROLS,
		"'host address-space size' must be 1 in long mode", "26.2.4");
	RULE(e, b, VMCS_AT(e->v, HOST_CR4) & CR4_PAE, HOST_CR4,
		"PAE must be set", "26.2.4");
	RULE(e, b, is_canonical(VMCS_AT(e->v, HOST_RIP)), HOST_RIP,
		"not canonical", "26.2.4");
}

void
vmx_check_host(const struct vmx_entry *e, struct vmx_broken *b)
{
	vmx_check_host_control(e, b);
	vmx_check_host_segments(e, b);
	vmx_check_address_space(e, b);
}
