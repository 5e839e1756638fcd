/* SPDX-License-Identifier: MIT */
/*
 * Guest-physical memory: the slots, and what is allocated behind them.
 *
 * The invariant: a chunk entry changes from 0 to an allocation and never to
 * another one until the slot goes, so a host address once handed out stays
 * good.  Accessors are in gmem_copy.c.
 */
#include "vmm/gmem.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"

#define CHUNK_FRAMES 512
#define CHUNK_MASK   (PAGE_SIZE_2M - 1)
#define GIB	     (1ull << 30)
#define GIB_CHUNKS   512

void
gmem_init(struct gmem *gmem)
{
	memset(gmem, 0, sizeof(*gmem));
}

static size_t
slot_chunks(const struct gmem_slot *slot)
{
	uint64_t last = slot->gpa + slot->size - 1;

	return (last >> PAGE_SHIFT_2M) - (slot->gpa >> PAGE_SHIFT_2M) + 1;
}

static void
gmem_free_frame(struct gmem *gmem, uint64_t hpa, unsigned order)
{
	pmm_free(hpa, order);
	gmem->frames -= 1ul << order;
}

static void
gmem_free_split(struct gmem *gmem, uint64_t table_hpa)
{
	const uint64_t *table = phys_to_virt(table_hpa);

	for (unsigned i = 0; i < CHUNK_FRAMES; i++)
		if (table[i])
			gmem_free_frame(gmem, table[i], 0);
	gmem_free_frame(gmem, table_hpa, 0);
}

static void
gmem_free_slot(struct gmem *gmem, struct gmem_slot *slot)
{
	if (!slot->chunks)
		return;
	for (size_t i = 0; i < slot_chunks(slot); i++) {
		uint64_t chunk = slot->chunks[i];

		if (chunk & GMEM_SPLIT)
			gmem_free_split(gmem, chunk & ~GMEM_SPLIT);
		else if (chunk)
			gmem_free_frame(gmem, chunk, PMM_ORDER_2M);
	}
	kfree(slot->chunks);
}

void
gmem_fini(struct gmem *gmem)
{
	for (unsigned i = 0; i < gmem->n_slots; i++)
		gmem_free_slot(gmem, &gmem->slot[i]);
	memset(gmem, 0, sizeof(*gmem));
}

/* Where a slot of this kind and size goes: RAM by size, then the rest. */
static unsigned
gmem_place(const struct gmem *gmem, uint64_t size, enum gmem_kind kind)
{
	unsigned i = 0;

	if (kind != GMEM_RAM)
		return gmem->n_slots;
	while (i < gmem->n_slots && gmem->slot[i].kind == GMEM_RAM &&
		gmem->slot[i].size >= size)
		i++;
	return i;
}

int
gmem_add(struct gmem *gmem, uint64_t gpa, uint64_t size, enum gmem_kind kind)
{
	struct gmem_slot slot = { .gpa = gpa, .size = size, .kind = kind };
	unsigned at;

	if ((gpa | size) & (PAGE_SIZE - 1) || size == 0 || gpa >= GMEM_MAX ||
		size > GMEM_MAX - gpa)
		return -EINVAL;
	for (unsigned i = 0; i < gmem->n_slots; i++)
		if (gpa < gmem->slot[i].gpa + gmem->slot[i].size &&
			gmem->slot[i].gpa < gpa + size)
			return -EINVAL;
	if (gmem->n_slots == GMEM_SLOTS)
		return -ENOSPC;
	if (kind == GMEM_RAM || kind == GMEM_ROM) {
		slot.chunks = kzalloc(slot_chunks(&slot) * sizeof(uint64_t));
		if (!slot.chunks)
			return -ENOMEM;
	}
	at = gmem_place(gmem, size, kind);
	memmove(&gmem->slot[at + 1], &gmem->slot[at],
		(gmem->n_slots - at) * sizeof(slot));
	gmem->slot[at] = slot;
	gmem->n_slots++;
	if (kind == GMEM_RAM)
		gmem->ram += size;
	return 0;
}

int
gmem_add_pc_ram(struct gmem *gmem, uint64_t bytes)
{
	uint64_t below = bytes, above = 0;
	int err;

	if (bytes <= GMEM_LEGACY_END)
		return -EINVAL;
	if (bytes > GMEM_MMIO_HOLE_START) {
		below = GMEM_MMIO_HOLE_START;
		above = bytes - below;
	}
	err = gmem_add(gmem, 0, below, GMEM_RAM);
	if (!err && above)
		err = gmem_add(gmem, GMEM_MMIO_HOLE_END, above, GMEM_RAM);
	return err;
}

const struct gmem_slot *
gmem_find(const struct gmem *gmem, uint64_t gpa)
{
	for (unsigned i = 0; i < gmem->n_slots; i++)
		if (gpa - gmem->slot[i].gpa < gmem->slot[i].size)
			return &gmem->slot[i];
	return NULL;
}

/* A block for the guest, or 0 when the host must keep what it has. */
static uint64_t
gmem_alloc(struct gmem *gmem, unsigned order)
{
	uint64_t hpa;

	if (pmm_frames_free() < GMEM_HOST_RESERVE + (1ul << order))
		return 0;
	hpa = pmm_alloc_zeroed(order);
	if (hpa)
		gmem->frames += 1ul << order;
	return hpa;
}

