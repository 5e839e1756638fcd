/* SPDX-License-Identifier: MIT */
/*
 * EPT by the CPU's capabilities; ept.h has the contracts.
 *
 * Memory types: guest RAM is write-back, whatever the guest's PAT says of it,
 * since nothing but CPUs reaches it.  Accessed and dirty flags are used where
 * there are any: then the CPU's walk of the guest's tables counts as a write
 * (SDM 3C, 28.2.4), as it does on AMD (APM 2, 15.25.5).
 */
#include "vmm/mmu/ept/ept.h"

#include <stddef.h>

const struct nested_format ept_format = {
	.name = "EPT",
	.source = "SDM 3C, 28.2.3.1",
	.fmt = &pagefmt_ept,
	.table = EPTE_READ | EPTE_WRITE | EPTE_EXEC,
	.page = EPTE_READ | EPTE_EXEC | EPTP_TYPE_WB << EPTE_TYPE_SHIFT |
		EPTE_IGNORE_PAT,
};

const char *
ept_refusal(uint64_t caps)
{
	static const struct {
		uint64_t need;
		const char *why;
	} needs[] = {
		{ EPT_CAP_WALK_4,
			"this CPU's EPT has no 4-level walk "
			"(IA32_VMX_EPT_VPID_CAP[6])" },
		{ EPT_CAP_WB,
			"this CPU's EPT cannot lie in write-back memory "
			"(IA32_VMX_EPT_VPID_CAP[14])" },
		{ EPT_CAP_2M,
			"this CPU's EPT has no 2 MiB pages "
			"(IA32_VMX_EPT_VPID_CAP[16])" },
		{ EPT_CAP_INVEPT | EPT_CAP_ONE,
			"this CPU has no INVEPT of one EPT pointer "
			"(IA32_VMX_EPT_VPID_CAP[25,20])" },
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if ((caps & needs[i].need) != needs[i].need)
			return needs[i].why;
	return NULL;
}

uint64_t
ept_pointer_bits(uint64_t caps)
{
	return EPTP_TYPE_WB | EPTP_WALK_4 | (caps & EPT_CAP_AD ? EPTP_AD : 0);
}

struct pagefmt_cpu
ept_cpu(struct pagefmt_cpu host, uint64_t caps)
{
	host.gib_pages = caps & EPT_CAP_1G;
	host.exec_only = caps & EPT_CAP_EXEC_ONLY;
	return host;
}
