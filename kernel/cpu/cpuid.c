/* SPDX-License-Identifier: MIT */
/* CPUID, and what it says of the level below; contracts in cpuid.h. */
#include "kernel/cpu/cpuid.h"

#include "kernel/abi/vm.h"
#include "kernel/lib/string.h"

#define TABLE_MAX 64

static struct vm_cpuid answers[TABLE_MAX];
static size_t answer_count; /* 0: ask the CPU */

void
cpuid_set_table(const struct vm_cpuid *table, size_t count)
{
	answer_count = count < TABLE_MAX ? count : TABLE_MAX;
	memcpy(answers, table, answer_count * sizeof(*table));
}

static struct cpuid
cpuid_look_up(uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < answer_count; i++) {
		const struct vm_cpuid *a = &answers[i];

		if (a->leaf == leaf && a->subleaf == subleaf)
			return (struct cpuid){ a->eax, a->ebx, a->ecx, a->edx };
	}
	return (struct cpuid){ 0 };
}

struct cpuid
cpuid_query(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid out;

	if (answer_count)
		return cpuid_look_up(leaf, subleaf);
	__asm__ volatile(
		"cpuid"
		: "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
		: "a"(leaf), "c"(subleaf));
	return out;
}

/*
 * What was asked once: a question to CPUID is an exit in a VM, and the
 * answers do not change.
 */
static uint32_t features[5]; /* in the order of enum cpu_feature */
static unsigned level;
static char level_via[sizeof(struct cpuid) + 1];

static bool
cpu_is_droste_guest(void)
{
	struct cpuid base;

	if (!cpu_has(CPU_HYPERVISOR))
		return false;
	base = cpuid_query(VM_CPUID_BASE, 0);
	return base.eax >= VM_CPUID_MAX &&
		memcmp(&base.ebx, VM_CPUID_SIGNATURE, 12) == 0;
}

static void
cpuid_read_features(void)
{
	uint32_t highest = cpuid_query(0, 0).eax;
	struct cpuid basic = cpuid_query(1, 0);

	features[0] = basic.edx;
	features[1] = basic.ecx;
	if (highest >= 7) {
		struct cpuid extended = cpuid_query(7, 0);

		features[2] = extended.ebx;
		features[3] = extended.ecx;
	}
	if (cpuid_query(0x80000000, 0).eax >= 0x80000001)
		features[4] = cpuid_query(0x80000001, 0).ecx;
}

void
cpuid_init(void)
{
	struct cpuid via;

	cpuid_read_features();
	str_copy(level_via, "bare", sizeof(level_via));
	if (cpu_is_droste_guest()) {
		level = cpuid_query(VM_CPUID_LEVEL, 0).eax;
		via = cpuid_query(VM_CPUID_VIA, 0);
		memcpy(level_via, &via, sizeof(via));
	}
}

bool
cpu_has(enum cpu_feature feature)
{
	return features[feature / 32] >> (feature % 32) & 1;
}

unsigned
cpu_level(char *via, unsigned size)
{
	if (via)
		str_copy(via, level_via, size);
	return level;
}
