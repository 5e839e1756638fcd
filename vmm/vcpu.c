/* SPDX-License-Identifier: MIT */
/* A virtual CPU's state, what handlers say about it, and its sleep. */
#include "vmm/vcpu.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/proc/thread.h"
#include "vmm/board.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define CR0_RESET 0x60000010ull /* CD, NW, ET */

void
vcpu_fetch(struct vcpu *vcpu, uint32_t groups)
{
	vcpu->engine->store(vcpu, groups);
	vcpu->valid |= groups;
}

void
vcpu_mode_changed(struct vcpu *vcpu)
{
	walks_set_mode(vcpu);
	vcpu_changed(vcpu, VCPU_MODE);
}

void
vcpu_reset(struct vcpu *vcpu)
{
	struct vcpu_state *s = &vcpu->state;
	const struct vseg data = { 0, VSEG_PRESENT | VSEG_S | 3, 0xffff, 0 };

	memset(&vcpu->regs, 0, sizeof(vcpu->regs));
	memset(s, 0, sizeof(*s));
	memset(&vcpu->events, 0, sizeof(vcpu->events));
	vcpu->events.irq_taken = -1;
	vcpu->regs.rip = 0xfff0;
	vcpu->regs.rflags = RFLAGS_R1;
	for (unsigned i = 0; i < SEGS; i++)
		s->seg[i] = data;
	s->seg[SEG_CS].sel = 0xf000;
	s->seg[SEG_CS].base = 0xffff0000;
	s->seg[SEG_CS].attr = VSEG_PRESENT | VSEG_S | 0xb;
	s->tr = (struct vseg){ 0, VSEG_TSS_BUSY, 0xffff, 0 };
	s->ldtr = (struct vseg){ 0, VSEG_LDT, 0xffff, 0 };
	s->gdtr.limit = s->idtr.limit = 0xffff;
	s->cr0 = CR0_RESET;
	s->dr6 = DR6_FIXED;
	s->dr7 = DR7_FIXED;
	s->pat = PAT_RESET;
	walks_forget(vcpu);
	walks_set_mode(vcpu);
	vcpu->valid = VCPU_ALL;
	vcpu->dirty = VCPU_ALL | VCPU_FLUSH_TLB | VCPU_FLUSH_NESTED;
}

enum verdict
vcpu_fault(struct vcpu *vcpu, uint8_t vector, uint32_t error)
{
	vcpu->fault.vector = vector;
	vcpu->fault.error = error;
	return VERDICT_FAULT;
}

enum verdict
vcpu_page_fault(struct vcpu *vcpu, uint32_t error, uint64_t gva)
{
	vcpu->state.cr2 = gva;
	vcpu->valid |= VCPU_CR2;
	vcpu_changed(vcpu, VCPU_CR2);
	return vcpu_fault(vcpu, VEC_PF, error);
}

enum verdict
vcpu_done(struct vcpu *vcpu, uint8_t insn_len)
{
	vcpu->insn_len = insn_len;
	return VERDICT_NEXT;
}

void
vcpu_end_insn(struct vcpu *vcpu)
{
	vcpu->regs.rflags &= ~RFLAGS_RF;
	if ((vcpu->regs.rflags & RFLAGS_TF) && !vcpu->events.no_step)
		vcpu_trap_step(vcpu);
	vcpu->events.no_step = false;
}

void
vcpu_trap_step(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_DRS);
	vcpu->state.dr6 |= DR6_BS;
	vcpu_changed(vcpu, VCPU_DRS);
	event_queue(vcpu, VEC_DB, 0);
}

enum verdict
vcpu_stop(struct vcpu *vcpu, const char *fmt, ...)
{
	char reason[VM_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	vm_stop(vcpu->vm, VM_STATUS_FAILED, true, "%s", reason);
	return VERDICT_STOP;
}

enum verdict
vcpu_look(struct vcpu *vcpu, enum verdict verdict)
{
	struct vm *vm = vcpu->vm;

	do {
		__atomic_store_n(&vcpu->kicked, false, __ATOMIC_SEQ_CST);
		board_tick(vm);
		vcpu->events.waiting = true;
		if (vm->visit != VISIT_NONE)
			vcpu_receive(vcpu);
		if (board_throttle(vm, &vcpu->kicked) != 0)
			vm_kill(vm);
	} while (vcpu->kicked && !vm->stopping);
	if (__atomic_load_n(&vm->stopping, __ATOMIC_ACQUIRE))
		return VERDICT_STOP;
	return verdict;
}

void
vcpu_block(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	int err = 0;

	spin_lock(&vm->lock);
	vcpu->halted = true;
	while (err != -EINTR && !vm->stopping && !event_pending(vcpu)) {
		bool visited = vm->visit != VISIT_NONE;

		if (!visited)
			err = waitq_sleep_until(
				&vcpu->wake, &vm->lock, board_deadline(vm));
		if (!visited && err != -ETIMEDOUT)
			continue;
		spin_unlock(&vm->lock);
		if (visited)
			vcpu_receive(vcpu);
		board_tick(vm);
		spin_lock(&vm->lock);
	}
	vcpu->halted = false;
	spin_unlock(&vm->lock);
	if (err == -EINTR)
		vm_kill(vm);
	vcpu->events.waiting = true;
}

/*
 * The flag is set before it is looked whether the thread runs, and the
 * thread, once it runs, looks at the flag before it enters the guest: one of
 * the two sees the other.
 */
void
vcpu_kick_locked(struct vcpu *vcpu)
{
	const struct thread *thread = vcpu->thread;

	__atomic_store_n(&vcpu->kicked, true, __ATOMIC_SEQ_CST);
	waitq_wake(&vcpu->wake);
	if (thread && thread->state == THREAD_RUNNING &&
		thread->cpu != (int)cpu_this()->id)
		smp_send((unsigned)thread->cpu, VECTOR_RESCHED);
}

void
vcpu_kick(struct vcpu *vcpu)
{
	spin_lock(&vcpu->vm->lock);
	vcpu_kick_locked(vcpu);
	spin_unlock(&vcpu->vm->lock);
}
