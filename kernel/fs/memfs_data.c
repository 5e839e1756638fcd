/* SPDX-License-Identifier: MIT */
/*
 * The contents of a file of the in-memory tree: initial bytes that lie in
 * the initrd and are never copied as long as nobody writes, and private
 * pages that hide parts of them.
 *
 *	page      0        1        2        3
 *	base      [aaaaaaaaabbbbbbbbbccc]              initrd, read-only
 *	pages                [BbbbbXbbb]        [d...  only what was written
 *	reads as  [aaaaaaaaa|BbbbbXbbb|ccc......|d...
 *
 * Invariants: bytes of a private page beyond the file's size are 0, and
 * base_size <= size.  So growing a file needs no work, and shrinking cleans
 * up behind the new end once.
 *
 * The tree leaves the last MEMFS_RESERVE frames alone, so that a full one
 * does not keep the kernel from running the `rm` that empties it.
 */
#include "kernel/fs/memfs_data.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/memfs.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"

#define MEMFS_RESERVE	512 /* frames: 2 MiB */
#define MEMFS_SLOTS_MIN 8

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool
memfs_has_room(void)
{
	return pmm_frames_free() > MEMFS_RESERVE;
}

/* The private page of number `page`, or NULL. */
static uint8_t *
memfs_page_find(const struct memfs_data *data, uint64_t page)
{
	return page < data->slots ? data->pages[page] : NULL;
}

/* Copy n bytes at offset of what was there before anybody wrote. */
static void
memfs_base_read(
	const struct memfs_data *data, uint8_t *buf, size_t n, uint64_t offset)
{
	size_t have = 0;

	if (offset < data->base_size)
		have = min_u64(n, data->base_size - offset);
	if (have > 0)
		memcpy(buf, data->base + offset, have);
	memset(buf + have, 0, n - have);
}

/* Make room for page numbers up to `page`: 0 or -ENOSPC. */
static int
memfs_slots_grow(struct memfs_data *data, uint64_t page)
{
	size_t slots = data->slots ? data->slots : MEMFS_SLOTS_MIN;
	uint8_t **pages;

	if (page < data->slots)
		return 0;
	while (slots <= page)
		slots *= 2;
	pages = kzalloc(slots * sizeof(*pages));
	if (!pages)
		return -ENOSPC;
	if (data->slots)
		memcpy(pages, data->pages, data->slots * sizeof(*pages));
	kfree(data->pages);
	data->pages = pages;
	data->slots = slots;
	return 0;
}

/* The private page of number `page`, made if need be; NULL: no memory. */
static uint8_t *
memfs_page_get(struct memfs_data *data, uint64_t page)
{
	uint64_t hpa;

	if (memfs_page_find(data, page))
		return data->pages[page];
	if (!memfs_has_room() || memfs_slots_grow(data, page))
		return NULL;
	hpa = pmm_alloc(0);
	if (!hpa)
		return NULL;
	data->pages[page] = phys_to_virt(hpa);
	memfs_base_read(data, data->pages[page], PAGE_SIZE, page * PAGE_SIZE);
	return data->pages[page];
}

static void
memfs_page_free(struct memfs_data *data, uint64_t page)
{
	if (data->pages[page])
		pmm_free(virt_to_phys(data->pages[page]), 0);
	data->pages[page] = NULL;
}

int64_t
memfs_data_read(
	const struct memfs_data *data, void *buf, size_t n, uint64_t offset)
{
	uint8_t *dst = buf;
	size_t done = 0;

	if (offset >= data->size)
		return 0;
	n = min_u64(n, data->size - offset);
	while (done < n) {
		uint64_t at = offset + done, in_page = at % PAGE_SIZE;
		size_t chunk = min_u64(n - done, PAGE_SIZE - in_page);
		uint8_t *page = memfs_page_find(data, at / PAGE_SIZE);

		if (page)
			memcpy(dst + done, page + in_page, chunk);
		else
			memfs_base_read(data, dst + done, chunk, at);
		done += chunk;
	}
	return (int64_t)done;
}

int64_t
memfs_data_write(
	struct memfs_data *data, const void *buf, size_t n, uint64_t offset)
{
	const uint8_t *src = buf;
	size_t done = 0;

	if (offset >= MEMFS_FILE_MAX)
		return -EFBIG;
	n = min_u64(n, MEMFS_FILE_MAX - offset);
	while (done < n) {
		uint64_t at = offset + done, in_page = at % PAGE_SIZE;
		size_t chunk = min_u64(n - done, PAGE_SIZE - in_page);
		uint8_t *page = memfs_page_get(data, at / PAGE_SIZE);

		if (!page)
			break;
		memcpy(page + in_page, src + done, chunk);
		done += chunk;
	}
	if (done == 0)
		return -ENOSPC;
	if (data->size < offset + done)
		data->size = offset + done;
	return (int64_t)done;
}

int
memfs_data_truncate(struct memfs_data *data, uint64_t size)
{
	uint64_t first = size / PAGE_SIZE; /* the page that the end is in */
	uint8_t *page;

	if (size > data->size && size > MEMFS_FILE_MAX)
		return -EFBIG;
	if (size < data->size) {
		page = memfs_page_find(data, first);
		if (page)
			memset(page + size % PAGE_SIZE, 0,
				PAGE_SIZE - size % PAGE_SIZE);
		for (uint64_t i = first + 1; i < data->slots; i++)
			memfs_page_free(data, i);
		data->base_size = min_u64(data->base_size, size);
	}
	data->size = size;
	return 0;
}

void
memfs_data_free(struct memfs_data *data)
{
	for (uint64_t i = 0; i < data->slots; i++)
		memfs_page_free(data, i);
	kfree(data->pages);
	memset(data, 0, sizeof(*data));
}
