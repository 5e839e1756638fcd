/* SPDX-License-Identifier: MIT */
/*
 * RETF and IRET: back to where a far call or an interrupt came from, at the
 * same privilege or a lesser one (SDM 3A, 5.8.6 and 6.12.1; SDM 2, IRET).  All
 * that comes from the stack is judged as if it were hostile, because it is.
 *
 * Left out on purpose: the nested task of a hardware task switch
 * (VMEXIT_TASK), real mode and the way into virtual-8086 mode (EMUL_UNKNOWN).
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

/* After a return to less privileged code nothing of the inner stays. */
static void
return_drop_segments(struct emul *e)
{
	static const uint8_t data[] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };

	for (unsigned i = 0; i < sizeof(data); i++) {
		struct vseg *seg = &e->state->seg[data[i]];
		unsigned dpl = (seg->attr & VSEG_DPL) >> 5;
		bool open =
			(seg->attr & SEG_CODE) && (seg->attr & SEG_CONFORMING);

		if (!(seg->attr & VSEG_PRESENT) || open || dpl >= e->state->cpl)
			continue;
		seg->sel = 0;
		seg->attr &= ~VSEG_PRESENT;
	}
}

static enum emul_result
return_read_code(struct emul *e, uint16_t sel, struct desc *d)
{
	unsigned rpl = sel & 3;
	enum emul_result r;

	if (!(sel & ~3u))
		return emul_fault(e, VEC_GP, 0);
	r = desc_read(e, sel, VEC_GP, d);
	if (r != EMUL_NEXT)
		return r;
	if (rpl < e->state->cpl || !desc_is(d, VSEG_S) ||
		!desc_is(d, SEG_CODE) || code_is_odd(e, d) ||
		(desc_is(d, SEG_CONFORMING) ? desc_dpl(d) > rpl
					    : desc_dpl(d) != rpl))
		return desc_fault(e, VEC_GP, sel);
	if (!desc_is(d, VSEG_PRESENT))
		return desc_fault(e, VEC_NP, sel);
	return EMUL_NEXT;
}

/* Pop the outer stack's address and read what may become SS. */
static enum emul_result
return_read_stack(struct emul_step *x, const struct desc *code, uint64_t *rsp,
	struct vseg *ss)
{
	unsigned rpl = code->sel & 3, size = x->insn->opsize;
	bool to_64 = (x->e->state->efer & EFER_LMA) && desc_is(code, VSEG_LONG);
	uint64_t sel;
	enum emul_result r = emul_pop(x, rsp, size);

	if (r == EMUL_NEXT)
		r = emul_pop(x, &sel, size);
	if (r != EMUL_NEXT)
		return r;
	if ((sel & 0xfffc) || !to_64 || rpl == 3)
		return segment_read_stack(x->e, (uint16_t)sel, rpl, VEC_GP, ss);
	*ss = (struct vseg){ .sel = (uint16_t)sel };
	return EMUL_NEXT;
}

/*
 * Return to sel:rip, which were popped (of an IRET, the flags as well, which
 * the caller sets).  skip: bytes of parameters to drop, RETF n; 0 for IRET.
 *
 * return_read_code() judges the code segment; the RPL is the new CPL.  The
 * parameters are dropped.  If the RPL is above the CPL, and always for an
 * IRET in 64-bit code, RSP and SS follow on the stack (return_read_stack());
 * else both stay.  Then CS and RIP are loaded (code_enter()), and last SS and
 * RSP (emul_move_stack()), from which the parameters are dropped, too.  After a
 * return to less privileged code no data segment of the inner stays open
 * (return_drop_segments()).  EMUL_JUMPED, with VCPU_SEGS changed if SS is; or
 * the first fault: the caller puts the state back.  (SDM 3A, 5.8.6; SDM 2, RET,
 * IRET)
 */
static enum emul_result
return_to(struct emul_step *x, uint64_t rip, uint16_t sel, uint64_t skip)
{
	struct vcpu_state *s = x->e->state;
	struct vseg ss = s->seg[SEG_SS];
	unsigned cpl = s->cpl, rpl = sel & 3;
	bool stack = rpl > cpl ||
		(x->insn->op == INSN_IRET && x->insn->mode == CPU_MODE_64);
	struct desc code;
	uint64_t rsp;
	enum emul_result r = return_read_code(x->e, sel, &code);

	if (r != EMUL_NEXT)
		return r;
	emul_move_stack(x, x->gpr[GPR_RSP] + skip);
	if (stack)
		r = return_read_stack(x, &code, &rsp, &ss);
	if (r == EMUL_NEXT)
		r = code_enter(x, &code, rpl, rip);
	if (r != EMUL_JUMPED || !stack)
		return r;
	s->seg[SEG_SS] = ss;
	emul_move_stack(x, rsp + skip);
	if (rpl > cpl)
		return_drop_segments(x->e);
	x->e->changed |= VCPU_SEGS;
	return r;
}

/* RETF and IRET. */
enum emul_result
emul_return(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;
	bool iret = x->insn->op == INSN_IRET;
	unsigned size = x->insn->opsize, cpl = s->cpl;
	uint64_t rip, sel, flags = 0;
	enum emul_result r;

	if (!(s->cr0 & CR0_PE))
		return EMUL_UNKNOWN;
	if (iret && (x->flags & RFLAGS_NT))
		return s->efer & EFER_LMA ? emul_fault(x->e, VEC_GP, 0)
					  : task_switch(x->e);
	r = emul_pop(x, &rip, size);
	if (r == EMUL_NEXT)
		r = emul_pop(x, &sel, size);
	if (r == EMUL_NEXT && iret)
		r = emul_pop(x, &flags, size);
	if (r != EMUL_NEXT)
		return r;
	if ((flags & RFLAGS_VM) && cpl == 0 && !(s->efer & EFER_LMA))
		return EMUL_UNKNOWN;
	r = return_to(x, rip, (uint16_t)sel,
		!iret && x->insn->n_operands ? x->insn->operand[0].imm : 0);
	if (r == EMUL_JUMPED && iret)
		emul_set_flags(x, flags, size, cpl, RFLAGS_RF);
	return r;
}
