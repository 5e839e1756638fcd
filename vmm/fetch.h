/* SPDX-License-Identifier: MIT */
/*
 * Reading the guest's code: the bytes at RIP, and the instruction there.
 *
 * A CPU that does not say instruction lengths makes the VMM read code at
 * nearly every exit.  The way to the bytes is remembered by walks.h.  What
 * they mean is remembered here: to decode is a pure function of the bytes and
 * the mode, so an instruction that was decoded once is good wherever and
 * whenever the same bytes are found again.  The bytes themselves are read each
 * time, once, and compared: code that changes is noticed.
 */
#ifndef VMM_FETCH_H
#define VMM_FETCH_H

#include "vmm/emul/decode.h"

#include <stddef.h>
#include <stdint.h>

struct vcpu;

#define FETCH_INSNS 256

/* A decoded instruction, and the bytes that it was decoded from. */
struct fetch_insn {
	uint64_t code[2]; /* little-endian; 0 behind the instruction */
	uint64_t mask[2]; /* ones where the instruction is */
	struct insn insn; /* .mode 0: nothing here */
};

struct fetch_cache {
	struct fetch_insn insn[FETCH_INSNS]; /* by a hash of RIP */
};

/*
 * Read up to n (at most 15) bytes of code at RIP.  Returns how many could be
 * read: fewer when the code ends at a page that is not there.
 */
size_t fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n);

/*
 * Decode the instruction at RIP.  Returns 0 with *insn, which is good until
 * the next call; -EFAULT when its bytes cannot be read; -EINVAL when they are
 * no instruction.
 */
int fetch_insn(struct vcpu *vcpu, const struct insn **insn);

#endif
