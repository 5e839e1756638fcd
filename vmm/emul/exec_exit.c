/* SPDX-License-Identifier: MIT */
/*
 * Instructions that the exit handlers do for every engine: here they are
 * turned into the exit that SVM or VMX would report, after the checks that
 * those make before they report it (APM 2, 15.9; SDM 3C, 26.1).
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

#define TSS_IO_BASE  0x66u
#define DR_DEBUG_EXT 4u /* DR4 and DR5 are other names of DR6 and DR7 */

/* The port's bits in the TSS must all be 0 (SDM 1, 19.5.2). */
static enum emul_result
exit_io_permission(struct emul_step *x, uint16_t port, unsigned size)
{
	struct emul *e = x->e;
	const struct vseg *tr = &e->state->tr;
	uint16_t base = 0, bits = 0;
	uint32_t at;
	enum emul_result r;

	if (!(e->state->cr0 & CR0_PE) || e->state->cpl <= rflags_iopl(x->flags))
		return EMUL_NEXT;
	/* only a TSS of 32 or 64 bits has a map; the last byte read may be
	 * the one behind the port's */
	if (!(tr->attr & VSEG_PRESENT) || (tr->attr & 0xd) != 9 ||
		tr->limit < TSS_IO_BASE + 1)
		return emul_fault(e, VEC_GP, 0);
	r = table_read(e, tr->base + TSS_IO_BASE, &base, 2);
	if (r != EMUL_NEXT)
		return r;
	at = base + port / 8u;
	if (at + 1 > tr->limit)
		return emul_fault(e, VEC_GP, 0);
	r = table_read(e, tr->base + at, &bits, 2);
	if (r == EMUL_NEXT && (bits >> (port & 7) & ((1u << size) - 1)))
		r = emul_fault(e, VEC_GP, 0);
	return r;
}

static enum emul_result
exit_io(struct emul_step *x, struct vmexit *exit)
{
	const struct insn *insn = x->insn;
	bool out = insn->op == INSN_OUT || insn->op == INSN_OUTS;
	const struct insn_operand *port = &insn->operand[out ? 0 : 1];
	const struct insn_operand *data = &insn->operand[out ? 1 : 0];

	exit->reason = VMEXIT_IO;
	exit->io.port =
		(uint16_t)(port->kind == INSN_KIND_IMM ? port->imm
						       : x->gpr[GPR_RDX]);
	exit->io.size = data->size;
	exit->io.write = out;
	exit->io.string = data->kind == INSN_KIND_MEM;
	exit->io.rep =
		exit->io.string && (insn->prefixes & (INSN_REP | INSN_REPNE));
	exit->io.adsize = insn->adsize;
	exit->io.seg = exit->io.string ? data->mem.seg : 0;
	return exit_io_permission(x, exit->io.port, data->size);
}

/* MOV to or from a control or debug register. */
static void
exit_register(struct emul_step *x, struct vmexit *exit)
{
	const struct insn_operand *op = x->insn->operand;
	bool write = op[0].kind != INSN_KIND_REG;
	uint8_t reg = op[!write].reg, gpr = op[write].reg;

	if (x->insn->op == INSN_MOV_DR) {
		exit->reason = VMEXIT_DR;
		exit->dr.dr = reg;
		exit->dr.gpr = gpr;
		exit->dr.write = write;
		return;
	}
	exit->reason = VMEXIT_CR;
	exit->cr.cr = reg;
	exit->cr.gpr = gpr;
	exit->cr.kind = write ? CR_WRITE : CR_READ;
}

/*
 * The checks that depend on bits of CR4 (the table of exec.c has those by CPL
 * alone).  EMUL_NEXT: the instruction may exit; else a fault.
 *
 *	MOV to, from DR4, DR5	#UD if CR4.DE is set.  Of the two operands one
 *				is a general register (INSN_KIND_REG)
 *	RDTSC, RDTSCP		#GP(0) outside CPL 0 if CR4.TSD is set
 *	RDPMC			#GP(0) outside CPL 0 unless CR4.PCE is set
 *	XGETBV, XSETBV		#UD unless CR4.OSXSAVE is set; XSETBV then
 *				#GP(0) outside CPL 0
 *
 * All others may.  (SDM 2, the page of each)
 */
static enum emul_result
exit_check(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;
	const struct insn_operand *op = x->insn->operand;
	unsigned dr = op[op[0].kind == INSN_KIND_REG].reg;

	switch (x->insn->op) {
	case INSN_MOV_DR:
		if ((dr | 1) == (DR_DEBUG_EXT | 1) && (s->cr4 & CR4_DE))
			return emul_fault(x->e, VEC_UD, 0);
		return EMUL_NEXT;
	case INSN_RDTSC:
	case INSN_RDTSCP:
		if (s->cpl != 0 && (s->cr4 & CR4_TSD))
			return emul_fault(x->e, VEC_GP, 0);
		return EMUL_NEXT;
	case INSN_RDPMC:
		if (s->cpl != 0 && !(s->cr4 & CR4_PCE))
			return emul_fault(x->e, VEC_GP, 0);
		return EMUL_NEXT;
	case INSN_XGETBV:
	case INSN_XSETBV:
		if (!(s->cr4 & CR4_OSXSAVE))
			return emul_fault(x->e, VEC_UD, 0);
		if (s->cpl != 0 && x->insn->op == INSN_XSETBV)
			return emul_fault(x->e, VEC_GP, 0);
		return EMUL_NEXT;
	default:
		return EMUL_NEXT;
	}
}

static enum emul_result
exit_fill(struct emul_step *x, struct vmexit *exit)
{
	switch (x->insn->op) {
	case INSN_CPUID:
		exit->reason = VMEXIT_CPUID;
		break;
	case INSN_HLT:
		exit->reason = VMEXIT_HLT;
		break;
	case INSN_RDMSR:
	case INSN_WRMSR:
		exit->reason = VMEXIT_MSR;
		exit->msr.write = x->insn->op == INSN_WRMSR;
		break;
	case INSN_MOV_CR:
	case INSN_MOV_DR:
		exit_register(x, exit);
		break;
	case INSN_CLTS:
		exit->reason = VMEXIT_CR;
		exit->cr.kind = CR_CLTS;
		break;
	case INSN_LMSW:
		exit->reason = VMEXIT_CR;
		exit->cr.kind = CR_LMSW;
		exit->cr.value = (uint16_t)x->val[0];
		break;
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		return exit_io(x, exit);
	case INSN_VMCALL:
	case INSN_VMMCALL:
		exit->reason = VMEXIT_HYPERCALL;
		break;
	default:
		exit->reason = VMEXIT_INSN;
		exit->insn.op = x->insn->op;
		break;
	}
	return EMUL_NEXT;
}

enum emul_result
emul_exit(struct emul_step *x)
{
	enum emul_result r = exit_check(x);

	x->e->exit = (struct vmexit){ .insn_len = x->insn->len };
	if (r == EMUL_NEXT)
		r = exit_fill(x, &x->e->exit);
	return r == EMUL_NEXT ? EMUL_EXIT : r;
}
