/* SPDX-License-Identifier: MIT */
/*
 * System instructions that are done here, because they change or show the
 * guest's own state and nothing behind it (SDM 3A, 2.8).  Privilege is checked
 * by the frame, as the table of exec.c says.
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

/*
 * LGDT, LIDT, SGDT, SIDT.  Operand 0 is in memory: a limit of 2 bytes, and
 * behind it the base, in what the operand's size leaves (8 bytes in 64-bit
 * code, else 4); the second address wraps at the instruction's address size
 * (adsize).  A store writes the limit first, then the base, from the guest's
 * gdtr or idtr (x->e->state).  A load reads both before it changes anything;
 * with an operand size of 2 outside 64-bit code bits 31:24 of the base are 0; a
 * base that is not canonical is #GP(0); the table that was written counts as
 * changed (VCPU_TABLES in x->e->changed).  Memory: emul_ea(), emul_read(),
 * emul_write(), in the operand's segment; what they return, unless EMUL_NEXT,
 * is the result.  The CPL was checked.  (SDM 2, LGDT/LIDT, SGDT, SIDT)
 */
enum emul_result
emul_table(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	uint64_t ea = emul_ea(x, op), at, base = 0;
	unsigned size = op->size - 2u;
	struct vcpu_state *s = x->e->state;
	bool idt = x->insn->op == INSN_LIDT || x->insn->op == INSN_SIDT;
	struct vtable *table = idt ? &s->idtr : &s->gdtr;
	uint16_t limit;
	enum emul_result r;

	at = (ea + 2) & size_mask(x->insn->adsize);
	if (x->insn->op == INSN_SGDT || x->insn->op == INSN_SIDT) {
		r = emul_write(x, op->mem.seg, ea, &table->limit, 2);
		return r == EMUL_NEXT
			? emul_write(x, op->mem.seg, at, &table->base, size)
			: r;
	}
	r = emul_read(x, op->mem.seg, ea, &limit, 2, 0);
	if (r == EMUL_NEXT)
		r = emul_read(x, op->mem.seg, at, &base, size, 0);
	if (r != EMUL_NEXT)
		return r;
	if (x->insn->opsize == 2 && size == 4) /* as on the 286 */
		base &= 0xffffff;
	if (!is_canonical(base))
		return emul_fault(x->e, VEC_GP, 0);
	*table = (struct vtable){ .base = base, .limit = limit };
	x->e->changed |= VCPU_TABLES;
	return EMUL_NEXT;
}

/*
 * LLDT, LTR, SLDT, STR, SMSW.  Operand 0 is a value here: the frame read it
 * into x->val[0] for the loads (a selector, 16 bits), and writes x->val[0]
 * back for the others, as wide as the operand is: the guest's own LDTR or TR
 * selector, or its CR0.  The loads are segment_load_system()'s work.  CPL,
 * UMIP and protected mode were checked.  (SDM 2, the pages of the five)
 */
enum emul_result
emul_system_register(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;

	switch (x->insn->op) {
	case INSN_LLDT:
	case INSN_LTR:
		return segment_load_system(
			x->e, x->insn->op == INSN_LTR, (uint16_t)x->val[0]);
	case INSN_SLDT:
		x->val[0] = s->ldtr.sel;
		break;
	case INSN_STR:
		x->val[0] = s->tr.sel;
		break;
	default: /* SMSW */
		x->val[0] = s->cr0;
		break;
	}
	return EMUL_NEXT;
}

/*
 * SWAPGS: exchange the base of GS and kernel_gs_base (VCPU_SEGS and VCPU_MSRS
 * have changed; the CPL was checked).  RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE:
 * operand 0 is x->val[0], written back for the reads, read for the writes; at
 * any CPL, but #UD unless CR4.FSGSBASE is set, and #GP(0) for a base that is
 * not canonical; a write changes VCPU_SEGS.  (SDM 2, SWAPGS, RDFSBASE,
 * WRFSBASE)
 */
