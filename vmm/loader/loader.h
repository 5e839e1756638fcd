/* SPDX-License-Identifier: MIT */
/*
 * Loaders: a kernel file into a new VM's memory, and the state in which its
 * boot protocol wants the CPU.
 *
 * A file that ends with LOADER() is a boot protocol that guests may use.
 * load_kernel() asks them in the order of their rank whether the kernel is
 * theirs; the first that says so loads it.
 *
 * Kernel and initrd are adversaries: every address is checked against the
 * VM's RAM before a byte is written, and each lie has one line that says
 * what is wrong.  Loaders reach memory through gmem alone and know no
 * privileged instruction, so they run in unit tests on the host.
 */
#ifndef VMM_LOADER_LOADER_H
#define VMM_LOADER_LOADER_H

#include "kernel/lib/elf.h"
#include "kernel/lib/linkset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gmem;
struct vcpu;

#define LOAD_WHY_MAX 160

/*
 * What a boot protocol hands to the guest lies in low memory: information
 * structures, command line, memory map.  Kernels load above it.
 */
#define LOAD_INFO_START 0x9000ull
#define LOAD_INFO_END	0x80000ull

/* A module beside the initrd, for protocols that have names for them. */
struct load_module {
	const char *name; /* its command line */
	const void *bytes;
	size_t size;
};

struct load {
	/* set by the caller */
	struct gmem *gmem; /* its RAM is untouched, so it reads as zeros */
	struct vcpu *vcpu;
	struct elf_source *kernel;
	struct elf_source *initrd; /* NULL: none */
	const char *name; /* of the kernel, for protocols that pass it on */
	const char *cmdline;
	const struct load_module *module; /* NULL: none */

	/* for the loaders */
	uint64_t kernel_start, kernel_end; /* gpas that segments cover */
	uint64_t initrd_gpa;	/* valid if the initrd is not empty */
	uint64_t info_next;	/* next free gpa for load_info() */
	char why[LOAD_WHY_MAX]; /* after an error: one line */
};

struct loader {
	const char *name;
	int rank; /* lower is asked first */
	/* Is it this one's?  1, 0, or -errno with ld->why. */
	int (*probe)(struct load *ld);
	/* Load it and set up the CPU: 0, or -errno with ld->why. */
	int (*load)(struct load *ld);
};

#define LOADER(name_, rank_, probe_, load_)                                    \
	LINKSET(struct loader, loaders, loader_##name_)                        \
	= { .name = #name_,                                                    \
		.rank = (rank_),                                               \
		.probe = (probe_),                                             \
		.load = (load_) }

/*
 * Load kernel and initrd into a VM that has not run.  Returns 0; -ENOEXEC
 * for a file that no loader takes or that lies, -E2BIG when it does not fit
 * the VM, -ENOMEM when the host has no memory, or the source's error.  Then
 * ld->why is one line that says why.  May sleep if the sources may.
 */
int load_kernel(struct load *ld);

/* For loaders. */

/* Write ld->why, and return err. */
int load_error(struct load *ld, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Copy filesz bytes at offset of src to gpa; the rest up to memsz is zero.
 * The range must be RAM, outside the information area, and is added to the
 * kernel's.  what names it in an error: "segment".
 */
int load_segment(struct load *ld, struct elf_source *src, const char *what,
	uint64_t offset, uint64_t filesz, uint64_t gpa, uint64_t memsz);

/* All ELF_PT_LOAD segments, at their physical addresses. */
int load_elf_segments(struct load *ld, struct elf *elf);

/*
 * Place the initrd, page-aligned, at the top of the RAM below 4 GiB and above
 * the kernel, once that is loaded.  Sets ld->initrd_gpa.
 */
int load_initrd(struct load *ld);

/*
 * Put bytes into the information area, aligned to 8; *gpa says where.
 */
int load_info(struct load *ld, const void *bytes, size_t n, uint64_t *gpa);

/*
 * The CPU as both protocols want it: 32-bit protected mode, flat segments,
 * no paging, interrupts off, at eip with EAX and EBX.
 */
void load_cpu(struct load *ld, uint32_t eip, uint32_t eax, uint32_t ebx);

#endif
