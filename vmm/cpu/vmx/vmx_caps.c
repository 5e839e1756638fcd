/* SPDX-License-Identifier: MIT */
/* Controls out of capability MSRs; vmx_caps.h has the contracts. */
#include "vmm/cpu/vmx/vmx_caps.h"

#include "kernel/lib/printf.h"
#include "vmm/cpu/vmx/vmcs.h"

enum vmx_need {
	NEED,	     /* set, and nothing works without */
	NEED_LATER,  /* set and cleared as the guest runs */
	NEED_SHADOW, /* set where the shadow's tables are walked */
	NEED_NESTED, /* set where nested tables are walked */
	WANT	     /* set if it is there */
};

struct vmx_control {
	uint8_t word; /* enum vmx_word */
	uint8_t need; /* enum vmx_need */
	uint32_t bit;
	const char *name; /* the manual's */
};

static const struct vmx_control vmx_controls[] = {
	{ WORD_PIN, NEED, PIN_EXTERNAL_INTERRUPT,
		"external-interrupt exiting" },
	{ WORD_PIN, NEED, PIN_NMI, "NMI exiting" },
	{ WORD_PIN, WANT, PIN_PREEMPTION_TIMER,
		"activate VMX-preemption timer" },
	{ WORD_PROC, NEED_LATER, PROC_INTERRUPT_WINDOW,
		"interrupt-window exiting" },
	{ WORD_PROC, NEED, PROC_TSC_OFFSET, "use TSC offsetting" },
	{ WORD_PROC, NEED, PROC_HLT, "HLT exiting" },
	{ WORD_PROC, NEED_SHADOW, PROC_INVLPG, "INVLPG exiting" },
	{ WORD_PROC, NEED, PROC_MWAIT, "MWAIT exiting" },
	{ WORD_PROC, NEED, PROC_RDPMC, "RDPMC exiting" },
	{ WORD_PROC, NEED_SHADOW, PROC_CR3_LOAD, "CR3-load exiting" },
	{ WORD_PROC, NEED_SHADOW, PROC_CR3_STORE, "CR3-store exiting" },
	{ WORD_PROC, NEED, PROC_TPR_SHADOW, "use TPR shadow" },
	{ WORD_PROC, NEED, PROC_MOV_DR, "MOV-DR exiting" },
	{ WORD_PROC, NEED, PROC_IO_BITMAPS, "use I/O bitmaps" },
	{ WORD_PROC, NEED, PROC_MSR_BITMAPS, "use MSR bitmaps" },
	{ WORD_PROC, NEED, PROC_MONITOR, "MONITOR exiting" },
	{ WORD_PROC, WANT, PROC_SECONDARY, "activate secondary controls" },
	{ WORD_PROC2, NEED_NESTED, PROC2_EPT, "enable EPT" },
	{ WORD_PROC2, NEED_NESTED, PROC2_UNRESTRICTED, "unrestricted guest" },
	{ WORD_PROC2, WANT, PROC2_VPID, "enable VPID" },
	{ WORD_PROC2, WANT, PROC2_WBINVD, "WBINVD exiting" },
	{ WORD_EXIT, NEED, EXIT_HOST_64, "host address-space size" },
	{ WORD_EXIT, NEED, EXIT_LOAD_EFER, "exit: load IA32_EFER" },
	{ WORD_EXIT, WANT, EXIT_LOAD_PAT, "exit: load IA32_PAT" },
	{ WORD_ENTRY, NEED, ENTRY_LOAD_DEBUG, "load debug controls" },
	{ WORD_ENTRY, NEED_LATER, ENTRY_GUEST_64, "IA-32e mode guest" },
	{ WORD_ENTRY, NEED, ENTRY_LOAD_EFER, "entry: load IA32_EFER" },
	{ WORD_ENTRY, WANT, ENTRY_LOAD_PAT, "entry: load IA32_PAT" },
};

#define VMX_CONTROLS (sizeof(vmx_controls) / sizeof(vmx_controls[0]))

static void
vmx_caps_set(struct vmx_caps *caps, const struct vmx_control *c)
{
	if (!vmx_may(&caps->msr, (enum vmx_word)c->word, c->bit))
		return;
	if (c->need != NEED_LATER && c->need != NEED_NESTED)
		caps->shadow[c->word] |= c->bit;
	if (c->need != NEED_LATER && c->need != NEED_SHADOW)
		caps->nested[c->word] |= c->bit;
}

