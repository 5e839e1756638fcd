/* SPDX-License-Identifier: MIT */
/*
 * Lab 01 in the machine: frames and objects.
 *
 * A right allocator may hand out whatever is free, so no address is said, but
 * what the contracts promise of it: its alignment, that nobody else has it,
 * how much is free afterwards, and that the lock was taken meanwhile.
 *
 * Over 400 lines because frames and objects share what looks at the locks.
 */
#include "grading/drivers/kernel/lib/frames.h"
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/boot/boot.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"

const bool driver_in_thread = false;

#define HELD  48
#define STEPS 400

/*
 * The linker has all who call spin_lock() call this one (--wrap, in
 * tools/grading.mk): it counts, by the name of the lock.
 */
void __real_spin_lock(struct spinlock *lock);
void __wrap_spin_lock(struct spinlock *lock);

static unsigned locks_of_frames, locks_of_objects;

void
__wrap_spin_lock(struct spinlock *lock)
{
	locks_of_frames += strcmp(lock->name, "pmm") == 0;
	locks_of_objects += strcmp(lock->name, "kheap") == 0;
	__real_spin_lock(lock);
}

/* -- Frames ---------------------------------------------------------------- */

struct block {
	uint64_t hpa; /* 0: none */
	unsigned order;
	uint64_t token; /* in the first and last word of each frame */
};

static struct block held[HELD];

static uint64_t *
frame_word(uint64_t hpa, uint64_t frame, bool last)
{
	uint64_t *words = phys_to_virt(hpa + frame * PAGE_SIZE);

	return &words[last ? PAGE_SIZE / 8 - 1 : 0];
}

static void
block_mark(struct block *b, uint64_t token)
{
	b->token = token;
	for (uint64_t i = 0; i < 1ul << b->order; i++) {
		*frame_word(b->hpa, i, false) = token + i;
		*frame_word(b->hpa, i, true) = ~token - i;
	}
}

/* Has nobody else written to it? */
static bool
block_whole(const struct block *b)
{
	for (uint64_t i = 0; i < 1ul << b->order; i++)
		if (*frame_word(b->hpa, i, false) != b->token + i ||
			*frame_word(b->hpa, i, true) != ~b->token - i)
			return false;
	return true;
}

static void
block_take(struct dice *d, struct block *b)
{
	size_t before = pmm_frames_free();
	unsigned locks = locks_of_frames;
	bool locked;

	b->order = (unsigned)dice_below(d, 7);
	b->hpa = pmm_alloc(b->order);
	locked = locks_of_frames > locks;
	say("order %u: %s, locked %d, aligned %d, frames less %zu, "
	    "references %u",
		b->order, b->hpa ? "a block" : "nothing", locked,
		b->hpa % (PAGE_SIZE << b->order) == 0,
		before - pmm_frames_free(), b->hpa ? pmm_refs(b->hpa) : 0);
	if (b->hpa)
		block_mark(b, dice_next(d));
}

static void
block_give(struct block *b)
{
	size_t before = pmm_frames_free();
	bool whole = block_whole(b);

	pmm_free(b->hpa, b->order);
	say("order %u back: untouched %d, frames more %zu, references %u",
		b->order, whole, pmm_frames_free() - before, pmm_refs(b->hpa));
	b->hpa = 0;
}

static void
play_blocks(struct dice *d, const void *how)
{
	(void)how;
	stage_frames();
	for (unsigned i = 0; i < STEPS; i++) {
		struct block *b = &held[dice_below(d, HELD)];

		if (b->hpa)
			block_give(b);
		else
			block_take(d, b);
	}
}

/* The loader's RAM gets a gap that no frame begins or ends at. */
static void
ram_split(struct dice *d)
{
	struct bootinfo *info = (struct bootinfo *)boot_info();

	for (size_t i = 0; i < info->memory_count; i++) {
		struct bootmem *mem = &info->memory[i], *rest;
		uint64_t gap = 1 + dice_below(d, 5 * PAGE_SIZE);
		uint64_t size = (48ull << 20) + (dice_next(d) & 0xfffff) + 1;

		if (!mem->ram || mem->size < 2 * size)
			continue;
		rest = &info->memory[info->memory_count++];
		*rest = (struct bootmem){ mem->start + size + gap,
			mem->size - size - gap, true };
		mem->size = size;
		return;
	}
}

