/* SPDX-License-Identifier: MIT */
/* Roots and faults of lab 04, one by one; contracts in parts.h. */
#include "grading/drivers/shadow/parts.h"

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

/* How much a counter has grown. */
static unsigned
more(uint64_t now, uint64_t before)
{
	return (unsigned)(now - before);
}

/* -- Roots ----------------------------------------------------------------- */

/* The place of p among the roots, from 1 on. */
static unsigned
root_place(const struct shadow *s, const struct shadow_page *p)
{
	const struct list *it;
	unsigned n = 0;

	list_for_each (it, &s->roots) {
		n++;
		if (it == &p->lru)
			return n;
	}
	return 0;
}

static unsigned
root_count(const struct shadow *s)
{
	const struct list *it;
	unsigned n = 0;

	list_for_each (it, &s->roots)
		n++;
	return n;
}

/* What a shadow_root() that returned hpa has left; was: before it. */
static void
say_root(const struct shadow *s, unsigned view, uint64_t hpa,
	const struct shadow *was)
{
	const struct shadow_page *p = s->current[view];
	char flags[TEXT_MAX];

	say("  returns %s",
		!hpa ? "0"
			: p && hpa == virt_to_phys(p->entry)
			? "the root's host-physical address"
			: "another number");
	say("  stamp is %s, known +%u, new +%u",
		s->stamp == was->stamp ? "as it was" : "new",
		more(s->stats.root_hits, was->stats.root_hits),
		more(s->stats.root_misses, was->stats.root_misses));
	if (!p) {
		say("  the view has no root");
		return;
	}
	say("  root of %llx: %s format, level %u, %s view, flags %s",
		(unsigned long long)p->gpa, fmt_names[p->role.fmt],
		p->role.level, view_names[p->role.view],
		flags_text(p->role.flags, flags));
	say("  place %u of %u, stamp is %s; guest's addresses have %u bits, "
	    "%s of 1 GiB",
		root_place(s, p), root_count(s),
		p->stamp == s->stamp ? "the last" : "old", s->phys_bits,
		s->gib_pages ? "pages" : "no pages");
}

static void
root_load(struct rig *r)
{
	struct shadow was = r->s;
	const struct gwalk_mode *w = &r->mode.walk;

	say("%s view, CR0 %llx, CR3 %llx, CR4 %llx, EFER %llx, %u bits",
		view_names[r->mode.view], (unsigned long long)w->cr0,
		(unsigned long long)w->cr3, (unsigned long long)w->cr4,
		(unsigned long long)w->efer, w->phys_bits);
	say_root(&r->s, r->mode.view, shadow_root(&r->s, &r->mode), &was);
}

/* Another mode, view and CR3; no table is in memory there. */
static void
root_dice(struct rig *r, struct dice *d)
{
	struct gwalk_mode *w = &r->mode.walk;
	unsigned paging = (unsigned)dice_below(d, 5);

	if (dice_percent(d, 20)) /* the same again */
		return;
	r->mode.view = (uint8_t)(VIEW_KERNEL + dice_below(d, 2));
	r->mode.wide = true;
	w->cr3 = RIG_RAM + dice_below(d, 3) * PAGE_SIZE;
	if (dice_percent(d, 50))
		return;
	w->cr0 = CR0_PE | (paging ? CR0_PG : 0) | (dice_next(d) & CR0_WP);
	w->cr4 = paging > 2 ? CR4_PAE : paging == 2 ? CR4_PSE : 0;
	w->cr4 |= dice_next(d) & (CR4_SMEP | CR4_SMAP);
	w->efer = paging > 3 ? EFER_LME | EFER_LMA : 0;
	w->efer |= dice_next(d) & EFER_NXE;
	w->phys_bits = dice_percent(d, 50) ? 36 : 40;
	w->gib_pages = dice_percent(d, 50);
}

