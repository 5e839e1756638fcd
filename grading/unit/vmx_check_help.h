/* SPDX-License-Identifier: MIT */
/* For vmx_check_test.c: VMCSs with which nothing is wrong. */
#ifndef GRADING_UNIT_VMX_CHECK_HELP_H
#define GRADING_UNIT_VMX_CHECK_HELP_H

#include "vmm/cpu/vmx/vmx_check.h"
#include "vmm/mmu/ept/ept.h"
#include "vmm/x86.h"

#include <string.h>

#define ANY(low) ((uint64_t)0xffffffff << 32 | (low))

/* A CPU with 40-bit addresses that lets through most controls. */
static const struct vmx_msrs cpu = {
	.basic = 1,
	.misc = 4u << 16 | 1u << 6 | 1u << 7, /* CR3 targets, HLT, shutdown */
	.ept_vpid = EPT_VPID_WALK_4 | EPT_VPID_WB,
	.word = { [WORD_PIN] = (uint64_t)0xff << 32 | 0x16,
		[WORD_PROC] = (uint64_t)0xfff9fffe << 32 | 0x04006172,
		[WORD_PROC2] = ANY(0),
		[WORD_EXIT] = (uint64_t)0x7fefff << 32 | 0x36dfb,
		[WORD_ENTRY] = (uint64_t)0xffff << 32 | 0x11fb },
	.cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = CR4_VMXE,
	.cr4_fixed1 = 0x3727ff,
	.phys_bits = 40,
};

static struct vmcs_image image;
static uint64_t pdpte[4];

/* Where a row of the table starts from. */
enum base {
	LONG,	/* 64-bit code under EPT, unrestricted */
	PROT,	/* 32-bit code without paging, the same */
	REAL,	/* real mode, the same */
	STRICT, /* 64-bit code without EPT, and so not unrestricted */
	V86,	/* virtual-8086 mode in PAE paging, without EPT */
	EVENT,	/* LONG, with #GP injected */
	SHADOW, /* LONG, with IF set and blocked by STI */
	MAPS,	/* LONG, with all controls that use an address */
	BASES
};

#define SET(name, value) (VMCS_AT(&image, name) = (value))

static void
set_segments(uint16_t code_rights)
{
	for (unsigned i = 0; i < 6; i++) {
		image.slot[SLOT_GUEST_ES_SELECTOR + i] = 16;
		image.slot[SLOT_GUEST_ES_LIMIT + i] = 0xffffffff;
		image.slot[SLOT_GUEST_ES_RIGHTS + i] = 0xc093;
		image.slot[SLOT_GUEST_ES_BASE + i] = 0;
	}
	SET(GUEST_CS_SELECTOR, 8);
	SET(GUEST_CS_RIGHTS, code_rights);
	SET(GUEST_TR_SELECTOR, 24);
	SET(GUEST_TR_LIMIT, 0x67);
	SET(GUEST_TR_RIGHTS, 0x8b);
	SET(GUEST_LDTR_SELECTOR, 32);
	SET(GUEST_LDTR_LIMIT, 0xfff);
	SET(GUEST_LDTR_RIGHTS, 0x82);
}

static void
set_host(void)
{
	SET(HOST_CR0, CR0_PE | CR0_NE | CR0_PG);
	SET(HOST_CR4, CR4_PAE | CR4_VMXE);
	SET(HOST_CR3, 0x1000);
	SET(HOST_EFER, EFER_LME | EFER_LMA);
	SET(HOST_PAT, PAT_RESET);
	SET(HOST_CS_SELECTOR, 8);
	SET(HOST_SS_SELECTOR, 16);
	SET(HOST_TR_SELECTOR, 48);
	SET(HOST_RIP, 0xffffffff80000000);
}