static void
play_drain(struct dice *d, const void *how)
{
	(void)how;
	ram_split(d);
	stage_frames();
	say("total less free %zu", pmm_frames_total() - pmm_frames_free());
	drain(PMM_ORDER_MAX, true);
}

/*
 * Frame by frame, given back in another order: blocks must grow together.  How
 * many there are is a matter of the kernel's size: a dice of their own.
 */
static void
play_merge(struct dice *d, const void *how)
{
	struct dice of_frames = { dice_next(d) };
	uint64_t list[8] = { 0 }, all;

	(void)how;
	stage_frames();
	all = drain(0, true);
	while (all) {
		uint64_t *words = phys_to_virt(all), next = words[0];
		unsigned to = (unsigned)dice_below(&of_frames, 8);

		words[0] = list[to];
		list[to] = all;
		all = next;
	}
	for (unsigned i = 0; i < 8; i++)
		give_all(list[i]);
	drain(PMM_ORDER_MAX, true);
}

static void
play_references(struct dice *d, const void *how)
{
	(void)how;
	stage_frames();
	for (unsigned i = 0; i < 40; i++) {
		size_t before = pmm_frames_free();
		unsigned refs = 1 + (unsigned)dice_below(d, 5);
		uint64_t hpa = pmm_alloc_zeroed(0);

		for (unsigned k = 1; k < refs; k++)
			pmm_ref(hpa);
		while (refs > 0) {
			unsigned locks;

			say("references %u, frames taken %zu", pmm_refs(hpa),
				before - pmm_frames_free());
			locks = locks_of_frames;
			pmm_free(hpa, 0);
			say("one less: locked %d", locks_of_frames > locks);
			refs--;
		}
		say("references %u, frames taken %zu", pmm_refs(hpa),
			before - pmm_frames_free());
	}
}

/* A block of which somebody shares some frames comes back in parts. */
static void
play_parts(struct dice *d, const void *how)
{
	(void)how;
	stage_frames();
	for (unsigned i = 0; i < 30; i++) {
		size_t before = pmm_frames_free();
		unsigned order = 1 + (unsigned)dice_below(d, 5);
		uint64_t shared = dice_next(d), hpa = pmm_alloc(order);

		for (unsigned k = 0; k < 1u << order; k++)
			if (shared >> k & 1)
				pmm_ref(hpa + k * PAGE_SIZE);
		pmm_free(hpa, order);
		say("order %u, shared %x: still taken %zu", order,
			(unsigned)shared & ((1u << order) - 1),
			before - pmm_frames_free());
		for (unsigned k = 0; k < 1u << order; k++)
			if (shared >> k & 1)
				pmm_free(hpa + k * PAGE_SIZE, 0);
		say("then %zu", before - pmm_frames_free());
	}
	drain(PMM_ORDER_MAX, true);
}

/* -- Objects --------------------------------------------------------------- */

struct object {
	uint8_t *at; /* NULL: none */
	size_t size;
	uint8_t token;
};

static struct object objects[200];

static bool
object_whole(const struct object *o)
{
	for (size_t i = 0; i < o->size; i++)
		if (o->at[i] != (uint8_t)(o->token + i))
			return false;
	return true;
}

static size_t
object_size(struct dice *d)
{
	if (dice_percent(d, 5))
		return 1025 + dice_below(d, 20000);
	return 1 + dice_below(d, dice_percent(d, 50) ? 64 : 1024);
}

static void
object_toggle(struct dice *d, struct object *o)
{
	if (o->at) {
		bool whole = object_whole(o);
		unsigned locks = locks_of_objects;

		kfree(o->at);
		say("%zu bytes back: untouched %d, locked %d", o->size, whole,
			locks_of_objects > locks);
		o->at = NULL;
		return;
	}
	o->size = object_size(d);
	o->token = (uint8_t)dice_next(d);
	o->at = kmalloc(o->size);
	say("%zu bytes: %s, aligned %d", o->size, o->at ? "there" : "none",
		(uint64_t)o->at % 16 == 0);
	for (size_t i = 0; o->at && i < o->size; i++)
		o->at[i] = (uint8_t)(o->token + i);
}

static void
play_objects(struct dice *d, const void *how)
{
	size_t before;

	(void)how;
	stage_frames();
	before = pmm_frames_free();
	for (unsigned i = 0; i < 1500; i++)
		object_toggle(d, &objects[dice_below(d, 200)]);
	for (unsigned i = 0; i < 200; i++)
		if (objects[i].at)
			object_toggle(d, &objects[i]);
	say("bytes %zu, frames not back %zu", kheap_bytes(),
		before - pmm_frames_free());
}

