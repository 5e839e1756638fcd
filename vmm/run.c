/* SPDX-License-Identifier: MIT */
/*
 * The one loop.  Nothing else enters a guest, advances RIP, or acts on what
 * an exit handler decided.
 */
#include "vmm/engine.h"
#include "vmm/resolve.h"
#include "vmm/vcpu.h"
#include "vmm/x86.h"

/*
 * The guest is done with the instruction at RIP.  What the CPU does at the
 * end of one: the interrupt shadow of the instruction before is over, RF is
 * clear, and under TF a debug trap follows (SDM 3B, 17.3.1.4).
 */
static inline void
vcpu_advance(struct vcpu *vcpu, const struct vmexit *x)
{
	uint8_t insn_len = x->insn_len ? x->insn_len : vcpu->insn_len;

	vcpu->regs.rip += insn_len;
	vcpu->events.shadow >>= 1;
	if ((uint32_t)vcpu->regs.rip < insn_len && vcpu_mode(vcpu) != 64)
		vcpu->regs.rip = (uint32_t)vcpu->regs.rip;
	if (vcpu->regs.rflags & (RFLAGS_TF | RFLAGS_RF))
		vcpu_end_insn(vcpu);
}

/* Most exits end so: put that case first. */
#define likely_next(verdict) __builtin_expect(verdict, VERDICT_NEXT)

void
vcpu_run(struct vcpu *vcpu)
{
	for (;;) {
		struct trace_entry *e = trace_next(&vcpu->trace);
		struct vmexit *x = &e->x;

		if (!event_prepare(vcpu)) {
			vcpu_stop(vcpu, "triple fault at 0x%llx",
				(unsigned long long)vcpu->regs.rip);
			return;
		}
		vcpu->engine->run(vcpu, x);
		if (x->insn_len == 0)
			insn_resolve(vcpu, x);
		trace_exit(&vcpu->trace, e, &vcpu->regs);
		switch (likely_next(exit_table[x->reason](vcpu, x))) {
		case VERDICT_NEXT:
			vcpu_advance(vcpu, x);
			break;
		case VERDICT_AGAIN:
			break;
		case VERDICT_FAULT:
			event_queue(
				vcpu, vcpu->fault.vector, vcpu->fault.error);
			break;
		case VERDICT_BLOCK:
			vcpu_advance(vcpu, x);
			vcpu_block(vcpu);
			break;
		case VERDICT_STOP:
			return;
		}
	}
}
