/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an ELF file: nothing is read outside the file, and what the
 * reader accepts obeys its contract.
 */
/* links: kernel/lib/elf.c */
#include "kernel/lib/elf.h"

#include "kernel/abi/errno.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct image {
	struct elf_source src;
	const uint8_t *bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool cond)
{
	if (!cond)
		abort();
}

static int64_t
image_read(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	check(offset <= src->size && n <= src->size - offset);
	memcpy(buf, ((struct image *)src)->bytes + offset, n);
	return (int64_t)n;
}

static void
check_segment(const struct elf_segment *seg, uint64_t size)
{
	if (seg->type == ELF_PT_LOAD)
		check(seg->filesz <= seg->memsz);
	if (seg->filesz)
		check(seg->offset + seg->filesz >= seg->offset &&
			seg->offset + seg->filesz <= size);
	check(seg->vaddr + seg->memsz >= seg->vaddr);
	check(seg->paddr + seg->memsz >= seg->paddr);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = { { image_read, size }, data };
	struct elf_segment seg;
	uint8_t desc[8];
	struct elf elf;
	unsigned i;

	if (elf_open(&elf, &im.src)) {
		check(elf.why[0] && strlen(elf.why) < ELF_WHY_MAX);
		return 0;
	}
	check(elf.phnum > 0 && elf.phnum <= ELF_PHNUM_MAX);
	for (i = 0; i < elf.phnum; i++)
		if (!elf_segment(&elf, i, &seg))
			check_segment(&seg, size);
	elf_note(&elf, ELF_NOTE_XEN, ELF_NOTE_XEN_PHYS32_ENTRY, desc,
		sizeof(desc));
	return 0;
}
