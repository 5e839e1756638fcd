/* SPDX-License-Identifier: MIT */
/*
 * Nested tables (APM 2, 15.25; SDM 3C, 28.2); nested.h has the idea.
 *
 * They are a view of gmem, and are built as the guest touches its memory: a
 * nested fault maps the page, as large as gmem has it in one piece.  Entries
 * only ever come into being, and absent ones are not cached by the CPU, so a
 * fault needs no flush; only a page that takes the place of smaller ones
 * does.  The guest's rights are the business of its own tables: here
 * everything in RAM is writable and executable, and a ROM is not writable.
 *
 * A fault is either a violation, an access that the entries do not allow, as
 * a rule because there are none yet; or a misconfiguration: an entry that
 * the CPU cannot make sense of (SDM 3C, 28.2.3.1; on AMD, reserved bits).
 * The second is never the guest's doing.  The VM is stopped, and the entry
 * is named.
 */
#include "vmm/mmu/nested.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/lib/list.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/mmu/pagewalk.h"
#include "vmm/vm.h"

#define CPUID_FEATURES	    0x80000001u
#define CPUID_EDX_GIB_PAGES (1u << 26)
#define CPUID_SIZES	    0x80000008u

struct pagefmt_cpu
nested_host_cpu(void)
{
	return (struct pagefmt_cpu){
		.phys_bits = cpuid_query(CPUID_SIZES, 0).eax & 0xff,
		.nx = true, /* the host's EFER.NXE is set */
		.gib_pages = cpuid_query(CPUID_FEATURES, 0).edx &
			CPUID_EDX_GIB_PAGES,
	};
}

struct mmu *
nested_init(struct vm *vm, const struct mmu_engine *ops,
	const struct nested_format *format, const struct pagefmt_cpu *cpu,
	uint64_t root_bits)
{
	struct nested *n = kzalloc(sizeof(*n));

	if (!n)
		return NULL;
	n->mmu.ops = ops;
	n->mmu.vm = vm;
	n->format = format;
	n->cpu = *cpu;
	n->root_bits = root_bits;
	if (pagetable_init(&n->table, format->fmt, format->table) == 0)
		return &n->mmu;
	kfree(n);
	return NULL;
}

void
nested_fini(struct mmu *mmu)
{
	struct nested *n = to_nested(mmu);

	pagetable_fini(&n->table);
	kfree(n);
}

uint64_t
nested_root(struct mmu *mmu, struct vcpu *vcpu)
{
	const struct nested *n = to_nested(mmu);

	(void)vcpu;
	return n->table.root | n->root_bits;
}

uint64_t
nested_entry(const struct nested_format *format, const struct pagefmt_cpu *cpu,
	const struct gmem_page *page, unsigned *level)
{
	const struct pagefmt *fmt = format->fmt;

	*level = 1;
	while (*level <= fmt->levels &&
		1ull << pagefmt_shift(fmt, *level) != page->size)
		++*level;
	if (*level > fmt->levels || (*level == 3 && !cpu->gib_pages))
		*level = 0;
	return page->hpa | format->page | (page->writable ? fmt->write : 0);
}

void
nested_explain(const struct nested *n, uint64_t gpa, char *buf, size_t size)
{
	const struct pagefmt *fmt = n->table.fmt;
	const struct pagewalk_step *step;
	struct pagewalk walk;
	char what[64] = "nothing is wrong with it any more";
	enum pagewalk_end end;

	end = pagewalk(NULL, fmt, &n->cpu, n->table.root, gpa, &walk);
	step = &walk.step[walk.steps - 1];
	if (end == PAGEWALK_WRONG)
		pagefmt_explain(fmt, &n->cpu, step->level, step->entry, what,
			sizeof(what));
	else if (end == PAGEWALK_NOWHERE)
		snprintf(what, sizeof(what), "that is no memory of the host");
	snprintf(buf, size,
		"%s misconfiguration: level %u entry %llx at %llx, on the way "
		"to guest-physical %llx: %s (%s)",
		n->format->name, step->level, (unsigned long long)step->entry,
		(unsigned long long)step->addr, (unsigned long long)gpa, what,
		n->format->source);
}

static enum mmu_outcome
nested_misconfigured(
	const struct nested *n, struct vcpu *vcpu, const struct vmexit *x)
{
	char why[VM_REASON_MAX];

	nested_explain(n, x->fault.gpa, why, sizeof(why));
	vcpu_stop(vcpu, "%s", why);
	return MMU_STOPPED;
}

static void
nested_flush(struct nested *n)
{
	struct vm *vm = n->mmu.vm;

	for (unsigned i = 0; i < vm->n_vcpus; i++)
		vcpu_changed(vm->vcpu[i], VCPU_FLUSH_NESTED);
}

/*
 * The CPU found no nested entry that allows the access of x->fault (its gpa is
 * known); *error is never set, for the guest's own faults do not come here.
 *
 *	ACCESS_RSVD	an entry is malformed: nested_misconfigured()
 *	no memory	MMU_MMIO: no slot of gmem, or a write to ROM
 *	short of it	MMU_NO_MEMORY: for the page, or for a table of ours
 *	else		MMU_FIXED: the page is mapped, as large as gmem_page()
 *			has it in one piece, and as gmem_widen() makes it where
 *			this CPU has pages of 1 GiB (n->cpu.gib_pages)
 *
 * nested_entry() gives level and value of the entry (its level 0 does not occur
 * here: there is one for each size that the page can have by then).
 * pagetable_map() enters it: 0; 1: it took the place of smaller pages, and all
 * vCPUs must forget them (nested_flush()); less: no memory.  It runs in the
 * vCPU's thread.  (APM 2, 15.25.6; SDM 3C, 28.2.3)
 */
enum mmu_outcome
nested_fault(struct mmu *mmu, struct vcpu *vcpu, const struct vmexit *x,
	uint32_t *error)
{
	bool write = x->fault.access & ACCESS_WRITE;
	struct nested *n = to_nested(mmu);
	struct gmem_page page;
	unsigned level;
	uint64_t entry;

	(void)error;
	if (x->fault.access & ACCESS_RSVD)
		return nested_misconfigured(n, vcpu, x);
	switch (gmem_page(&mmu->vm->gmem, x->fault.gpa, write, &page)) {
	case 0:
		break;
	case -ENOMEM:
		return MMU_NO_MEMORY;
	default:
		return MMU_MMIO;
	}
	if (n->cpu.gib_pages)
		gmem_widen(&mmu->vm->gmem, x->fault.gpa, &page);
	entry = nested_entry(n->format, &n->cpu, &page, &level);
	switch (pagetable_map(&n->table, x->fault.gpa, level, entry)) {
	case 0:
		return MMU_FIXED;
	case 1:
		nested_flush(n);
		return MMU_FIXED;
	default:
		return MMU_NO_MEMORY;
	}
}

void
nested_unmap(struct mmu *mmu, uint64_t gpa, uint64_t size)
{
	struct nested *n = to_nested(mmu);

	pagetable_unmap(&n->table, gpa, size);
	nested_flush(n);
}

enum pagewalk_end
nested_walk(
	struct mmu *mmu, struct vcpu *vcpu, uint64_t gpa, struct pagewalk *out)
{
	const struct nested *n = to_nested(mmu);

	(void)vcpu;
	return pagewalk(NULL, n->table.fmt, &n->cpu, n->table.root, gpa, out);
}
