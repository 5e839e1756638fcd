/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader (elf.h): bytes of an untrusted file to checked numbers.
 *
 * Offsets and sizes are up to 64 bits wide and all hostile, so a range is
 * never tested by adding: "n <= size && offset <= size - n" cannot wrap.
 *
 * System V ABI, chapters 4 (header, notes) and 5 (program headers).
 */
#include "kernel/lib/elf.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define ELF_MAGIC     "\177ELF"
#define ELF_CLASS_32  1
#define ELF_CLASS_64  2
#define ELF_DATA_LSB  1
#define ELF_VERSION   1
#define ELF_TYPE_EXEC 2

/* The first bytes are the same in both classes. */
struct elf_ident {
	uint8_t magic[4];
	uint8_t class;
	uint8_t data;
	uint8_t version;
	uint8_t pad[9];
	uint16_t type;
	uint16_t machine;
	uint32_t file_version;
};
_Static_assert(sizeof(struct elf_ident) == 24, "ELF layout");

struct elf32_header {
	struct elf_ident ident;
	uint32_t entry;
	uint32_t phoff;
	uint32_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};
_Static_assert(sizeof(struct elf32_header) == 52, "ELF layout");

struct elf64_header {
	struct elf_ident ident;
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};
_Static_assert(sizeof(struct elf64_header) == 64, "ELF layout");

struct elf32_phdr {
	uint32_t type;
	uint32_t offset;
	uint32_t vaddr;
	uint32_t paddr;
	uint32_t filesz;
	uint32_t memsz;
	uint32_t flags;
	uint32_t align;
};
_Static_assert(sizeof(struct elf32_phdr) == 32, "ELF layout");

struct elf64_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};
_Static_assert(sizeof(struct elf64_phdr) == 56, "ELF layout");

struct elf_note_header {
	uint32_t namesz; /* with the NUL */
	uint32_t descsz;
	uint32_t type;
};
_Static_assert(sizeof(struct elf_note_header) == 12, "ELF layout");

static int
elf_refuse(struct elf *elf, const char *why)
{
	snprintf(elf->why, sizeof(elf->why), "%s", why);
	return -ENOEXEC;
}

static int
elf_refuse_segment(struct elf *elf, unsigned index, const char *why)
{
	snprintf(elf->why, sizeof(elf->why), "program header %u: %s", index,
		why);
	return -ENOEXEC;
}

static bool
elf_range_ok(uint64_t offset, uint64_t n, uint64_t size)
{
	return n <= size && offset <= size - n;
}

