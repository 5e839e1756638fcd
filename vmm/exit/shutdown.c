/* SPDX-License-Identifier: MIT */
/* Exits after which there is no going on: each stops the VM and says why. */
#include "vmm/vcpu.h"

#include "vmm/engine.h"
#include "vmm/vm.h"

static enum verdict
exit_shutdown(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	return vcpu_stop(vcpu, "triple fault at 0x%llx",
		(unsigned long long)vcpu->regs.rip);
}

EXIT_HANDLER(VMEXIT_SHUTDOWN, exit_shutdown);

static enum verdict
exit_invalid(struct vcpu *vcpu, const struct vmexit *x)
{
	char why[VM_REASON_MAX];

	(void)x;
	vcpu->engine->explain(vcpu, why, sizeof(why));
	return vcpu_stop(vcpu, "%s", why);
}

EXIT_HANDLER(VMEXIT_INVALID, exit_invalid);

static enum verdict
exit_unknown(struct vcpu *vcpu, const struct vmexit *x)
{
	return vcpu_stop(vcpu, "unexpected exit code 0x%llx at 0x%llx",
		(unsigned long long)x->raw.code,
		(unsigned long long)vcpu->regs.rip);
}

EXIT_HANDLER(VMEXIT_UNKNOWN, exit_unknown);

/* Hardware task switches: no 64-bit system has them. */
static enum verdict
exit_task(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	return vcpu_stop(vcpu, "hardware task switch at 0x%llx: not supported",
		(unsigned long long)vcpu->regs.rip);
}

EXIT_HANDLER(VMEXIT_TASK, exit_task);
