/* SPDX-License-Identifier: MIT */
/*
 * The emulator (vmm/emul/) at work on a vCPU: what it reads and writes is the
 * guest's memory behind the guest's page tables, RAM or a device.
 */
#ifndef VMM_EMULATE_H
#define VMM_EMULATE_H

#include "vmm/emul/exec.h"

/*
 * Do to vcpu what the CPU would do with insn, which is at RIP.  In the
 * vCPU's thread.
 *
 * Returns what emul_exec() returned.  *verdict is then what an exit handler
 * returns, all that it needs being noted; but after EMUL_EXIT *exit is an
 * exit to handle instead, and after EMUL_UNKNOWN nothing was done.
 */
enum emul_result vcpu_emulate(struct vcpu *vcpu, const struct insn *insn,
	struct vmexit *exit, enum verdict *verdict);

/*
 * Deliver an event through the guest's IDT, as the CPU would before the
 * instruction at RIP.  Returns what emul_deliver() returned; after EMUL_FAULT
 * *fault says by what the delivery was cut short, and CR2 is set.
 */
enum emul_result vcpu_deliver(
	struct vcpu *vcpu, const struct event *ev, struct event *fault);

#endif