/* Make the chunk entry that holds gpa; the slot is RAM or ROM. */
static int
gmem_fill_chunk(struct gmem *gmem, const struct gmem_slot *slot, uint64_t gpa)
{
	uint64_t start = gpa & ~CHUNK_MASK;
	uint64_t *chunk = &slot->chunks[(gpa >> PAGE_SHIFT_2M) -
		(slot->gpa >> PAGE_SHIFT_2M)];

	if (!gmem->small && start >= slot->gpa &&
		start + PAGE_SIZE_2M <= slot->gpa + slot->size)
		*chunk = gmem_alloc(gmem, PMM_ORDER_2M);
	if (*chunk)
		return 0;
	*chunk = gmem_alloc(gmem, 0);
	if (!*chunk)
		return -ENOMEM;
	*chunk |= GMEM_SPLIT;
	return 0;
}

int
gmem_page(struct gmem *gmem, uint64_t gpa, bool write, struct gmem_page *page)
{
	const struct gmem_slot *slot = gmem_find(gmem, gpa);
	uint64_t *chunk, *frame;

	if (!slot || !slot->chunks || (write && slot->kind != GMEM_RAM))
		return -EFAULT;
	chunk = &slot->chunks[(gpa >> PAGE_SHIFT_2M) -
		(slot->gpa >> PAGE_SHIFT_2M)];
	if (!*chunk && gmem_fill_chunk(gmem, slot, gpa) != 0)
		return -ENOMEM;
	page->writable = slot->kind == GMEM_RAM;
	if (!(*chunk & GMEM_SPLIT)) {
		page->hpa = *chunk;
		page->size = PAGE_SIZE_2M;
		return 0;
	}
	frame = (uint64_t *)phys_to_virt(*chunk & ~GMEM_SPLIT) +
		(gpa >> PAGE_SHIFT) % CHUNK_FRAMES;
	if (!*frame)
		*frame = gmem_alloc(gmem, 0);
	page->hpa = *frame;
	page->size = PAGE_SIZE;
	return page->hpa ? 0 : -ENOMEM;
}

void
gmem_widen(const struct gmem *gmem, uint64_t gpa, struct gmem_page *page)
{
	const struct gmem_slot *slot = gmem_find(gmem, gpa);
	uint64_t start = gpa & ~(GIB - 1), hpa;
	const uint64_t *chunk;

	if (page->size != PAGE_SIZE_2M || start < slot->gpa ||
		start + GIB > slot->gpa + slot->size)
		return;
	chunk = &slot->chunks[(start >> PAGE_SHIFT_2M) -
		(slot->gpa >> PAGE_SHIFT_2M)];
	hpa = page->hpa - (gpa - start - (gpa & CHUNK_MASK));
	if (hpa & (GIB - 1))
		return;
	for (unsigned i = 0; i < GIB_CHUNKS; i++)
		if (chunk[i] != hpa + i * PAGE_SIZE_2M)
			return;
	page->hpa = hpa;
	page->size = GIB;
}

void *
gmem_host(struct gmem *gmem, uint64_t gpa, bool write, size_t *len, int *err)
{
	struct gmem_page page;
	uint64_t offset;

	*err = gmem_page(gmem, gpa, write, &page);
	if (*err)
		return NULL;
	offset = gpa & (page.size - 1);
	*len = page.size - offset;
	return (uint8_t *)phys_to_virt(page.hpa) + offset;
}

void *
gmem_peek(const struct gmem *gmem, uint64_t gpa)
{
	const struct gmem_slot *slot = &gmem->slot[0];
	uint64_t chunk;

	if (gpa - slot->gpa >= slot->size) {
		slot = gmem_find(gmem, gpa);
		if (!slot)
			return NULL;
	}
	if (!slot->chunks)
		return NULL;
	chunk = slot->chunks[(gpa >> PAGE_SHIFT_2M) -
		(slot->gpa >> PAGE_SHIFT_2M)];
	if (!chunk)
		return NULL;
	if (!(chunk & GMEM_SPLIT))
		return (uint8_t *)phys_to_virt(chunk) + (gpa & CHUNK_MASK);
	chunk = ((uint64_t *)phys_to_virt(
		chunk & ~GMEM_SPLIT))[(gpa >> PAGE_SHIFT) % CHUNK_FRAMES];
	if (!chunk)
		return NULL;
	return (uint8_t *)phys_to_virt(chunk) + (gpa & (PAGE_SIZE - 1));
}

/* The slot with the lowest address of at least `from`, or NULL. */
static const struct gmem_slot *
gmem_next_slot(const struct gmem *gmem, uint64_t from)
{
	const struct gmem_slot *best = NULL;

	for (unsigned i = 0; i < gmem->n_slots; i++)
		if (gmem->slot[i].gpa + gmem->slot[i].size > from &&
			(!best || gmem->slot[i].gpa < best->gpa))
			best = &gmem->slot[i];
	return best;
}

bool
gmem_map_entry(const struct gmem *gmem, unsigned i, uint64_t *gpa,
	uint64_t *size, enum gmem_kind *kind)
{
	uint64_t end = 0;

	for (unsigned n = 0; n <= i; n++) {
		const struct gmem_slot *slot = gmem_next_slot(gmem, end);

		if (!slot)
			return false;
		*gpa = slot->gpa > end ? slot->gpa : end;
		*kind = slot->kind;
		end = slot->gpa + slot->size;
		if (*kind != GMEM_RAM)
			continue;
		if (*gpa >= GMEM_LEGACY_START && *gpa < GMEM_LEGACY_END)
			*gpa = GMEM_LEGACY_END;
		else if (*gpa < GMEM_LEGACY_START && end > GMEM_LEGACY_START)
			end = GMEM_LEGACY_START;
	}
	*size = end - *gpa;
	return true;
}
