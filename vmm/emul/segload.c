/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors: out of the guest's GDT and LDT into segment registers,
 * with every check that the CPU makes on the way (SDM 3A, 5.4 to 5.8; APM 2,
 * 4.7 to 4.9).
 *
 *   63    56 55  52 51   48 47           40 39        16 15         0
 *  | base  | G DB L AVL | limit | P DPL S type | base  23:0 | limit 15:0 |
 *
 * A descriptor is fetched once, and judged from that copy.
 */
#include "vmm/emul/segment_steps.h"

#include "vmm/event.h"

#define DESC_ACCESSED (1ull << 40)
#define DESC_BUSY     (2ull << 40)

enum emul_result
desc_fault(struct emul *e, uint8_t vector, uint16_t sel)
{
	return emul_fault(e, vector, (sel & ~3u) | e->ext);
}

/* Outside long mode linear addresses wrap; in it some do not exist. */
static enum emul_result
table_address(struct emul *e, uint64_t *gva, unsigned size)
{
	if (!(e->state->efer & EFER_LMA))
		*gva = (uint32_t)*gva;
	else if (!is_canonical(*gva) || !is_canonical(*gva + size - 1))
		return emul_fault(e, VEC_GP, e->ext);
	return EMUL_NEXT;
}

enum emul_result
table_read(struct emul *e, uint64_t gva, void *data, unsigned size)
{
	enum emul_result r = table_address(e, &gva, size);

	if (r != EMUL_NEXT)
		return r;
	return e->ops->read(e, gva, data, size, EMUL_IMPLICIT);
}

/* Where the descriptor is; false: beyond the end of its table. */
static bool
desc_find(struct emul *e, uint16_t sel, unsigned size, uint64_t *gva)
{
	const struct vcpu_state *s = e->state;
	bool local = sel & 4;
	uint64_t limit = local ? s->ldtr.limit : s->gdtr.limit;

	if (local && !(s->ldtr.attr & VSEG_PRESENT))
		return false;
	*gva = (local ? s->ldtr.base : s->gdtr.base) + (sel & ~7u);
	return (sel & ~7u) + size - 1 <= limit;
}

enum emul_result
desc_read(struct emul *e, uint16_t sel, uint8_t vector, struct desc *d)
{
	enum emul_result r;

	*d = (struct desc){ .sel = sel };
	if (!desc_find(e, sel, 8, &d->gva))
		return desc_fault(e, vector, sel);
	r = table_read(e, d->gva, &d->raw, 8);
	/* in long mode the system descriptors have 16 bytes */
	if (r != EMUL_NEXT || desc_is(d, VSEG_S) ||
		!(e->state->efer & EFER_LMA))
		return r;
	if (!desc_find(e, sel, 16, &d->gva))
		return desc_fault(e, vector, sel);
	return table_read(e, d->gva + 8, &d->high, 8);
}

struct vseg
desc_segment(const struct desc *d)
{
	struct vseg seg = {
		.sel = d->sel,
		.attr = (d->raw >> 40 & 0xff) | (d->raw >> 44 & 0xf00),
		.limit = (d->raw & 0xffff) | (d->raw >> 32 & 0xf0000),
		.base = (d->raw >> 16 & 0xffffff) | (d->raw >> 32 & 0xff000000),
	};

	seg.base |= d->high << 32;
	if (seg.attr & VSEG_GRANULAR)
		seg.limit = seg.limit << 12 | 0xfff;
	return seg;
}

/* Set bits of the descriptor's type in its table, if they are not set. */
static enum emul_result
desc_mark(struct emul *e, struct desc *d, uint64_t bits)
{
	uint64_t gva = d->gva + 5;
	uint8_t type;
	enum emul_result r;

	if ((d->raw & bits) == bits)
		return EMUL_NEXT;
	d->raw |= bits;
	type = (uint8_t)(d->raw >> 40);
	r = table_address(e, &gva, 1);
	if (r != EMUL_NEXT)
		return r;
	return e->ops->write(e, gva, &type, 1, EMUL_IMPLICIT);
}

static bool
desc_is_data_or_readable(const struct desc *d)
{
	return desc_is(d, VSEG_S) &&
		(!desc_is(d, SEG_CODE) || desc_is(d, SEG_READABLE));
}

