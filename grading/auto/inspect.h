/* SPDX-License-Identifier: MIT */
/*
 * The state of a machine that has ended and stands still, read from outside:
 * its memory through QMP, what the CPU was given (CR3, the VMCB's address) from
 * QEMU itself.  Nothing of this asks the kernel; a kernel that wanted other
 * findings would have to have other page tables.
 *
 * Each finding is a line with a number of things that should not be; of right
 * solutions all are 0, so they can be compared with the reference's.
 */
#ifndef GRADING_AUTO_INSPECT_H
#define GRADING_AUTO_INSPECT_H

#include "grading/auto/qmp.h"

/* Memory by frames; false: there is none at that address. */
struct memory {
	bool (*read)(const struct memory *m, uint64_t addr, uint64_t *words);
	const void *of;
};

/* Addresses of the kernel's image, by its symbols. */
struct image {
	uint64_t text, text_end, data, data_end, end;
};

/*
 * The tables at root are those of Droste's kernel (kernel/mem/paging.h has the
 * map): add lines on
 *	pages of the kernel's half that ring 3 may touch
 *	pages that may be both written and executed
 *	pages that may be executed, and are not of the image's text
 *	pages of the image that are missing, elsewhere, or (text) writable
 *	pages of the direct map that are elsewhere
 *	guard pages of stacks that are mapped
 *	user pages that show a page table, or the image
 */
void inspect_tables(const struct memory *m, uint64_t root,
	const struct image *image, struct text *t);

/*
 * The machine has ended.  what: "tables", the kernel's own; "vmcb", the VMCB
 * that VMRUN was given last, its nested tables, and through these the guest's.
 * kernel: the image, as a path in the sandbox.
 */
void inspect(const struct sandbox *sb, struct qmp *q, const char *kernel,
	const char *what, struct text *t);

#endif
