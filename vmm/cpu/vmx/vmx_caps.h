/* SPDX-License-Identifier: MIT */
/*
 * What a CPU's VMX can do, and what this VMM makes of it.
 *
 * Each word of controls has an MSR that says which bits may be 1 (its high
 * half) and which must be (its low half; SDM 3D, appendix A.3 to A.5).  One
 * table (vmx_caps.c) says which bits this VMM must have and which it takes if
 * they are there; all others stay as the CPU demands.  Pure: the values of
 * the MSRs come in, the words come out.
 */
#ifndef VMM_CPU_VMX_VMX_CAPS_H
#define VMM_CPU_VMX_VMX_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSR_FEATURE_CONTROL   0x3au
#define FEATURE_CONTROL_LOCK  (1u << 0)
#define FEATURE_CONTROL_VMX   (1u << 2) /* outside SMX */
#define MSR_VMX_BASIC	      0x480u
#define MSR_VMX_PIN	      0x481u
#define MSR_VMX_PROC	      0x482u
#define MSR_VMX_EXIT	      0x483u
#define MSR_VMX_ENTRY	      0x484u
#define MSR_VMX_MISC	      0x485u
#define MSR_VMX_CR0_FIXED0    0x486u
#define MSR_VMX_CR0_FIXED1    0x487u
#define MSR_VMX_CR4_FIXED0    0x488u
#define MSR_VMX_CR4_FIXED1    0x489u
#define MSR_VMX_PROC2	      0x48bu
#define MSR_VMX_EPT_VPID      0x48cu
#define MSR_VMX_TRUE_FROM_PIN 12 /* MSR_VMX_PIN + 12, and so on */

/* VMX_BASIC (A.1) */
#define VMX_BASIC_REVISION   0x7fffffffu
#define VMX_BASIC_SIZE_SHIFT 32		  /* bytes of a VMCS, 13 bits */
#define VMX_BASIC_32BIT	     (1ull << 48) /* addresses have 32 bits */
#define VMX_BASIC_INSOUTS    (1ull << 54) /* exits of INS, OUTS say more */
#define VMX_BASIC_TRUE	     (1ull << 55)

/* VMX_MISC (A.6): the preemption timer counts changes of this bit of the TSC */
#define VMX_MISC_TIMER_RATE 31u

/* VMX_EPT_VPID (A.10) */
#define EPT_VPID_EXEC_ONLY    (1ull << 0)
#define EPT_VPID_WALK_4	      (1ull << 6)
#define EPT_VPID_UC	      (1ull << 8)
#define EPT_VPID_WB	      (1ull << 14)
#define EPT_VPID_2M	      (1ull << 16)
#define EPT_VPID_1G	      (1ull << 17)
#define EPT_VPID_INVEPT	      (1ull << 20)
#define EPT_VPID_AD	      (1ull << 21)
#define EPT_VPID_INVEPT_ONE   (1ull << 25)
#define EPT_VPID_INVEPT_ALL   (1ull << 26)
#define EPT_VPID_INVVPID      (1ull << 32)
#define EPT_VPID_INVVPID_ADDR (1ull << 40)
#define EPT_VPID_INVVPID_ONE  (1ull << 41)
#define EPT_VPID_INVVPID_ALL  (1ull << 42)

/* The words of controls. */
enum vmx_word {
	WORD_PIN,
	WORD_PROC,
	WORD_PROC2,
	WORD_EXIT,
	WORD_ENTRY,
	VMX_WORDS
};

/* What vmx_caps_init() wants to know of a CPU. */
struct vmx_msrs {
	uint64_t feature_control, basic, misc, ept_vpid;
	uint64_t word[VMX_WORDS]; /* the "true" ones, where there are any */
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	uint8_t phys_bits; /* of the CPU, from CPUID 80000008 */
};

struct vmx_caps {
	struct vmx_msrs msr;
	/* the words to run with, without and with nested paging */
	uint32_t shadow[VMX_WORDS], nested[VMX_WORDS];
	bool vpid;
	bool pat; /* VM entry and exit load IA32_PAT */
};

/*
 * Work out *caps.  Returns true; or false when this CPU cannot serve, and
 * why gets one line (size bytes at most) that says what is missing.
 */
bool vmx_caps_init(struct vmx_caps *caps, const struct vmx_msrs *msr, char *why,
	size_t size);

/* What the VMX-preemption timer must hold to count that many TSC cycles. */
uint32_t vmx_caps_timer(const struct vmx_caps *caps, uint64_t cycles);

/*
 * Can it nest paging (EPT, and guests without paging of their own)?  NULL,
 * or one line that says why not.
 */
const char *vmx_caps_nested(const struct vmx_caps *caps);

/* May this bit of a word be 1? */
static inline bool
vmx_may(const struct vmx_msrs *msr, enum vmx_word word, uint32_t bit)
{
	return msr->word[word] >> 32 & bit;
}

/* Has VMXON been locked out by the firmware? */
static inline bool
vmx_locked_off(uint64_t feature_control)
{
	return (feature_control & FEATURE_CONTROL_LOCK) &&
		!(feature_control & FEATURE_CONTROL_VMX);
}

#endif
