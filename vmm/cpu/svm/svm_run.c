/* SPDX-License-Identifier: MIT */
/*
 * The world switch: from a host thread into the guest and back.
 *
 * With GIF clear nothing at all interrupts, not even an NMI: so between CLGI
 * and STGI the CPU is ours, VMRUN included.  The guest runs with GIF set, and
 * because the host's IF is set and V_INTR_MASKING gives the guest an IF of
 * its own, any host interrupt ends it (APM 2, 15.13.1, 15.21.1).  It is then
 * taken at STGI, in this thread: a VM is preempted like any other thread.
 */
#include "vmm/cpu/svm/svm.h"

#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

_Static_assert(offsetof(struct vcpu_regs, gpr) == 0, "entry.S");
_Static_assert(GPR_RCX == 1 && GPR_RDX == 2 && GPR_RBX == 3, "entry.S");
_Static_assert(GPR_RBP == 5 && GPR_RSI == 6 && GPR_RDI == 7, "entry.S");

/*
 * Give a vCPU that arrives on this CPU, or whose translations are to be
 * forgotten, an ASID that nothing in the TLB has (APM 2, 15.16).  Its old
 * entries can never be hit again.
 */
static void
svm_arrive(struct svm *svm, struct svm_cpu *cpu)
{
	if (!cpu->on)
		svm_on(cpu);
	if (cpu->asid_next >= cpu->asid_count) {
		cpu->generation++;
		cpu->asid_next = 1;
		svm->vmcb->tlb_control = TLB_FLUSH_ALL;
	}
	svm->vmcb->asid = cpu->asid_next++;
	svm->cpu = cpu;
	svm->generation = cpu->generation;
}

/* What happens rarely before an entry: new state, requests. */
static void
svm_prepare(struct svm *svm)
{
	struct vcpu *vcpu = &svm->vcpu;

	if (vcpu->requests & VCPU_FLUSH_TLB) {
		vcpu->trace.flushes++;
		svm->cpu = NULL;
	}
	vcpu->requests = 0;
	svm_load(vcpu, vcpu->dirty);
	vcpu->dirty = 0;
}

/* DR0 to DR3 are in no VMCB; only a guest that debugs itself needs them. */
static void
svm_load_breakpoints(const struct vcpu_state *s)
{
	__asm__ volatile(
		"mov %0, %%dr0\n\t"
		"mov %1, %%dr1\n\t"
		"mov %2, %%dr2\n\t"
		"mov %3, %%dr3"
		:
		: "r"(s->dr[0]), "r"(s->dr[1]), "r"(s->dr[2]), "r"(s->dr[3]));
}

/* CLGI ... STGI around the guest; false: kicked before it could run. */
static bool
svm_switch(struct svm *svm)
{
	struct svm_cpu *cpu;
	bool run;

	__asm__ volatile("cli" : : : "memory");
	cpu = svm_cpu_this();
	if (svm->cpu != cpu || svm->generation != cpu->generation)
		svm_arrive(svm, cpu);
	__asm__ volatile("clgi\n\tsti" : : : "memory");
	run = !__atomic_load_n(&svm->vcpu.kicked, __ATOMIC_RELAXED);
	if (run) {
		if (svm->vmcb->dr7 & DR7_ENABLED)
			svm_load_breakpoints(&svm->vcpu.state);
		svm_enter(svm->vmcb_pa, &svm->vcpu.regs, cpu->host_pa);
	}
	__asm__ volatile("stgi" : : : "memory");
	return run;
}

/* The guest did not run: what was to be delivered waits again. */
static void
svm_cancel(struct svm *svm)
{
	if (svm->vmcb->event_inj & EVENT_INJ_VALID)
		svm_read_event(svm, svm->vmcb->event_inj);
	svm->vmcb->event_inj = 0;
}

void
svm_run(struct vcpu *vcpu, struct vmexit *x)
{
	struct svm *svm = to_svm(vcpu);
	struct vmcb *vmcb = svm->vmcb;
	struct vcpu_regs *regs = &vcpu->regs;

	if (vcpu->dirty | vcpu->requests)
		svm_prepare(svm);
	vmcb->rax = regs->gpr[GPR_RAX];
	vmcb->rsp = regs->gpr[GPR_RSP];
	vmcb->rip = regs->rip;
	vmcb->rflags = regs->rflags;
	vmcb->int_shadow = vcpu->events.shadow;
	if (!svm_switch(svm)) {
		svm_cancel(svm);
		x->reason = VMEXIT_HOST;
		x->insn_len = 0;
		return;
	}
	regs->gpr[GPR_RAX] = vmcb->rax;
	regs->gpr[GPR_RSP] = vmcb->rsp;
	regs->rip = vmcb->rip;
	regs->rflags = vmcb->rflags;
	vcpu->events.shadow = vmcb->int_shadow & INT_SHADOW;
	vcpu->valid = VCPU_MODE;
	vmcb->tlb_control = TLB_FLUSH_NONE;
	svm_exit_read(svm, x);
}

void
svm_inject(struct vcpu *vcpu, const struct event *ev)
{
	uint64_t value = ev->vector | EVENT_INJ_VALID;

	if (ev->kind == EVENT_EXCEPTION)
		value |= EVENT_INJ_TYPE_EXCP;
	if (ev->has_error)
		value |= EVENT_INJ_HAS_ERROR |
			(uint64_t)ev->error << EVENT_INJ_ERROR_SHIFT;
	to_svm(vcpu)->vmcb->event_inj = value;
}

/*
 * A virtual interrupt whose vector is never used: the intercept fires when
 * the guest would take it (APM 2, 15.21.4).
 */
void
svm_irq_window(struct vcpu *vcpu, bool on)
{
	struct vmcb *vmcb = to_svm(vcpu)->vmcb;
	uint32_t bit = 1u << (SVM_EXIT_VINTR - SVM_EXIT_INTR);

	if (on) {
		vmcb->int_ctl |= INT_CTL_V_IRQ;
		vmcb->intercept[INTERCEPT_MISC1] |= bit;
	} else {
		vmcb->int_ctl &= ~INT_CTL_V_IRQ;
		vmcb->intercept[INTERCEPT_MISC1] &= ~bit;
	}
}
