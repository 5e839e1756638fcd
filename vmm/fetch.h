/* SPDX-License-Identifier: MIT */
/*
 * Reading the guest's code: the bytes at RIP, and the instruction there.
 *
 * A CPU that does not say instruction lengths makes the VMM read code at
 * nearly every exit.  So the last walk is remembered with the page-table
 * entries it saw: when CR3 and each of those entries are still the same, the
 * walk would have the same result, and it is not made.  (A change of paging
 * mode empties the cache: vcpu_mode_changed().)  No stale translation is ever
 * used.
 */
#ifndef VMM_FETCH_H
#define VMM_FETCH_H

#include <stddef.h>
#include <stdint.h>

struct insn;
struct vcpu;

#define FETCH_STEPS 4 /* entries of a walk in long mode */

struct fetch_cache {
	const uint8_t *code; /* host address of the page; NULL: empty */
	uint64_t page;	     /* linear address of the code page */
	uint64_t page64;     /* the same in 64-bit mode, else FETCH_NO_PAGE */
	uint64_t cr3;
	const uint64_t *slot[FETCH_STEPS]; /* host addresses of the entries */
	uint64_t entry[FETCH_STEPS];	   /* what they held */
};

#define FETCH_NO_PAGE (1ull << 63) /* no canonical address is near it */

/*
 * Read up to n (at most 15) bytes of code at RIP.  Returns how many could be
 * read: fewer when the code ends at a page that is not there.
 */
size_t fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n);

/*
 * Decode the instruction at RIP.  Returns 0; -EFAULT when its bytes cannot
 * be read; -EINVAL when they are no instruction.
 */
int fetch_insn(struct vcpu *vcpu, struct insn *insn);

/* Forget the remembered walk. */
void fetch_forget(struct vcpu *vcpu);

#endif
