/* SPDX-License-Identifier: MIT */
/* CPUID: a look-up in the policy (vmm/cpuid.h). */
#include "vmm/cpuid.h"

#include "vmm/vm.h"

static enum verdict
exit_cpuid(struct vcpu *vcpu, const struct vmexit *x)
{
	static const struct cpuid nothing;
	uint64_t *gpr = vcpu->regs.gpr;
	const struct cpuid *answer = cpuid_policy_get(vcpu->vm->cpuid,
		(uint32_t)gpr[GPR_RAX], (uint32_t)gpr[GPR_RCX]);

	(void)x;
	if (!answer)
		answer = &nothing;
	gpr[GPR_RAX] = answer->eax;
	gpr[GPR_RBX] = answer->ebx;
	gpr[GPR_RCX] = answer->ecx;
	gpr[GPR_RDX] = answer->edx;
	return VERDICT_NEXT;
}

EXIT_HANDLER(VMEXIT_CPUID, exit_cpuid);
