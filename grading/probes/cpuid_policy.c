/* SPDX-License-Identifier: MIT */
/*
 * CPUID shows a machine that this VMM can run: nothing that a guest would
 * then find missing, the hypervisor's leaves, and the same at each look.
 */
/* exits: 20000 */
#include "grading/probes/lib/probe.h"

#define LEAF_HYPERVISOR 0x40000000u
#define ECX_VMX		(1u << 5)
#define ECX_MONITOR	(1u << 3)
#define ECX_X2APIC	(1u << 21)
#define ECX_XSAVE	(3u << 26)
#define ECX_HYPERVISOR	(1u << 31)
#define EDX_APIC	(1u << 9)
#define EDX_NEEDED	0x0100a171u /* FPU TSC MSR PAE CX8 PGE CMOV FXSR */
#define EXT_ECX_SVM	(1u << 2)
#define EXT_EDX_NEEDED	0x20100800u /* SYSCALL NX LM */

static bool
same(struct cpuid_regs a, struct cpuid_regs b)
{
	return a.eax == b.eax && a.ebx == b.ebx && a.ecx == b.ecx &&
		a.edx == b.edx;
}

static bool
is_zero(struct cpuid_regs r)
{
	return !(r.eax | r.ebx | r.ecx | r.edx);
}

static void
check_range(uint32_t first, uint32_t last)
{
	for (uint32_t leaf = first; leaf <= last; leaf++)
		for (uint32_t sub = 0; sub < 4; sub++)
			CHECK(same(
				cpuid_told(leaf, sub), cpuid_told(leaf, sub)));
}

int
main(void)
{
	uint32_t basic = cpuid_told(0, 0).eax;
	uint32_t hyper = cpuid_told(LEAF_HYPERVISOR, 0).eax;
	uint32_t ext = cpuid_told(0x80000000, 0).eax;
	struct cpuid_regs features = cpuid_told(1, 0),
			  more = cpuid_told(0x80000001, 0);

	CHECK(basic >= 7 && basic < 0x40);
	CHECK(hyper >= LEAF_HYPERVISOR + 3 && hyper < LEAF_HYPERVISOR + 0x100);
	CHECK(ext >= 0x80000008 && ext < 0x80000040);
	CHECK_IS(features.ecx & (ECX_VMX | ECX_MONITOR), 0);
	CHECK_IS(features.ecx & (ECX_X2APIC | ECX_XSAVE), 0);
	CHECK_IS(features.ecx & ECX_HYPERVISOR, ECX_HYPERVISOR);
	CHECK_IS(features.edx & EDX_APIC, 0);
	CHECK_IS(features.edx & EDX_NEEDED, EDX_NEEDED);
	CHECK_IS(features.ebx >> 16 & 0xff, 1); /* one CPU */
	CHECK_IS(features.ebx >> 24, 0);	/* whose APIC id is 0 */
	CHECK_IS(more.ecx & EXT_ECX_SVM, 0);
	CHECK_IS(more.edx & EXT_EDX_NEEDED, EXT_EDX_NEEDED);
	CHECK(is_zero(cpuid_told(0x8000000a, 0)));
	CHECK(is_zero(cpuid_told(0xd, 0)) && is_zero(cpuid_told(0xd, 1)));
	CHECK(is_zero(cpuid_told(LEAF_HYPERVISOR + 0x1000, 0)));
	CHECK(is_zero(cpuid_told(0xc0000000, 0)));
	CHECK(is_zero(cpuid_told(0xffffffff, 0xffffffff)));
	CHECK(is_zero(cpuid_told(7, 1)));
	check_range(0, basic + 8);
	check_range(LEAF_HYPERVISOR, hyper + 8);
	check_range(0x80000000, ext + 8);
	return 0;
}
