/* SPDX-License-Identifier: MIT */
/*
 * The words of the architecture that the VMM speaks and the kernel has no use
 * for: bits of control registers, RFLAGS and EFER, and MSR numbers (APM 2,
 * chapter 3 and appendix A).  Pure constants; nothing here touches the CPU.
 */
#ifndef VMM_X86_H
#define VMM_X86_H

#include "kernel/cpu/msr.h"

#include <stdbool.h>
#include <stdint.h>

#define CR4_VME 0x000001ull
#define CR4_PVI 0x000002ull
#define CR4_TSD 0x000004ull
#define CR4_DE	0x000008ull
#define CR4_MCE 0x000040ull
#define CR4_PCE 0x000100ull
#define CR4_PKE 0x400000ull
#define CR4_CET 0x800000ull
#define CR4_PKS 0x1000000ull

#define EFER_FFXSR 0x4000ull
#define EFER_TCE   0x8000ull

#define RFLAGS_IOPL 0x00003000ull

#define DR6_BS	    0x00004000ull /* single step */
#define DR6_FIXED   0xffff0ff0ull
#define DR7_FIXED   0x00000400ull
#define DR7_ENABLED 0x000000ffull /* L0 to G3 */

/* Of breakpoint n in a DR7: L and G, and what it is on (SDM 3B, 18.2.4). */
#define DR7_ENABLES(n)	 (3ull << 2 * (n))
#define DR7_TYPE(dr7, n) ((dr7) >> (16 + 4 * (n)) & 3)
#define DR7_TYPE_CODE	 0

#define MSR_TSC		 0x00000010u
#define MSR_UCODE_REV	 0x0000008bu
#define MSR_MTRRCAP	 0x000000feu
#define MSR_SYSENTER_CS	 0x00000174u
#define MSR_SYSENTER_ESP 0x00000175u
#define MSR_SYSENTER_EIP 0x00000176u
#define MSR_MCG_CAP	 0x00000179u
#define MSR_MCG_STATUS	 0x0000017au
#define MSR_MISC_ENABLE	 0x000001a0u
#define MSR_PAT		 0x00000277u
#define MSR_TSC_AUX	 0xc0000103u

#define PAT_RESET 0x0007040600070406ull

/* Does a 48-bit linear address repeat bit 47 above itself? */
static inline bool
is_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* Does each byte of a PAT name a memory type: 0, 1, 4, 5, 6 or 7? */
static inline bool
is_pat(uint64_t pat)
{
	for (unsigned i = 0; i < 8; i++) {
		uint8_t type = (uint8_t)(pat >> 8 * i);

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

#endif
