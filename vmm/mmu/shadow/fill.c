/* SPDX-License-Identifier: MIT */
/*
 * A fault under shadow paging: whose is it, and what is missing?
 *
 * The guest's own tables are walked as the CPU would walk them, setting
 * accessed and dirty bits.  If they forbid the access it is the guest's own
 * fault.  If they allow it, it is a hidden one: the path down the shadow
 * tables is filled in, and the guest never learns of it.
 *
 * A table that is made new is filled at once with all that is known (the
 * guest's entries that have their accessed bit, and memory that is there): a
 * table that comes back after it had to go costs one fault, not one a page.
 */
#include "vmm/mmu/shadow/leaf.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/x86.h"

/* Entry i of p from what is there; 0 in *value: nothing. */
static struct shadow_page *
entry_known(struct shadow *s, struct shadow_page *p, unsigned i, uint64_t guest,
	uint64_t *value)
{
	struct shadow_page *child;
	struct shadow_want want;

	*value = 0;
	shadow_want(p, i, guest, &want);
	if (want.kind == WANT_PAGE && !gmem_find(s->gmem, want.gpa))
		return NULL;
	if (want.kind == WANT_PAGE && p->role.level <= 2)
		*value = shadow_page_value(s, &want, p->role.level, false);
	if (*value || want.kind == WANT_NOTHING)
		return NULL;
	if (want.kind == WANT_PAGE && p->role.level == 1)
		return NULL;
	if (want.kind == WANT_PAGE)
		shadow_want_split(p, &want);
	child = shadow_page_find(s, want.gpa, &want.role);
	if (child)
		*value = shadow_table_value(p, &want, child);
	return child;
}

/*
 * Tables are nearly empty: are entries i to i + 7 of p and of its guest table
 * all 0?  Only tables with entries of 8 bytes are worth asking.
 */
static bool
entries_empty(const struct shadow_page *p, unsigned i)
{
	return p->guest && p->guest_entries == SHADOW_ENTRIES &&
		p->fmt->entry_bytes == 8 && shadow_words_zero(p->entry + i) &&
		shadow_words_zero((const uint64_t *)p->guest + i);
}

void
shadow_entries_fill(
	struct shadow *s, struct shadow_page *p, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct shadow_page *child;
		uint64_t value, guest;

		if (i % SHADOW_WORDS == 0 && to - i >= SHADOW_WORDS &&
			entries_empty(p, i)) {
			i += SHADOW_WORDS - 1;
			continue;
		}
		guest = shadow_guest_entry(p, i);
		if (p->fmt && !p->entry[i] && (guest & p->must) != p->must)
			continue;
		child = NULL;
		if (!shadow_leaf_value(s, p, guest, &value))
			child = entry_known(s, p, i, guest, &value);
		if (value || p->entry[i])
			shadow_entry_set(s, p, i, value, child);
	}
}

/* A table of small pages over 2 MiB that gmem has in one piece. */
static bool
fill_physical(struct shadow *s, struct shadow_page *p)
{
	uint64_t rights = PAGEFMT_WRITE | PAGEFMT_USER;
	struct gmem_page page;

	if (p->fmt || p->role.level != 1 || !gmem_peek(s->gmem, p->gpa) ||
		gmem_page(s->gmem, p->gpa, false, &page) != 0 ||
		page.size != PAGE_SIZE_2M)
		return false;
	if (!page.writable)
		rights &= ~PAGEFMT_WRITE;
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++) {
		uint64_t at = (uint64_t)i * PAGE_SIZE;

		shadow_entry_set(s, p, i,
			shadow_small_value(
				s, p->gpa + at, page.hpa + at, rights),
			NULL);
	}
	return true;
}

void
shadow_page_fill(struct shadow *s, struct shadow_page *p)
{
	if (!fill_physical(s, p))
		shadow_entries_fill(s, p, 0, SHADOW_ENTRIES);
}

/*
 * Walk the shadow as the CPU does: the entry that maps gva, or 0, and in
 * *rights what all entries on the way have set.
 */
