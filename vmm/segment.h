/* SPDX-License-Identifier: MIT */
/*
 * Segmentation in software: from an offset in a segment to a linear address,
 * with the checks that the CPU makes on the way (APM 2, 4.12; SDM 3A, 5.3).
 */
#ifndef VMM_SEGMENT_H
#define VMM_SEGMENT_H

#include "vmm/vcpu.h"

#include <stdint.h>

/* 16, 32 or 64: the size of the code that CS and EFER.LMA make. */
int segment_code_size(const struct vcpu_state *s);

/*
 * The linear address of [offset, offset + size) in a segment, for reading
 * or writing data.  size is 1 to 16 bytes; an offset outside 64-bit code has
 * 32 bits.  Returns 0 with *gva, or the vector of the fault (error code 0):
 * VEC_GP, VEC_SS.  Pure: s must be right.
 */
uint8_t segment_gva(const struct vcpu_state *s, uint64_t rflags,
	enum vseg_nr nr, uint64_t offset, unsigned size, bool write,
	uint64_t *gva);

/* The same for a vCPU, whose state is fetched as needed. */
static inline uint8_t
segment_linear(struct vcpu *vcpu, enum vseg_nr nr, uint64_t offset,
	unsigned size, bool write, uint64_t *gva)
{
	vcpu_need(vcpu, VCPU_CODE | VCPU_SEGS | VCPU_MODE);
	return segment_gva(
		&vcpu->state, vcpu->regs.rflags, nr, offset, size, write, gva);
}

#endif