/* VPID without a way to forget one is no use; PAT goes in and out, or not. */
static void
vmx_caps_pairs(struct vmx_caps *caps)
{
	uint64_t flush =
		EPT_VPID_INVVPID | EPT_VPID_INVVPID_ONE | EPT_VPID_INVVPID_ALL;

	caps->vpid = (caps->shadow[WORD_PROC2] & PROC2_VPID) &&
		(caps->msr.ept_vpid & flush) == flush;
	caps->pat = (caps->shadow[WORD_EXIT] & EXIT_LOAD_PAT) &&
		(caps->shadow[WORD_ENTRY] & ENTRY_LOAD_PAT);
	if (!caps->vpid) {
		caps->shadow[WORD_PROC2] &= ~PROC2_VPID;
		caps->nested[WORD_PROC2] &= ~PROC2_VPID;
	}
	if (!caps->pat) {
		caps->shadow[WORD_EXIT] &= ~EXIT_LOAD_PAT;
		caps->nested[WORD_EXIT] &= ~EXIT_LOAD_PAT;
		caps->shadow[WORD_ENTRY] &= ~ENTRY_LOAD_PAT;
		caps->nested[WORD_ENTRY] &= ~ENTRY_LOAD_PAT;
	}
}

bool
vmx_caps_init(struct vmx_caps *caps, const struct vmx_msrs *msr, char *why,
	size_t size)
{
	*caps = (struct vmx_caps){ .msr = *msr };
	for (unsigned i = 0; i < VMX_WORDS; i++)
		caps->shadow[i] = caps->nested[i] = (uint32_t)msr->word[i];
	if (vmx_locked_off(msr->feature_control)) {
		snprintf(why, size,
			"the firmware has locked VMX off "
			"(IA32_FEATURE_CONTROL = 0x%llx)",
			(unsigned long long)msr->feature_control);
		return false;
	}
	for (size_t i = 0; i < VMX_CONTROLS; i++) {
		const struct vmx_control *c = &vmx_controls[i];

		if (c->need != WANT && c->need != NEED_NESTED &&
			!vmx_may(msr, (enum vmx_word)c->word, c->bit)) {
			snprintf(why, size, "this CPU's VMX has no '%s'",
				c->name);
			return false;
		}
		vmx_caps_set(caps, c);
	}
	vmx_caps_pairs(caps);
	return true;
}

uint32_t
vmx_caps_timer(const struct vmx_caps *caps, uint64_t cycles)
{
	uint64_t value = cycles >> (caps->msr.misc & VMX_MISC_TIMER_RATE);

	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* What EPT must be able to do. */
static const struct vmx_need_ept {
	uint64_t bits; /* of VMX_EPT_VPID */
	const char *why;
} vmx_needs_ept[] = {
	{ EPT_VPID_WALK_4, "this CPU's EPT has no 4-level walk (EPT_VPID[6])" },
	{ EPT_VPID_WB,
		"this CPU's EPT cannot lie in write-back memory "
		"(EPT_VPID[14])" },
	{ EPT_VPID_2M, "this CPU's EPT has no 2 MiB pages (EPT_VPID[16])" },
	{ EPT_VPID_INVEPT | EPT_VPID_INVEPT_ONE,
		"this CPU has no INVEPT of one EPT pointer "
		"(EPT_VPID[25,20])" },
};

const char *
vmx_caps_nested(const struct vmx_caps *caps)
{
	const struct vmx_msrs *msr = &caps->msr;
	const size_t count = sizeof(vmx_needs_ept) / sizeof(vmx_needs_ept[0]);

	if (!vmx_may(msr, WORD_PROC2, PROC2_EPT))
		return "this CPU has no EPT (VMX_PROC2[33])";
	if (!vmx_may(msr, WORD_PROC2, PROC2_UNRESTRICTED))
		return "this CPU has no unrestricted guest (VMX_PROC2[39])";
	for (size_t i = 0; i < count; i++) {
		const struct vmx_need_ept *need = &vmx_needs_ept[i];

		if ((msr->ept_vpid & need->bits) != need->bits)
			return need->why;
	}
	return NULL;
}
