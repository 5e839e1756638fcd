/* SPDX-License-Identifier: MIT */
/*
 * The cache of shadow tables: finding one, making one, and which must go
 * when the limit is reached.
 *
 * The limit is a number of tables, fixed when the VM is made.  A table's
 * memory, once taken, is kept for the next one; the structs around it are
 * there from the start.  So a guest that makes a storm of page tables pays
 * for it itself, in tables built again and again.
 *
 * What goes first: a table that nothing points to; then the root that was
 * loaded least recently (its tables are then pointed to by less); then the
 * table that was linked first.  Never a root in use, nor a table that the
 * fault at hand needs (stamp), so each fault ends with its access possible.
 *
 * A table that goes may be in the CPU's caches: shadow.flush is set, and the
 * guest does not run before they are empty.
 */
#include "vmm/mmu/shadow/shadow.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"

#define TABLE_ORDER 1 /* a frame of entries, a frame of links */

_Static_assert(sizeof(struct shadow_link) * SHADOW_ENTRIES == PAGE_SIZE,
	"links fill a frame");
_Static_assert(sizeof(struct shadow_role) == sizeof(uint64_t),
	"roles compare as one word");

static uint64_t
role_word(const struct shadow_role *role)
{
	uint64_t word;

	memcpy(&word, role, sizeof(word));
	return word;
}

bool
shadow_page_current(const struct shadow *s, const struct shadow_page *p)
{
	for (unsigned i = 0; i < VIEWS; i++)
		if (s->current[i] == p)
			return true;
	return false;
}

struct shadow_page *
shadow_page_find(struct shadow *s, uint64_t gpa, const struct shadow_role *role)
{
	struct list *head = shadow_frame_list(s, gpa), *it;
	uint64_t word = role_word(role);

	list_for_each (it, head) {
		struct shadow_page *p =
			list_entry(it, struct shadow_page, hash);

		if (p->gpa == gpa && role_word(&p->role) == word)
			return p;
	}
	return NULL;
}

void
shadow_page_drop(struct shadow *s, struct shadow_page *p)
{
	shadow_entries_drop_parents(s, p);
	shadow_entries_clear(s, p);
	list_remove(&p->hash);
	list_remove(&p->lru);
	list_push(&s->unused, &p->lru);
	if (p->guest)
		shadow_trace_end(s, p);
	for (unsigned i = 0; i < VIEWS; i++)
		if (s->current[i] == p)
			s->current[i] = NULL;
	s->flush = true;
}

/* The first of a list that neither is in use nor will be in a moment. */
static struct shadow_page *
list_victim(const struct shadow *s, const struct list *list)
{
	const struct list *it;

	list_for_each (it, list) {
		struct shadow_page *p = list_entry(it, struct shadow_page, lru);

		if (p->stamp != s->stamp && !shadow_page_current(s, p))
			return p;
	}
	return NULL;
}

/* Drop the least useful table; false: there is none. */
static bool
page_reclaim(struct shadow *s)
{
	struct shadow_page *p = list_victim(s, &s->idle);

	if (!p)
		p = list_victim(s, &s->roots);
	if (!p)
		p = list_victim(s, &s->used);
	if (!p)
		return false;
	s->stats.reclaimed++;
	shadow_page_drop(s, p);
	return true;
}

/* Give p memory; false: the host has none to spare. */
static bool
page_back(struct shadow *s, struct shadow_page *p)
{
	uint64_t hpa;

	if (pmm_frames_free() < GMEM_HOST_RESERVE)
		return false;
	hpa = pmm_alloc(TABLE_ORDER);
	if (!hpa)
		return false;
	p->entry = phys_to_virt(hpa);
	p->link = (struct shadow_link *)(p->entry + SHADOW_ENTRIES);
	s->n_backed++;
	return true;
}

/* A struct with memory, of no table; NULL: there is no more. */
static struct shadow_page *
page_take(struct shadow *s)
{
	struct list *first = list_first(&s->unused);
	struct shadow_page *p;

	if (first) {
		p = list_entry(first, struct shadow_page, lru);
		if (p->entry || page_back(s, p))
			return p;
	}
	if (!page_reclaim(s))
		return NULL;
	return list_entry(list_first(&s->unused), struct shadow_page, lru);
}

