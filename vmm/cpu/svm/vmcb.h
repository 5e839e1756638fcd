/* SPDX-License-Identifier: MIT */
/*
 * The virtual machine control block: the page by which VMM and CPU speak
 * (APM 2, appendix B).  The first 1 KiB says what to intercept and how the
 * guest ended; the rest holds the guest state that VMRUN and VMLOAD switch.
 */
#ifndef VMM_CPU_SVM_VMCB_H
#define VMM_CPU_SVM_VMCB_H

#include "vmm/regs.h"

#include <stddef.h>
#include <stdint.h>

/* vmcb.intercept[]: vectors of bits, in the order of the exit codes. */
enum vmcb_intercept {
	INTERCEPT_CR,	     /* reads 15:0, writes 31:16 */
	INTERCEPT_DR,	     /* reads 15:0, writes 31:16 */
	INTERCEPT_EXCEPTION, /* by vector */
	INTERCEPT_MISC1,     /* exit codes 0x60 to 0x7f */
	INTERCEPT_MISC2,     /* exit codes 0x80 to 0x9f */
	INTERCEPT_MISC3,
	INTERCEPTS
};

/* Exit codes; 0x60 + n is also bit n of MISC1, 0x80 + n of MISC2. */
enum svm_exit {
	SVM_EXIT_CR_READ = 0x00, /* + number */
	SVM_EXIT_CR_WRITE = 0x10,
	SVM_EXIT_DR_READ = 0x20,
	SVM_EXIT_DR_WRITE = 0x30,
	SVM_EXIT_EXCEPTION = 0x40, /* + vector */
	SVM_EXIT_INTR = 0x60,
	SVM_EXIT_NMI = 0x61,
	SVM_EXIT_SMI = 0x62,
	SVM_EXIT_INIT = 0x63,
	SVM_EXIT_VINTR = 0x64,
	SVM_EXIT_RDPMC = 0x6f,
	SVM_EXIT_CPUID = 0x72,
	SVM_EXIT_RSM = 0x73,
	SVM_EXIT_INVD = 0x76,
	SVM_EXIT_HLT = 0x78,
	SVM_EXIT_INVLPG = 0x79,
	SVM_EXIT_INVLPGA = 0x7a,
	SVM_EXIT_IOIO = 0x7b,
	SVM_EXIT_MSR = 0x7c,
	SVM_EXIT_TASK_SWITCH = 0x7d,
	SVM_EXIT_FERR_FREEZE = 0x7e,
	SVM_EXIT_SHUTDOWN = 0x7f,
	SVM_EXIT_VMRUN = 0x80,
	SVM_EXIT_VMMCALL = 0x81,
	SVM_EXIT_VMLOAD = 0x82,
	SVM_EXIT_VMSAVE = 0x83,
	SVM_EXIT_STGI = 0x84,
	SVM_EXIT_CLGI = 0x85,
	SVM_EXIT_SKINIT = 0x86,
	SVM_EXIT_RDTSCP = 0x87,
	SVM_EXIT_WBINVD = 0x89,
	SVM_EXIT_MONITOR = 0x8a,
	SVM_EXIT_MWAIT = 0x8b,
	SVM_EXIT_MWAIT_ARMED = 0x8c,
	SVM_EXIT_XSETBV = 0x8d,
	SVM_EXIT_RDPRU = 0x8e,
	SVM_EXIT_NPF = 0x400,
};
#define SVM_EXIT_INVALID (~0ull) /* QEMU writes its low half only */

/* tlb_control */
#define TLB_FLUSH_NONE 0
#define TLB_FLUSH_ALL  1

/* int_ctl */
#define INT_CTL_V_TPR	       0xfull
#define INT_CTL_V_IRQ	       (1ull << 8)
#define INT_CTL_V_IGN_TPR      (1ull << 20)
#define INT_CTL_V_INTR_MASKING (1ull << 24)

/* int_shadow */
#define INT_SHADOW 1ull

