/* SPDX-License-Identifier: MIT */
/*
 * No paging: a guest's linear address is its physical address, and one table
 * says where the host has that memory.
 *
 *	guest-virtual = guest-physical ----> gmem
 *
 * This is what a VMM has before shadow paging: enough for a guest that leaves
 * CR0.PG clear (protected mode, SDM 3A, 2.5), whose kernel runs deprivileged
 * and traps.  Everything in RAM may be read, written and executed by ring 3,
 * for without paging only segments protect, and those the CPU engine keeps.
 * A guest that turns paging on is stopped: it needs -m shadow.
 *
 * Entries come into being at the first access, and absent ones are not cached
 * by the CPU, so a fault needs no flush.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/engine.h"
#include "vmm/mmu/pagetable.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define FLAT_TABLE (PAGEFMT_PRESENT | PAGEFMT_WRITE | PAGEFMT_USER)
#define FLAT_PAGE                                                              \
	(PAGEFMT_PRESENT | PAGEFMT_USER | PAGEFMT_ACCESSED | PAGEFMT_DIRTY)
#define FLAT_END (1ull << 32) /* linear addresses have 32 bits */

struct flat {
	struct mmu mmu;
	struct pagetable table;
	unsigned reserved; /* index of the CPU engine's own entry in the root */
};

#define to_flat(mmu_) container_of(mmu_, struct flat, mmu)

static const struct mmu_engine flat_engine;

static struct mmu *
flat_init(struct vm *vm)
{
	struct flat *flat = kzalloc(sizeof(*flat));

	if (!flat)
		return NULL;
	flat->mmu.ops = &flat_engine;
	flat->mmu.vm = vm;
	if (pagetable_init(&flat->table, &pagefmt_4level, FLAT_TABLE) == 0)
		return &flat->mmu;
	kfree(flat);
	return NULL;
}

/*
 * Give the root an entry that is not the table's own, or take it away (0).
 * Index 0 is that of all that a guest without paging can reach.
 */
static void
flat_reserve(struct mmu *mmu, unsigned index, uint64_t entry)
{
	struct flat *flat = to_flat(mmu);
	uint64_t *root = phys_to_virt(flat->table.root);

	if (flat->reserved)
		root[flat->reserved] = 0;
	flat->reserved = index;
	if (index)
		root[index] = entry;
}

static void
flat_fini(struct mmu *mmu)
{
	struct flat *flat = to_flat(mmu);

	flat_reserve(mmu, 0, 0); /* what it points to is not ours to free */
	pagetable_fini(&flat->table);
	kfree(flat);
}

static uint64_t
flat_root(struct mmu *mmu, struct vcpu *vcpu)
{
	(void)vcpu;
	return to_flat(mmu)->table.root;
}

static enum mmu_outcome
flat_set_cr3(struct mmu *mmu, struct vcpu *vcpu)
{
	(void)mmu;
	if (vcpu->state.cr0 & CR0_PG)
		vcpu_stop(vcpu,
			"the guest turns paging on at 0x%llx, and the flat MMU "
			"engine has none: run it with the shadow MMU engine",
			(unsigned long long)vcpu->regs.rip);
	return MMU_FIXED;
}

static enum mmu_outcome
flat_fault(struct mmu *mmu, struct vcpu *vcpu, const struct vmexit *x,
	uint32_t *error)
{
	uint64_t gpa = x->fault.gva & (FLAT_END - 1);
	struct gmem_page page;
	uint64_t entry = FLAT_PAGE;

	(void)vcpu;
	(void)error;
	switch (gmem_page(
		&mmu->vm->gmem, gpa, x->fault.access & ACCESS_WRITE, &page)) {
	case 0:
		break;
	case -ENOMEM:
		return MMU_NO_MEMORY;
	default:
		return MMU_MMIO;
	}
	if (page.writable)
		entry |= PAGEFMT_WRITE;
	if (pagetable_map(&to_flat(mmu)->table, gpa,
		    page.size == PAGE_SIZE_2M ? 2 : 1, entry | page.hpa) < 0)
		return MMU_NO_MEMORY;
	return MMU_FIXED;
}

static void
flat_unmap(struct mmu *mmu, uint64_t gpa, uint64_t size)
{
	if (gpa >= FLAT_END)
		return;
	if (size > FLAT_END - gpa)
		size = FLAT_END - gpa;
	pagetable_unmap(&to_flat(mmu)->table, gpa, size);
	for (unsigned i = 0; i < mmu->vm->n_vcpus; i++)
		vcpu_changed(mmu->vm->vcpu[i], VCPU_FLUSH_TLB);
}

static enum pagewalk_end
flat_walk(
	struct mmu *mmu, struct vcpu *vcpu, uint64_t gva, struct pagewalk *out)
{
	const struct pagefmt_cpu cpu = { .phys_bits = 52, .nx = true };

	(void)vcpu;
	return pagewalk(NULL, &pagefmt_4level, &cpu, to_flat(mmu)->table.root,
		gva, out);
}

static const struct mmu_engine flat_engine = {
	.name = "flat",
	.init = flat_init,
	.fini = flat_fini,
	.root = flat_root,
	.set_cr3 = flat_set_cr3,
	.fault = flat_fault,
	.reserve = flat_reserve,
	.unmap = flat_unmap,
	.walk = flat_walk,
};

MMU_ENGINE(flat_engine);
