/* SPDX-License-Identifier: MIT */
/*
 * Memory: a first-fit allocator over the heap that SYS_brk moves.  Free blocks
 * are a list in the order of addresses, so that neighbours merge when a block
 * is freed; the heap never shrinks.  A block's header lies before it and keeps
 * its 16-byte alignment.
 */
#include "user/lib/libc.h"

struct block {
	size_t size;	    /* bytes, this header included */
	struct block *next; /* of the free list; the block's own when in use */
};
_Static_assert(sizeof(struct block) == 16, "keeps blocks aligned");

#define GROW_STEP  ((size_t)64 << 10)
#define SIZE_LIMIT ((size_t)1 << 46)

static struct block *free_list;
static char *heap_end;

/* Puts b on the free list and merges it with its neighbours. */
static void
block_release(struct block *b)
{
	struct block **link = &free_list, *before = NULL;

	while (*link != NULL && *link < b) {
		before = *link;
		link = &before->next;
	}
	b->next = *link;
	*link = b;
	if (b->next != NULL && (char *)b + b->size == (char *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
	if (before != NULL && (char *)before + before->size == (char *)b) {
		before->size += b->size;
		before->next = b->next;
	}
}

/* Moves the heap's end by at least size bytes; they become a free block. */
static int
heap_grow(size_t size)
{
	struct block *b;
	char *end;

	if (heap_end == NULL) {
		heap_end = brk_set(NULL);
		if (heap_end == (char *)-1)
			return -1;
		heap_end += -(size_t)heap_end & 15;
	}
	size = (size + GROW_STEP - 1) & ~(GROW_STEP - 1);
	end = brk_set(heap_end + size);
	if (end != heap_end + size) {
		errno = ENOMEM;
		return -1;
	}
	b = (struct block *)heap_end;
	b->size = size;
	heap_end = end;
	block_release(b);
	return 0;
}

static struct block *
block_take(size_t size)
{
	struct block **link, *b, *rest;

	for (link = &free_list; *link != NULL; link = &(*link)->next)
		if ((*link)->size >= size)
			break;
	b = *link;
	if (b == NULL)
		return NULL;
	*link = b->next;
	if (b->size - size >= 2 * sizeof(*b)) {
		rest = (struct block *)((char *)b + size);
		rest->size = b->size - size;
		rest->next = *link;
		*link = rest;
		b->size = size;
	}
	b->next = b;
	return b;
}

void *
malloc(size_t size)
{
	struct block *b;

	if (size > SIZE_LIMIT) {
		errno = ENOMEM;
		return NULL;
	}
	size = ((size + 15) & ~(size_t)15) + sizeof(*b);
	b = block_take(size);
	if (b == NULL) {
		if (heap_grow(size) < 0)
			return NULL;
		b = block_take(size);
	}
	return b + 1;
}

/* A pointer that malloc never returned, or a second free, ends the program. */
static struct block *
block_of(void *memory)
{
	struct block *b = (struct block *)memory - 1;

	if (b->next != b) {
		dprintf(2, "%s: free of %p, which is not allocated\n",
			program_name, memory);
		__builtin_trap();
	}
	return b;
}

void
free(void *memory)
{
	if (memory != NULL)
		block_release(block_of(memory));
}

void *
calloc(size_t n, size_t size)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	memory = malloc(total);
	if (memory != NULL)
		memset(memory, 0, total);
	return memory;
}

void *
realloc(void *old, size_t size)
{
	size_t had;
	void *grown;

	if (old == NULL)
		return malloc(size);
	had = block_of(old)->size - sizeof(struct block);
	if (size <= had)
		return old;
	grown = malloc(size);
	if (grown != NULL) {
		memcpy(grown, old, had);
		free(old);
	}
	return grown;
}
