/* SPDX-License-Identifier: MIT */
/*
 * The CPUID policy (APM 3, appendix E; SDM 2A, CPUID).
 *
 * Hidden because a guest does not have them: SVM and VMX, the local APIC and
 * x2APIC (the machine has a PIC and a PIT), XSAVE and all that needs it (the
 * host's threads keep FXSAVE state alone), MONITOR, PCID and INVPCID, MTRRs,
 * machine checks, performance counters, RDTSCP.
 */
#include "vmm/cpuid.h"

#include "kernel/abi/vm.h"
#include "kernel/lib/string.h"
#include "vmm/x86.h"

/* Leaf 1, EDX; the low half of 80000001, EDX has the same bits on AMD. */
#define F1D_COMMON                                                             \
	(1u << 0 /* FPU */ | 1u << 1 /* VME */ | 1u << 2 /* DE */ |            \
		1u << 3 /* PSE */ | 1u << 4 /* TSC */ | 1u << 5 /* MSR */ |    \
		1u << 6 /* PAE */ | 1u << 8 /* CX8 */ | 1u << 13 /* PGE */ |   \
		1u << 15 /* CMOV */ | 1u << 16 /* PAT */ |                     \
		1u << 17 /* PSE36 */ | 1u << 23 /* MMX */ |                    \
		1u << 24 /* FXSR */)
#define F1D                                                                    \
	(F1D_COMMON | 1u << 11 /* SEP */ | 1u << 19 /* CLFSH */ |              \
		1u << 25 /* SSE */ | 1u << 26 /* SSE2 */)
#define F1C                                                                    \
	(1u << 0 /* SSE3 */ | 1u << 1 /* PCLMUL */ | 1u << 9 /* SSSE3 */ |     \
		1u << 13 /* CX16 */ | 1u << 19 /* SSE4.1 */ |                  \
		1u << 20 /* SSE4.2 */ | 1u << 22 /* MOVBE */ |                 \
		1u << 23 /* POPCNT */ | 1u << 25 /* AES */ |                   \
		1u << 30 /* RDRAND */)
#define F1C_HYPERVISOR (1u << 31)
#define F1B_CLFLUSH    0xff00u
#define F1B_ONE_CPU    0x10000u
#define F7B                                                                    \
	(1u << 0 /* FSGSBASE */ | 1u << 3 /* BMI1 */ | 1u << 7 /* SMEP */ |    \
		1u << 8 /* BMI2 */ | 1u << 9 /* ERMS */ |                      \
		1u << 18 /* RDSEED */ | 1u << 19 /* ADX */ |                   \
		1u << 20 /* SMAP */ | 1u << 23 /* CLFLUSHOPT */ |              \
		1u << 29 /* SHA */)
#define F7C (1u << 2 /* UMIP */)
#define FXC                                                                    \
	(1u << 0 /* LAHF */ | 1u << 5 /* ABM */ | 1u << 6 /* SSE4A */ |        \
		1u << 7 /* MISALIGNSSE */ | 1u << 8 /* PREFETCHW */)
#define FXD                                                                    \
	(F1D_COMMON | 1u << 11 /* SYSCALL */ | 1u << 20 /* NX */ |             \
		1u << 22 /* MMXEXT */ | 1u << 26 /* 1 GiB pages */ |           \
		1u << 29 /* LM */ | 1u << 30 /* 3DNOWEXT */ |                  \
		1u << 31 /* 3DNOW */)
#define FXD_GIB_PAGES (1u << 26)
#define FXD_NX	      (1u << 20)
#define FXD_SYSCALL   (1u << 11)
#define FXD_LM	      (1u << 29)
#define ALL	      0xffffffffu

#define CPUID_BASIC_MAX 7u
#define CPUID_EXT_MAX	0x80000008u

struct cpuid_rule {
	uint32_t leaf;
	struct cpuid pass; /* bits of the host's answer */
	struct cpuid set;  /* bits that are set in any case */
};

