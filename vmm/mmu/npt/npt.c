/* SPDX-License-Identifier: MIT */
/*
 * AMD's nested paging (APM 2, 15.25): nested tables in the format of 4-level
 * paging.  The walk counts as a user access (15.25.5), so every entry has
 * the user bit.
 */
#include "kernel/cpu/cpuid.h"
#include "vmm/mmu/nested.h"
#include "vmm/vm.h"

#define CPUID_SVM     0x8000000au
#define CPUID_EDX_NPT (1u << 0)

static const struct mmu_engine npt_engine;

static const struct nested_format npt_format = {
	.name = "NPT",
	.source = "APM 2, 15.25.6",
	.fmt = &pagefmt_4level,
	.table = PAGEFMT_PRESENT | PAGEFMT_WRITE | PAGEFMT_USER,
	.page = PAGEFMT_PRESENT | PAGEFMT_USER | PAGEFMT_ACCESSED |
		PAGEFMT_DIRTY,
};

static const char *
npt_probe(void)
{
	if (!(cpuid_query(CPUID_SVM, 0).edx & CPUID_EDX_NPT))
		return "this CPU has no nested paging (CPUID 8000000A.EDX[0])";
	return NULL;
}

static struct mmu *
npt_init(struct vm *vm)
{
	const struct pagefmt_cpu cpu = nested_host_cpu();

	return nested_init(vm, &npt_engine, &npt_format, &cpu, 0);
}

static const struct mmu_engine npt_engine = {
	.name = "npt",
	.nested = true,
	.probe = npt_probe,
	.init = npt_init,
	.fini = nested_fini,
	.root = nested_root,
	.fault = nested_fault,
	.unmap = nested_unmap,
	.walk = nested_walk,
};

MMU_ENGINE(npt_engine);