static uint64_t
shadow_lookup(const struct shadow_page *root, uint64_t gva, uint64_t *rights)
{
	const uint64_t *table = root->entry;
	unsigned level = root->role.level;
	uint64_t entry;

	*rights = ~0ull;
	if (root->role.flags & ROLE_NARROW) {
		entry = table[gva >> 30 & 3];
		if (!entry)
			return 0;
		table = phys_to_virt(entry & PAGEFMT_ADDR);
		level--;
	}
	for (;; level--) {
		entry = table[gva >> (3 + 9 * level) & (SHADOW_ENTRIES - 1)];
		if (!entry || level == 1 || (entry & PAGEFMT_LEAF))
			return entry;
		*rights &= entry;
		table = phys_to_virt(entry & PAGEFMT_ADDR);
	}
}

/*
 * Is this a write that everything but tracing allows?  That is the most
 * frequent fault there is, and the shadow itself can tell.
 */
static bool
fault_traced(const struct shadow *s, const struct shadow_mode *mode,
	uint64_t gva, uint32_t access)
{
	uint64_t rights, entry;

	if (!(access & ACCESS_WRITE))
		return false;
	entry = shadow_lookup(s->current[mode->view], gva, &rights);
	if (!(entry & SHADOW_TRACED) || !(rights & PAGEFMT_WRITE))
		return false;
	rights &= entry;
	if (access & ACCESS_USER)
		return rights & PAGEFMT_USER;
	return !(rights & PAGEFMT_USER) || !(mode->walk.cr4 & CR4_SMAP) ||
		mode->view != VIEW_NATIVE;
}

/*
 * One step of the path, whose guest entries allow the access: set entry i of p
 * to what its guest entry, fetched once, wants (shadow_want()).
 *
 *	MMU_FIXED, *next NULL	the page is mapped
 *	MMU_FIXED, *next	entry i points to this table: go on there.  It
 *				is shadow_page_get()'s, made if need be
 *	MMU_MMIO		it wants nothing: a guest table is not in
 *				memory, or the view hides a page that the
 *				guest's tables allow (a fetch of a user page
 *				under SMAP).  Software does the access
 *	MMU_NO_MEMORY		no table, or no page of 4 KiB, to be had
 *
 * A page at level 1 or 2 is mapped, and its memory made, if
 * shadow_page_value() has a value; a larger one, or one that has none, becomes
 * a table of smaller ones (shadow_want_split()).
 */
static enum mmu_outcome
fill_step(struct shadow *s, struct shadow_page *p, unsigned i,
	struct shadow_page **next)
{
	struct shadow_want want;
	uint64_t value = 0;

	*next = NULL;
	shadow_want(p, i, shadow_guest_entry(p, i), &want);
	if (want.kind == WANT_NOTHING)
		return MMU_MMIO; /* software sees what the view hides */
	if (want.kind == WANT_PAGE && p->role.level <= 2)
		value = shadow_page_value(s, &want, p->role.level, true);
	if (value) {
		shadow_entry_set(s, p, i, value, NULL);
		return MMU_FIXED;
	}
	if (p->role.level == 1)
		return MMU_NO_MEMORY;
	if (want.kind == WANT_PAGE)
		shadow_want_split(p, &want);
	*next = shadow_page_get(s, want.gpa, &want.role);
	if (!*next)
		return MMU_NO_MEMORY;
	shadow_entry_set(s, p, i, shadow_table_value(p, &want, *next), *next);
	return MMU_FIXED;
}

/* Make the path to gva's page; the guest allows the access. */
static enum mmu_outcome
fill_path(
	struct shadow *s, struct shadow_page *p, uint64_t gva, uint32_t access)
{
	uint64_t rights = PAGEFMT_WRITE;
	bool changed = false;

	while (p) {
		unsigned i = shadow_index(p, gva);
		uint64_t before = p->entry[i];
		struct shadow_page *next;
		enum mmu_outcome outcome = fill_step(s, p, i, &next);

		if (outcome != MMU_FIXED)
			return outcome;
		changed |= p->entry[i] != before;
		if (!(p->role.flags & ROLE_NARROW))
			rights &= p->entry[i];
		p = next;
	}
	if ((access & ACCESS_WRITE) && !rights) {
		s->stats.traced++;
		return MMU_PT_WRITE;
	}
	/* the CPU faulted by an entry that is not there any more */
	if (!changed)
		s->flush = true;
	s->stats.filled++;
	return MMU_FIXED;
}

