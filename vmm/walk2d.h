/* SPDX-License-Identifier: MIT */
/*
 * The whole way of a guest-virtual address to host memory, reference by
 * reference, for people to look at.
 *
 * Under nested paging it has two dimensions.  Each entry of the guest's
 * tables lies at a guest-physical address, which the CPU must translate by
 * the nested tables before it can read the entry; and so must the address
 * that comes out.  With n levels of the guest's and m nested ones these are
 * (n + 1)(m + 1) - 1 references: 24 for pages of 4 KiB in pages of 4 KiB.
 *
 *	gva: CR3 --> [nested 4 3 2 1] --> guest 4		m + 1
 *	     -----> [nested 4 3 2 1] --> guest 3		m + 1
 *	     -----> [nested 4 3 2 1] --> guest 2		m + 1
 *	     -----> [nested 4 3 2 1] --> guest 1		m + 1
 *	     -----> [nested 4 3 2 1] --> the byte		m
 *
 * Under shadow paging the CPU walks the shadow's tables alone; the guest's
 * walk, which the VMM made before, stands beside it.
 *
 * A walk as it would be with all caches cold; it sets no bit and maps
 * nothing.  Pure.
 */
#ifndef VMM_WALK2D_H
#define VMM_WALK2D_H

#include "vmm/engine.h"
#include "vmm/gwalk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK2D_REFS  ((PAGEFMT_LEVELS + 1) * (PAGEFMT_LEVELS + 1) - 1)
#define WALK_NOWHERE (~0ull) /* an hpa that there is none of */

/* One reference to a table. */
struct walk2d_ref {
	const struct pagefmt *fmt;
	bool guest;	/* to one of the guest's */
	uint8_t level;	/* of that table, from 1 */
	uint64_t gpa;	/* guest: of the entry; nested: what is translated */
	uint64_t hpa;	/* of the entry, or WALK_NOWHERE */
	uint64_t entry; /* what it holds */
};

enum walk2d_end {
	WALK2D_PAGE,	    /* at a page */
	WALK2D_NO_ADDRESS,  /* not canonical, or over 32 bits: no walk */
	WALK2D_GUEST_FAULT, /* the guest's last entry is absent or malformed */
	WALK2D_HOST_FAULT,  /* the host's is, as a rule not there yet */
	WALK2D_NO_MEMORY
};

struct walk2d {
	uint64_t gva, gpa, hpa; /* as far as it came */
	uint64_t cr3;
	bool nested;
	const char *mmu;		/* "npt" */
	const struct pagefmt *guest;	/* NULL: paging is off */
	struct pagefmt_cpu guest_cpu;	/* what its entries may hold */
	uint64_t guest_page, host_page; /* bytes */
	enum walk2d_end end;
	unsigned refs, guest_refs;
	unsigned least, most; /* nested references for one address */
	struct walk2d_ref ref[WALK2D_REFS];
};

/*
 * Walk to gva under a mode of the vCPU's.  Only where the vCPU does not run:
 * in its thread, or before or after it.
 */
void walk2d(struct walk2d *w, const struct gwalk_mode *mode, struct mmu *mmu,
	struct vcpu *vcpu, uint64_t gva);

/* In words, a line for each reference, at most 80 columns; append at *pos. */
void walk2d_format(const struct walk2d *w, char *buf, size_t size, size_t *pos);

#endif
