/* SPDX-License-Identifier: MIT */
/*
 * Intel's extended page tables (SDM 3C, 28.2) as an MMU engine: nested tables
 * (nested.c) in a format of their own.  What the CPU can do is in an MSR (SDM
 * 3D, A.10), which the vmx engine has read.
 */
#include "vmm/mmu/ept/ept.h"

#include "vmm/cpu/vmx/vmx.h"
#include "vmm/vm.h"

static const struct mmu_engine ept_engine;

static const char *
ept_probe(void)
{
	return vmx_host.refusal ? vmx_host.refusal
				: vmx_caps_nested(&vmx_host.caps);
}

static struct mmu *
ept_init(struct vm *vm)
{
	const uint64_t caps = vmx_host.caps.msr.ept_vpid;
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