/* The last line is said only if the second kfree() passes unnoticed. */
static void
play_double_free(struct dice *d, const void *how)
{
	void *keeps[5], *twice;

	(void)how;
	stage_frames();
	for (unsigned i = 0; i < 5; i++)
		keeps[i] = kmalloc(100);
	twice = keeps[dice_below(d, 5)];
	say("freed once");
	kfree(twice);
	say("and again");
	kfree(twice);
	say("unnoticed");
}

/* The same of frames. */
static void
play_double_free_frame(struct dice *d, const void *how)
{
	unsigned order = (unsigned)dice_below(d, 4);
	uint64_t hpa;

	(void)how;
	stage_frames();
	pmm_alloc(order);
	hpa = pmm_alloc(order);
	say("freed once");
	pmm_free(hpa, order);
	say("and again");
	pmm_free(hpa, order);
	say("unnoticed");
}

/* An address within an object that is in use, after one of an object. */
static void
play_crooked_free(struct dice *d, const void *how)
{
	uint8_t *object;

	(void)how;
	stage_frames();
	object = kmalloc(128);
	kfree(kmalloc(128));
	say("an object freed");
	kfree(object + 16 * (1 + dice_below(d, 7)));
	say("unnoticed");
}

/*
 * An address in a frame that somebody else fills: what a slab has there could
 * be a list, 5 objects of 32 bytes in use of 5, and a bitmap that has the
 * first.
 */
static void
play_foreign_free(struct dice *d, const void *how)
{
	uint16_t *words;

	(void)d;
	(void)how;
	stage_frames();
	kfree(kmalloc(100));
	say("an object freed");
	words = phys_to_virt(pmm_alloc(0));
	for (unsigned i = 0; i < PAGE_SIZE / 2; i++)
		words[i] = 5;
	kfree(words + 32);
	say("unnoticed");
}

/*
 * Of objects that form a list, through their first words, every second one is
 * freed, and as many are made: all frames have room for them.
 */
static uint8_t *
every_second_anew(uint8_t *last, size_t size)
{
	size_t seen = 0, freed = 0;

	for (uint8_t **at = &last; *at;) {
		uint8_t *o = *at;

		if (seen++ % 2 == 0) {
			at = (uint8_t **)o;
			continue;
		}
		memcpy(at, o, sizeof(*at));
		kfree(o);
		freed++;
	}
	while (freed-- > 0) {
		uint8_t *o = kmalloc(size);

		memcpy(o, &last, sizeof(last));
		last = o;
	}
	return last;
}

/* How many objects of a size share a frame; and again, when some were freed. */
static void
play_slabs(struct dice *d, const void *how)
{
	const bool again = how != NULL;

	(void)d;
	stage_frames();
	for (size_t size = 16; size <= 1024; size *= 2) {
		size_t start = kheap_bytes(), n = 0;
		uint8_t *last = NULL;

		while (kheap_bytes() < start + 3 * PAGE_SIZE) {
			uint8_t *o = kmalloc(size);

			if (!o)
				break;
			memcpy(o, &last, sizeof(last));
			last = o;
			n++;
		}
		say("%zu bytes: %zu objects open the third frame", size, n);
		if (!again)
			continue;
		last = every_second_anew(last, size);
		say("bytes, every second one anew: %zu", kheap_bytes() - start);
		while (last) {
			uint8_t *next;

			memcpy(&next, last, sizeof(next));
			kfree(last);
			last = next;
		}
		say("bytes %zu", kheap_bytes() - start);
	}
}

const struct scenario scenarios[] = {
	{ "all-of-memory", play_drain, NULL },
	{ "blocks", play_blocks, NULL },
	{ "merge", play_merge, NULL },
	{ "references", play_references, NULL },
	{ "parts", play_parts, NULL },
	{ "objects", play_objects, NULL },
	{ "double-free", play_double_free, NULL },
	{ "double-free-frame", play_double_free_frame, NULL },
	{ "crooked-free", play_crooked_free, NULL },
	{ "foreign-free", play_foreign_free, NULL },
	{ "slabs", play_slabs, NULL },
	{ "slabs-again", play_slabs, "again" },
	{ NULL, NULL, NULL },
};
