/* SPDX-License-Identifier: MIT */
/*
 * The world switch: what C does before and after entry.S.
 *
 * From CLI in svm_before() to STGI the thread cannot be moved to another
 * CPU.  A host interrupt ends the guest and is taken at STGI, in this
 * thread: a VM is preempted like any other thread.
 *
 * Every exit comes through here, so the straight path has no call and each
 * function of the other one is marked as cold.
 */
#include "vmm/cpu/svm/svm.h"

#include "vmm/cpu/breakpoints.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

_Static_assert(offsetof(struct svm, vcpu) == 0, "entry.S");
_Static_assert(offsetof(struct vcpu, regs) == 0, "entry.S");
_Static_assert(offsetof(struct vcpu_regs, gpr) == 0, "entry.S");
_Static_assert(GPR_RCX == 1 && GPR_RDX == 2 && GPR_RBX == 3, "entry.S");
_Static_assert(GPR_RBP == 5 && GPR_RSI == 6 && GPR_RDI == 7, "entry.S");

#define SVM_COLD __attribute__((cold, noinline))

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
	svm->at = cpu_this();
	svm->host = cpu->cr2_stays ? NULL : svm->at;
	svm->cpu = cpu;
	svm->generation = cpu->generation;
}

/* What happens rarely before an entry: new state, requests. */
static void
svm_prepare(struct svm *svm)
{
	struct vcpu *vcpu = &svm->vcpu;

	if (vcpu->dirty & (VCPU_FLUSH_TLB | VCPU_FLUSH_NESTED)) {
		vcpu->trace.flushes++;
		svm->host = svm->at = NULL;
	}
	svm_load(vcpu, vcpu->dirty);
	vcpu->dirty = 0;
}

/* The last question before the switch; interrupts are off. */
static inline struct svm_pages
svm_pages(struct svm *svm)
{
	/*
	 * A kick from now on is an interrupt that waits until the guest
	 * runs, and ends it.
	 */
	if (__atomic_load_n(&svm->vcpu.kicked, __ATOMIC_RELAXED))
		return (struct svm_pages){ 0, 0 };
	return (struct svm_pages){ svm->vmcb_pa, svm->cpu->host_pa };
}

/* The rare ways through svm_before(), each a tail of it. */

static SVM_COLD struct svm_pages
svm_before_changed(struct vcpu *vcpu)
{
	svm_prepare(to_svm(vcpu));
	return svm_before(vcpu);
}

static SVM_COLD struct svm_pages
svm_before_special(struct svm *svm)
{
	struct svm_cpu *cpu = svm_cpu_this();

	if (svm->at != cpu_this() || svm->generation != cpu->generation)
		svm_arrive(svm, cpu);
	if (cpu->cr2_stays)
		__asm__ volatile("mov %0, %%cr2" : : "r"(svm->vmcb->cr2));
	if (svm->vmcb->dr7 & DR7_ENABLED)
		breakpoints_load(&svm->vcpu.state);
	return svm_pages(svm);
}

struct svm_pages
svm_before(struct vcpu *vcpu)
{
	struct svm *svm = to_svm(vcpu);
	struct vmcb *vmcb = svm->vmcb;

	if (vcpu->dirty)
		return svm_before_changed(vcpu);
	vmcb->rax = vcpu->regs.gpr[GPR_RAX];
	vmcb->rsp = vcpu->regs.gpr[GPR_RSP];
	vmcb->rip = vcpu->regs.rip;
	vmcb->rflags = vcpu->regs.rflags;
	vmcb->int_shadow = vcpu->events.shadow;
	__asm__ volatile("cli" : : : "memory");
	if (svm->host != cpu_this() ||
		svm->generation != svm->cpu->generation ||
		(vmcb->dr7 & DR7_ENABLED))
		return svm_before_special(svm);
	return svm_pages(svm);
}

/* The guest did not run: what was to be delivered waits again. */
void
svm_kicked(struct vcpu *vcpu, struct vmexit *x)
{
	struct svm *svm = to_svm(vcpu);

	__asm__ volatile("sti" : : : "memory");
	if (svm->vmcb->event_inj & EVENT_INJ_VALID)
		svm_read_event(svm, svm->vmcb->event_inj);
	svm->vmcb->event_inj = 0;
	x->reason = VMEXIT_HOST;
	x->insn_len = 0;
}

void
svm_after(struct vcpu *vcpu, struct vmexit *x)
{
	struct svm *svm = to_svm(vcpu);
	struct vmcb *vmcb = svm->vmcb;

	vcpu->regs.gpr[GPR_RAX] = vmcb->rax;
	vcpu->regs.gpr[GPR_RSP] = vmcb->rsp;
	vcpu->regs.rip = vmcb->rip;
	vcpu->regs.rflags = vmcb->rflags;
	vcpu->events.shadow = vmcb->int_shadow & INT_SHADOW;
	vcpu->state.seg[SEG_CS] = vmcb->cs;
	if (vmcb->nested_ctl)
		vcpu->state.cr3 = vmcb->cr3;
	vcpu->valid = VCPU_MODE | VCPU_CODE;
	vmcb->tlb_control = TLB_FLUSH_NONE;
	svm_exit_read(svm, x);
}

/*
 * Write ev to the VMCB's event_inj: vector, type (EVENT_IRQ is INTR,
 * EVENT_EXCEPTION EXCP), the error code if it has one, and that it is valid.
 * With an exception, those of SVM_SECOND exit, too, from now on
 * (INTERCEPT_EXCEPTION): QEMU does not see that an exception in the delivery
 * of an injected one is the second and never makes a double fault of the two,
 * so event_queue() merges them.  (APM 2, 15.20)
 */
void
svm_inject(struct vcpu *vcpu, const struct event *ev)
{
	uint64_t value = ev->vector | EVENT_INJ_VALID;
	struct vmcb *vmcb = to_svm(vcpu)->vmcb;

	if (ev->kind == EVENT_EXCEPTION) {
		value |= EVENT_INJ_TYPE_EXCP;
		vmcb->intercept[INTERCEPT_EXCEPTION] |= SVM_SECOND;
	}
	if (ev->has_error)
		value |= EVENT_INJ_HAS_ERROR |
			(uint64_t)ev->error << EVENT_INJ_ERROR_SHIFT;
	vmcb->event_inj = value;
}

/*
 * Ask to be told (SVM_EXIT_VINTR) when the guest can take an interrupt, or take
 * that back: by a virtual interrupt (INT_CTL_V_IRQ in int_ctl) whose vector is
 * never used, since its intercept, the bit of SVM_EXIT_VINTR in
 * INTERCEPT_MISC1, fires when the guest would take it.  Nothing else in both
 * fields changes.  (APM 2, 15.21.4)
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
