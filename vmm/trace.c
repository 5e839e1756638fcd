/* SPDX-License-Identifier: MIT */
/* Counting and remembering exits; the text is made in trace_format.c. */
#include "vmm/trace.h"

#include "vmm/vcpu.h"

void
trace_exit(struct vcpu *vcpu, const struct vmexit *x)
{
	struct trace *t = &vcpu->trace;
	struct trace_entry *e = &t->ring[t->exits++ % TRACE_RING];

	t->count[x->reason]++;
	e->rip = vcpu->regs.rip;
	e->rax = vcpu->regs.gpr[GPR_RAX];
	e->rcx = vcpu->regs.gpr[GPR_RCX];
	e->rdx = vcpu->regs.gpr[GPR_RDX];
	e->x = *x;
}