/* One table's memory is all that there is. */
static void
roots_short(struct dice *d)
{
	static struct rig r;

	fake_reset();
	rig_init(&r, SHADOW_KIB_MIN);
	fake_frames_free = 0;
	r.mode.wide = true;
	r.mode.walk.cr0 |= CR0_PG;
	r.mode.walk.cr4 = CR4_PAE;
	say("one table and no memory for more");
	for (unsigned i = 0; i < 8; i++) {
		if (i == 4)
			say("memory again");
		if (i == 4)
			fake_frames_free = 1 << 20;
		r.mode.view = i % 4 < 2 ? VIEW_KERNEL
					: (uint8_t)(1 + dice_below(d, 2));
		if (i == 2)
			r.mode.view = VIEW_USER;
		r.mode.walk.cr3 = RIG_RAM + i % 4 * PAGE_SIZE;
		root_load(&r);
	}
	rig_fini(&r);
}

void
faults_roots(struct dice *d, const void *how)
{
	static struct rig r;

	(void)how;
	roots_short(d);
	say("memory for all");
	fake_reset();
	rig_init(&r, SHADOW_KIB_MIN);
	for (unsigned i = 0; i < 100; i++) {
		root_dice(&r, d);
		root_load(&r);
	}
	rig_fini(&r);
}

/* -- Faults ---------------------------------------------------------------- */

#define BASE   0x400000ull
#define ROM    (RIG_RAM + PAGE_SIZE_2M)
#define MMIO   (ROM + PAGE_SIZE)
#define NOBODY (ROM + PAGE_SIZE_2M) /* in no slot */
#define COLD   0x600000ull	    /* RAM that nothing has touched */

/* What lies behind the pages from BASE on. */
static const struct page {
	uint64_t gpa, flags;
	const char *name;
} pages[] = {
	{ 0x80000, G_PWU, "a page" },
	{ 0x81000, G_P | G_W, "a page of the kernel" },
	{ 0x82000, G_P | G_U | G_NX, "a page that is read" },
	{ 0x83000, 0, "no page" },
	{ RIG_PML4, G_PWU, "a table" },
	{ RIG_PML4, G_P | G_U, "a table that is read" },
	{ ROM, G_PWU, "ROM" },
	{ MMIO, G_PWU, "a device" },
	{ NOBODY, G_PWU, "nobody's address" },
};

#define N_PAGES (sizeof(pages) / sizeof(pages[0]))

static const char *
outcome_text(enum mmu_outcome outcome)
{
	switch (outcome) {
	case MMU_FIXED:
		return "MMU_FIXED";
	case MMU_GUEST_FAULT:
		return "MMU_GUEST_FAULT";
	case MMU_MMIO:
		return "MMU_MMIO";
	case MMU_PT_WRITE:
		return "MMU_PT_WRITE";
	case MMU_NO_MEMORY:
		return "MMU_NO_MEMORY";
	default:
		return "another number";
	}
}

static void
fault_say(struct rig *r, uint64_t gva, uint32_t access)
{
	struct shadow_stats was = r->s.stats, *is = &r->s.stats;
	uint64_t stamp = r->s.stamp;
	uint32_t error = 0;
	enum mmu_outcome outcome =
		shadow_fault(&r->s, &r->mode, gva, access, &error);
	const struct shadow_page *root = r->s.current[r->mode.view];

	say("  outcome %s", outcome_text(outcome));
	if (outcome == MMU_GUEST_FAULT)
		say("  it faults, error %x", error);
	if (outcome == MMU_FIXED)
		say("  the root's stamp is %s",
			root && root->stamp == r->s.stamp && r->s.stamp != stamp
				? "new"
				: "old");
	say("  hidden +%u, guest's own +%u, traced +%u, known +%u, "
	    "new +%u",
		more(is->filled, was.filled),
		more(is->guest_faults, was.guest_faults),
		more(is->traced, was.traced),
		more(is->root_hits, was.root_hits),
		more(is->root_misses, was.root_misses));
}