/* Walk the guest's tables; MMU_FIXED: they allow it, and *gpa is where. */
static enum mmu_outcome
fault_walk(struct shadow *s, const struct shadow_mode *mode, uint64_t gva,
	uint32_t access, uint32_t *error, uint64_t *gpa)
{
	struct gwalk walk;

	*error = access;
	switch (gwalk(
		s->gmem, &mode->walk, gva, access | GWALK_SET_AD, &walk)) {
	case 0:
		*gpa = walk.gpa;
		return MMU_FIXED;
	case -ENOMEM:
		return MMU_NO_MEMORY;
	case -EFAULT:
		*error = walk.error;
		break;
	default:
		break; /* not canonical: the CPU would not have asked */
	}
	s->stats.guest_faults++;
	return MMU_GUEST_FAULT;
}

/*
 * The contract is in shadow.h.  In this order: the root of the mode's view
 * (shadow_root() if there is none); outside 4-level paging gva has 32 bits; of
 * access ACCESS_WRITE, _USER and _EXEC count.  A write that only tracing
 * forbids (fault_traced()) is MMU_PT_WRITE, and counted (stats.traced).  Then
 * the guest's own tables decide (fault_walk(), which sets A and D bits in
 * them). Where no memory of the guest's is (gmem_find(); a slot without chunks
 * has none), and for a write to what is not GMEM_RAM: MMU_MMIO.  Else it is a
 * hidden fault: stamp the root with a new s->stamp, and fill_path().
 */
enum mmu_outcome
shadow_fault(struct shadow *s, const struct shadow_mode *mode, uint64_t gva,
	uint32_t access, uint32_t *error)
{
	const struct gmem_slot *slot;
	enum mmu_outcome outcome;
	struct shadow_page *root;
	uint64_t gpa;

	if (!s->current[mode->view] && !shadow_root(s, mode))
		return MMU_NO_MEMORY;
	root = s->current[mode->view];
	if (gwalk_format(&mode->walk) != &pagefmt_4level)
		gva &= 0xffffffff;
	access &= ACCESS_WRITE | ACCESS_USER | ACCESS_EXEC;
	if (fault_traced(s, mode, gva, access)) {
		s->stats.traced++;
		return MMU_PT_WRITE;
	}
	outcome = fault_walk(s, mode, gva, access, error, &gpa);
	if (outcome != MMU_FIXED)
		return outcome;
	slot = gmem_find(s->gmem, gpa);
	if (!slot || !slot->chunks ||
		((access & ACCESS_WRITE) && slot->kind != GMEM_RAM))
		return MMU_MMIO;
	s->stamp++;
	root->stamp = s->stamp;
	return fill_path(s, root, gva, access);
}

/*
 * The contract is in shadow.h.  The root for a mode has the role and address of
 * shadow_root_role(), compared as a whole; it is s->current[mode->view] from
 * now on.  If that is it already, nothing else happens.  Else s->phys_bits and
 * s->gib_pages are the mode's, s->stamp is a new one, and shadow_page_get()
 * finds or makes it: it may drop any table that is not current, so the old
 * root is not current meanwhile.  The root goes to the end of s->roots.  It
 * counts as stats.root_hits if no table had to be built (stats.built), else as
 * root_misses.  If there is no memory for it, 0 is returned, the view has no
 * root, and neither count grows.  (SDM 3A, 4.5: CR3)
 */
uint64_t
shadow_root(struct shadow *s, const struct shadow_mode *mode)
{
	uint64_t gpa;
	struct shadow_role role = shadow_root_role(mode, &gpa);
	struct shadow_page **current = &s->current[mode->view];
	uint64_t built = s->stats.built;
	struct shadow_page *p;

	p = *current;
	if (p && p->gpa == gpa && !memcmp(&p->role, &role, sizeof(role)))
		return virt_to_phys(p->entry);
	s->phys_bits = mode->walk.phys_bits;
	s->gib_pages = mode->walk.gib_pages;
	*current = NULL; /* it may go, if memory is that short */
	s->stamp++;
	p = shadow_page_get(s, gpa, &role);
	if (!p)
		return 0;
	*current = p;
	list_remove(&p->lru);
	list_append(&s->roots, &p->lru);
	if (s->stats.built == built)
		s->stats.root_hits++;
	else
		s->stats.root_misses++;
	return virt_to_phys(p->entry);
}
