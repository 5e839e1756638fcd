/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL and SYSRET (APM 2, 6.1.1; SDM 3A, 5.8.8), in long mode; elsewhere,
 * and like SYSENTER, they are not offered to guests.
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

/* CS and SS as SYSCALL and SYSRET make them: flat, whatever the GDT says. */
static void
syscall_segments(
	struct emul *e, uint16_t cs, uint16_t ss, unsigned cpl, bool to_64)
{
	const uint16_t dpl = (uint16_t)(cpl << 5);
	struct vcpu_state *s = e->state;

	s->seg[SEG_CS] = (struct vseg){ .sel = cs,
		.attr = (to_64 ? VSEG_CODE64 : VSEG_CODE32) | dpl,
		.limit = 0xffffffff };
	s->seg[SEG_SS] = (struct vseg){
		.sel = ss, .attr = VSEG_DATA32 | dpl, .limit = 0xffffffff
	};
	s->cpl = (uint8_t)cpl;
	e->changed |= VCPU_CODE | VCPU_CPL | VCPU_SEGS;
}

static enum emul_result
emul_sysret(struct emul_step *x)
{
	struct vcpu_state *s = x->e->state;
	bool to_64 = x->insn->opsize == 8;
	uint16_t sel = (uint16_t)(s->star >> 48);
	uint64_t rip = x->gpr[GPR_RCX];

	if (s->cpl != 0)
		return emul_fault(x->e, VEC_GP, 0);
	/* AMD's CPUs would fault at the target: not with a guest's stack in
	 * ring 0, but no better for it */
	if (to_64 && !is_canonical(rip))
		return emul_fault(x->e, VEC_GP, 0);
	syscall_segments(
		x->e, (sel + (to_64 ? 16 : 0)) | 3, (sel + 8) | 3, 3, to_64);
	x->e->regs->rip = to_64 ? rip : (uint32_t)rip;
	x->flags = (x->gpr[GPR_R11] & RFLAGS_LOADED) | RFLAGS_R1;
	return EMUL_JUMPED;
}

enum emul_result
emul_syscall(struct emul_step *x)
{
	struct vcpu_state *s = x->e->state;
	uint16_t sel = (uint16_t)(s->star >> 32 & ~3ull);
	bool from_64 = x->insn->mode == CPU_MODE_64;

	if (!(s->efer & EFER_SCE) || !(s->efer & EFER_LMA) ||
		(x->insn->op == INSN_SYSRET && !from_64))
		return emul_fault(x->e, VEC_UD, 0);
	if (x->insn->op == INSN_SYSRET)
		return emul_sysret(x);
	x->gpr[GPR_RCX] = x->next_rip;
	x->gpr[GPR_R11] = x->flags;
	x->e->regs->rip = from_64 ? s->lstar : s->cstar;
	x->flags &= ~s->sfmask;
	x->flags |= RFLAGS_R1;
	syscall_segments(x->e, sel, sel + 8, 0, true);
	return EMUL_JUMPED;
}
