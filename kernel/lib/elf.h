/* SPDX-License-Identifier: MIT */
/*
 * Reading ELF programs, for exec and for the VMM's loaders.
 *
 * The file is an adversary: any field may lie.  Everything that these
 * functions return has been checked against the file's size and against
 * wrap-around, so a caller adds only its own limits (which addresses it
 * allows, how much memory there is).  Each header is read afresh when asked
 * for and checked as read: a file that changes in between can give other
 * answers, never unchecked ones.
 *
 * 32-bit and 64-bit files (ELF-32 and ELF-64 object file format) come out in
 * one 64-bit form.  Only executables with fixed addresses (ET_EXEC) for x86
 * are taken: there is no dynamic linking here, and section headers and
 * symbols are left out.
 */
#ifndef KERNEL_LIB_ELF_H
#define KERNEL_LIB_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_PHNUM_MAX 64    /* more program headers are refused */
#define ELF_NOTES_MAX 65536 /* bytes; a larger note segment is refused */
#define ELF_WHY_MAX   96

enum elf_segment_type {
	ELF_PT_NULL = 0,
	ELF_PT_LOAD = 1,
	ELF_PT_DYNAMIC = 2,
	ELF_PT_INTERP = 3,
	ELF_PT_NOTE = 4,
	ELF_PT_PHDR = 6,
	ELF_PT_TLS = 7
};

#define ELF_PF_X 1u
#define ELF_PF_W 2u
#define ELF_PF_R 4u

/* e_machine */
#define ELF_MACHINE_386	   3
#define ELF_MACHINE_X86_64 62

/* The note by which an ELF says its PVH entry (Xen, public/elfnote.h). */
#define ELF_NOTE_XEN		  "Xen"
#define ELF_NOTE_XEN_PHYS32_ENTRY 18

/*
 * Where the bytes come from; embed it in what you read from.  read() copies
 * at most n bytes at offset to buf and returns how many, 0 at the end, or
 * -errno.  Nothing is read at or beyond size.
 */
struct elf_source {
	int64_t (*read)(
		struct elf_source *src, void *buf, size_t n, uint64_t offset);
	uint64_t size;
};

struct elf {
	struct elf_source *src;
	bool is64;
	uint16_t machine;      /* ELF_MACHINE_386 or ELF_MACHINE_X86_64 */
	uint64_t entry;	       /* virtual; not checked to lie in a segment */
	uint64_t phoff;	       /* of the program headers in the file */
	unsigned phnum;	       /* 1 to ELF_PHNUM_MAX */
	char why[ELF_WHY_MAX]; /* after an error: what was wrong, one line */
};

/* One program header, whatever the class. */
struct elf_segment {
	uint32_t type;	 /* enum elf_segment_type, or another number */
	uint32_t flags;	 /* ELF_PF_* */
	uint64_t offset; /* of its bytes in the file */
	uint64_t filesz; /* bytes; offset + filesz lies inside the file */
	uint64_t memsz;	 /* bytes; >= filesz for ELF_PT_LOAD, the rest is 0 */
	uint64_t vaddr;	 /* vaddr + memsz does not wrap */
	uint64_t paddr;	 /* paddr + memsz does not wrap */
	uint64_t align;	 /* as the file says, unchecked */
};

/*
 * Check the file header and fill *elf, which keeps src.  Returns 0,
 * -ENOEXEC for anything that is no sound x86 executable, or the source's
 * error; then elf->why says why.  May sleep if the source may.
 */
int elf_open(struct elf *elf, struct elf_source *src);

/*
 * Read program header `index` (below elf->phnum) and check it.  An
 * ELF_PT_NULL segment is all zeros.  Returns as elf_open() does.
 */
int elf_segment(struct elf *elf, unsigned index, struct elf_segment *seg);

/*
 * Find the first note called `name` of `type` and copy its descriptor's
 * first `size` bytes to desc.  Returns the descriptor's length, which may be
 * smaller or larger than size; -ENOENT when there is no such note; or as
 * elf_open() does.
 */
int64_t elf_note(struct elf *elf, const char *name, uint32_t type, void *desc,
	size_t size);

/*
 * Read exactly n bytes at offset of the file.  Returns 0, -ENOEXEC when the
 * file ends before, or the source's error, with elf->why set.
 */
int elf_read(struct elf *elf, void *buf, size_t n, uint64_t offset);

#endif
