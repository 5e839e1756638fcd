/* SPDX-License-Identifier: MIT */
/*
 * Writes to traced tables, and memory that goes away.
 *
 * A traced write has been done in guest memory when we hear of it.  The
 * shadow entries that follow the guest entry are worked out anew, at once:
 * one exit a write, and as a rule none later, because an entry that has its
 * accessed bit is filled in here.  The TLB may go on knowing the old entry,
 * as on hardware, until the guest flushes.
 *
 * A frame that was a table and is now used for something else would trap at
 * every write for ever.  The signs: a table that nothing points to is
 * written, or many writes come while no fault needs the table.  Then its
 * shadow goes, and with it the tracing.  If it was a table after all, the
 * next fault builds it again: it costs time, never truth.
 */
#include "vmm/mmu/shadow/leaf.h"

#include "kernel/mem/pmm.h"

/*
 * How much is written without a use before a table counts as data.  What
 * becomes an entry that maps something weighs little: such a write is what
 * tables are for, and a guest that sets accessed bits itself makes no faults
 * that would tell of the table's use.  Building a table again costs about as
 * much as two dozen writes.
 */
#define WRITES_MAX   256
#define WRITE_MAPS   1
#define WRITE_CLEARS 8

/* Which of p's entries follow [gpa, gpa + len), in its frame; [*from, *to) */
static void
page_entries(const struct shadow_page *p, uint64_t gpa, uint64_t len,
	unsigned *from, unsigned *to)
{
	uint64_t first = p->guest_gpa, bytes = p->fmt->entry_bytes;
	uint64_t last = first + p->guest_entries * bytes;
	uint64_t end = gpa + len;

	*from = *to = 0;
	if (gpa >= last || end <= first)
		return;
	if (gpa < first)
		gpa = first;
	if (end > last)
		end = last;
	*from = (unsigned)((gpa - first) / bytes) * p->per_guest;
	*to = (unsigned)((end - first + bytes - 1) / bytes) * p->per_guest;
}

/*
 * Does the guest seem to use this table's frame for something else?  The signs:
 * p->writes has come to WRITES_MAX, or nothing points to p (p->linked) though
 * it is no root.  A root that a vCPU may run on never counts as data.
 */
static inline bool
page_is_data(struct shadow *s, struct shadow_page *p)
{
	if (p->writes < WRITES_MAX && (p->linked || shadow_page_is_root(p)))
		return false;
	return !shadow_page_current(s, p);
}

/*
 * [gpa, gpa + len), in the frame of p's guest table, was written.  A table that
 * is data (page_is_data()) is dropped, and counted (stats.dropped).  Else all
 * entries that follow what was written (page_entries(); none, if it was another
 * part of the frame) are worked out anew (shadow_entries_fill()), and p->writes
 * grows, once a call: by WRITE_MAPS if there are such entries and the first of
 * them maps something now, else by WRITE_CLEARS.  (SDM 3A, 4.10.4)
 */
static void
page_written(
	struct shadow *s, struct shadow_page *p, uint64_t gpa, uint64_t len)
{
	unsigned from, to;

	if (page_is_data(s, p)) {
		s->stats.dropped++;
		shadow_page_drop(s, p);
		return;
	}
	page_entries(p, gpa, len, &from, &to);
	shadow_entries_fill(s, p, from, to);
	p->writes += from < to && p->entry[from] ? WRITE_MAPS : WRITE_CLEARS;
}

/* [gpa, gpa + len) in one frame was written. */
static void
frame_written(struct shadow *s, uint64_t gpa, uint64_t len)
{
	struct list *head = shadow_frame_list(s, gpa), *it, *next;

	list_for_each_safe (it, next, head) {
		struct shadow_page *p =
			list_entry(it, struct shadow_page, hash);

		if (shadow_page_traces(p, gpa))
			page_written(s, p, gpa, len);
	}
}

/* One entry of p was written: the same in fewer steps for most tables. */
static inline void
entry_written(
	struct shadow *s, struct shadow_page *p, uint64_t gpa, uint64_t guest)
{
	unsigned i = gpa / 8 % SHADOW_ENTRIES;
	uint64_t value;
	bool simple =
		!page_is_data(s, p) && shadow_leaf_value(s, p, guest, &value);

	if (__builtin_expect(!simple, false)) {
		page_written(s, p, gpa, 8);
		return;
	}
	if (value || p->entry[i])
		shadow_entry_set(s, p, i, value, NULL);
	p->writes += value ? WRITE_MAPS : WRITE_CLEARS;
}

bool
shadow_store(struct shadow *s, uint64_t gpa, uint64_t *to, uint64_t value)
{
	struct list *head = shadow_frame_list(s, gpa), *it, *next;
	bool traced = false;

	list_for_each_safe (it, next, head) {
		struct shadow_page *p =
			list_entry(it, struct shadow_page, hash);

		if (!shadow_page_traces(p, gpa))
			continue;
		__atomic_store_n(to, value, __ATOMIC_RELAXED);
		traced = true;
		entry_written(s, p, gpa, value);
	}
	s->stats.traced += traced;
	return traced;
}

void
shadow_written(struct shadow *s, uint64_t gpa, uint64_t len)
{
	while (len > 0) {
		uint64_t n = PAGE_SIZE - (gpa & (PAGE_SIZE - 1));

		if (n > len)
			n = len;
		if (shadow_region_traced(s, gpa))
			frame_written(s, gpa, n);
		gpa += n;
		len -= n;
	}
}

void
shadow_untrace(struct shadow *s, uint64_t gpa)
{
	struct list *head = shadow_frame_list(s, gpa), *it, *next;

	list_for_each_safe (it, next, head) {
		struct shadow_page *p =
			list_entry(it, struct shadow_page, hash);

		if (!shadow_page_traces(p, gpa))
			continue;
		s->stats.dropped++;
		shadow_page_drop(s, p);
	}
}

static void
list_drop(struct shadow *s, struct list *list)
{
	struct list *first;

	while ((first = list_first(list)))
		shadow_page_drop(s, list_entry(first, struct shadow_page, lru));
}

void
shadow_unmap(struct shadow *s, uint64_t gpa, uint64_t size)
{
	uint64_t end = page_round_up(gpa + size);

	s->flush = true;
	if (size / PAGE_SIZE > s->n_pages * SHADOW_ENTRIES) {
		/* that much is not mapped: everything goes, and is cheaper */
		list_drop(s, &s->roots);
		list_drop(s, &s->used);
		list_drop(s, &s->idle);
		return;
	}
	for (gpa = page_round_down(gpa); gpa < end; gpa += PAGE_SIZE) {
		void *frame = gmem_peek(s->gmem, gpa);

		if (!frame)
			continue;
		shadow_untrace(s, gpa);
		shadow_entries_change(s, virt_to_phys(frame), CHANGE_CLEAR);
	}
}
