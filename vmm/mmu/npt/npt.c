/* SPDX-License-Identifier: MIT */
/*
 * Nested paging (APM 2, 15.25): the CPU walks the guest's own tables, and at
 * each step a second set of tables from guest-physical to host-physical.
 *
 * The second set is a view of gmem, and is built as the guest touches its
 * memory: a nested fault maps the page, or the whole 2 MiB where gmem has
 * them in one piece.  Entries only ever come into being, and absent ones are
 * not cached by the CPU, so a fault needs no flush.  The guest's rights are
 * the business of its own tables: here everything in RAM is writable and
 * executable, and a ROM is not writable.  The walk counts as a user access
 * (15.25.5), so every entry has the user bit.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/lib/list.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/engine.h"
#include "vmm/mmu/pagetable.h"
#include "vmm/vm.h"

#define CPUID_SVM     0x8000000au
#define CPUID_EDX_NPT (1u << 0)

#define NPT_TABLE (PAGEFMT_PRESENT | PAGEFMT_WRITE | PAGEFMT_USER)
#define NPT_PAGE                                                               \
	(PAGEFMT_PRESENT | PAGEFMT_USER | PAGEFMT_ACCESSED | PAGEFMT_DIRTY)

struct npt {
	struct mmu mmu;
	struct pagetable table;
};

#define to_npt(mmu_) container_of(mmu_, struct npt, mmu)

static const struct mmu_engine npt_engine;

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
	struct npt *npt = kzalloc(sizeof(*npt));

	if (!npt)
		return NULL;
	npt->mmu.ops = &npt_engine;
	npt->mmu.vm = vm;
	if (pagetable_init(&npt->table, &pagefmt_4level, NPT_TABLE) == 0)
		return &npt->mmu;
	kfree(npt);
	return NULL;
}

static void
npt_fini(struct mmu *mmu)
{
	struct npt *npt = to_npt(mmu);

	pagetable_fini(&npt->table);
	kfree(npt);
}

static uint64_t
npt_root(struct mmu *mmu, struct vcpu *vcpu)
{
	(void)vcpu;
	return to_npt(mmu)->table.root;
}

static enum mmu_outcome
npt_fault(struct mmu *mmu, struct vcpu *vcpu, const struct vmexit *x,
	uint32_t *error)
{
	bool write = x->fault.access & ACCESS_WRITE;
	struct gmem_page page;
	uint64_t entry = NPT_PAGE;

	(void)vcpu;
	(void)error;
	switch (gmem_page(&mmu->vm->gmem, x->fault.gpa, write, &page)) {
	case 0:
		break;
	case -ENOMEM:
		return MMU_NO_MEMORY;
	default:
		return MMU_MMIO;
	}
	if (page.writable)
		entry |= PAGEFMT_WRITE;
	if (pagetable_map(&to_npt(mmu)->table, x->fault.gpa,
		    page.size == PAGE_SIZE_2M ? 2 : 1, entry | page.hpa))
		return MMU_NO_MEMORY;
	return MMU_FIXED;
}

static void
npt_unmap(struct mmu *mmu, uint64_t gpa, uint64_t size)
{
	pagetable_unmap(&to_npt(mmu)->table, gpa, size);
	for (unsigned i = 0; i < mmu->vm->n_vcpus; i++)
		vcpu_changed(mmu->vm->vcpu[i], VCPU_FLUSH_TLB);
}

static const struct mmu_engine npt_engine = {
	.name = "npt",
	.nested = true,
	.probe = npt_probe,
	.init = npt_init,
	.fini = npt_fini,
	.root = npt_root,
	.fault = npt_fault,
	.unmap = npt_unmap,
};

MMU_ENGINE(npt_engine);
