/* SPDX-License-Identifier: MIT */
/*
 * The small-object allocator.  A slab is one frame: a header, and objects of
 * one size behind it; a bitmap in the header says which are used.  Slabs with
 * room form a list for each size class; a slab without objects goes back to
 * the frame allocator.
 *
 * A pointer tells what it is: small objects never start at a page boundary
 * (the header is there), blocks of frames always do.
 */
#include "kernel/mem/kheap.h"

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

#define SLAB_HEADER	64 /* bytes; objects start here */
#define SLAB_MIN_SHIFT	4  /* 16 bytes */
#define SLAB_MAX_SHIFT	10 /* 1 KiB: three objects a slab */
#define SLAB_CLASSES	(SLAB_MAX_SHIFT - SLAB_MIN_SHIFT + 1)
#define SLAB_MAGIC	0x51ab
#define SLAB_BITMAP_LEN 4 /* words; enough for 252 objects of 16 bytes */

struct slab {
	struct list link; /* in its class's list while it has room */
	uint16_t magic;
	uint16_t shift;			  /* object size: 1 << shift */
	uint16_t used, capacity;	  /* objects */
	uint64_t bitmap[SLAB_BITMAP_LEN]; /* 1: used */
};
_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "slab header");

static struct spinlock kheap_lock = SPINLOCK_INIT("kheap");
static struct list slabs[SLAB_CLASSES]; /* guarded by kheap_lock */
static size_t heap_bytes;		/* guarded by kheap_lock */

static struct list *
slab_list(unsigned shift)
{
	struct list *list = &slabs[shift - SLAB_MIN_SHIFT];

	if (!list->next)
		list_init(list);
	return list;
}

static struct slab *
slab_create(unsigned shift)
{
	uint64_t hpa = pmm_alloc(0);
	struct slab *slab;

	if (!hpa)
		return NULL;
	heap_bytes += PAGE_SIZE;
	slab = phys_to_virt(hpa);
	memset(slab, 0, sizeof(*slab));
	slab->magic = SLAB_MAGIC;
	slab->shift = (uint16_t)shift;
	slab->capacity = (uint16_t)((PAGE_SIZE - SLAB_HEADER) >> shift);
	list_push(slab_list(shift), &slab->link);
	return slab;
}

/*
 * Take the first free object of a slab that has one.  Returns its address, 16
 * bytes aligned at least.  A slab that is full now leaves its class's list.
 * kheap_lock is held.
 */
static void *
slab_take(struct slab *slab)
{
	unsigned index = 0;

	while (slab->bitmap[index / 64] == UINT64_MAX)
		index += 64;
	index += (unsigned)__builtin_ctzll(~slab->bitmap[index / 64]);
	slab->bitmap[index / 64] |= 1ul << (index % 64);
	if (++slab->used == slab->capacity)
		list_remove(&slab->link);
	return (char *)slab + SLAB_HEADER + ((size_t)index << slab->shift);
}

static void *
slab_alloc(size_t size)
{
	unsigned shift = SLAB_MIN_SHIFT;
	struct list *list;
	struct slab *slab;
	void *object = NULL;

	while ((1ul << shift) < size)
		shift++;
	spin_lock(&kheap_lock);
	list = slab_list(shift);
	if (list_empty(list))
		slab = slab_create(shift);
	else
		slab = list_entry(list_first(list), struct slab, link);
	if (slab)
		object = slab_take(slab);
	spin_unlock(&kheap_lock);
	return object;
}

/*
 * Give back a small object.  Panics if ptr is not the address of one (its frame
 * is a slab, which has SLAB_MAGIC, and one of the slab's objects starts there),
 * or of one that is free.  A slab that was full joins its class's list again; a
 * slab without objects leaves it, and its frame goes back to the frame
 * allocator (heap_bytes says so).  Takes kheap_lock.
 */
static void
slab_free(void *ptr)
{
	struct slab *slab = (void *)page_round_down((uint64_t)ptr);
	size_t offset = (size_t)((char *)ptr - (char *)slab) - SLAB_HEADER;
	size_t index;

	if (slab->magic != SLAB_MAGIC || offset & ((1ul << slab->shift) - 1))
		panic("kfree: %p is not from kmalloc", ptr);
	index = offset >> slab->shift;
	spin_lock(&kheap_lock);
	if (!(slab->bitmap[index / 64] >> (index % 64) & 1))
		panic("kfree: %p is free already", ptr);
	slab->bitmap[index / 64] &= ~(1ul << (index % 64));
	if (slab->used-- == slab->capacity)
		list_push(slab_list(slab->shift), &slab->link);
	if (slab->used == 0) {
		list_remove(&slab->link);
		slab->magic = 0;
		heap_bytes -= PAGE_SIZE;
		pmm_free(virt_to_phys(slab), 0);
	}
	spin_unlock(&kheap_lock);
}

void *
kmalloc(size_t size)
{
	unsigned order = 0;
	uint64_t hpa;

	if (size == 0)
		return NULL;
	if (size <= 1ul << SLAB_MAX_SHIFT)
		return slab_alloc(size);
	while (order <= PMM_ORDER_MAX && PAGE_SIZE << order < size)
		order++;
	if (order > PMM_ORDER_MAX)
		return NULL;
	hpa = pmm_alloc(order);
	if (!hpa)
		return NULL;
	spin_lock(&kheap_lock);
	heap_bytes += PAGE_SIZE << order;
	spin_unlock(&kheap_lock);
	return phys_to_virt(hpa);
}

void *
kzalloc(size_t size)
{
	void *ptr = kmalloc(size);

	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void
kfree(void *ptr)
{
	unsigned order;

	if (!ptr)
		return;
	if ((uint64_t)ptr & (PAGE_SIZE - 1)) {
		slab_free(ptr);
		return;
	}
	order = pmm_order(virt_to_phys(ptr));
	spin_lock(&kheap_lock);
	heap_bytes -= PAGE_SIZE << order;
	spin_unlock(&kheap_lock);
	pmm_free(virt_to_phys(ptr), order);
}

char *
kstrdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = kmalloc(size);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

size_t
kheap_bytes(void)
{
	return __atomic_load_n(&heap_bytes, __ATOMIC_RELAXED);
}