static const struct cpuid_rule cpuid_rules[] = {
	{ .leaf = 0, .pass = { 0, ALL, ALL, ALL } },
	{ .leaf = 1,
		.pass = { ALL, F1B_CLFLUSH, F1C, F1D },
		.set = { .ebx = F1B_ONE_CPU, .ecx = F1C_HYPERVISOR } },
	{ .leaf = 7, .pass = { .ebx = F7B, .ecx = F7C } },
	{ .leaf = 0x80000000, .pass = { 0, ALL, ALL, ALL } },
	{ .leaf = 0x80000001, .pass = { ALL, 0, FXC, FXD } },
	{ .leaf = 0x80000002, .pass = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000003, .pass = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000004, .pass = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000005, .pass = { ALL, ALL, ALL, ALL } }, /* caches */
	{ .leaf = 0x80000006, .pass = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000007, .pass = { .edx = 1u << 8 } }, /* steady TSC */
	{ .leaf = 0x80000008, .pass = { .eax = 0xffff } },  /* widths */
};

/* A bit of CR4 that a feature brings with it. */
struct cpuid_cr4 {
	uint32_t leaf;
	uint32_t ebx, ecx, edx; /* the feature; one of them */
	uint64_t cr4;
};

static const struct cpuid_cr4 cpuid_cr4[] = {
	{ .leaf = 1, .edx = 1u << 1, .cr4 = CR4_VME | CR4_PVI },
	{ .leaf = 1, .edx = 1u << 4, .cr4 = CR4_TSD },
	{ .leaf = 1, .edx = 1u << 2, .cr4 = CR4_DE },
	{ .leaf = 1, .edx = 1u << 3, .cr4 = CR4_PSE },
	{ .leaf = 1, .edx = 1u << 6, .cr4 = CR4_PAE },
	{ .leaf = 1, .edx = 1u << 7, .cr4 = CR4_MCE },
	{ .leaf = 1, .edx = 1u << 13, .cr4 = CR4_PGE },
	{ .leaf = 1, .edx = 1u << 24, .cr4 = CR4_OSFXSR },
	{ .leaf = 1, .edx = 1u << 25, .cr4 = CR4_OSXMMEXCPT },
	{ .leaf = 1, .ecx = 1u << 17, .cr4 = CR4_PCIDE },
	{ .leaf = 1, .ecx = 1u << 26, .cr4 = CR4_OSXSAVE },
	{ .leaf = 7, .ecx = 1u << 2, .cr4 = CR4_UMIP },
	{ .leaf = 7, .ecx = 1u << 3, .cr4 = CR4_PKE },
	{ .leaf = 7, .ecx = 1u << 7, .cr4 = CR4_CET },
	{ .leaf = 7, .ecx = 1u << 16, .cr4 = CR4_LA57 },
	{ .leaf = 7, .ecx = 1u << 31, .cr4 = CR4_PKS },
	{ .leaf = 7, .ebx = 1u << 0, .cr4 = CR4_FSGSBASE },
	{ .leaf = 7, .ebx = 1u << 7, .cr4 = CR4_SMEP },
	{ .leaf = 7, .ebx = 1u << 20, .cr4 = CR4_SMAP },
};

static struct cpuid *
cpuid_leaf(struct cpuid_policy *policy, uint32_t leaf)
{
	return &policy->leaf[CPUID_RANGE(leaf)][CPUID_INDEX(leaf)];
}

static void
cpuid_init_hyper(struct cpuid_policy *policy, unsigned level, const char *via,
	uint32_t tsc_khz)
{
	struct cpuid *hyper = cpuid_leaf(policy, VM_CPUID_BASE);
	char name[sizeof(struct cpuid)] = { 0 };
	size_t n = strlen(via);

	hyper[0].eax = VM_CPUID_MAX;
	memcpy(&hyper[0].ebx, VM_CPUID_SIGNATURE, 4);
	memcpy(&hyper[0].ecx, &VM_CPUID_SIGNATURE[4], 4);
	memcpy(&hyper[0].edx, &VM_CPUID_SIGNATURE[8], 4);
	hyper[VM_CPUID_LEVEL - VM_CPUID_BASE].eax = level;
	memcpy(name, via, n < sizeof(name) ? n : sizeof(name));
	memcpy(&hyper[VM_CPUID_VIA - VM_CPUID_BASE], name, sizeof(name));
	hyper[VM_CPUID_TSC - VM_CPUID_BASE].eax = tsc_khz;
}

