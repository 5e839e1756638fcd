/* SPDX-License-Identifier: MIT */
/*
 * The one loop.  Nothing else enters a guest, advances RIP, or acts on what
 * an exit handler decided.
 */
#include "vmm/vcpu.h"

#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/*
 * The guest is done with the instruction at RIP.  What the CPU does at the
 * end of one: the interrupt shadow of the instruction before is over, and
 * under TF a debug trap follows (SDM 3B, 17.3.1.4).
 */
static void
vcpu_advance(struct vcpu *vcpu, const struct vmexit *x)
{
	uint8_t insn_len = x->insn_len ? x->insn_len : vcpu->insn_len;
	uint64_t rip = vcpu->regs.rip + insn_len;

	if ((rip ^ vcpu->regs.rip) >> 32 && vcpu_mode(vcpu) != 64)
		rip = (uint32_t)rip;
	vcpu->regs.rip = rip;
	vcpu->events.shadow = false;
	vcpu->regs.rflags &= ~RFLAGS_RF;
	if (vcpu->regs.rflags & RFLAGS_TF)
		vcpu_trap_step(vcpu);
}

void
vcpu_run(struct vcpu *vcpu)
{
	struct vmexit x;

	for (;;) {
		if (vcpu->kicked && !vcpu_look(vcpu))
			return;
		if (!event_prepare(vcpu)) {
			vcpu_stop(vcpu, "triple fault at 0x%llx",
				(unsigned long long)vcpu->regs.rip);
			return;
		}
		vcpu->engine->run(vcpu, &x);
		if (x.insn_len == 0)
			insn_resolve(vcpu, &x);
		trace_exit(vcpu, &x);
		switch (exit_table[x.reason](vcpu, &x)) {
		case VERDICT_NEXT:
			vcpu_advance(vcpu, &x);
			break;
		case VERDICT_AGAIN:
			break;
		case VERDICT_FAULT:
			event_queue(
				vcpu, vcpu->fault.vector, vcpu->fault.error);
			break;
		case VERDICT_BLOCK:
			vcpu_advance(vcpu, &x);
			vcpu_block(vcpu);
			break;
		case VERDICT_STOP:
			return;
		}
	}
}
