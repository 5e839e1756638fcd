/* SPDX-License-Identifier: MIT */
/*
 * CPUID is not in Robin and Irvine's list, since it reads nothing that an
 * operating system sets.  But it shows the machine, and that is the VMM's to
 * make up: where it does not trap, a guest sees the host's.
 */
/* ring3: CPUID, kernel */
#include "grading/probes/lib/sensitive.h"
#include "kernel/abi/vm.h"

USER_CODE(user_cpuid, "mov $0x40000000, %eax\n\tcpuid");

int
main(void)
{
	struct cpuid_regs told = cpuid_told(VM_CPUID_BASE, 0);

	sensitive("CPUID", "kernel", "shows the guest's machine",
		cpuid(VM_CPUID_BASE, 0).ebx == told.ebx);
	CHECK_IS(USER_RUN(user_cpuid), VEC_BP);
	sensitive("CPUID", "user", "shows the guest's machine",
		(uint32_t)trap.rbx == told.ebx);
	return sensitive_end();
}
