/* SPDX-License-Identifier: MIT */
/*
 * The words of the architecture that the VMM speaks: bits of control
 * registers, RFLAGS and EFER, and MSR numbers (APM 2, chapter 3 and appendix
 * A).  Pure constants; nothing here touches the CPU.
 */
#ifndef VMM_X86_H
#define VMM_X86_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PE 0x00000001ull
#define CR0_MP 0x00000002ull
#define CR0_EM 0x00000004ull
#define CR0_TS 0x00000008ull
#define CR0_ET 0x00000010ull
#define CR0_NE 0x00000020ull
#define CR0_WP 0x00010000ull
#define CR0_AM 0x00040000ull
#define CR0_NW 0x20000000ull
#define CR0_CD 0x40000000ull
#define CR0_PG 0x80000000ull

#define CR4_VME	       0x000001ull
#define CR4_PVI	       0x000002ull
#define CR4_TSD	       0x000004ull
#define CR4_DE	       0x000008ull
#define CR4_PSE	       0x000010ull
#define CR4_PAE	       0x000020ull
#define CR4_MCE	       0x000040ull
#define CR4_PGE	       0x000080ull
#define CR4_PCE	       0x000100ull
#define CR4_OSFXSR     0x000200ull
#define CR4_OSXMMEXCPT 0x000400ull
#define CR4_UMIP       0x000800ull
#define CR4_FSGSBASE   0x010000ull
#define CR4_PCIDE      0x020000ull
#define CR4_OSXSAVE    0x040000ull
#define CR4_SMEP       0x100000ull
#define CR4_SMAP       0x200000ull

#define EFER_SCE   0x0001ull
#define EFER_LME   0x0100ull
#define EFER_LMA   0x0400ull
#define EFER_NXE   0x0800ull
#define EFER_SVME  0x1000ull
#define EFER_FFXSR 0x4000ull

#define RFLAGS_FIXED 0x00000002ull /* always one */
#define RFLAGS_CF    0x00000001ull
#define RFLAGS_TF    0x00000100ull
#define RFLAGS_IF    0x00000200ull
#define RFLAGS_DF    0x00000400ull
#define RFLAGS_IOPL  0x00003000ull
#define RFLAGS_RF    0x00010000ull
#define RFLAGS_VM    0x00020000ull
#define RFLAGS_AC    0x00040000ull

#define DR6_FIXED   0xffff0ff0ull
#define DR7_FIXED   0x00000400ull
#define DR7_ENABLED 0x000000ffull /* L0 to G3 */

#define MSR_TSC		   0x00000010u
#define MSR_APIC_BASE	   0x0000001bu
#define MSR_UCODE_REV	   0x0000008bu
#define MSR_MTRRCAP	   0x000000feu
#define MSR_SYSENTER_CS	   0x00000174u
#define MSR_SYSENTER_ESP   0x00000175u
#define MSR_SYSENTER_EIP   0x00000176u
#define MSR_MCG_CAP	   0x00000179u
#define MSR_MCG_STATUS	   0x0000017au
#define MSR_MISC_ENABLE	   0x000001a0u
#define MSR_PAT		   0x00000277u
#define MSR_EFER	   0xc0000080u
#define MSR_STAR	   0xc0000081u
#define MSR_LSTAR	   0xc0000082u
#define MSR_CSTAR	   0xc0000083u
#define MSR_SFMASK	   0xc0000084u
#define MSR_FS_BASE	   0xc0000100u
#define MSR_GS_BASE	   0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX	   0xc0000103u

#define PAT_RESET 0x0007040600070406ull

/* Does a 48-bit linear address repeat bit 47 above itself? */
static inline bool
is_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

#endif
