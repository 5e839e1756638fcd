/* SPDX-License-Identifier: MIT */
/*
 * Extended page tables: what the CPU can do of them, and the pointer to them.
 * Pure.
 */
#ifndef VMM_MMU_EPT_EPT_H
#define VMM_MMU_EPT_EPT_H

#include "vmm/mmu/nested.h"

#include <stdint.h>

/* IA32_VMX_EPT_VPID_CAP (SDM 3D, appendix A.10), as far as it is of EPT. */
#define EPT_CAP_EXEC_ONLY (1ull << 0)
#define EPT_CAP_WALK_4	  (1ull << 6)
#define EPT_CAP_WB	  (1ull << 14)
#define EPT_CAP_2M	  (1ull << 16)
#define EPT_CAP_1G	  (1ull << 17)
#define EPT_CAP_INVEPT	  (1ull << 20)
#define EPT_CAP_AD	  (1ull << 21)
#define EPT_CAP_ONE	  (1ull << 25) /* INVEPT of one pointer */

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

/* Can a CPU with these capabilities do it?  NULL, or one line. */
const char *ept_refusal(uint64_t caps);

/* The bits of the EPT pointer beside the address. */
uint64_t ept_pointer_bits(uint64_t caps);

/* What entries may be on such a CPU; host: what its own paging can do. */
struct pagefmt_cpu ept_cpu(struct pagefmt_cpu host, uint64_t caps);

#endif
