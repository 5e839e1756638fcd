/* SPDX-License-Identifier: MIT */
/*
 * What CPUID tells a guest, worked out once when the VM is made, so that an
 * exit is a table look-up.
 *
 * The policy is data (cpuid.c): for each register of each leaf the bits that
 * are passed on from the host's CPU, and those that are set in any case.
 * What is not listed is 0: a new feature of a new CPU stays hidden until it
 * is known what it means for a guest.
 */
#ifndef VMM_CPUID_H
#define VMM_CPUID_H

#include "kernel/abi/vm.h"
#include "kernel/cpu/cpuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ranges of leaves, by bits 31:30: basic, hypervisor, extended, none. */
#define CPUID_RANGES	  4
#define CPUID_LEAVES	  16 /* room in each */
#define CPUID_RANGE(leaf) ((leaf) >> 30)
#define CPUID_INDEX(leaf) ((leaf)&0x3fffffff)

#define CPUID_NOTHING 0xc0000000u /* a leaf of zeros */

struct cpuid_policy {
	struct cpuid leaf[CPUID_RANGES][CPUID_LEAVES];
	/* what follows from them for other parts of the VMM */
	uint64_t cr4;  /* bits that the guest may set */
	uint64_t efer; /* bits that the guest may write */
	uint8_t phys_bits;
	bool gib_pages;
};

/*
 * Work the policy out.  query answers for the host's CPU; level is the
 * guest's; via is "engine+mmu"; tsc_khz the frequency of its TSC.  Pure.
 */
void cpuid_policy_init(struct cpuid_policy *policy,
	struct cpuid (*query)(uint32_t leaf, uint32_t subleaf), unsigned level,
	const char *via, uint32_t tsc_khz);

/*
 * The answer for a leaf; zeros for one that is not offered.  Of the leaves
 * that have subleaves only 7.0 is.  Pure.
 */
static inline const struct cpuid *
cpuid_policy_get(
	const struct cpuid_policy *policy, uint32_t leaf, uint32_t subleaf)
{
	if (CPUID_INDEX(leaf) >= CPUID_LEAVES || (leaf == 7 && subleaf != 0))
		leaf = CPUID_NOTHING;
	return &policy->leaf[CPUID_RANGE(leaf)][CPUID_INDEX(leaf)];
}

/*
 * The bits of CR4 that come with the features of leaves 1 and 7.0.  CR4.PCE
 * comes with none: each CPU has it.  Pure.
 */
uint64_t cpuid_cr4_bits(const struct cpuid *leaf1, const struct cpuid *leaf7);

/*
 * The whole policy as a table for a guest whose CPUID does not trap; max
 * entries at most.  Returns how many.  Pure.
 */
size_t cpuid_policy_list(
	const struct cpuid_policy *policy, struct vm_cpuid *list, size_t max);

#define CPUID_LIST_MAX (3 * CPUID_LEAVES)

#endif