static bool
desc_is_writable(const struct desc *d)
{
	return desc_is(d, VSEG_S) && !desc_is(d, SEG_CODE) &&
		desc_is(d, SEG_WRITABLE);
}

/* Conforming code is open to all. */
static bool
desc_allows(const struct desc *d, unsigned cpl)
{
	if (desc_is(d, VSEG_S) && desc_is(d, SEG_CODE) &&
		desc_is(d, SEG_CONFORMING))
		return true;
	return desc_dpl(d) >= cpl && desc_dpl(d) >= (d->sel & 3u);
}

enum emul_result
segment_read_stack(struct emul *e, uint16_t sel, unsigned cpl, uint8_t vector,
	struct vseg *seg)
{
	struct desc d;
	enum emul_result r;

	if (!(sel & ~3u))
		return emul_fault(e, vector, e->ext);
	r = desc_read(e, sel, vector, &d);
	if (r != EMUL_NEXT)
		return r;
	if ((sel & 3u) != cpl || desc_dpl(&d) != cpl || !desc_is_writable(&d))
		return desc_fault(e, vector, sel);
	if (!desc_is(&d, VSEG_PRESENT))
		return desc_fault(e, VEC_SS, sel);
	r = desc_mark(e, &d, DESC_ACCESSED);
	*seg = desc_segment(&d);
	return r;
}

static enum emul_result
segment_read_data(struct emul *e, uint16_t sel, struct vseg *seg)
{
	struct desc d;
	enum emul_result r;

	*seg = (struct vseg){ .sel = sel };
	if (!(sel & ~3u))
		return EMUL_NEXT;
	r = desc_read(e, sel, VEC_GP, &d);
	if (r != EMUL_NEXT)
		return r;
	if (!desc_is_data_or_readable(&d) || !desc_allows(&d, e->state->cpl))
		return desc_fault(e, VEC_GP, sel);
	if (!desc_is(&d, VSEG_PRESENT))
		return desc_fault(e, VEC_NP, sel);
	r = desc_mark(e, &d, DESC_ACCESSED);
	*seg = desc_segment(&d);
	return r;
}

/*
 * Load segment register nr (not CS) with a selector, as MOV, POP, LDS and so on
 * do.  In real mode (CR0.PE clear) the base is 16 times the selector and the
 * rest stays.  DS, ES, FS, GS: segment_read_data() judges.  SS: what
 * segment_read_stack() gives for the CPL now, most faults being #GP; but in
 * 64-bit code at a CPL below 3 a null selector whose RPL is the CPL makes an
 * SS with that selector and nothing else.  Loading SS holds interrupts off
 * until the next instruction is done (e->shadow).  EMUL_NEXT: it is loaded, and
 * VCPU_SEGS has changed (e->changed); else nothing has, and no interrupt is
 * held off.  (SDM 2, MOV; SDM 3A, 5.4, 5.7, 6.8.3)
 */
enum emul_result
segment_load(struct emul *e, enum vseg_nr nr, uint16_t sel)
{
	struct vcpu_state *s = e->state;
	struct vseg seg = s->seg[nr];
	enum emul_result r = EMUL_NEXT;

	if (!(s->cr0 & CR0_PE)) {
		seg.sel = sel;
		seg.base = (uint32_t)sel << 4;
	} else if (nr != SEG_SS) {
		r = segment_read_data(e, sel, &seg);
	} else if (!(sel & ~3u) && (sel & 3u) == s->cpl && s->cpl < 3 &&
		segment_code_size(s) == 64) {
		seg = (struct vseg){ .sel = sel };
	} else {
		r = segment_read_stack(e, sel, s->cpl, VEC_GP, &seg);
	}
	if (r != EMUL_NEXT)
		return r;
	if (nr == SEG_SS)
		e->shadow = true;
	s->seg[nr] = seg;
	e->changed |= VCPU_SEGS;
	return EMUL_NEXT;
}

enum emul_result
segment_load_code(struct emul *e, struct desc *d, unsigned cpl)
{
	struct vcpu_state *s = e->state;
	enum emul_result r = desc_mark(e, d, DESC_ACCESSED);

	if (r != EMUL_NEXT)
		return r;
	s->seg[SEG_CS] = desc_segment(d);
	s->seg[SEG_CS].sel = (d->sel & ~3u) | cpl;
	s->cpl = cpl;
	e->changed |= VCPU_CODE | VCPU_CPL;
	return EMUL_NEXT;
}