uint64_t
cpuid_cr4_bits(const struct cpuid *leaf1, const struct cpuid *leaf7)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof(cpuid_cr4) / sizeof(cpuid_cr4[0]); i++) {
		const struct cpuid_cr4 *rule = &cpuid_cr4[i];
		const struct cpuid *leaf = rule->leaf == 1 ? leaf1 : leaf7;

		if ((leaf->ebx & rule->ebx) | (leaf->ecx & rule->ecx) |
			(leaf->edx & rule->edx))
			bits |= rule->cr4;
	}
	return bits;
}

static void
cpuid_derive(struct cpuid_policy *policy)
{
	const struct cpuid *features = cpuid_leaf(policy, 0x80000001);

	policy->cr4 =
		cpuid_cr4_bits(cpuid_leaf(policy, 1), cpuid_leaf(policy, 7));
	if (features->edx & FXD_SYSCALL)
		policy->efer |= EFER_SCE;
	if (features->edx & FXD_LM)
		policy->efer |= EFER_LME;
	if (features->edx & FXD_NX)
		policy->efer |= EFER_NXE;
	policy->gib_pages = features->edx & FXD_GIB_PAGES;
	policy->phys_bits = cpuid_leaf(policy, 0x80000008)->eax & 0xff;
	if (policy->phys_bits < 32 || policy->phys_bits > 52)
		policy->phys_bits = 36;
}

void
cpuid_policy_init(struct cpuid_policy *policy,
	struct cpuid (*query)(uint32_t leaf, uint32_t subleaf), unsigned level,
	const char *via, uint32_t tsc_khz)
{
	uint32_t basic = query(0, 0).eax, ext = query(0x80000000, 0).eax;

	memset(policy, 0, sizeof(*policy));
	for (size_t i = 0; i < sizeof(cpuid_rules) / sizeof(cpuid_rules[0]);
		i++) {
		const struct cpuid_rule *rule = &cpuid_rules[i];
		struct cpuid *to = cpuid_leaf(policy, rule->leaf);
		struct cpuid host = { 0 };

		if (rule->leaf <= (rule->leaf >> 31 ? ext : basic))
			host = query(rule->leaf, 0);
		to->eax = (host.eax & rule->pass.eax) | rule->set.eax;
		to->ebx = (host.ebx & rule->pass.ebx) | rule->set.ebx;
		to->ecx = (host.ecx & rule->pass.ecx) | rule->set.ecx;
		to->edx = (host.edx & rule->pass.edx) | rule->set.edx;
	}
	cpuid_leaf(policy, 0)->eax = CPUID_BASIC_MAX;
	cpuid_leaf(policy, 0x80000000)->eax = CPUID_EXT_MAX;
	cpuid_init_hyper(policy, level, via, tsc_khz);
	cpuid_derive(policy);
}

size_t
cpuid_policy_list(
	const struct cpuid_policy *policy, struct vm_cpuid *list, size_t max)
{
	static const uint32_t ranges[] = { 0, VM_CPUID_BASE, 0x80000000 };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint32_t last = cpuid_policy_get(policy, ranges[i], 0)->eax;

		for (uint32_t leaf = ranges[i]; leaf <= last && n < max;
			leaf++) {
			const struct cpuid *a =
				cpuid_policy_get(policy, leaf, 0);

			list[n++] = (struct vm_cpuid){ leaf, 0, a->eax, a->ebx,
				a->ecx, a->edx };
		}
	}
	return n;
}
