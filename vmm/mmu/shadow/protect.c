/* SPDX-License-Identifier: MIT */
/*
 * Memory tracing: which frames of the guest may not be written by it.
 *
 * A frame is traced while at least one table in it is shadowed.  When the
 * first one is, every entry that makes the frame writable loses that right
 * (the reverse map finds them), and pages of 2 MiB around it go: small ones
 * will take their place.  The CPU may have the old entries in its TLB, and
 * those would let a write pass unseen: so it must forget them.  When the last
 * one goes, the right is given back, and nothing needs to be forgotten: a CPU
 * looks again before it faults.
 *
 * Per 2 MiB it is counted how many frames are traced, since a large page
 * needs none.
 */
#include "vmm/mmu/shadow/shadow.h"

#include "kernel/mem/pmm.h"

/* How many tables in the frame at gpa are shadowed. */
static unsigned
frame_tables(const struct shadow *s, uint64_t gpa)
{
	const struct list *head = shadow_frame_list(s, gpa);
	const struct list *it;
	unsigned n = 0;

	list_for_each (it, head)
		n += shadow_page_traces(
			list_entry(it, struct shadow_page, hash), gpa);
	return n;
}

bool
shadow_region_traced(const struct shadow *s, uint64_t gpa)
{
	uint64_t region = gpa >> PAGE_SHIFT_2M;

	/* memory that came after the shadows is not counted: say yes */
	return region >= s->n_regions || s->region[region] > 0;
}

bool
shadow_frame_traced(const struct shadow *s, uint64_t gpa)
{
	return shadow_region_traced(s, gpa) && frame_tables(s, gpa) > 0;
}

/* One more, or one less, traced frame in its 2 MiB. */
static void
region_count(struct shadow *s, uint64_t gpa, int by)
{
	uint64_t region = gpa >> PAGE_SHIFT_2M;

	if (region < s->n_regions)
		s->region[region] = (uint16_t)(s->region[region] + by);
}

/*
 * p, which shadows a guest table in the frame at p->guest_gpa, is in the lists
 * now.  If it is the only table there (frame_tables()), the frame is traced
 * from now on: one more in its 2 MiB (region_count()), no entry maps it
 * writable (shadow_entries_change(), by its host address), and the TLB must
 * forget what it knows (s->flush).
 */
void
shadow_trace_begin(struct shadow *s, const struct shadow_page *p)
{
	if (frame_tables(s, p->guest_gpa) > 1)
		return;
	region_count(s, p->guest_gpa, 1);
	shadow_entries_change(s, virt_to_phys(p->guest), CHANGE_TRACE);
	s->flush = true;
}

/*
 * p is in the lists no longer.  If no table is left in its frame: the reverse.
 * The TLB may go on knowing entries with fewer rights.
 */
void
shadow_trace_end(struct shadow *s, const struct shadow_page *p)
{
	if (frame_tables(s, p->guest_gpa) > 0)
		return;
	region_count(s, p->guest_gpa, -1);
	shadow_entries_change(s, virt_to_phys(p->guest), CHANGE_UNTRACE);
}
