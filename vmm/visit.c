/* SPDX-License-Identifier: MIT */
/*
 * Looking into a machine that runs.  Its registers may be in a VMCB or a VMCS
 * or in the CPU, its exit ring is being written: only its own thread can hold
 * it still.  So a visitor asks for that, the vCPU's thread fetches all state
 * between two exits, lets the visitor in, and waits until it has left.
 *
 *	visitor			vCPU's thread
 *	VISIT_WANTED, kick -->	leaves the guest, its HLT, or its wait for
 *				room on the console
 *			   <--	VISIT_INSIDE
 *	looks			sleeps
 *	VISIT_NONE	   -->	goes on
 */
#include "vmm/vm.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/thread.h"
#include "vmm/board.h"

int
vm_visit_begin(struct vm *vm)
{
	int err = 0;

	spin_lock(&vm->lock);
	if (vm->state != VM_RUNNING) {
		spin_unlock(&vm->lock);
		return 0;
	}
	vm->visit = VISIT_WANTED;
	for (unsigned i = 0; i < vm->n_vcpus; i++)
		vcpu_kick_locked(vm->vcpu[i]);
	spin_unlock(&vm->lock);
	board_wake(vm);
	spin_lock(&vm->lock);
	while (!err && vm->visit == VISIT_WANTED && vm->state == VM_RUNNING)
		err = waitq_sleep(&vm->visited, &vm->lock);
	if (err && vm->visit == VISIT_WANTED)
		vm->visit = VISIT_NONE;
	else
		err = 0;
	spin_unlock(&vm->lock);
	return err;
}

void
vm_visit_end(struct vm *vm)
{
	spin_lock(&vm->lock);
	vm->visit = VISIT_NONE;
	waitq_wake(&vm->visited);
	spin_unlock(&vm->lock);
}

void
vcpu_receive(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	vcpu_need(vcpu, VCPU_ALL);
	spin_lock(&vm->lock);
	if (vm->visit == VISIT_WANTED)
		vm->visit = VISIT_INSIDE;
	waitq_wake(&vm->visited);
	while (vm->visit == VISIT_INSIDE) {
		if (waitq_sleep(&vm->visited, &vm->lock) == 0)
			continue;
		/* this thread is being killed, but somebody still looks */
		spin_unlock(&vm->lock);
		thread_yield();
		spin_lock(&vm->lock);
	}
	spin_unlock(&vm->lock);
}
