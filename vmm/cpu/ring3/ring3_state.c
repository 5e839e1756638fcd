/* SPDX-License-Identifier: MIT */
/*
 * From what the guest believes to what the CPU gets.
 *
 * In 64-bit code segments do next to nothing, and two fixed descriptors of
 * ring 3 do for all guests.  In 16- and 32-bit code bases, limits and types
 * count: there the real GDT holds copies of the guest's descriptors, as the
 * guest's segment registers cached them, with the privilege changed to 3
 * (APM 2, 4.7).  The CPU itself stays in long mode: such code runs in
 * compatibility mode, which for ring 3 is the same (APM 2, 4.7.1).
 */
#include "vmm/cpu/ring3/ring3.h"

#include "vmm/x86.h"

#define TYPE_CODE	0x8u
#define TYPE_CONFORMING 0x4u
#define TYPE_WRITABLE	0x2u /* data */
#define TYPE_READABLE	0x2u /* code */
#define TYPE_ACCESSED	0x1u

/* A segment register's cache as a descriptor of ring 3. */
static uint64_t
ring3_descriptor(const struct vseg *seg)
{
	uint64_t attr = seg->attr | VSEG_DPL | TYPE_ACCESSED;
	uint64_t limit = seg->limit;
	uint64_t base = (uint32_t)seg->base;

	/* conforming code would run in the ring that jumps to it */
	if (attr & TYPE_CODE)
		attr &= ~(uint64_t)TYPE_CONFORMING;
	attr &= ~(uint64_t)(VSEG_LONG | VSEG_GRANULAR);
	if (limit > 0xfffff) {
		limit >>= 12;
		attr |= VSEG_GRANULAR;
	}
	return (limit & 0xffff) | (base & 0xffffff) << 16 |
		(attr & 0xff) << 40 | (limit >> 16 & 0xf) << 48 |
		(attr >> 8 & 0xf) << 52 | (base >> 24 & 0xff) << 56;
}

static bool
ring3_usable(const struct vseg *seg)
{
	return (seg->attr & (VSEG_PRESENT | VSEG_S)) == (VSEG_PRESENT | VSEG_S);
}

static bool
ring3_is_code(const struct vseg *seg)
{
	return ring3_usable(seg) && (seg->attr & TYPE_CODE);
}

static bool
ring3_is_stack(const struct vseg *seg)
{
	return ring3_usable(seg) && !(seg->attr & TYPE_CODE) &&
		(seg->attr & TYPE_WRITABLE);
}

/* What MOV to DS and its kin take: data, or code that can be read. */
static bool
ring3_is_data(const struct vseg *seg)
{
	return ring3_usable(seg) &&
		(!(seg->attr & TYPE_CODE) || (seg->attr & TYPE_READABLE));
}

void
ring3_real_make(struct ring3_real *real, const struct vcpu_state *state,
	unsigned window)
{
	bool long_mode = state->efer & EFER_LMA;

	real->refused = NULL;
	real->no_fpu = state->cr0 & (CR0_TS | CR0_EM);
	real->fpu = state->cr0 & (CR0_MP | CR0_EM | CR0_TS);
	real->no_tsc = state->tsc_offset != 0 ||
		((state->cr4 & CR4_TSD) && state->cpl != 0);
	real->segments = !long_mode || !(state->seg[SEG_CS].attr & VSEG_LONG);
	real->cs = RING3_SEL_64(window);
	real->ss = RING3_SEL_SS(window);
	if (!real->segments)
		return;
	for (unsigned i = 0; i < SEGS; i++) {
		const struct vseg *seg = &state->seg[i];

		real->sel[i] = 0;
		real->desc[i] = 0;
		if (i == SEG_CS ? !ring3_is_code(seg) : !ring3_is_data(seg))
			continue;
		real->sel[i] = (uint16_t)RING3_SEL(window, i);
		real->desc[i] = ring3_descriptor(seg);
	}
	real->cs = real->sel[SEG_CS];
	if (real->sel[SEG_SS])
		real->ss = real->sel[SEG_SS];
	if (!ring3_is_code(&state->seg[SEG_CS]))
		real->refused = "CS holds no code segment";
	else if (real->sel[SEG_SS] && !ring3_is_stack(&state->seg[SEG_SS]))
		real->refused = "SS holds no writable data segment";
}

uint64_t
ring3_flags_real(uint64_t guest)
{
	return (guest & RING3_FLAGS_NATIVE) | RFLAGS_IF | RFLAGS_R1;
}

uint64_t
ring3_flags_guest(uint64_t guest, uint64_t real)
{
	return (guest & ~RING3_FLAGS_NATIVE) | (real & RING3_FLAGS_NATIVE);
}
