/* SPDX-License-Identifier: MIT */
/*
 * Reading the guest's code: the bytes at RIP, and the instruction there.
 *
 * A CPU that does not say instruction lengths makes the VMM read code at
 * nearly every exit.  So the last walk is remembered with the page-table
 * entries it saw: when CR3, the paging mode and each of those entries are
 * still the same, the walk would have the same result, and it is not made.
 * No stale translation is ever used.
 */
#ifndef VMM_FETCH_H
#define VMM_FETCH_H

#include <stddef.h>
#include <stdint.h>

struct insn;
struct vcpu;
struct vmexit;

#define FETCH_STEPS 4 /* entries of a walk in long mode */

struct fetch_cache {
	uint64_t page; /* linear address of the code page; ~0: empty */
	uint64_t cr3;
	uint64_t mode;	/* bits of CR0, CR4 and EFER that shape the walk */
	uint64_t epoch; /* of gmem, when the pointers were taken */
	unsigned steps;
	const uint64_t *slot[FETCH_STEPS]; /* host addresses of the entries */
	uint64_t entry[FETCH_STEPS];	   /* what they held */
	const uint8_t *code; /* host address of the page; NULL: empty */
};

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

/*
 * Complete an exit whose instruction length the hardware did not give: read
 * the code at RIP, check that it can have caused this exit, and fill
 * insn_len and the operands.  When the code does not fit the exit (it was
 * changed, or a stale translation was used to run it) the reason becomes
 * VMEXIT_STALE: nothing is done by guess.
 */
void insn_resolve(struct vcpu *vcpu, struct vmexit *x);

#endif
