/* SPDX-License-Identifier: MIT */
/* The two-dimensional walk; walk2d.h has the idea and the contract. */
#include "vmm/walk2d.h"

#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/vm.h"

static void
walk2d_add(struct walk2d *w, const struct pagewalk *from, unsigned i,
	const struct walk2d_ref *rest)
{
	struct walk2d_ref *ref = &w->ref[w->refs++];

	*ref = *rest;
	ref->fmt = from->fmt;
	ref->level = from->step[i].level;
	ref->entry = from->step[i].entry;
}

/* Translate gpa by nested tables; false: the walk ends there. */
static bool
walk2d_nested(struct walk2d *w, struct mmu *mmu, struct vcpu *vcpu,
	uint64_t gpa, uint64_t *hpa)
{
	struct pagewalk host;
	enum pagewalk_end end = mmu->ops->walk(mmu, vcpu, gpa, &host);

	for (unsigned i = 0; i < host.steps; i++) {
		const struct walk2d_ref ref = { .gpa = gpa,
			.hpa = host.step[i].addr };

		walk2d_add(w, &host, i, &ref);
	}
	if (host.steps < w->least)
		w->least = host.steps;
	if (host.steps > w->most)
		w->most = host.steps;
	if (end != PAGEWALK_PAGE) {
		w->end = WALK2D_HOST_FAULT;
		return false;
	}
	*hpa = host.addr;
	w->host_page = host.page_size;
	return true;
}

static void
walk2d_add_guest(struct walk2d *w, const struct pagewalk *guest, unsigned i,
	uint64_t hpa)
{
	const struct walk2d_ref ref = {
		.guest = true, .gpa = guest->step[i].addr, .hpa = hpa
	};

	walk2d_add(w, guest, i, &ref);
	w->guest_refs++;
}

/* Both dimensions; guest is the walk through the guest's own tables. */
static void
walk2d_both(struct walk2d *w, const struct pagewalk *guest, struct mmu *mmu,
	struct vcpu *vcpu)
{
	for (unsigned i = 0; i < guest->steps; i++) {
		uint64_t hpa;

		if (!walk2d_nested(w, mmu, vcpu, guest->step[i].addr, &hpa))
			return;
		walk2d_add_guest(w, guest, i, hpa);
	}
	if (w->end == WALK2D_PAGE)
		walk2d_nested(w, mmu, vcpu, w->gpa, &w->hpa);
}

/* The guest's walk, and the shadow's beside it. */
static void
walk2d_beside(struct walk2d *w, const struct pagewalk *guest, struct mmu *mmu,
	struct vcpu *vcpu)
{
	const struct gmem *gmem = &mmu->vm->gmem;
	struct pagewalk shadow;
	enum pagewalk_end end = mmu->ops->walk(mmu, vcpu, w->gva, &shadow);

	for (unsigned i = 0; i < guest->steps; i++) {
		void *host = gmem_peek(gmem, guest->step[i].addr);

		walk2d_add_guest(
			w, guest, i, host ? virt_to_phys(host) : WALK_NOWHERE);
	}
	for (unsigned i = 0; i < shadow.steps; i++) {
		const struct walk2d_ref ref = { .hpa = shadow.step[i].addr };

		walk2d_add(w, &shadow, i, &ref);
	}
	w->least = w->most = shadow.steps;
	if (w->end != WALK2D_PAGE)
		return;
	if (end != PAGEWALK_PAGE) {
		w->end = WALK2D_HOST_FAULT;
		return;
	}
	w->hpa = shadow.addr;
	w->host_page = shadow.page_size;
}

/* Through the guest's own tables, which lie in guest-physical memory. */
static void
walk2d_guest(struct walk2d *w, const struct gwalk_mode *mode, struct mmu *mmu,
	struct pagewalk *guest)
{
	guest->steps = 0;
	if (!w->guest) {
		w->gpa = w->gva;
		w->guest_page = 0;
		return;
	}
	switch (pagewalk(&mmu->vm->gmem, w->guest, &w->guest_cpu, mode->cr3,
		w->gva, guest)) {
	case PAGEWALK_PAGE:
		w->gpa = guest->addr;
		w->guest_page = guest->page_size;
		break;
	case PAGEWALK_NO_MEMORY:
		w->end = WALK2D_NO_MEMORY;
		break;
	default:
		w->end = WALK2D_GUEST_FAULT;
		break;
	}
}

void
walk2d(struct walk2d *w, const struct gwalk_mode *mode, struct mmu *mmu,
	struct vcpu *vcpu, uint64_t gva)
{
	struct pagewalk guest;

	memset(w, 0, sizeof(*w));
	w->gva = gva;
	w->cr3 = mode->cr3;
	w->nested = mmu->ops->nested;
	w->mmu = mmu->ops->name;
	w->guest = gwalk_format(mode);
	w->guest_cpu = gwalk_cpu(mode);
	w->least = PAGEFMT_LEVELS;
	if (w->guest && w->guest->canonical ? !is_canonical(gva) : gva >> 32) {
		w->end = WALK2D_NO_ADDRESS;
		return;
	}
	walk2d_guest(w, mode, mmu, &guest);
	if (w->end == WALK2D_NO_MEMORY)
		return;
	if (w->nested)
		walk2d_both(w, &guest, mmu, vcpu);
	else
		walk2d_beside(w, &guest, mmu, vcpu);
}