/* Now and then the view has no root. */
static void
fault_dice(struct rig *r, struct dice *d)
{
	static const uint32_t kinds[] = { 0, ACCESS_WRITE, ACCESS_WRITE,
		ACCESS_EXEC };
	unsigned n = (unsigned)dice_below(d, N_PAGES);
	uint64_t gva = BASE + n * PAGE_SIZE + dice_below(d, 512) * 8;
	uint32_t access = kinds[dice_below(d, 4)];

	if (r->mode.view == VIEW_NATIVE && dice_percent(d, 50))
		access |= ACCESS_USER;
	if (dice_percent(d, 10)) {
		r->s.current[r->mode.view] = NULL;
		say("the view has no root");
	}
	if (!(r->mode.walk.efer & EFER_LMA))
		gva |= dice_below(d, 4) << 32;
	say("%s %s of %llx (%s)", access & ACCESS_USER ? "user" : "kernel",
		access & ACCESS_EXEC		? "fetch"
			: access & ACCESS_WRITE ? "write"
						: "read",
		(unsigned long long)gva, pages[n].name);
	/* as the CPU's error code has it, and the VMM's own bits */
	access |= (uint32_t)dice_next(d) &
		(ACCESS_PRESENT | ACCESS_RSVD | 0xf00 | GWALK_IMPLICIT);
	fault_say(r, gva, access);
}

/* A guest with all slots, and no root. */
static void
faults_init(struct rig *r)
{
	fake_reset();
	rig_init(r, SHADOW_KIB_MIN);
	if (gmem_add(&r->gmem, ROM, PAGE_SIZE, GMEM_ROM) ||
		gmem_add(&r->gmem, MMIO, PAGE_SIZE, GMEM_MMIO))
		panic("no memory for the slots");
	for (unsigned i = 0; i < N_PAGES; i++)
		rig_map(r, RIG_PML4, BASE + i * PAGE_SIZE, pages[i].gpa, 1,
			pages[i].flags);
}

static void
faults_mode(struct rig *r, unsigned view, bool paging, uint64_t cr4)
{
	r->mode.view = (uint8_t)view;
	r->mode.wide = view != VIEW_NATIVE;
	r->mode.walk.cr3 = RIG_PML4;
	r->mode.walk.cr0 = CR0_PE | (paging ? CR0_PG | CR0_WP : 0);
	r->mode.walk.cr4 = CR4_PAE | cr4;
	r->mode.walk.efer = paging ? EFER_LME | EFER_LMA | EFER_NXE : 0;
	r->s.current[view] = NULL; /* what it had is of another mode */
	say("%s view, %s, CR4 %llx", view_names[view],
		paging ? "4-level paging" : "no paging",
		(unsigned long long)r->mode.walk.cr4);
}

/* A page whose memory cannot be made, beside one that is there. */
static void
faults_short(struct rig *r)
{
	uint64_t gva = BASE + 64 * PAGE_SIZE;

	rig_map(r, RIG_PML4, gva, COLD, 1, G_PWU);
	faults_mode(r, VIEW_NATIVE, true, 0);
	say("kernel read of %llx, a page beside it", (unsigned long long)BASE);
	fault_say(r, BASE, 0);
	for (unsigned i = 0; i < 2; i++) {
		fake_frames_free = i ? 1 << 20 : 0;
		say("kernel read of %llx, the host %s memory",
			(unsigned long long)gva, i ? "has" : "is out of");
		fault_say(r, gva, 0);
	}
}

void
faults_judged(struct dice *d, const void *how)
{
	static struct rig r;

	(void)how;
	faults_init(&r);
	for (unsigned round = 0; round < 4; round++) {
		unsigned view = round == 2 ? VIEW_KERNEL : VIEW_NATIVE;

		faults_mode(&r, view, round != 1, round == 2 ? CR4_SMAP : 0);
		for (unsigned i = 0; i < 60; i++)
			fault_dice(&r, d);
	}
	rig_fini(&r);
	faults_init(&r);
	faults_short(&r);
	rig_fini(&r);
}
