/* SPDX-License-Identifier: MIT */
/*
 * What AMD's nested paging and Intel's extended page tables have in common,
 * which is all but the bits of an entry: the CPU walks the guest's own
 * tables, and for each address in that walk a second set of tables from
 * guest-physical to host-physical.  An MMU engine is a probe and a
 * description of its entries; nested.c does the rest.
 */
#ifndef VMM_MMU_NESTED_H
#define VMM_MMU_NESTED_H

#include "vmm/engine.h"
#include "vmm/mmu/pagetable.h"

#include <stdint.h>

struct gmem_page;

/* One kind of nested tables. */
struct nested_format {
	const char *name;   /* "EPT" */
	const char *source; /* manual and section of what entries may hold */
	const struct pagefmt *fmt;
	uint64_t table; /* the bits of a pointer to a table */
	uint64_t page;	/* the bits of a page, beside fmt->write */
};

struct nested {
	struct mmu mmu;
	const struct nested_format *format;
	struct pagefmt_cpu cpu;
	uint64_t root_bits; /* that the CPU wants beside the root's address */
	struct pagetable table;
};

#define to_nested(mmu_) container_of(mmu_, struct nested, mmu)

/* What this CPU's own paging can do, and so AMD's nested paging. */
struct pagefmt_cpu nested_host_cpu(void);

/*
 * Make a VM's instance for an engine; cpu says what the CPU can do.  NULL
 * when memory is short.
 */
struct mmu *nested_init(struct vm *vm, const struct mmu_engine *ops,
	const struct nested_format *format, const struct pagefmt_cpu *cpu,
	uint64_t root_bits);

/* Hooks of struct mmu_engine. */
void nested_fini(struct mmu *mmu);
uint64_t nested_root(struct mmu *mmu, struct vcpu *vcpu);
enum mmu_outcome nested_fault(struct mmu *mmu, struct vcpu *vcpu,
	const struct vmexit *x, uint32_t *error);
enum pagewalk_end nested_walk(
	struct mmu *mmu, struct vcpu *vcpu, uint64_t gpa, struct pagewalk *out);
void nested_unmap(struct mmu *mmu, uint64_t gpa, uint64_t size);

/*
 * The level and the value of the entry that maps a page of gmem; level 0:
 * no page of this size is in the format, or on this CPU.  Pure.
 */
uint64_t nested_entry(const struct nested_format *format,
	const struct pagefmt_cpu *cpu, const struct gmem_page *page,
	unsigned *level);

/*
 * The CPU calls an entry on its way to gpa malformed: one line that names
 * the entry, its value and what is wrong.  Pure.
 */
void nested_explain(
	const struct nested *n, uint64_t gpa, char *buf, size_t size);

#endif
