/* SPDX-License-Identifier: MIT */
/*
 * The world switch: what C does before and after entry.S.
 *
 * From CLI in vmx_before() to STI in vmx_after() the thread cannot be moved
 * to another CPU, and the vCPU's VMCS is current.  A host interrupt ends the
 * guest and is taken at STI, in this thread: a VM is preempted like any other
 * thread.
 *
 * Every exit comes through here, so the straight path has no call and each
 * function of the other one is marked as cold.
 */
#include "vmm/cpu/vmx/vmx.h"

#include "kernel/cpu/asm.h"
#include "vmm/cpu/breakpoints.h"
#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

_Static_assert(offsetof(struct vmx, vcpu) == 0, "entry.S");
_Static_assert(offsetof(struct vcpu, regs) == 0, "entry.S");
_Static_assert(offsetof(struct vcpu_regs, gpr) == 0, "entry.S");
_Static_assert(GPR_RCX == 1 && GPR_RDX == 2 && GPR_RBX == 3, "entry.S");
_Static_assert(GPR_RBP == 5 && GPR_RSI == 6 && GPR_RDI == 7, "entry.S");
_Static_assert(VMCS_HOST_RSP == 0x6c14 && ENTER_LAUNCH == 1, "entry.S");

#define VMX_COLD __attribute__((cold, noinline))
#define BLOCKED	 (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)

/* What happens rarely before an entry: new state, requests. */
static void
vmx_prepare(struct vmx *vmx)
{
	struct vcpu *vcpu = &vmx->vcpu;
	uint32_t dirty;

	vmx_begin(vmx); /* first: a vCPU that arrives makes requests too */
	vmx_end();
	dirty = vcpu->dirty;
	vcpu->dirty = 0;
	vmx_load(vcpu, dirty);
	if (dirty & VCPU_FLUSH_TLB) {
		vcpu->trace.flushes++;
		vmx_begin(vmx);
		vmx_flush(vmx);
		vmx_end();
	}
	if ((dirty & VCPU_FLUSH_NESTED) && vmx_is_nested(vmx)) {
		vmx_begin(vmx);
		vmx_flush_nested(vmx);
		vmx_end();
	}
}

/*
 * The interrupt shadow as events.shadow has it.  Under TF the trap that the
 * shadow holds back has to be noted with it (SDM 3C, 26.3.1.5).
 */
static void
vmx_load_shadow(struct vmx *vmx)
{
	uint64_t rflags = vmx->vcpu.regs.rflags, pending = 0;

	vmx->blocked = 0;
	if (vmx->vcpu.events.shadow) {
		vmx->blocked =
			rflags & RFLAGS_IF ? BLOCKED_BY_STI : BLOCKED_BY_MOV_SS;
		if (rflags & RFLAGS_TF)
			pending = PENDING_BS;
	}
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, vmx->blocked);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, pending);
}

/* The straight end of vmx_before(); the VMCS is current, interrupts off. */
static inline enum vmx_how
vmx_enter(struct vmx *vmx)
{
	const struct vcpu *vcpu = &vmx->vcpu;

	vmcs_write(VMCS_GUEST_RIP, vcpu->regs.rip);
	vmcs_write(VMCS_GUEST_RSP, vcpu->regs.gpr[GPR_RSP]);
	vmcs_write(VMCS_GUEST_RFLAGS, vcpu->regs.rflags);
	if (read_cr2() != vcpu->state.cr2)
		write_cr2(vcpu->state.cr2);
	/*
	 * A kick from now on is an interrupt that waits until the guest
	 * runs, and ends it.
	 */
	if (__atomic_load_n(&vcpu->kicked, __ATOMIC_RELAXED))
		return ENTER_NOT;
	return vmx->launched ? ENTER_RESUME : ENTER_LAUNCH;
}

/* The rare ways through vmx_before(), each a tail of it. */

static VMX_COLD enum vmx_how
vmx_before_changed(struct vcpu *vcpu)
{
	vmx_prepare(to_vmx(vcpu));
	return vmx_before(vcpu);
}

/* Another VMCS is current here: after vmx_begin() this one is. */
static VMX_COLD enum vmx_how
vmx_before_switch(struct vcpu *vcpu)
{
	__asm__ volatile("sti" : : : "memory");
	vmx_begin(to_vmx(vcpu));
	vmx_end();
	return vmx_before(vcpu);
}

static VMX_COLD enum vmx_how
vmx_before_special(struct vmx *vmx, struct vmx_cpu *cpu)
{
	uint64_t root = cpu_this()->root;

	if (vmx->generation != cpu->generation)
		vmx_take_vpid(vmx, cpu);
	if (vmx->host_cr3 != root) {
		vmx->host_cr3 = root;
		vmcs_write(VMCS_HOST_CR3, root);
	}
	if (vmx->vcpu.events.shadow || vmx->blocked)
		vmx_load_shadow(vmx);
	if (vmx->vcpu.state.dr7 & DR7_ENABLED)
		breakpoints_load(&vmx->vcpu.state);
	return vmx_enter(vmx);
}