enum emul_result
emul_base(struct emul_step *x)
{
	struct vcpu_state *s = x->e->state;
	uint16_t op = x->insn->op;
	bool fs = op == INSN_RDFSBASE || op == INSN_WRFSBASE;
	uint64_t *base = &s->seg[fs ? SEG_FS : SEG_GS].base, old = *base;

	if (op == INSN_SWAPGS) {
		*base = s->kernel_gs_base;
		s->kernel_gs_base = old;
		x->e->changed |= VCPU_SEGS | VCPU_MSRS;
		return EMUL_NEXT;
	}
	if (!(s->cr4 & CR4_FSGSBASE))
		return emul_fault(x->e, VEC_UD, 0);
	if (op == INSN_RDFSBASE || op == INSN_RDGSBASE) {
		x->val[0] = old;
		return EMUL_NEXT;
	}
	if (!is_canonical(x->val[0]))
		return emul_fault(x->e, VEC_GP, 0);
	*base = x->val[0];
	x->e->changed |= VCPU_SEGS;
	return EMUL_NEXT;
}

/*
 * CLI and STI: #GP(0) in protected mode at a CPL above IOPL; else IF is cleared
 * or set.  An STI that finds IF clear holds interrupts off until the next
 * instruction is done (x->e->shadow).  CLAC and STAC clear and set AC: #UD
 * outside CPL 0, and where CR4 does not offer SMAP (x->e->cr4_offered).  Flags
 * are in x->flags (flag_put()), which is written back.  (SDM 2, CLI, STI, CLAC,
 * STAC; PVI and VME are not offered)
 */
enum emul_result
emul_guard(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;
	uint16_t op = x->insn->op;

	if (op == INSN_CLAC || op == INSN_STAC) {
		if (!(x->e->cr4_offered & CR4_SMAP) || s->cpl != 0)
			return emul_fault(x->e, VEC_UD, 0);
		flag_put(x, RFLAGS_AC, op == INSN_STAC);
		return EMUL_NEXT;
	}
	if ((s->cr0 & CR0_PE) && s->cpl > rflags_iopl(x->flags))
		return emul_fault(x->e, VEC_GP, 0);
	if (op == INSN_STI && !(x->flags & RFLAGS_IF))
		x->e->shadow = true;
	flag_put(x, RFLAGS_IF, op == INSN_STI);
	return EMUL_NEXT;
}

/*
 * INVLPG: tell ops->invlpg() the linear address of memory operand 0, and return
 * what it says.  An address that is not canonical does nothing (no fault).
 * insn_linear() (vmm/emul/decode.h) makes a linear address of an offset and the
 * segment's base.  The CPL was checked.  (SDM 2, INVLPG)
 */
enum emul_result
emul_invlpg(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	uint64_t gva = insn_linear(x->insn, op, emul_ea(x, op),
		x->e->state->seg[op->mem.seg].base);

	/* of an address that is none, nothing can be cached */
	return is_canonical(gva) ? x->e->ops->invlpg(x->e, gva) : EMUL_NEXT;
}

/* The selector of a caller gets no better RPL than that of the other. */
enum emul_result
emul_arpl(struct emul_step *x)
{
	unsigned rpl = x->val[1] & 3;

	flag_put(x, RFLAGS_ZF, (x->val[0] & 3) < rpl);
	if (x->flags & RFLAGS_ZF)
		x->val[0] = (x->val[0] & ~3ull) | rpl;
	return EMUL_NEXT;
}

enum emul_result
emul_undefined(struct emul_step *x)
{
	return emul_fault(x->e, VEC_UD, 0);
}

/*
 * INT n (operand 0 is the vector), INT3 (#BP), INTO (#OF, and only if OF is
 * set; else nothing) and INT1 (#DB): an exception without an error code, whose
 * return address is behind the instruction (x->next_rip), delivered by
 * emul_deliver_step().  All but INT1 are `soft`: they need the gate's
 * permission, and errors on the way do not have EXT.  (SDM 2, INT; SDM 3A,
 * 6.12.1.2)
 */
enum emul_result
emul_software_interrupt(struct emul_step *x)
{
	struct event ev = { .kind = EVENT_EXCEPTION };

	switch (x->insn->op) {
	case INSN_INT:
		ev.vector = (uint8_t)x->insn->operand[0].imm;
		break;
	case INSN_INT3:
		ev.vector = VEC_BP;
		break;
	case INSN_INTO:
		if (!(x->flags & RFLAGS_OF))
			return EMUL_NEXT;
		ev.vector = VEC_OF;
		break;
	default: /* INT1 */
		ev.vector = VEC_DB;
		break;
	}
	return emul_deliver_step(x, &ev, x->insn->op != INSN_INT1, x->next_rip);
}
