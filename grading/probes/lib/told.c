/* SPDX-License-Identifier: MIT */
/*
 * What the machine says that it is: by CPUID, or, where CPUID cannot be made
 * to trap, by a list that the PVH start info has as a module
 * (kernel/abi/vm.h).  A kernel believes the list.
 */
#include "grading/probes/lib/probe.h"
#include "kernel/abi/vm.h"

struct cpuid_regs
cpuid_told(uint32_t leaf, uint32_t subleaf)
{
	size_t size;
	const struct vm_cpuid *list = guest_module(VM_CPUID_MODULE, &size);

	if (!list)
		return cpuid(leaf, subleaf);
	for (size_t i = 0; i < size / sizeof(*list); i++)
		if (list[i].leaf == leaf && list[i].subleaf == subleaf)
			return (struct cpuid_regs){ list[i].eax, list[i].ebx,
				list[i].ecx, list[i].edx };
	return (struct cpuid_regs){ 0, 0, 0, 0 };
}