enum vmx_how
vmx_before(struct vcpu *vcpu)
{
	struct vmx *vmx = to_vmx(vcpu);
	struct vmx_cpu *cpu;

	if (vcpu->dirty)
		return vmx_before_changed(vcpu);
	__asm__ volatile("cli" : : : "memory");
	cpu = vmx_cpu_this();
	if (cpu->current != vmx)
		return vmx_before_switch(vcpu);
	if (vmx->generation != cpu->generation ||
		vmx->host_cr3 != cpu_this()->root || vcpu->events.shadow ||
		vmx->blocked || (vcpu->state.dr7 & DR7_ENABLED))
		return vmx_before_special(vmx, cpu);
	return vmx_enter(vmx);
}

/* The guest did not run: what was to be delivered waits again. */
static void
vmx_put_back(struct vmx *vmx)
{
	uint32_t event = (uint32_t)vmcs_read(VMCS_ENTRY_EVENT);

	if (!(event & EVENT_VALID))
		return;
	vmx_read_event(vmx, event, (uint32_t)vmcs_read(VMCS_ENTRY_EVENT_ERROR));
	vmcs_write(VMCS_ENTRY_EVENT, 0);
}

void
vmx_kicked(struct vcpu *vcpu, struct vmexit *x)
{
	vmx_put_back(to_vmx(vcpu));
	__asm__ volatile("sti" : : : "memory");
	x->reason = VMEXIT_HOST;
	x->insn_len = 0;
}

/* VMLAUNCH or VMRESUME went on to the next instruction (SDM 3C, 30.4). */
void
vmx_refused(struct vcpu *vcpu, struct vmexit *x)
{
	struct vmx *vmx = to_vmx(vcpu);

	vmx->failure = (uint32_t)vmcs_read(VMCS_INSTRUCTION_ERROR);
	x->reason = VMEXIT_INVALID;
	x->insn_len = 0;
	x->raw.code = vmx->failure;
	x->raw.info1 = x->raw.info2 = 0;
	__asm__ volatile("sti" : : : "memory");
}

void
vmx_after(struct vcpu *vcpu, struct vmexit *x)
{
	struct vmx *vmx = to_vmx(vcpu);

	vcpu->regs.gpr[GPR_RSP] = vmcs_read(VMCS_GUEST_RSP);
	vcpu->regs.rip = vmcs_read(VMCS_GUEST_RIP);
	vcpu->regs.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	vmx->blocked =
		(uint32_t)vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKED;
	vcpu->events.shadow = vmx->blocked != 0;
	vcpu->state.cr2 = read_cr2();
	vcpu->valid = VCPU_MODE | VCPU_CR2 | VCPU_DRS;
	vmx_exit_read(vmx, x);
	__asm__ volatile("sti" : : : "memory");
	if (x->reason == VMEXIT_EMULATE)
		vmx_read_int1(vmx, x);
}

/*
 * Write ev to the VMCS: to ENTRY_EVENT the vector, EVENT_VALID, the type
 * EVENT_TYPE_EXCP if it is an exception (an interrupt's is 0), and
 * EVENT_HAS_ERROR if it has an error code and the guest is in protected mode
 * (CR0.PE; state.cr0 is right here), for in real mode the CPU pushes none and
 * refuses such an entry; to ENTRY_EVENT_ERROR the code.  VMWRITE reaches the
 * vCPU's VMCS only between vmx_begin() and vmx_end().  (SDM 3C, 24.8.3 and
 * 26.2.1.3)
 */
void
vmx_inject(struct vcpu *vcpu, const struct event *ev)
{
	struct vmx *vmx = to_vmx(vcpu);
	uint32_t info = ev->vector | EVENT_VALID;

	if (ev->kind == EVENT_EXCEPTION)
		info |= EVENT_TYPE_EXCP;
	if (ev->has_error && (vcpu->state.cr0 & CR0_PE))
		info |= EVENT_HAS_ERROR;
	vmx_begin(vmx);
	vmcs_write(VMCS_ENTRY_EVENT, info);
	vmcs_write(VMCS_ENTRY_EVENT_ERROR, ev->error);
	vmx_end();
}

void
vmx_irq_window(struct vcpu *vcpu, bool on)
{
	struct vmx *vmx = to_vmx(vcpu);

	if (on)
		vmx->proc |= PROC_INTERRUPT_WINDOW;
	else
		vmx->proc &= ~PROC_INTERRUPT_WINDOW;
	vmx_begin(vmx);
	vmcs_write(VMCS_PROC_CONTROLS, vmx->proc);
	vmx_end();
}
