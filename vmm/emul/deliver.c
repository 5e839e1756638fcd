/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and exceptions through the guest's IDT, in long mode and in
 * protected mode: the gate, the handler's code segment, the stack out of the
 * TSS or its interrupt stack table, and the frame (SDM 3A, 6.12 to 6.14; APM
 * 2, 8.7 to 8.9).
 *
 *   SS, RSP    always in long mode, else only for a more privileged handler
 *   RFLAGS, CS, RIP
 *   error code
 *
 * Any step can fault in turn; its error code then has EXT set, unless the
 * program itself asked (INT n), and nothing but the memory below the new stack
 * pointer has changed.  What the second fault makes of the first is event.h's
 * business.
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

#define GATE_TASK 5u
#define GATE_INT  0xeu /* 32 or 64 bits; bit 0: a trap gate, IF stays */
#define GATE_IDT  2u   /* in an error code: the index is one of the IDT */

/* Faults push RF as set, so that the handler can go on behind a breakpoint. */
#define VECTORS_NOT_FAULTS                                                     \
	(1u << VEC_DB | 1u << VEC_NMI | 1u << VEC_BP | 1u << VEC_OF |          \
		1u << VEC_DF)

static enum emul_result
tss_read(struct emul *e, uint32_t offset, void *data, unsigned size)
{
	const struct vseg *tr = &e->state->tr;

	if (offset + size - 1 > tr->limit)
		return desc_fault(e, VEC_TS, tr->sel);
	return table_read(e, tr->base + offset, data, size);
}

enum emul_result
stack_read_inner(struct emul *e, unsigned cpl, unsigned ist, struct vseg *ss,
	uint64_t *rsp)
{
	bool small = (e->state->tr.attr & 0xd) == 1; /* TSS of 16 bits */
	uint16_t sel = 0;
	enum emul_result r;

	*rsp = 0;
	if (e->state->efer & EFER_LMA) {
		if (cpl < e->state->cpl)
			*ss = (struct vseg){ .sel = (uint16_t)cpl };
		r = tss_read(e, ist ? 0x1c + 8 * ist : 4 + 8 * cpl, rsp, 8);
		if (r == EMUL_NEXT && !is_canonical(*rsp))
			r = emul_fault(e, VEC_SS, e->ext);
		return r;
	}
	if (small) {
		r = tss_read(e, 2 + 4 * cpl, rsp, 2);
		if (r == EMUL_NEXT)
			r = tss_read(e, 4 + 4 * cpl, &sel, 2);
	} else {
		r = tss_read(e, 4 + 8 * cpl, rsp, 4);
		if (r == EMUL_NEXT)
			r = tss_read(e, 8 + 8 * cpl, &sel, 2);
	}
	if (r != EMUL_NEXT)
		return r;
	return segment_read_stack(e, sel, cpl, VEC_TS, ss);
}

enum emul_result
gate_read_code(struct emul *e, uint16_t sel, struct desc *d)
{
	enum emul_result r;

	if (!(sel & ~3u))
		return emul_fault(e, VEC_GP, e->ext);
	r = desc_read(e, sel, VEC_GP, d);
	if (r != EMUL_NEXT)
		return r;
	if (!desc_is(d, VSEG_S) || !desc_is(d, SEG_CODE) ||
		desc_dpl(d) > e->state->cpl)
		return desc_fault(e, VEC_GP, sel);
	if (!desc_is(d, VSEG_PRESENT))
		return desc_fault(e, VEC_NP, sel);
	if ((e->state->efer & EFER_LMA) &&
		(!desc_is(d, VSEG_LONG) || desc_is(d, VSEG_DB)))
		return desc_fault(e, VEC_GP, sel);
	return EMUL_NEXT;
}

/* What an entry of the IDT says. */
struct gate {
	uint16_t sel;
	uint64_t offset;
	uint8_t type, ist;
};