/* Find the guest table in memory; it is made to be there. */
static void
page_find_guest(struct shadow *s, struct shadow_page *p)
{
	struct gmem_page page;

	p->guest = NULL;
	if (!p->guest_entries ||
		gmem_page(s->gmem, p->guest_gpa, false, &page) != 0)
		return;
	p->guest = (const uint8_t *)phys_to_virt(page.hpa) +
		(p->guest_gpa & (page.size - 1));
	p->rom = !page.writable;
}

static struct shadow_page *
page_make(struct shadow *s, uint64_t gpa, const struct shadow_role *role)
{
	struct shadow_page *p = page_take(s);

	if (!p)
		return NULL;
	p->role = *role;
	p->gpa = gpa;
	p->writes = 0;
	p->stamp = s->stamp;
	shadow_page_shape(s, p);
	page_find_guest(s, p);
	memset(p->entry, 0, SHADOW_ENTRIES * sizeof(*p->entry));
	if (shadow_entry_reserved(s, p, s->reserved_index))
		p->entry[s->reserved_index] = s->reserved_entry;
	list_remove(&p->lru);
	list_append(shadow_page_is_root(p) ? &s->roots : &s->idle, &p->lru);
	list_push(shadow_frame_list(s, gpa), &p->hash);
	s->stats.built++;
	if (p->guest)
		shadow_trace_begin(s, p);
	shadow_page_fill(s, p);
	return p;
}

struct shadow_page *
shadow_page_get(struct shadow *s, uint64_t gpa, const struct shadow_role *role)
{
	struct shadow_page *p = shadow_page_find(s, gpa, role);

	if (!p)
		return page_make(s, gpa, role);
	p->stamp = s->stamp;
	p->writes = 0;
	return p;
}

/* One beyond the 2 MiB region that memory ends in. */
static size_t
regions_of(const struct gmem *gmem)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < gmem->n_slots; i++) {
		const struct gmem_slot *slot = &gmem->slot[i];

		if (slot->chunks && slot->gpa + slot->size > end)
			end = slot->gpa + slot->size;
	}
	return (end + PAGE_SIZE_2M - 1) >> PAGE_SHIFT_2M;
}

static unsigned
log2_above(size_t n)
{
	unsigned bits = 1;

	while ((1ul << bits) < n)
		bits++;
	return bits;
}

/* The arrays whose size depends on the limit. */
static int
shadow_alloc(struct shadow *s)
{
	size_t heads = s->n_pages + (1ul << s->map_bits);

	s->page = kzalloc(s->n_pages * sizeof(*s->page));
	s->by_frame = kzalloc((1ul << s->hash_bits) * sizeof(*s->by_frame));
	s->head = kzalloc(heads * sizeof(*s->head));
	s->region = kzalloc((s->n_regions + 1) * sizeof(*s->region));
	return s->page && s->by_frame && s->head && s->region ? 0 : -ENOMEM;
}

int
shadow_init(struct shadow *s, struct gmem *gmem, size_t kib)
{
	memset(s, 0, sizeof(*s));
	list_init(&s->unused);
	list_init(&s->roots);
	list_init(&s->idle);
	list_init(&s->used);
	if (kib < SHADOW_KIB_MIN || kib > SHADOW_KIB_MAX)
		return -EINVAL;
	s->gmem = gmem;
	s->stamp = 1;
	s->n_pages = kib / SHADOW_KIB_PER_TABLE;
	s->hash_bits = log2_above(s->n_pages);
	s->hash_shift = 64 - s->hash_bits;
	s->map_bits = s->hash_bits + 4;
	s->n_regions = regions_of(gmem);
	if (shadow_alloc(s) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < 1ul << s->hash_bits; i++)
		list_init(&s->by_frame[i]);
	shadow_links_init(s);
	for (size_t i = 0; i < s->n_pages; i++) {
		list_init(&s->page[i].hash);
		list_append(&s->unused, &s->page[i].lru);
	}
	/* so that there is always one that can be a root */
	return page_back(s, s->page) ? 0 : -ENOMEM;
}

void
shadow_fini(struct shadow *s)
{
	for (size_t i = 0; s->page && i < s->n_pages; i++)
		if (s->page[i].entry)
			pmm_free(virt_to_phys(s->page[i].entry), TABLE_ORDER);
	kfree(s->page);
	kfree(s->by_frame);
	kfree(s->head);
	kfree(s->region);
	memset(s, 0, sizeof(*s));
}
