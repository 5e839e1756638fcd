/* SPDX-License-Identifier: MIT */
/*
 * The exit table: from a reason to its handler.  Handlers put themselves
 * into a linker set (EXIT_HANDLER); a reason without one stops the VM.
 */
#include "vmm/vmexit.h"

#include "kernel/lib/initcall.h"
#include "vmm/vcpu.h"

LINKSET_DECLARE(struct exit_handler, exit_handlers);

static enum verdict
exit_unhandled(struct vcpu *vcpu, const struct vmexit *x)
{
	return vcpu_stop(vcpu, "no handler for exit '%s' at 0x%llx",
		vmexit_name(x->reason), (unsigned long long)vcpu->regs.rip);
}

exit_fn *exit_table[VMEXIT_REASONS] = {
	[VMEXIT_UNKNOWN] = exit_unhandled,
};

void
exit_table_init(void)
{
	const struct exit_handler *it;

	for (unsigned i = 0; i < VMEXIT_REASONS; i++)
		exit_table[i] = exit_unhandled;
	linkset_for_each (it, exit_handlers)
		exit_table[it->reason] = it->fn;
}

INITCALL(INIT_DEVICE, exit_table_init);
