/* SPDX-License-Identifier: MIT */
/* Segment checks; segment.h has the contract. */
#include "vmm/segment.h"

#include "vmm/x86.h"

#define TYPE_CODE     0x8u
#define TYPE_DOWN     0x4u /* data: expands down */
#define TYPE_WRITE    0x2u /* data: can be written */
#define TYPE_READABLE 0x2u /* code: can be read */

/* Does a data access of this kind suit the segment's type? */
static bool
segment_allows(const struct vseg *seg, bool write)
{
	uint8_t type = seg->attr & VSEG_TYPE;

	if (!(seg->attr & VSEG_PRESENT) || !(seg->attr & VSEG_S))
		return false;
	if (type & TYPE_CODE)
		return !write && (type & TYPE_READABLE);
	return !write || (type & TYPE_WRITE);
}

static bool
segment_in_limit(const struct vseg *seg, uint32_t offset, uint32_t last)
{
	uint8_t type = seg->attr & VSEG_TYPE;
	uint32_t top = seg->attr & VSEG_DB ? 0xffffffff : 0xffff;

	if (last < offset)
		return false;
	if (!(type & TYPE_CODE) && (type & TYPE_DOWN))
		return offset > seg->limit && last <= top;
	return last <= seg->limit;
}

int
segment_code_size(const struct vcpu_state *s)
{
	uint16_t attr = s->seg[SEG_CS].attr;

	if ((s->efer & EFER_LMA) && (attr & VSEG_LONG))
		return 64;
	return attr & VSEG_DB ? 32 : 16;
}

uint8_t
segment_gva(const struct vcpu_state *s, uint64_t rflags, enum vseg_nr nr,
	uint64_t offset, unsigned size, bool write, uint64_t *gva)
{
	const struct vseg *seg = &s->seg[nr];
	uint8_t vector = nr == SEG_SS ? VEC_SS : VEC_GP;
	bool real;

	if (segment_code_size(s) == 64) {
		*gva = offset;
		if (nr == SEG_FS || nr == SEG_GS)
			*gva += seg->base;
		return is_canonical(*gva) && is_canonical(*gva + size - 1)
			? 0
			: vector;
	}
	real = !(s->cr0 & CR0_PE) || (rflags & RFLAGS_VM);
	if (!real && !segment_allows(seg, write))
		return vector;
	if (!segment_in_limit(
		    seg, (uint32_t)offset, (uint32_t)offset + size - 1))
		return vector;
	*gva = (uint32_t)(seg->base + offset);
	return 0;
}
