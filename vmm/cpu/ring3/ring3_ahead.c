/* SPDX-License-Identifier: MIT */
/*
 * Looking ahead: what can be done before the guest is entered.
 *
 * A trap costs two world switches, an emulated instruction none of itself.
 * And privileged instructions come in bunches: SWAPGS and SYSRET, or a whole
 * world switch of the next level's VMM, from LGDT to IRETQ.  So after one was
 * emulated the next is decoded, and if it would trap at once it is emulated
 * too.
 *
 * Between the members of a bunch stand plain instructions: a MOV that loads
 * what WRMSR takes.  To emulate a few of them costs less than to enter the
 * guest for them; to emulate a dozen in vain costs more.  Which it will be is
 * not worked out but learnt: where the guest was entered at some RIP and
 * trapped again a few bytes on, it will do so next time, and then the gap is
 * bridged.  What was learnt is a guess and nothing depends on it: each
 * instruction is read, judged and done as if it had trapped.  A gap that turns
 * out to be too long is remembered as such.
 *
 * Breakpoints are the CPU's to notice: while one is set nothing is done ahead.
 */
#include "vmm/cpu/ring3/ring3.h"

/* What may be done in a gap: short, and the same in ring 3 and in ring 0. */
static const bool ahead_plain[INSN_OP_COUNT] = {
	[INSN_MOV] = true,
	[INSN_MOVZX] = true,
	[INSN_LEA] = true,
	[INSN_PUSH] = true,
	[INSN_POP] = true,
	[INSN_ADD] = true,
	[INSN_SUB] = true,
	[INSN_AND] = true,
	[INSN_OR] = true,
	[INSN_XOR] = true,
	[INSN_CMP] = true,
	[INSN_TEST] = true,
	[INSN_JCC] = true,
	[INSN_JMP] = true,
};

static struct ring3_gap *
ahead_gap(struct ring3 *r, uint64_t rip)
{
	return &r->gap[rip % RING3_GAPS];
}

void
ring3_learn(struct ring3 *r)
{
	uint64_t rip = r->vcpu.regs.rip;
	struct ring3_gap *gap = ahead_gap(r, r->entered);

	if (rip == r->entered || rip - r->entered > RING3_BRIDGE_BYTES)
		return;
	if (gap->rip == r->entered && gap->to == 0)
		return;
	gap->rip = r->entered;
	gap->to = rip;
}

/*
 * The next instruction does not trap: is it one of a gap that ends near?  If
 * so it is the exit.
 */
static bool
ahead_bridge(struct ring3 *r, struct vmexit *x)
{
	uint64_t rip = r->vcpu.regs.rip;

	if (!r->bridge) {
		struct ring3_gap *gap = ahead_gap(r, rip);

		if (gap->rip != rip || gap->to == 0)
			return false;
		r->bridge = gap;
		r->bridge_left = RING3_BRIDGE;
	}
	if (rip - r->bridge->rip >= r->bridge->to - r->bridge->rip) {
		r->bridge = NULL; /* it went elsewhere this time */
		return false;
	}
	if (r->bridge_left-- == 0 || !ahead_plain[r->vcpu.insn->op]) {
		r->bridge->to = 0;
		r->bridge = NULL;
		return false;
	}
	x->reason = VMEXIT_EMULATE;
	x->insn.op = r->vcpu.insn->op;
	return true;
}

bool
ring3_ahead(struct ring3 *r, struct vmexit *x)
{
	struct vcpu *vcpu = &r->vcpu;

	if (r->ahead == 0 || vcpu->state.cpl == 3 ||
		(vcpu->state.dr7 & DR7_ENABLED))
		return false;
	r->ahead--;
	switch (ring3_classify(r, x)) {
	case RING3_TRAPS:
		r->bridge = NULL;
		break;
	case RING3_PLAIN:
		if (!ahead_bridge(r, x))
			return false;
		break;
	default:
		return false;
	}
	trace_insn(&vcpu->trace, x, true);
	return true;
}
