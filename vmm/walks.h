/* SPDX-License-Identifier: MIT */
/*
 * Walks of the guest's page tables that need not be made again.
 *
 * A VMM reads guest-virtual memory all the time: the code at RIP at nearly
 * every exit, and where the guest's kernel runs deprivileged, its GDT, IDT,
 * TSS and stack for each event and each return.  A walk costs hundreds of
 * instructions.  So a walk that was allowed is remembered, with the address
 * of each page-table entry that it met and what that held.  While CR3 and all
 * of those entries are the same, a walk would end at the same place.
 *
 * What it would allow is not worked out again, but remembered too: one bit
 * for each kind of access that a walk along these entries has allowed (and
 * for data, has found their accessed and dirty bits set).  So the rules of
 * paging stand in gwalk.c alone.
 *
 * Invariant: nothing is taken from a remembered walk before its entries have
 * been compared with guest memory.  So it needs no INVLPG, and a guest that
 * changes its tables is always noticed.  The paging mode is not compared:
 * when it changes, all is forgotten (walks_set_mode()).
 *
 * Only pages of RAM are remembered.
 */
#ifndef VMM_WALKS_H
#define VMM_WALKS_H

#include "vmm/gwalk.h"
#include "vmm/x86.h"

#include <stddef.h>
#include <stdint.h>

struct gwalk;
struct vcpu;

#define WALKS	     128
#define WALK_STEPS   4		  /* entries of a walk in long mode */
#define WALK_NO_PAGE (1ull << 63) /* no canonical address is near it */

struct walk {
	uint64_t page;	 /* linear address; WALK_NO_PAGE: empty */
	uint64_t page64; /* the same if it holds 64-bit code that was read */
	uint64_t cr3;
	uint32_t proven; /* bits 1 << walk_kind() */
	uint8_t *host;	 /* host address of the page */
	uint64_t gpa;
	const uint64_t *slot[WALK_STEPS]; /* host addresses of the entries */
	uint64_t entry[WALK_STEPS];	  /* what they held */
};

struct walks {
	struct walk *code;  /* what code was read from last; never NULL */
	struct walk *store; /* the last traced store was to; never NULL */
	uint64_t mode;	    /* that they were made in */
	struct walk walk[WALKS];
};

/* CR3 has a say, so that two address spaces do not fight for one place. */
static inline struct walk *
walks_at(struct walks *walks, uint64_t cr3, uint64_t gva)
{
	uint64_t hash = (gva >> 12 ^ cr3) * 0x9e3779b97f4a7c15ull;

	return &walks->walk[hash >> 57];
}
_Static_assert(WALKS == 1 << (64 - 57), "walks_at()");

/*
 * All that, beside the entries, decides whether an access is allowed, as a
 * number below 32.  RFLAGS.AC counts for data alone.
 */
static inline unsigned
walk_kind(uint32_t access, uint64_t rflags)
{
	if (access & ACCESS_EXEC)
		return 4 | (access & ACCESS_USER) >> 1;
	return (access & (ACCESS_WRITE | ACCESS_USER)) >> 1 |
		(access & GWALK_IMPLICIT) >> 10 |
		(unsigned)((rflags & RFLAGS_AC) >> 14);
}

/* Do the entries still hold what they held? */
static inline int
walk_same(const struct walk *w)
{
	return *w->slot[0] == w->entry[0] && *w->slot[1] == w->entry[1] &&
		*w->slot[2] == w->entry[2] && *w->slot[3] == w->entry[3];
}

/*
 * The remembered walk to gva that allows an access (ACCESS_WRITE, _USER,
 * _EXEC, GWALK_IMPLICIT), or NULL.  The vCPU's CODE and MODE must be valid.
 */
struct walk *walks_find(struct vcpu *vcpu, uint64_t gva, uint32_t access);

/*
 * Remember a walk to gva that gwalk() allowed just now, for next time.  For
 * data access must have had GWALK_SET_AD, too.
 */
void walks_remember(struct vcpu *vcpu, uint64_t gva, uint32_t access,
	const struct gwalk *walk);

/* Forget all. */
void walks_forget(struct vcpu *vcpu);

/* CR0, CR4 or EFER changed: forget all if that has to do with paging. */
void walks_set_mode(struct vcpu *vcpu);

#endif
