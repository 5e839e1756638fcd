/* SPDX-License-Identifier: MIT */
/*
 * The only file that writes shadow entries.
 *
 * Every present entry is in exactly one list: one that points to a table, in
 * the list of that table's parents; one that maps a page, in a list of the
 * reverse map, found by the page's host address.  So whoever must change all
 * entries to a table or to a frame finds them without a search, and an entry
 * that changes cannot leave a trace of what it was.  That is the invariant:
 *
 *	entry[i] != 0	<=>   link[i] is in the list of entry[i]'s target
 *
 * An entry's list depends on its address and kind alone, so rights change in
 * place.  Links are numbers, in rings with a head:
 *
 *	page * 512 + i			entry i of a table
 *	n_pages * 512 + page		head: who points to this table
 *	n_pages * 513 + bucket		head: who maps these frames
 *
 * They are made together with the table, so to link never allocates and never
 * fails.  The vCPU does not run meanwhile, so no order of writes matters; the
 * CPU's TLB is the caller's to flush (shadow.flush), for only the caller
 * knows whether the guest may go on using what it had.
 */
#include "vmm/mmu/shadow/shadow.h"

#include "kernel/mem/pmm.h"

static uint32_t
page_head(const struct shadow *s, const struct shadow_page *p)
{
	return (uint32_t)(s->n_pages * SHADOW_ENTRIES + (size_t)(p - s->page));
}

/* The reverse map's list for a page of this level at hpa. */
static uint32_t
frame_head(const struct shadow *s, uint64_t hpa, unsigned level)
{
	uint64_t hash =
		(hpa >> 12 | (uint64_t)level << 52) * 0x9e3779b97f4a7c15ull;

	return (uint32_t)(s->n_pages * (SHADOW_ENTRIES + 1) +
		(hash >> (64 - s->map_bits)));
}

static inline struct shadow_link *
head_at(const struct shadow *s, uint32_t head)
{
	return &s->head[head - s->n_pages * SHADOW_ENTRIES];
}

static inline struct shadow_link *
link_at(const struct shadow *s, uint32_t id)
{
	size_t entries = s->n_pages * SHADOW_ENTRIES;

	if (id >= entries)
		return &s->head[id - entries];
	return &s->page[id / SHADOW_ENTRIES].link[id % SHADOW_ENTRIES];
}

/* link is that of id, first the head's. */
static inline void
link_insert(struct shadow *s, uint32_t head, struct shadow_link *first,
	uint32_t id, struct shadow_link *link)
{
	link->next = first->next;
	link->prev = head;
	link_at(s, first->next)->prev = id;
	first->next = id;
}

/* The table that head is the list of parents of; NULL: of another kind. */
static struct shadow_page *
head_page(const struct shadow *s, uint32_t head)
{
	size_t index = head - s->n_pages * SHADOW_ENTRIES;

	return index < s->n_pages ? &s->page[index] : NULL;
}

static inline void
link_remove(struct shadow *s, const struct shadow_link *link)
{
	struct shadow_page *child;

	link_at(s, link->prev)->next = link->next;
	link_at(s, link->next)->prev = link->prev;
	if (link->next != link->prev ||
		link->next < s->n_pages * SHADOW_ENTRIES)
		return;
	child = head_page(s, link->next); /* the list is empty now */
	if (child) {
		child->linked = false;
		list_remove(&child->lru);
		list_append(&s->idle, &child->lru);
	}
}

void
shadow_links_init(struct shadow *s)
{
	size_t entries = s->n_pages * SHADOW_ENTRIES;
	size_t heads = s->n_pages + (1ul << s->map_bits);

	for (size_t i = 0; i < heads; i++)
		s->head[i].next = s->head[i].prev = (uint32_t)(entries + i);
}

/*
 * Set entry i of p (0 to 511) to value; 0: nothing.  child: the table that it
 * points to; NULL: it maps a page of p's level.  The invariant at the top of
 * this file holds again afterwards: link[i] is in the list of the new target,
 * page_head() or frame_head(), and in no other; where the target is the same
 * (address and PAGEFMT_LEAF), nothing need move.  A child whose first entry
 * this is counts as linked, and goes from its list to the end of s->used.  The
 * CPU engine's own entry (shadow_entry_reserved()) is left alone.  Cannot
 * fail, does not allocate; the TLB is the caller's business.
 */
