/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: a binary buddy system over an array of frame records.
 *
 * A free block of 2^n frames starts at a multiple of 2^n.  Its buddy is the
 * block whose number differs in bit n alone; when both are free they are one
 * free block of order n + 1.  Free blocks of an order form a list, linked by
 * frame numbers inside the records, so that free memory itself is not
 * touched.
 *
 * Invariant: a frame is in exactly one of: reserved (never handed out), in
 * a free block (whose first frame says the order), or used with refs > 0.
 */
#include "kernel/mem/pmm.h"

#include "kernel/boot/boot.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

enum frame_state {
	FRAME_RESERVED,
	FRAME_FREE,
	FRAME_USED
};

/* Everything below is never handed out: firmware, the first AP's code. */
#define PMM_LOW_END 0x100000ul

struct frame {
	uint32_t refs;
	uint32_t next, prev; /* free list of its order; 0 ends it */
	uint8_t state;	     /* enum frame_state */
	uint8_t order;	     /* of the block that starts here */
	uint16_t reserved;
};
_Static_assert(sizeof(struct frame) == 16, "a frame record");

static struct spinlock pmm_lock = SPINLOCK_INIT("pmm");
static struct frame *frames; /* guarded by pmm_lock, as all below */
static uint64_t frame_count; /* records: RAM's end / PAGE_SIZE */
static uint32_t free_lists[PMM_ORDER_MAX + 1];
static size_t free_frames, total_frames;

extern char kernel_end[];

static void
list_add(uint64_t pfn, unsigned order)
{
	struct frame *frame = &frames[pfn];

	frame->state = FRAME_FREE;
	frame->order = (uint8_t)order;
	frame->prev = 0;
	frame->next = free_lists[order];
	if (frame->next)
		frames[frame->next].prev = (uint32_t)pfn;
	free_lists[order] = (uint32_t)pfn;
}

static void
list_del(uint64_t pfn)
{
	struct frame *frame = &frames[pfn];

	if (frame->prev)
		frames[frame->prev].next = frame->next;
	else
		free_lists[frame->order] = frame->next;
	if (frame->next)
		frames[frame->next].prev = frame->prev;
}

/* Is there a free block of just this order at pfn? */
static bool
is_free_block(uint64_t pfn, unsigned order)
{
	return pfn < frame_count && frames[pfn].state == FRAME_FREE &&
		frames[pfn].order == order &&
		(frames[pfn].prev || free_lists[order] == pfn);
}

/*
 * Give a block of 2^order frames back, merging it with its buddy for as long
 * as that is free and the order below PMM_ORDER_MAX.  The frames count as free
 * from now on; only the first one of the merged block is in a list, and the
 * state of all is FRAME_FREE.  pmm_lock is held (or nobody else runs yet).
 */
static void
block_free(uint64_t pfn, unsigned order)
{
	free_frames += 1ul << order;
	while (order < PMM_ORDER_MAX) {
		uint64_t buddy = pfn ^ (1ul << order);

		if (!is_free_block(buddy, order))
			break;
		list_del(buddy);
		frames[pfn].state = frames[buddy].state = FRAME_FREE;
		frames[pfn].order = frames[buddy].order = 0xff;
		pfn &= ~(1ul << order);
		order++;
	}
	list_add(pfn, order);
}

uint64_t
pmm_alloc(unsigned order)
{
	unsigned have = order;
	uint64_t pfn;

	spin_lock(&pmm_lock);
	while (have <= PMM_ORDER_MAX && !free_lists[have])
		have++;
	if (have > PMM_ORDER_MAX) {
		spin_unlock(&pmm_lock);
		return 0;
	}
	pfn = free_lists[have];
	list_del(pfn);
	while (have > order) {
		have--;
		list_add(pfn + (1ul << have), have);
	}
	for (uint64_t i = 0; i < 1ul << order; i++) {
		frames[pfn + i].state = FRAME_USED;
		frames[pfn + i].refs = 1;
	}
	frames[pfn].order = (uint8_t)order;
	free_frames -= 1ul << order;
	spin_unlock(&pmm_lock);
	return pfn << PAGE_SHIFT;
}

uint64_t
pmm_alloc_zeroed(unsigned order)
{
	uint64_t hpa = pmm_alloc(order);

	if (hpa)
		memset(phys_to_virt(hpa), 0, PAGE_SIZE << order);
	return hpa;
}

static struct frame *
frame_used(uint64_t hpa)
{
	uint64_t pfn = hpa >> PAGE_SHIFT;

	if (pfn >= frame_count || frames[pfn].state != FRAME_USED)
		panic("pmm: frame %#lx is not allocated", hpa);
	return &frames[pfn];
}

