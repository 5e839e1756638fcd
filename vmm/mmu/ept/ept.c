/* SPDX-License-Identifier: MIT */
/*
 * Intel's extended page tables (SDM 3C, 28.2) as an MMU engine: nested tables
 * (nested.c) in a format of their own.  What the CPU can do is in MSRs, of
 * which each is there only if the one before says so (SDM 3D, A.3.3, A.10).
 */
#include "vmm/mmu/ept/ept.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "vmm/vm.h"

#define MSR_VMX_PROC	 0x482u
#define MSR_VMX_PROC2	 0x48bu
#define MSR_VMX_EPT_VPID 0x48cu
#define MAY_PROC2	 (1ull << 63) /* secondary controls */
#define MAY_EPT		 (1ull << 33)

static const struct mmu_engine ept_engine;

static const char *
ept_probe(void)
{
	if (!cpu_has(CPU_VMX))
		return "this CPU has no VMX, and so no EPT (CPUID 1.ECX[5])";
	if (!(rdmsr(MSR_VMX_PROC) & MAY_PROC2) ||
		!(rdmsr(MSR_VMX_PROC2) & MAY_EPT))
		return "this CPU has no EPT (IA32_VMX_PROCBASED_CTLS2[33])";
	return ept_refusal(rdmsr(MSR_VMX_EPT_VPID));
}

static struct mmu *
ept_init(struct vm *vm)
{
	const uint64_t caps = rdmsr(MSR_VMX_EPT_VPID);
	const struct pagefmt_cpu cpu = ept_cpu(nested_host_cpu(), caps);

	return nested_init(
		vm, &ept_engine, &ept_format, &cpu, ept_pointer_bits(caps));
}

static const struct mmu_engine ept_engine = {
	.name = "ept",
	.nested = true,
	.probe = ept_probe,
	.init = ept_init,
	.fini = nested_fini,
	.root = nested_root,
	.fault = nested_fault,
	.unmap = nested_unmap,
	.walk = nested_walk,
};

MMU_ENGINE(ept_engine);
