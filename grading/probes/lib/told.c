/* SPDX-License-Identifier: MIT */
/*
 * What the machine says that it is: by CPUID, or, where CPUID cannot be made
 * to trap, by a list that the PVH start info has as a module
 * (kernel/abi/vm.h).  A kernel believes the list.
 */
#include "grading/probes/lib/probe.h"
#include "kernel/abi/vm.h"

/* PVH's start info and its modules (Xen, arch-x86/hvm/start_info.h). */
struct start_info {
	uint32_t magic, version, flags, modules;
	uint64_t module_list, cmdline;
};

struct start_module {
	uint64_t address, size, cmdline, reserved;
};

extern uint32_t probe_start_info; /* entry.S; 0: there is none */

static bool
same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static const struct start_module *
find_list(void)
{
	const struct start_info *info =
		(const struct start_info *)(uint64_t)probe_start_info;
	const struct start_module *module;

	if (!info)
		return NULL;
	module = (const struct start_module *)info->module_list;
	for (uint32_t i = 0; i < info->modules; i++)
		if (module[i].cmdline &&
			same_text((const char *)module[i].cmdline,
				VM_CPUID_MODULE))
			return &module[i];
	return NULL;
}

struct cpuid_regs
cpuid_told(uint32_t leaf, uint32_t subleaf)
{
	const struct start_module *module = find_list();
	const struct vm_cpuid *list;

	if (!module)
		return cpuid(leaf, subleaf);
	list = (const struct vm_cpuid *)module->address;
	for (uint64_t i = 0; i < module->size / sizeof(*list); i++)
		if (list[i].leaf == leaf && list[i].subleaf == subleaf)
			return (struct cpuid_regs){ list[i].eax, list[i].ebx,
				list[i].ecx, list[i].edx };
	return (struct cpuid_regs){ 0, 0, 0, 0 };
}
