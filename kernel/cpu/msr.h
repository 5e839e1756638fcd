/* SPDX-License-Identifier: MIT */
/* Model-specific registers and control-register bits that the kernel uses. */
#ifndef KERNEL_CPU_MSR_H
#define KERNEL_CPU_MSR_H

/* One bit of a 64-bit register; assemblers know no suffix. */
#ifdef __ASSEMBLER__
#define CPU_BIT(n) (1 << (n))
#else
#define CPU_BIT(n) (1ul << (n))
#endif

#define MSR_APIC_BASE	   0x0000001b
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SFMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE  CPU_BIT(0)
#define EFER_LME  CPU_BIT(8)
#define EFER_LMA  CPU_BIT(10)
#define EFER_NXE  CPU_BIT(11)
#define EFER_SVME CPU_BIT(12)

#define CR0_PE CPU_BIT(0)
#define CR0_MP CPU_BIT(1)
#define CR0_EM CPU_BIT(2)
#define CR0_TS CPU_BIT(3)
#define CR0_ET CPU_BIT(4)
#define CR0_NE CPU_BIT(5)
#define CR0_WP CPU_BIT(16)
#define CR0_AM CPU_BIT(18)
#define CR0_NW CPU_BIT(29)
#define CR0_CD CPU_BIT(30)
#define CR0_PG CPU_BIT(31)

#define CR4_PSE	       CPU_BIT(4)
#define CR4_PAE	       CPU_BIT(5)
#define CR4_PGE	       CPU_BIT(7)
#define CR4_OSFXSR     CPU_BIT(9)
#define CR4_OSXMMEXCPT CPU_BIT(10)
#define CR4_UMIP       CPU_BIT(11)
#define CR4_LA57       CPU_BIT(12)
#define CR4_VMXE       CPU_BIT(13)
#define CR4_FSGSBASE   CPU_BIT(16)
#define CR4_PCIDE      CPU_BIT(17)
#define CR4_OSXSAVE    CPU_BIT(18)
#define CR4_SMEP       CPU_BIT(20)
#define CR4_SMAP       CPU_BIT(21)

#define RFLAGS_CF CPU_BIT(0)
#define RFLAGS_R1 CPU_BIT(1) /* always one */
#define RFLAGS_TF CPU_BIT(8)
#define RFLAGS_IF CPU_BIT(9)
#define RFLAGS_DF CPU_BIT(10)
#define RFLAGS_NT CPU_BIT(14)
#define RFLAGS_RF CPU_BIT(16)
#define RFLAGS_VM CPU_BIT(17)
#define RFLAGS_AC CPU_BIT(18)

#endif