void
shadow_entry_set(struct shadow *s, struct shadow_page *p, unsigned i,
	uint64_t value, struct shadow_page *child)
{
	uint32_t id, head;
	uint64_t old = p->entry[i];

	if (shadow_entry_reserved(s, p, i))
		return;
	p->entry[i] = value;
	if (old && value && !((old ^ value) & (PAGEFMT_ADDR | PAGEFMT_LEAF)))
		return; /* rights alone have changed */
	if (old)
		link_remove(s, &p->link[i]);
	if (!value)
		return;
	id = (uint32_t)((size_t)(p - s->page) * SHADOW_ENTRIES + i);
	if (!child) {
		head = frame_head(s, value & PAGEFMT_ADDR, p->role.level);
		link_insert(s, head, head_at(s, head), id, &p->link[i]);
		return;
	}
	if (!child->linked) {
		child->linked = true;
		list_remove(&child->lru);
		list_append(&s->used, &child->lru);
	}
	head = page_head(s, child);
	link_insert(s, head, head_at(s, head), id, &p->link[i]);
}

void
shadow_reserve(struct shadow *s, unsigned index, uint64_t entry)
{
	unsigned old = s->reserved_index;
	struct list *it;

	list_for_each (it, &s->roots) {
		struct shadow_page *p = list_entry(it, struct shadow_page, lru);

		if (p->role.level != 4)
			continue;
		if (shadow_entry_reserved(s, p, old))
			p->entry[old] = 0;
	}
	s->reserved_entry = 0;
	list_for_each (it, &s->roots) {
		struct shadow_page *p = list_entry(it, struct shadow_page, lru);

		if (p->role.level != 4)
			continue;
		shadow_entry_set(s, p, index, 0, NULL);
		p->entry[index] = entry;
	}
	s->reserved_index = index;
	s->reserved_entry = entry;
	s->flush = true;
}

void
shadow_entries_drop_parents(struct shadow *s, struct shadow_page *p)
{
	uint32_t head = page_head(s, p), id;

	while ((id = link_at(s, head)->next) != head)
		shadow_entry_set(s, &s->page[id / SHADOW_ENTRIES],
			id % SHADOW_ENTRIES, 0, NULL);
}

void
shadow_entries_clear(struct shadow *s, struct shadow_page *p)
{
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		if (i % SHADOW_WORDS == 0 && shadow_words_zero(p->entry + i))
			i += SHADOW_WORDS - 1;
		else if (p->entry[i])
			shadow_entry_set(s, p, i, 0, NULL);
}

/*
 * What a present entry for a page of 4 KiB becomes when its frame is traced
 * (CHANGE_TRACE), is traced no longer (CHANGE_UNTRACE), or goes away
 * (CHANGE_CLEAR: 0).  SHADOW_TRACED remembers which entries were writable, so
 * that the right comes back to those and to no others.  Pure.
 */
static uint64_t
entry_changed(uint64_t entry, enum shadow_change change)
{
	if (change == CHANGE_TRACE && (entry & PAGEFMT_WRITE))
		return (entry & ~PAGEFMT_WRITE) | SHADOW_TRACED;
	if (change == CHANGE_UNTRACE && (entry & SHADOW_TRACED))
		return (entry & ~SHADOW_TRACED) | PAGEFMT_WRITE;
	return change == CHANGE_CLEAR ? 0 : entry;
}

/* Change every entry of this level that maps hpa. */
static void
frame_change(struct shadow *s, uint64_t hpa, unsigned level,
	enum shadow_change change)
{
	uint32_t head = frame_head(s, hpa, level), next;

	for (uint32_t id = link_at(s, head)->next; id != head; id = next) {
		struct shadow_page *p = &s->page[id / SHADOW_ENTRIES];
		uint64_t entry = p->entry[id % SHADOW_ENTRIES];

		next = link_at(s, id)->next;
		if (p->role.level == level && (entry & PAGEFMT_ADDR) == hpa)
			shadow_entry_set(s, p, id % SHADOW_ENTRIES,
				entry_changed(entry, change), NULL);
	}
}

void
shadow_entries_change(struct shadow *s, uint64_t hpa, enum shadow_change change)
{
	frame_change(s, hpa & ~(PAGE_SIZE - 1), 1, change);
	if (change != CHANGE_UNTRACE)
		frame_change(s, hpa & ~(PAGE_SIZE_2M - 1), 2, CHANGE_CLEAR);
}
