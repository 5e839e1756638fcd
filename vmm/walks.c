/* SPDX-License-Identifier: MIT */
/* Remembered walks; walks.h has the idea and the contracts. */
#include "vmm/walks.h"

#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/gwalk.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

struct walk *
walks_find(struct vcpu *vcpu, uint64_t gva, uint32_t access)
{
	struct walk *w = walks_at(&vcpu->walks, vcpu->state.cr3, gva);

	if (w->page != page_round_down(gva) || w->cr3 != vcpu->state.cr3 ||
		!(w->proven >> walk_kind(access, vcpu->regs.rflags) & 1) ||
		!walk_same(w))
		return NULL;
	return w;
}

static void
walk_empty(struct walk *w)
{
	w->page = w->page64 = WALK_NO_PAGE;
	w->proven = 0;
	for (unsigned i = 0; i < WALK_STEPS; i++)
		w->slot[i] = &w->entry[i];
}

void
walks_forget(struct vcpu *vcpu)
{
	struct walks *walks = &vcpu->walks;

	for (unsigned i = 0; i < WALKS; i++)
		walk_empty(&walks->walk[i]);
	walks->code = walks->store = &walks->walk[0];
}

void
walks_set_mode(struct vcpu *vcpu)
{
	const struct vcpu_state *s = &vcpu->state;
	uint64_t mode = (s->cr0 & (CR0_PG | CR0_WP)) |
		(s->cr4 & (CR4_PSE | CR4_PAE | CR4_SMEP | CR4_SMAP)) << 32 |
		(s->efer & (EFER_LMA | EFER_NXE));

	if (mode == vcpu->walks.mode)
		return;
	walks_forget(vcpu);
	vcpu->walks.mode = mode;
}

/*
 * Take over the entries of a walk.  Slots that it did not use point at their
 * own entry, so that the check needs no count.  An entry of 4 bytes is
 * remembered with its neighbour.  False: one has changed since, if only by
 * its accessed bit.
 */
static bool
walk_take_entries(
	struct walk *w, const struct gmem *gmem, const struct gwalk *walk)
{
	for (unsigned i = 0; i < walk->path.steps; i++) {
		const struct pagewalk_step *step = &walk->path.step[i];

		w->slot[i] = gmem_peek(gmem, step->addr & ~7ull);
		if (!w->slot[i])
			return false;
		w->entry[i] = *w->slot[i];
		if (memcmp((const uint8_t *)&w->entry[i] + (step->addr & 7),
			    &step->entry, walk->path.fmt->entry_bytes) != 0)
			return false;
	}
	return true;
}

void
walks_remember(struct vcpu *vcpu, uint64_t gva, uint32_t access,
	const struct gwalk *walk)
{
	const struct gmem *gmem = &vcpu->vm->gmem;
	const struct gmem_slot *slot = gmem_find(gmem, walk->gpa);
	struct walk *w = walks_at(&vcpu->walks, vcpu->state.cr3, gva);
	uint64_t page = page_round_down(gva);
	uint32_t proven = 0;

	if (!slot || slot->kind != GMEM_RAM)
		return;
	if (w->page == page && w->cr3 == vcpu->state.cr3 && walk_same(w))
		proven = w->proven; /* that walk, for another access */
	walk_empty(w);
	if (!walk_take_entries(w, gmem, walk))
		return;
	w->host = gmem_peek(gmem, page_round_down(walk->gpa));
	if (!w->host)
		return;
	w->page = page;
	w->cr3 = vcpu->state.cr3;
	w->gpa = page_round_down(walk->gpa);
	w->proven = proven | 1u << walk_kind(access, vcpu->regs.rflags);
}