/* event_inj and exit_int_info (APM 2, 15.20) */
#define EVENT_INJ_VECTOR      0xffull
#define EVENT_INJ_TYPE	      0x700ull
#define EVENT_INJ_TYPE_INTR   0x000ull
#define EVENT_INJ_TYPE_NMI    0x200ull
#define EVENT_INJ_TYPE_EXCP   0x300ull
#define EVENT_INJ_TYPE_SOFT   0x400ull
#define EVENT_INJ_HAS_ERROR   (1ull << 11)
#define EVENT_INJ_VALID	      (1ull << 31)
#define EVENT_INJ_ERROR_SHIFT 32

/* exit_info1 of IOIO; exit_info2 is the next RIP (APM 2, 15.10.2) */
#define IOIO_IN		(1ull << 0)
#define IOIO_STRING	(1ull << 2)
#define IOIO_REP	(1ull << 3)
#define IOIO_SIZE	(7ull << 4) /* a bit each for 1, 2, 4 bytes */
#define IOIO_SIZE_SHIFT 4
#define IOIO_PORT_SHIFT 16

/* exit_info1 of NPF: a #PF error code, and (APM 2, 15.25.6) */
#define NPF_WALK (1ull << 33) /* by the walk of the guest's tables */

/* nested_ctl */
#define NESTED_ENABLE 1ull

/*
 * A segment register; struct vseg happens to have the layout of the VMCB's,
 * so that a segment is copied in two moves.
 */
_Static_assert(sizeof(struct vseg) == 16 && offsetof(struct vseg, attr) == 2 &&
		offsetof(struct vseg, limit) == 4 &&
		offsetof(struct vseg, base) == 8,
	"VMCB segment");

struct vmcb {
	/* control area */
	uint32_t intercept[INTERCEPTS];
	uint8_t reserved_018[0x3c - 0x18];
	uint16_t pause_threshold, pause_count;
	uint64_t iopm_pa, msrpm_pa;
	uint64_t tsc_offset;
	uint32_t asid;
	uint8_t tlb_control;
	uint8_t reserved_05d[3];
	uint64_t int_ctl;
	uint64_t int_shadow;
	uint64_t exit_code, exit_info1, exit_info2, exit_int_info;
	uint64_t nested_ctl;
	uint64_t avic_bar, ghcb_pa;
	uint64_t event_inj;
	uint64_t n_cr3;
	uint64_t lbr_ctl;
	uint64_t clean;	   /* what VMRUN need not read again; here always 0 */
	uint64_t next_rip; /* with NRIPS */
	uint8_t fetched;   /* with DecodeAssists: bytes in code[] */
	uint8_t code[15];
	uint8_t reserved_0e0[0x400 - 0xe0];

	/* state save area */
	struct vseg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved_4a0[0x4cb - 0x4a0];
	uint8_t cpl;
	uint32_t reserved_4cc;
	uint64_t efer;
	uint8_t reserved_4d8[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved_580[0x5d8 - 0x580];
	uint64_t rsp;
	uint64_t s_cet, ssp, isst_addr;
	uint64_t rax;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;
	uint8_t reserved_648[0x668 - 0x648];
	uint64_t pat; /* with nested paging */
	uint64_t debugctl, br_from, br_to, int_from, int_to;
	uint8_t reserved_698[0x1000 - 0x698];
};

#define VMCB_AT(member, offset)                                                \
	_Static_assert(offsetof(struct vmcb, member) == (offset), #member)
VMCB_AT(iopm_pa, 0x40);
VMCB_AT(tsc_offset, 0x50);
VMCB_AT(int_ctl, 0x60);
VMCB_AT(exit_code, 0x70);
VMCB_AT(nested_ctl, 0x90);
VMCB_AT(event_inj, 0xa8);
VMCB_AT(n_cr3, 0xb0);
VMCB_AT(clean, 0xc0);
VMCB_AT(next_rip, 0xc8);
VMCB_AT(es, 0x400);
VMCB_AT(gdtr, 0x460);
VMCB_AT(tr, 0x490);
VMCB_AT(cpl, 0x4cb);
VMCB_AT(efer, 0x4d0);
VMCB_AT(cr4, 0x548);
VMCB_AT(rip, 0x578);
VMCB_AT(rsp, 0x5d8);
VMCB_AT(rax, 0x5f8);
VMCB_AT(star, 0x600);
VMCB_AT(cr2, 0x640);
VMCB_AT(pat, 0x668);
_Static_assert(sizeof(struct vmcb) == 4096, "a VMCB is one page");

#endif