/*
 * Read and judge the gate of a vector: 16 bytes in long mode, else 8.
 *
 *   63          48 47 46 45 44    40 39     35 34  32 31      16 15        0
 *  | offset 31:16 | P | DPL | type  |         | IST  | selector | offset 15:0 |
 *  | reserved                    95:64 are offset 63:32 (long mode)           |
 *
 * #GP: beyond the IDT's limit; a type that is no interrupt or trap gate of this
 * mode (5 bits: 0xe, 0xf; outside long mode also 6, 7 and the task gate); for a
 * soft event, a DPL below the CPL.  Then #NP, if P is clear.  Their error code
 * is 8 times the vector, GATE_IDT and EXT (e->ext).  EMUL_NEXT: *gate is filled
 * in: ist is 0 outside long mode, and the offset of a 16-bit gate (6, 7) has 16
 * bits.  The gate is read once (table_read()), whose faults are passed on.
 * (SDM 3A, 6.11, 6.12, 6.14.1; error codes 6.13)
 */
static enum emul_result
gate_read(struct emul *e, uint8_t vector, bool soft, struct gate *gate)
{
	const struct vtable *idtr = &e->state->idtr;
	bool long_mode = e->state->efer & EFER_LMA;
	unsigned size = long_mode ? 16 : 8, at = vector * size, type;
	uint32_t error = 8u * vector | GATE_IDT | e->ext;
	uint64_t raw[2] = { 0, 0 };
	enum emul_result r;

	if (at + size - 1 > idtr->limit)
		return emul_fault(e, VEC_GP, error);
	r = table_read(e, idtr->base + at, raw, size);
	if (r != EMUL_NEXT)
		return r;
	type = raw[0] >> 40 & 0x1f;
	if ((type | 1) != (GATE_INT | 1) &&
		(long_mode || ((type | 1) != 7 && type != GATE_TASK)))
		return emul_fault(e, VEC_GP, error);
	if (soft && (raw[0] >> 45 & 3) < e->state->cpl)
		return emul_fault(e, VEC_GP, error);
	if (!(raw[0] >> 47 & 1))
		return emul_fault(e, VEC_NP, error);
	*gate = (struct gate){ .sel = (uint16_t)(raw[0] >> 16),
		.offset = (raw[0] & 0xffff) | (raw[0] >> 32 & 0xffff0000),
		.type = (uint8_t)type,
		.ist = long_mode ? raw[0] >> 32 & 7 : 0 };
	gate->offset |= raw[1] << 32;
	if (!(type & 8))
		gate->offset &= 0xffff;
	return EMUL_NEXT;
}

static bool
deliver_is_fault(const struct event *ev)
{
	return ev->kind == EVENT_EXCEPTION && ev->vector < 32 &&
		!(VECTORS_NOT_FAULTS >> ev->vector & 1);
}

/*
 * Load CS and the stack, and push the frame there.  code: the handler's code
 * segment, judged; rip: where to go back to; flags, RSP and CS to go back to
 * are those before the event (x->saved, the state).
 *
 * The new CPL is the code's DPL, or the present one if the code is conforming.
 * If it is more privileged, or the gate names an interrupt stack (ist), the
 * stack is stack_read_inner()'s; else it is the present one.  In long mode RSP
 * is then aligned down to 16 bytes.  Order: the stack is read and CS loaded
 * (segment_load_code()) before the frame is pushed (emul_push()), in words of 8
 * bytes in long mode, else 4, or 2 for a 16-bit gate:
 *
 *	SS, RSP		in long mode always, else if the privilege changes
 *	RFLAGS		with RF set for a fault of the CPU's own (e->ext,
 *			deliver_is_fault())
 *	CS, RIP
 *	error code	if the event has one
 *
 * The pushes count as supervisor's if the new CPL is below 3 (x->implicit).  SS
 * and RSP are the new ones from then on; VCPU_SEGS has changed.  EMUL_NEXT, or
 * the first fault: the caller puts the state back.  (SDM 3A, 6.12.1, 6.14.2 to
 * 6.14.5; APM 2, 8.9)
 */
