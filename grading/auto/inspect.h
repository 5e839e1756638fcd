/* SPDX-License-Identifier: MIT */
/*
 * The state of a machine that has ended and stands still, read from outside:
 * its memory through QMP, what the CPU was given (CR3, the VMCB's address) from
 * QEMU itself; of Bochs, both from its debugger.  Nothing of this asks the
 * kernel; a kernel that wanted other findings would have to have other page
 * tables.
 *
 * Each finding is a line with a number of things that should not be; of right
 * solutions all are 0, so they can be compared with the reference's.
 */
#ifndef GRADING_AUTO_INSPECT_H
#define GRADING_AUTO_INSPECT_H

#include "grading/auto/qmp.h"

#define FRAME	    4096ull
#define FRAME_WORDS (FRAME / 8) /* or entries of a table */
#define FRAME_SHIFT 12
#define FRAMES_MAX  (1u << 20)		  /* that are looked at */
#define KERNEL_HALF 0xffff800000000000ull /* and the direct map */
#define KERNEL_BASE 0xffffffff80000000ull

/* Memory by frames; false: there is none at that address. */
struct memory {
	bool (*read)(const struct memory *m, uint64_t addr, uint64_t *words);
	const void *of;
};

/* The frames of a machine, fetched one by one, each once: its memory stands
 * still.  To be freed. */
struct memory *frames_new(
	bool (*fetch)(void *from, uint64_t addr, uint64_t *words), void *from);
void frames_free(struct memory *m);

/* Entries of page tables (APM 2, 5.3.3).  In EPT the first three bits are R, W
 * and X (SDM 3C, table 28-6), which is the same to who needs all of them. */
#define PTE_P	 (1ull << 0)
#define PTE_W	 (1ull << 1)
#define PTE_U	 (1ull << 2)
#define PTE_D	 (1ull << 6)
#define PTE_PS	 (1ull << 7)
#define PTE_NX	 (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull

struct translation {
	uint64_t addr;
	uint64_t rights; /* P, W, U, NX of all levels; D of the last */
	bool known;	 /* or else a table could not be read */
};

/* Walk four levels of tables; false: the address has no page. */
bool memory_translate(const struct memory *m, uint64_t root, uint64_t addr,
	struct translation *to);

/*
 * A guest's memory, of which the host's tables at root say where it is: its
 * first byte is mapped at base.  rights: a page without one of these is none of
 * the guest's.  memory reads it by the guest's addresses.
 */
struct guest_memory {
	struct memory memory;
	const struct memory *host;
	uint64_t root, base, rights;
};
/* The other fields are set. */
void guest_memory_init(struct guest_memory *g);
/* Where a frame of the guest is; 0: nowhere, as far as the tables say. */
uint64_t guest_frame(const struct guest_memory *g, uint64_t gpa);

/* Addresses of the kernel's image, by its symbols (etext is in the last page of
 * its text, where the code ends); of kernel_root, of pmm.c's frame records, and
 * of power_off(). */
struct image {
	uint64_t text, etext, text_end, data, data_end, end, root;
	uint64_t frames, frame_count, power_off;
};

/* Of a kernel, a path in the sandbox, where nm reads it; false: some are
 * missing. */
bool image_read(
	const struct sandbox *sb, const char *kernel, struct image *image);

/* A guest is the same image: the page of its text at va, whose frame is at hpa,
 * has the host's code, and is not the host's own.  (What is in the page behind
 * the code is as the loader found it.) */
bool image_text_is(const struct image *image, const struct memory *host,
	uint64_t va, uint64_t hpa);

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
 * The pages of the lower half at root, as three numbers: how many there are,
 * may be written, may be executed.
 */
void inspect_user_pages(const struct memory *m, uint64_t root, struct text *t);

/*
 * The frame records (kernel/mem/pmm.c) of the kernel at root: how many frames
 * are in use.
 */
void inspect_frames(const struct memory *m, uint64_t root,
	const struct image *image, struct text *t);

/*
 * A guest that is the same image runs on shadow tables: kernel is the root
 * that the CPU had in its kernel, user in a program of its.  Each shadow entry
 * of the kernel's half is looked up in the guest's own tables, which are found
 * by the guest's own kernel_root; lines on
 *	shadow pages that the guest's tables do not have
 *	shadow pages with a right that the guest's tables do not give
 *	shadow pages that may be written, and are not yet dirty
 *	shadow pages that lie elsewhere than the guest's memory does
 *	pages of the guest's text that are not the image's
 *	pages of the kernel's half that virtual user mode sees
 */
void inspect_shadow(const struct memory *m, uint64_t kernel, uint64_t user,
	const struct image *image, struct text *t);

/*
 * A guest that is the same image, on nested tables, by the VMCB at an address
 * (0: there is none), or by what Bochs' debugger says of the VMCS (`show
 * "VMX"`: the fields as the last VM entry took them).  Lines on
 *	the VMCB, or VMCS: what in it a VMM cannot do without, and is not there
 *	frames of the guest that are the host's image
 *	pages of its text that are not the image's, or are the host's own
 *	its own tables, as inspect_tables() has them
 */
void inspect_vmcb(const struct memory *m, uint64_t at,
	const struct image *image, struct text *t);
void inspect_vmcs(const struct memory *m, const char *vmx,
	const struct image *image, struct text *t);

/*
 * The machine has ended.  what: "tables", the kernel's own and those of the
 * process that ran last; "frames", how many are in use; "vmcb", the VMCB
 * that VMRUN was given last, its nested tables, and through these the guest's;
 * "shadow", the shadow tables of a guest in ring 3.
 * kernel: the image, as a path in the sandbox.
 */
void inspect(const struct sandbox *sb, struct qmp *q, const char *kernel,
	const char *what, struct text *t);

#endif
