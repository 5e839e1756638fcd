/* SPDX-License-Identifier: MIT */
/*
 * Segmentation in software: from an offset in a segment to a linear address,
 * with the checks that the CPU makes on the way (APM 2, 4.12; SDM 3A, 5.3).
 */
#ifndef VMM_SEGMENT_H
#define VMM_SEGMENT_H

#include "vmm/vcpu.h"

#include <stdint.h>

/*
 * The linear address of [offset, offset + size) in a segment, for reading
 * or writing data.  size is 1 to 16 bytes.  Returns 0 with *gva, or the
 * vector of the fault (error code 0): VEC_GP, VEC_SS.
 */
uint8_t segment_linear(struct vcpu *vcpu, enum vseg_nr nr, uint64_t offset,
	unsigned size, bool write, uint64_t *gva);

#endif
