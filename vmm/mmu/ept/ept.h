/* SPDX-License-Identifier: MIT */
/*
 * Extended page tables: how they depend on the CPU, and the pointer to them.
 * Pure.
 */
#ifndef VMM_MMU_EPT_EPT_H
#define VMM_MMU_EPT_EPT_H

#include "vmm/mmu/nested.h"

#include <stdint.h>

/*
 * The EPT pointer (SDM 3C, 24.6.11), whose address is that of the root:
 *
 *	 63 N-1        12 11    7  6  5      3 2    0
 *	|   | address    |      |A/D| walk-1  | type |
 */
#define EPTP_TYPE_WB 6ull
#define EPTP_WALK_4  (3ull << 3)
#define EPTP_AD	     (1ull << 6) /* entries have accessed and dirty flags */
#define EPTP_BITS    0xfffull

extern const struct nested_format ept_format;

/*
 * caps is the value of IA32_VMX_EPT_VPID_CAP, whose bits are in vmx_caps.h;
 * whether it is enough is for vmx_caps_nested() to say.
 */

/* The bits of the EPT pointer beside the address. */
uint64_t ept_pointer_bits(uint64_t caps);

/* What entries may be on such a CPU; host: what its own paging can do. */
struct pagefmt_cpu ept_cpu(struct pagefmt_cpu host, uint64_t caps);

#endif