int
elf_read(struct elf *elf, void *buf, size_t n, uint64_t offset)
{
	struct elf_source *src = elf->src;
	uint8_t *to = buf;

	if (!elf_range_ok(offset, n, src->size))
		return elf_refuse(elf, "the file ends too early");
	while (n) {
		int64_t got = src->read(src, to, n, offset);

		if (got < 0) {
			elf_refuse(elf, "the file cannot be read");
			return (int)got;
		}
		if (!got || (uint64_t)got > n)
			return elf_refuse(elf, "the file ends too early");
		to += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int
elf_check_ident(struct elf *elf, const struct elf_ident *id)
{
	if (memcmp(id->magic, ELF_MAGIC, sizeof(id->magic)))
		return elf_refuse(elf, "not an ELF file");
	if (id->class != ELF_CLASS_32 && id->class != ELF_CLASS_64)
		return elf_refuse(elf, "neither a 32-bit nor a 64-bit ELF");
	if (id->data != ELF_DATA_LSB)
		return elf_refuse(elf, "not little-endian");
	if (id->version != ELF_VERSION || id->file_version != ELF_VERSION)
		return elf_refuse(elf, "unknown ELF version");
	if (id->type != ELF_TYPE_EXEC)
		return elf_refuse(elf,
			"not an executable with fixed addresses (ET_EXEC)");
	if (id->machine != ELF_MACHINE_386 && id->machine != ELF_MACHINE_X86_64)
		return elf_refuse(elf, "not for x86");
	if (id->class == ELF_CLASS_64 && id->machine != ELF_MACHINE_X86_64)
		return elf_refuse(elf, "a 64-bit ELF for a 32-bit machine");
	return 0;
}

/* Sizes as the file says them against those that the class has. */
static int
elf_check_table(struct elf *elf, unsigned ehsize, unsigned phentsize)
{
	unsigned head = elf->is64 ? sizeof(struct elf64_header)
				  : sizeof(struct elf32_header);
	unsigned entry = elf->is64 ? sizeof(struct elf64_phdr)
				   : sizeof(struct elf32_phdr);

	if (ehsize != head)
		return elf_refuse(elf, "the file header's size is wrong");
	if (!elf->phnum)
		return elf_refuse(elf, "no program headers");
	if (elf->phnum > ELF_PHNUM_MAX)
		return elf_refuse(elf, "too many program headers");
	if (phentsize != entry)
		return elf_refuse(elf, "the program headers' size is wrong");
	if (!elf_range_ok(
		    elf->phoff, (uint64_t)elf->phnum * entry, elf->src->size))
		return elf_refuse(
			elf, "program headers beyond the end of the file");
	return 0;
}

int
elf_open(struct elf *elf, struct elf_source *src)
{
	union {
		struct elf_ident ident;
		struct elf32_header h32;
		struct elf64_header h64;
	} u;
	int err;

	memset(elf, 0, sizeof(*elf));
	elf->src = src;
	if (src->size < sizeof(u.ident))
		return elf_refuse(elf, "too short for an ELF file");
	err = elf_read(elf, &u.ident, sizeof(u.ident), 0);
	if (!err)
		err = elf_check_ident(elf, &u.ident);
	if (err)
		return err;
	elf->is64 = u.ident.class == ELF_CLASS_64;
	elf->machine = u.ident.machine;
	/* the ident is checked and kept: only what follows is read now */
	err = elf_read(elf, (uint8_t *)&u + sizeof(u.ident),
		(elf->is64 ? sizeof(u.h64) : sizeof(u.h32)) - sizeof(u.ident),
		sizeof(u.ident));
	if (err)
		return err;
	if (elf->is64) {
		elf->entry = u.h64.entry;
		elf->phoff = u.h64.phoff;
		elf->phnum = u.h64.phnum;
		return elf_check_table(elf, u.h64.ehsize, u.h64.phentsize);
	}
	elf->entry = u.h32.entry;
	elf->phoff = u.h32.phoff;
	elf->phnum = u.h32.phnum;
	return elf_check_table(elf, u.h32.ehsize, u.h32.phentsize);
}

/* Read a program header of either class into the 64-bit form. */
static int
elf_segment_fetch(struct elf *elf, unsigned index, struct elf_segment *seg)
{
	struct elf64_phdr h64;
	struct elf32_phdr h32;
	int err;

	if (elf->is64) {
		err = elf_read(elf, &h64, sizeof(h64),
			elf->phoff + index * sizeof(h64));
		if (err)
			return err;
		*seg = (struct elf_segment){ h64.type, h64.flags, h64.offset,
			h64.filesz, h64.memsz, h64.vaddr, h64.paddr,
			h64.align };
		return 0;
	}
	err = elf_read(
		elf, &h32, sizeof(h32), elf->phoff + index * sizeof(h32));
	if (err)
		return err;
	*seg = (struct elf_segment){ h32.type, h32.flags, h32.offset,
		h32.filesz, h32.memsz, h32.vaddr, h32.paddr, h32.align };
	return 0;
}

int
elf_segment(struct elf *elf, unsigned index, struct elf_segment *seg)
{
	uint64_t top = elf->is64 ? UINT64_MAX : UINT32_MAX;
	int err;

	memset(seg, 0, sizeof(*seg));
	if (index >= elf->phnum)
		return elf_refuse_segment(elf, index, "there is none");
	err = elf_segment_fetch(elf, index, seg);
	if (err)
		return err;
	if (seg->type == ELF_PT_NULL) {
		memset(seg, 0, sizeof(*seg));
		return 0;
	}
	if (seg->filesz &&
		!elf_range_ok(seg->offset, seg->filesz, elf->src->size))
		return elf_refuse_segment(
			elf, index, "file range beyond the end of the file");
	if (seg->type == ELF_PT_LOAD && seg->filesz > seg->memsz)
		return elf_refuse_segment(
			elf, index, "more bytes in the file than in memory");
	if (seg->memsz > top - seg->vaddr)
		return elf_refuse_segment(
			elf, index, "virtual addresses wrap around");
	if (seg->memsz > top - seg->paddr)
		return elf_refuse_segment(
			elf, index, "physical addresses wrap around");
	return 0;
}

/*
 * Look through one note segment.  A note is a header, the name and the
 * descriptor, the latter two padded; the sums stay below 2^33 because the
 * sizes are 32 bits wide.
 */
static int64_t
elf_note_in(struct elf *elf, const struct elf_segment *seg, const char *name,
	uint32_t type, void *desc, size_t size)
{
	uint64_t pad = seg->align == 8 ? 7 : 3, at = 0;
	size_t namelen = strlen(name) + 1;
	struct elf_note_header note;
	char found[16];
	int err;

	while (seg->filesz - at >= sizeof(note)) {
		uint64_t left = seg->filesz - at - sizeof(note);
		uint64_t from = seg->offset + at + sizeof(note);
		uint64_t skip, next;

		err = elf_read(elf, &note, sizeof(note), from - sizeof(note));
		if (err)
			return err;
		skip = (sizeof(note) + note.namesz + pad) & ~pad;
		skip -= sizeof(note);
		next = skip + ((note.descsz + pad) & ~pad);
		if (skip > left || note.descsz > left - skip)
			return elf_refuse(elf, "a note is cut short");
		if (note.type == type && note.namesz == namelen &&
			namelen <= sizeof(found)) {
			err = elf_read(elf, found, namelen, from);
			if (err)
				return err;
			if (!memcmp(found, name, namelen)) {
				err = elf_read(elf, desc,
					size < note.descsz ? size : note.descsz,
					from + skip);
				return err ? err : (int64_t)note.descsz;
			}
		}
		at += sizeof(note) + (next < left ? next : left);
	}
	return -ENOENT;
}

int64_t
elf_note(struct elf *elf, const char *name, uint32_t type, void *desc,
	size_t size)
{
	struct elf_segment seg;
	unsigned i;

	for (i = 0; i < elf->phnum; i++) {
		int64_t got = elf_segment(elf, i, &seg);

		if (got)
			return got;
		if (seg.type != ELF_PT_NOTE)
			continue;
		if (seg.filesz > ELF_NOTES_MAX)
			return elf_refuse_segment(
				elf, i, "too many bytes of notes");
		got = elf_note_in(elf, &seg, name, type, desc, size);
		if (got != -ENOENT)
			return got;
	}
	return -ENOENT;
}
