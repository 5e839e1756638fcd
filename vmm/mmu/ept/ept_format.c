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

#include "vmm/cpu/vmx/vmx_caps.h"

const struct nested_format ept_format = {
	.name = "EPT",
	.source = "SDM 3C, 28.2.3.1",
	.fmt = &pagefmt_ept,
	.table = EPTE_READ | EPTE_WRITE | EPTE_EXEC,
	.page = EPTE_READ | EPTE_EXEC | EPTP_TYPE_WB << EPTE_TYPE_SHIFT |
		EPTE_IGNORE_PAT,
};

uint64_t
ept_pointer_bits(uint64_t caps)
{
	return EPTP_TYPE_WB | EPTP_WALK_4 | (caps & EPT_VPID_AD ? EPTP_AD : 0);
}

struct pagefmt_cpu
ept_cpu(struct pagefmt_cpu host, uint64_t caps)
{
	host.gib_pages = caps & EPT_VPID_1G;
	host.exec_only = caps & EPT_VPID_EXEC_ONLY;
	return host;
}