static void
set_long(void)
{
	memset(&image, 0, sizeof(image));
	SET(PIN_CONTROLS, 0x16 | PIN_EXTERNAL_INTERRUPT | PIN_NMI);
	SET(PROC_CONTROLS, 0x04006172 | PROC_SECONDARY);
	SET(PROC2_CONTROLS, PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED);
	SET(EXIT_CONTROLS,
		0x36dfb | EXIT_HOST_64 | EXIT_LOAD_EFER | EXIT_LOAD_PAT);
	SET(ENTRY_CONTROLS,
		0x11fb | ENTRY_LOAD_DEBUG | ENTRY_GUEST_64 | ENTRY_LOAD_EFER |
			ENTRY_LOAD_PAT);
	SET(VPID, 1);
	SET(EPT_POINTER, 0x5000 | EPTP_WALK_4 | EPTP_TYPE_WB);
	SET(LINK_POINTER, ~0ull);
	SET(GUEST_CR0, CR0_PE | CR0_NE | CR0_PG);
	SET(GUEST_CR4, CR4_PAE | CR4_VMXE);
	SET(GUEST_EFER, EFER_LME | EFER_LMA);
	SET(GUEST_PAT, PAT_RESET);
	SET(GUEST_DR7, DR7_FIXED);
	SET(GUEST_RFLAGS, RFLAGS_R1);
	set_segments(0xa09b);
	set_host();
}

static void
set_unpaged(uint64_t cr0)
{
	set_long();
	SET(GUEST_CR0, cr0);
	SET(GUEST_EFER, 0);
	SET(ENTRY_CONTROLS, VMCS_AT(&image, ENTRY_CONTROLS) & ~ENTRY_GUEST_64);
	SET(GUEST_CS_RIGHTS, 0xc09b);
}

static void
set_v86(void)
{
	set_unpaged(CR0_PE | CR0_NE | CR0_PG);
	SET(PROC2_CONTROLS, PROC2_VPID);
	SET(GUEST_RFLAGS, RFLAGS_R1 | RFLAGS_VM);
	for (unsigned i = 0; i < 6; i++) {
		image.slot[SLOT_GUEST_ES_SELECTOR + i] = 0x1000;
		image.slot[SLOT_GUEST_ES_LIMIT + i] = 0xffff;
		image.slot[SLOT_GUEST_ES_RIGHTS + i] = 0xf3;
		image.slot[SLOT_GUEST_ES_BASE + i] = 0x10000;
	}
}

static void
set_maps(void)
{
	set_long();
	SET(PROC_CONTROLS,
		VMCS_AT(&image, PROC_CONTROLS) | PROC_TPR_SHADOW |
			PROC_IO_BITMAPS | PROC_MSR_BITMAPS);
	SET(PROC2_CONTROLS,
		VMCS_AT(&image, PROC2_CONTROLS) | PROC2_APIC_ACCESSES);
	SET(EXIT_MSR_STORE_COUNT, 2);
	SET(EXIT_MSR_LOAD_COUNT, 2);
	SET(ENTRY_MSR_LOAD_COUNT, 2);
}

static void
set_base(enum base base)
{
	memset(pdpte, 0, sizeof(pdpte));
	set_long();
	if (base == PROT)
		set_unpaged(CR0_PE | CR0_NE);
	else if (base == REAL)
		set_unpaged(CR0_NE);
	else if (base == STRICT)
		SET(PROC2_CONTROLS, PROC2_VPID);
	else if (base == V86)
		set_v86();
	else if (base == EVENT)
		SET(ENTRY_EVENT,
			EVENT_VALID | EVENT_TYPE_EXCP | EVENT_HAS_ERROR | 13);
	else if (base == MAPS)
		set_maps();
	if (base != SHADOW)
		return;
	SET(GUEST_RFLAGS, RFLAGS_R1 | RFLAGS_IF);
	SET(GUEST_INTERRUPTIBILITY, BLOCKED_BY_STI);
}

static void
check(struct vmx_broken *b)
{
	const struct vmx_entry e = { .v = &image, .msr = &cpu, .pdpte = pdpte };

	vmx_check(&e, b);
}

#endif