/*
 * LLDT and LTR.  The descriptor's upper half has a type field, too, which
 * must be 0.
 */
enum emul_result
segment_load_system(struct emul *e, bool task, uint16_t sel)
{
	struct vseg *seg = task ? &e->state->tr : &e->state->ldtr;
	bool long_mode = e->state->efer & EFER_LMA;
	struct desc d;
	unsigned type;
	enum emul_result r;

	e->changed |= VCPU_SEGS;
	if (!(sel & ~3u) && !task) {
		*seg = (struct vseg){ .sel = sel };
		return EMUL_NEXT;
	}
	if (!(sel & ~3u))
		return emul_fault(e, VEC_GP, 0);
	if (sel & 4)
		return desc_fault(e, VEC_GP, sel);
	r = desc_read(e, sel, VEC_GP, &d);
	if (r != EMUL_NEXT)
		return r;
	type = d.raw >> 40 & 0x1f;
	if (task ? type != 9 && (long_mode || type != 1) : type != 2)
		return desc_fault(e, VEC_GP, sel);
	if ((d.high >> 40 & 0x1f) || !is_canonical(desc_segment(&d).base))
		return desc_fault(e, VEC_GP, sel);
	if (!desc_is(&d, VSEG_PRESENT))
		return desc_fault(e, VEC_NP, sel);
	if (task)
		r = desc_mark(e, &d, DESC_BUSY);
	*seg = desc_segment(&d);
	return r;
}

/* LAR and LSL know these system descriptors, by type. */
#define LAR_TYPES      0x1a3eu /* 1-5 9 b c */
#define LSL_TYPES      0x0a0eu /* 1-3 9 b */
#define LAR_TYPES_LONG 0x1a04u /* 2 9 b c */
#define LSL_TYPES_LONG 0x0a04u

static bool
desc_answers(const struct emul *e, uint16_t op, const struct desc *d)
{
	bool lar = op == INSN_LAR;
	unsigned types = lar ? LAR_TYPES : LSL_TYPES;

	if (!desc_allows(d, e->state->cpl))
		return false;
	if (op == INSN_VERR)
		return desc_is_data_or_readable(d);
	if (op == INSN_VERW)
		return desc_is_writable(d);
	if (e->state->efer & EFER_LMA)
		types = lar ? LAR_TYPES_LONG : LSL_TYPES_LONG;
	return desc_is(d, VSEG_S) || (types >> (d->raw >> 40 & 15) & 1);
}

/*
 * LAR, LSL, VERR, VERW: would the selector, which is the last operand, do? Then
 * ZF is set, and LAR and LSL write operand 0: bits 23:8 of the descriptor's
 * upper half, masked; the limit in bytes.  If not, ZF is clear, nothing else
 * changes, and there is no fault: a null selector, a table's end, a type or
 * privilege that desc_answers() refuses.  Other faults (a page fault, say)
 * stay faults.  Operands: emul_load(), emul_store(); flags: x->flags.  In
 * protected mode only, which was checked.  (SDM 2, LAR, LSL, VERR)
 */
enum emul_result
emul_verify(struct emul_step *x)
{
	unsigned last = x->insn->n_operands - 1u;
	uint16_t op = x->insn->op;
	struct desc d;
	enum emul_result r = emul_load(x, last);

	if (r != EMUL_NEXT)
		return r;
	x->flags &= ~RFLAGS_ZF;
	if (!(x->val[last] & 0xfffc))
		return EMUL_NEXT;
	r = desc_read(x->e, (uint16_t)x->val[last], VEC_GP, &d);
	if (r == EMUL_FAULT && x->e->fault.vector == VEC_GP)
		return EMUL_NEXT;
	if (r != EMUL_NEXT || !desc_answers(x->e, op, &d))
		return r;
	x->flags |= RFLAGS_ZF;
	if (op == INSN_VERR || op == INSN_VERW)
		return EMUL_NEXT;
	x->val[0] = op == INSN_LAR ? d.raw >> 32 & 0xffff00
				   : desc_segment(&d).limit;
	return emul_store(x, 0);
}