void
pmm_free(uint64_t hpa, unsigned order)
{
	uint64_t pfn = hpa >> PAGE_SHIFT;
	uint64_t count = 1ul << order, dropped = 0;

	spin_lock(&pmm_lock);
	for (uint64_t i = 0; i < count; i++)
		dropped += --frame_used(hpa + (i << PAGE_SHIFT))->refs == 0;
	if (dropped == count) {
		block_free(pfn, order);
	} else {
		for (uint64_t i = 0; i < count; i++)
			if (frames[pfn + i].refs == 0)
				block_free(pfn + i, 0);
	}
	spin_unlock(&pmm_lock);
}

void
pmm_ref(uint64_t hpa)
{
	spin_lock(&pmm_lock);
	frame_used(hpa)->refs++;
	spin_unlock(&pmm_lock);
}

uint32_t
pmm_refs(uint64_t hpa)
{
	uint64_t pfn = hpa >> PAGE_SHIFT;
	uint32_t refs = 0;

	spin_lock(&pmm_lock);
	if (pfn < frame_count && frames[pfn].state == FRAME_USED)
		refs = frames[pfn].refs;
	spin_unlock(&pmm_lock);
	return refs;
}

unsigned
pmm_order(uint64_t hpa)
{
	unsigned order;

	spin_lock(&pmm_lock);
	order = frame_used(hpa)->order;
	spin_unlock(&pmm_lock);
	return order;
}

size_t
pmm_frames_total(void)
{
	return total_frames;
}

size_t
pmm_frames_free(void)
{
	return __atomic_load_n(&free_frames, __ATOMIC_RELAXED);
}

uint64_t
pmm_end(void)
{
	return frame_count << PAGE_SHIFT;
}

/*
 * Add the whole frames of [start, end), host-physical bytes, to the free lists
 * and to total_frames: in the largest blocks that are aligned to their own
 * size and do not reach beyond end.  No frame of it was added before.  There
 * may be none in it, as start may lie beyond end.  Nobody else runs yet.
 */
static void
pmm_add_range(uint64_t start, uint64_t end)
{
	uint64_t pfn = page_round_up(start) >> PAGE_SHIFT;
	uint64_t last = end >> PAGE_SHIFT;

	while (pfn < last) {
		unsigned order = 0;

		while (order < PMM_ORDER_MAX && !(pfn & (1ul << order)) &&
			pfn + (2ul << order) <= last)
			order++;
		block_free(pfn, order);
		total_frames += 1ul << order;
		pfn += 1ul << order;
	}
}

/* Add [start, end) without the two ranges that are in use already. */
static void
pmm_add_ram(uint64_t start, uint64_t end, const struct bootmem hole[2])
{
	for (int i = 0; i < 2; i++) {
		uint64_t hole_end = hole[i].start + hole[i].size;

		if (hole[i].start >= end || hole_end <= start)
			continue;
		if (i == 0) {
			pmm_add_ram(start, hole[0].start, hole);
			pmm_add_ram(hole_end, end, hole);
			return;
		}
		pmm_add_range(start, hole[1].start);
		start = hole_end;
	}
	if (start < end)
		pmm_add_range(start, end);
}

/*
 * The records lie behind the kernel image; the initrd may lie there too, so
 * they start behind it where the two would meet.
 */
static uint64_t
frames_place(const struct bootinfo *info, uint64_t bytes)
{
	uint64_t start =
		page_round_up((uint64_t)kernel_end - 0xffffffff80000000ul);
	uint64_t initrd_end = info->initrd_start + info->initrd_size;

	if (info->initrd_start < start + bytes && initrd_end > start)
		start = page_round_up(initrd_end);
	return start;
}

void
pmm_init(void)
{
	const struct bootinfo *info = boot_info();
	struct bootmem hole[2];
	uint64_t end = 0, bytes, start;

	for (size_t i = 0; i < info->memory_count; i++) {
		const struct bootmem *mem = &info->memory[i];

		if (mem->ram && mem->start + mem->size > end)
			end = mem->start + mem->size;
	}
	frame_count = end >> PAGE_SHIFT;
	bytes = page_round_up(frame_count * sizeof(struct frame));
	start = frames_place(info, bytes);
	frames = phys_to_virt(start);
	memset(frames, 0, bytes);

	hole[0] = (struct bootmem){ PMM_LOW_END, start + bytes - PMM_LOW_END,
		false };
	hole[1] = (struct bootmem){ page_round_down(info->initrd_start),
		page_round_up(info->initrd_start + info->initrd_size) -
			page_round_down(info->initrd_start),
		false };
	for (size_t i = 0; i < info->memory_count; i++) {
		const struct bootmem *mem = &info->memory[i];
		uint64_t from = mem->start;

		if (from < PMM_LOW_END)
			from = PMM_LOW_END;
		if (mem->ram && mem->start + mem->size > from)
			pmm_add_ram(from, mem->start + mem->size, hole);
	}
}
