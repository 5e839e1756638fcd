/* SPDX-License-Identifier: MIT */
/* CPUID, and what it says of the level below; contracts in cpuid.h. */
#include "kernel/cpu/cpuid.h"

#include "kernel/abi/vm.h"
#include "kernel/lib/string.h"

struct cpuid
cpuid_query(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid out;

	__asm__ volatile(
		"cpuid"
		: "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
		: "a"(leaf), "c"(subleaf));
	return out;
}

bool
cpu_has(enum cpu_feature feature)
{
	uint32_t words[5] = { 0 };
	struct cpuid basic = cpuid_query(1, 0);

	words[0] = basic.edx;
	words[1] = basic.ecx;
	if (cpuid_query(0, 0).eax >= 7) {
		struct cpuid extended = cpuid_query(7, 0);

		words[2] = extended.ebx;
		words[3] = extended.ecx;
	}
	if (cpuid_query(0x80000000, 0).eax >= 0x80000001)
		words[4] = cpuid_query(0x80000001, 0).ecx;
	return words[feature / 32] >> (feature % 32) & 1;
}

static bool
cpu_is_droste_guest(void)
{
	struct cpuid base;

	if (!cpu_has(CPU_HYPERVISOR))
		return false;
	base = cpuid_query(VM_CPUID_BASE, 0);
	return base.eax >= VM_CPUID_VIA &&
		memcmp(&base.ebx, VM_CPUID_SIGNATURE, 12) == 0;
}

unsigned
cpu_level(char *via, unsigned size)
{
	struct cpuid name;
	char text[sizeof(name) + 1] = { 0 };

	if (!cpu_is_droste_guest()) {
		str_copy(via, "bare", size);
		return 0;
	}
	name = cpuid_query(VM_CPUID_VIA, 0);
	memcpy(text, &name, sizeof(name));
	str_copy(via, text, size);
	return cpuid_query(VM_CPUID_LEVEL, 0).eax;
}