static enum emul_result
deliver_frame(struct emul_step *x, const struct event *ev, struct desc *code,
	const struct gate *gate, uint64_t rip)
{
	struct vcpu_state *s = x->e->state;
	struct vseg ss = s->seg[SEG_SS], cs = s->seg[SEG_CS];
	uint64_t rsp = x->gpr[GPR_RSP], frame[6], flags = x->saved.rflags;
	bool long_mode = s->efer & EFER_LMA;
	unsigned cpl = desc_is(code, SEG_CONFORMING) ? s->cpl : desc_dpl(code);
	unsigned size = long_mode ? 8 : gate->type & 8 ? 4 : 2, n = 0;
	bool inner = cpl < s->cpl;
	enum emul_result r = EMUL_NEXT;

	if (inner || gate->ist)
		r = stack_read_inner(x->e, cpl, gate->ist, &ss, &rsp);
	if (r == EMUL_NEXT)
		r = segment_load_code(x->e, code, cpl);
	if (r != EMUL_NEXT)
		return r;
	if (x->e->ext && deliver_is_fault(ev))
		flags |= RFLAGS_RF;
	if (inner || long_mode) {
		frame[n++] = s->seg[SEG_SS].sel;
		frame[n++] = x->saved.gpr[GPR_RSP];
	}
	frame[n++] = flags;
	frame[n++] = cs.sel;
	frame[n++] = rip;
	if (ev->has_error)
		frame[n++] = ev->error;
	s->seg[SEG_SS] = ss;
	x->gpr[GPR_RSP] = long_mode ? rsp & ~15ull : rsp;
	x->e->changed |= VCPU_SEGS;
	x->implicit = cpl < 3;
	for (unsigned i = 0; r == EMUL_NEXT && i < n; i++)
		r = emul_push(x, frame[i], size);
	return r;
}

static enum emul_result
deliver(struct emul_step *x, const struct event *ev, bool soft, uint64_t rip)
{
	struct emul *e = x->e;
	struct gate gate = { 0 };
	struct desc code;
	enum emul_result r = gate_read(e, ev->vector, soft, &gate);

	if (r != EMUL_NEXT)
		return r;
	if (gate.type == GATE_TASK) {
		e->exit = (struct vmexit){ .reason = VMEXIT_TASK };
		return EMUL_EXIT;
	}
	r = gate_read_code(e, gate.sel, &code);
	if (r == EMUL_NEXT)
		r = deliver_frame(x, ev, &code, &gate, rip);
	if (r != EMUL_NEXT)
		return r;
	if (!code_reaches(e, gate.offset))
		return emul_fault(e, VEC_GP, e->ext);
	e->regs->rip = gate.offset;
	x->flags = x->saved.rflags &
		~(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM);
	if (!(gate.type & 1))
		x->flags &= ~RFLAGS_IF;
	return EMUL_JUMPED;
}

enum emul_result
emul_deliver_step(
	struct emul_step *x, const struct event *ev, bool soft, uint64_t rip)
{
	enum emul_result r;

	if (!(x->e->state->cr0 & CR0_PE) || (x->saved.rflags & RFLAGS_VM))
		return EMUL_UNKNOWN;
	x->e->ext = !soft;
	r = deliver(x, ev, soft, rip);
	x->e->ext = false;
	return r;
}

enum emul_result
emul_deliver(struct emul *e, const struct event *ev)
{
	static const struct insn none = { .op = INSN_INVALID };
	struct vcpu_state saved = *e->state;
	struct emul_step x = {
		.e = e,
		.insn = &none,
		.gpr = e->regs->gpr,
		.saved = *e->regs,
	};
	enum emul_result r = emul_deliver_step(&x, ev, false, x.saved.rip);

	if (r == EMUL_JUMPED) {
		e->regs->rflags = x.flags;
	} else {
		*e->regs = x.saved;
		*e->state = saved;
	}
	return r;
}
