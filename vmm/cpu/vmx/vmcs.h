/* SPDX-License-Identifier: MIT */
/*
 * The virtual machine control structure, as a table of its fields (SDM 3C,
 * 24.11.2 and appendix B).
 *
 * Where AMD's VMCB is a page with a documented layout, the VMCS is opaque:
 * VMREAD and VMWRITE reach a field by its encoding, and only while the VMCS
 * is current on the CPU that executes them.  An encoding says what it is of:
 *
 *	 14  13  12  11  10  9             1  0
 *	| width |   | type  |    index      |high|
 *
 *	width	0: 16 bits, 1: 64, 2: 32, 3: natural (64 here)
 *	type	0: control, 1: exit information (read only), 2: guest state,
 *		3: host state
 *
 * Here are the fields that this VMM uses, and those that VM entry checks.
 */
#ifndef VMM_CPU_VMX_VMCS_H
#define VMM_CPU_VMX_VMCS_H

#include <stdint.h>

/* F(name, encoding) for each field. */
#define VMCS_TABLE(F)                                                          \
	/* 16-bit controls */                                                  \
	F(VPID, 0x0000)                                                        \
	/* 16-bit guest state */                                               \
	F(GUEST_ES_SELECTOR, 0x0800)                                           \
	F(GUEST_CS_SELECTOR, 0x0802)                                           \
	F(GUEST_SS_SELECTOR, 0x0804)                                           \
	F(GUEST_DS_SELECTOR, 0x0806)                                           \
	F(GUEST_FS_SELECTOR, 0x0808)                                           \
	F(GUEST_GS_SELECTOR, 0x080a)                                           \
	F(GUEST_LDTR_SELECTOR, 0x080c)                                         \
	F(GUEST_TR_SELECTOR, 0x080e)                                           \
	/* 16-bit host state */                                                \
	F(HOST_ES_SELECTOR, 0x0c00)                                            \
	F(HOST_CS_SELECTOR, 0x0c02)                                            \
	F(HOST_SS_SELECTOR, 0x0c04)                                            \
	F(HOST_DS_SELECTOR, 0x0c06)                                            \
	F(HOST_FS_SELECTOR, 0x0c08)                                            \
	F(HOST_GS_SELECTOR, 0x0c0a)                                            \
	F(HOST_TR_SELECTOR, 0x0c0c)                                            \
	/* 64-bit controls */                                                  \
	F(IO_BITMAP_A, 0x2000)                                                 \
	F(IO_BITMAP_B, 0x2002)                                                 \
	F(MSR_BITMAP, 0x2004)                                                  \
	F(EXIT_MSR_STORE_ADDRESS, 0x2006)                                      \
	F(EXIT_MSR_LOAD_ADDRESS, 0x2008)                                       \
	F(ENTRY_MSR_LOAD_ADDRESS, 0x200a)                                      \
	F(TSC_OFFSET, 0x2010)                                                  \
	F(VIRTUAL_APIC_ADDRESS, 0x2012)                                        \
	F(APIC_ACCESS_ADDRESS, 0x2014)                                         \
	F(EPT_POINTER, 0x201a)                                                 \
	/* 64-bit exit information */                                          \
	F(GUEST_PHYSICAL_ADDRESS, 0x2400)                                      \
	/* 64-bit guest state */                                               \
	F(LINK_POINTER, 0x2800)                                                \
	F(GUEST_DEBUGCTL, 0x2802)                                              \
	F(GUEST_PAT, 0x2804)                                                   \
	F(GUEST_EFER, 0x2806)                                                  \
	F(GUEST_PDPTE0, 0x280a)                                                \
	F(GUEST_PDPTE1, 0x280c)                                                \
	F(GUEST_PDPTE2, 0x280e)                                                \
	F(GUEST_PDPTE3, 0x2810)                                                \
	/* 64-bit host state */                                                \
	F(HOST_PAT, 0x2c00)                                                    \
	F(HOST_EFER, 0x2c02)                                                   \
	/* 32-bit controls */                                                  \
	F(PIN_CONTROLS, 0x4000)                                                \
	F(PROC_CONTROLS, 0x4002)                                               \
	F(EXCEPTION_BITMAP, 0x4004)                                            \
	F(PAGE_FAULT_MASK, 0x4006)                                             \
	F(PAGE_FAULT_MATCH, 0x4008)                                            \
	F(CR3_TARGET_COUNT, 0x400a)                                            \
	F(EXIT_CONTROLS, 0x400c)                                               \
	F(EXIT_MSR_STORE_COUNT, 0x400e)                                        \
	F(EXIT_MSR_LOAD_COUNT, 0x4010)                                         \
	F(ENTRY_CONTROLS, 0x4012)                                              \
	F(ENTRY_MSR_LOAD_COUNT, 0x4014)                                        \
	F(ENTRY_EVENT, 0x4016)                                                 \
	F(ENTRY_EVENT_ERROR, 0x4018)                                           \
	F(ENTRY_INSN_LEN, 0x401a)                                              \
	F(TPR_THRESHOLD, 0x401c)                                               \
	F(PROC2_CONTROLS, 0x401e)                                              \
	/* 32-bit exit information */                                          \
	F(INSTRUCTION_ERROR, 0x4400)                                           \
	F(EXIT_REASON, 0x4402)                                                 \
	F(EXIT_EVENT, 0x4404)                                                  \
	F(EXIT_EVENT_ERROR, 0x4406)                                            \
	F(IDT_VECTORING, 0x4408)                                               \
	F(IDT_VECTORING_ERROR, 0x440a)                                         \
	F(EXIT_INSN_LEN, 0x440c)                                               \
	F(EXIT_INSN_INFO, 0x440e)                                              \
	/* 32-bit guest state */                                               \
	F(GUEST_ES_LIMIT, 0x4800)                                              \
	F(GUEST_CS_LIMIT, 0x4802)                                              \
	F(GUEST_SS_LIMIT, 0x4804)                                              \
	F(GUEST_DS_LIMIT, 0x4806)                                              \
	F(GUEST_FS_LIMIT, 0x4808)                                              \
	F(GUEST_GS_LIMIT, 0x480a)                                              \
	F(GUEST_LDTR_LIMIT, 0x480c)                                            \
	F(GUEST_TR_LIMIT, 0x480e)                                              \
	F(GUEST_GDTR_LIMIT, 0x4810)                                            \
	F(GUEST_IDTR_LIMIT, 0x4812)                                            \
	F(GUEST_ES_RIGHTS, 0x4814)                                             \
	F(GUEST_CS_RIGHTS, 0x4816)                                             \
	F(GUEST_SS_RIGHTS, 0x4818)                                             \
	F(GUEST_DS_RIGHTS, 0x481a)                                             \
	F(GUEST_FS_RIGHTS, 0x481c)                                             \
	F(GUEST_GS_RIGHTS, 0x481e)                                             \
	F(GUEST_LDTR_RIGHTS, 0x4820)                                           \
	F(GUEST_TR_RIGHTS, 0x4822)                                             \
	F(GUEST_INTERRUPTIBILITY, 0x4824)                                      \
	F(GUEST_ACTIVITY, 0x4826)                                              \
	F(GUEST_SMBASE, 0x4828)                                                \
	F(GUEST_SYSENTER_CS, 0x482a)                                           \
	F(PREEMPTION_TIMER, 0x482e)                                            \
	/* 32-bit host state */                                                \
	F(HOST_SYSENTER_CS, 0x4c00)                                            \
	/* controls of natural width */                                        \
	F(CR0_MASK, 0x6000)                                                    \
	F(CR4_MASK, 0x6002)                                                    \
	F(CR0_SHADOW, 0x6004)                                                  \
	F(CR4_SHADOW, 0x6006)                                                  \
	/* exit information of natural width */                                \
	F(EXIT_QUALIFICATION, 0x6400)                                          \
	F(GUEST_LINEAR_ADDRESS, 0x640a)                                        \
	/* guest state of natural width */                                     \
	F(GUEST_CR0, 0x6800)                                                   \
	F(GUEST_CR3, 0x6802)                                                   \
	F(GUEST_CR4, 0x6804)                                                   \
	F(GUEST_ES_BASE, 0x6806)                                               \
	F(GUEST_CS_BASE, 0x6808)                                               \
	F(GUEST_SS_BASE, 0x680a)                                               \
	F(GUEST_DS_BASE, 0x680c)                                               \
	F(GUEST_FS_BASE, 0x680e)                                               \
	F(GUEST_GS_BASE, 0x6810)                                               \
	F(GUEST_LDTR_BASE, 0x6812)                                             \
	F(GUEST_TR_BASE, 0x6814)                                               \
	F(GUEST_GDTR_BASE, 0x6816)                                             \
	F(GUEST_IDTR_BASE, 0x6818)                                             \
	F(GUEST_DR7, 0x681a)                                                   \
	F(GUEST_RSP, 0x681c)                                                   \
	F(GUEST_RIP, 0x681e)                                                   \
	F(GUEST_RFLAGS, 0x6820)                                                \
	F(GUEST_PENDING_DEBUG, 0x6822)                                         \
	F(GUEST_SYSENTER_ESP, 0x6824)                                          \
	F(GUEST_SYSENTER_EIP, 0x6826)                                          \
	/* host state of natural width */                                      \
	F(HOST_CR0, 0x6c00)                                                    \
	F(HOST_CR3, 0x6c02)                                                    \
	F(HOST_CR4, 0x6c04)                                                    \
	F(HOST_FS_BASE, 0x6c06)                                                \
	F(HOST_GS_BASE, 0x6c08)                                                \
	F(HOST_TR_BASE, 0x6c0a)                                                \
	F(HOST_GDTR_BASE, 0x6c0c)                                              \
	F(HOST_IDTR_BASE, 0x6c0e)                                              \
	F(HOST_SYSENTER_ESP, 0x6c10)                                           \
	F(HOST_SYSENTER_EIP, 0x6c12)                                           \
	F(HOST_RSP, 0x6c14)                                                    \
	F(HOST_RIP, 0x6c16)

/* A field by its encoding: VMCS_GUEST_RIP. */
enum vmcs_field {
#define VMCS_ENUM(name, encoding) VMCS_##name = (encoding),
	VMCS_TABLE(VMCS_ENUM)
#undef VMCS_ENUM
};

/* The same fields, counted from 0: an index of a struct vmcs_image. */
enum vmcs_slot {
#define VMCS_ENUM(name, encoding) SLOT_##name,
	VMCS_TABLE(VMCS_ENUM)
#undef VMCS_ENUM
	VMCS_SLOTS
};

struct vmcs_info {
	uint16_t field; /* enum vmcs_field */
	const char *name;
};

/* By enum vmcs_slot. */
extern const struct vmcs_info vmcs_info[VMCS_SLOTS];

enum vmcs_type {
	VMCS_CONTROL,
	VMCS_EXIT,
	VMCS_GUEST,
	VMCS_HOST
};

static inline enum vmcs_type
vmcs_type(enum vmcs_field field)
{
	return (enum vmcs_type)(field >> 10 & 3);
}

/* Bits of the field: 16, 32 or 64. */
static inline unsigned
vmcs_width(enum vmcs_field field)
{
	static const uint8_t bits[] = { 16, 64, 32, 64 };

	return bits[field >> 13 & 3];
}

/*
 * The fields of a segment register lie one after another in the order of
 * enum vseg_nr, and LDTR and TR behind: GUEST_ES_... + 2 * number.
 */
#define VMCS_LDTR 6
#define VMCS_TR	  7
#define VMCS_SEG(part, nr)                                                     \
	((enum vmcs_field)(VMCS_GUEST_ES_##part + 2 * (unsigned)(nr)))

/* What all fields of a VMCS held at one moment. */
struct vmcs_image {
	uint64_t slot[VMCS_SLOTS];
};

#define VMCS_AT(image, name) ((image)->slot[SLOT_##name])

/* -- Bits ------------------------------------------------------------------ */

/* PIN_CONTROLS (SDM 3C, 24.6.1) */
#define PIN_EXTERNAL_INTERRUPT (1u << 0)
#define PIN_NMI		       (1u << 3)
#define PIN_VIRTUAL_NMIS       (1u << 5)
#define PIN_PREEMPTION_TIMER   (1u << 6)
#define PIN_POSTED_INTERRUPTS  (1u << 7)

/* PROC_CONTROLS (24.6.2) */
#define PROC_INTERRUPT_WINDOW (1u << 2)
#define PROC_TSC_OFFSET	      (1u << 3)
#define PROC_HLT	      (1u << 7)
#define PROC_INVLPG	      (1u << 9)
#define PROC_MWAIT	      (1u << 10)
#define PROC_RDPMC	      (1u << 11)
#define PROC_CR3_LOAD	      (1u << 15)
#define PROC_CR3_STORE	      (1u << 16)
#define PROC_TPR_SHADOW	      (1u << 21)
#define PROC_NMI_WINDOW	      (1u << 22)
#define PROC_MOV_DR	      (1u << 23)
#define PROC_IO_BITMAPS	      (1u << 25)
#define PROC_MSR_BITMAPS      (1u << 28)
#define PROC_MONITOR	      (1u << 29)
#define PROC_SECONDARY	      (1u << 31)

/* PROC2_CONTROLS */
#define PROC2_APIC_ACCESSES	 (1u << 0)
#define PROC2_EPT		 (1u << 1)
#define PROC2_X2APIC		 (1u << 4)
#define PROC2_VPID		 (1u << 5)
#define PROC2_WBINVD		 (1u << 6)
#define PROC2_UNRESTRICTED	 (1u << 7)
#define PROC2_APIC_REGISTERS	 (1u << 8)
#define PROC2_INTERRUPT_DELIVERY (1u << 9)
#define PROC2_PML		 (1u << 17)
#define PROC2_TSC_SCALING	 (1u << 25)

/* EXIT_CONTROLS (24.7.1), ENTRY_CONTROLS (24.8.1) */
#define EXIT_SAVE_DEBUG	 (1u << 2)
#define EXIT_HOST_64	 (1u << 9)
#define EXIT_ACK_IRQ	 (1u << 15)
#define EXIT_LOAD_PAT	 (1u << 19)
#define EXIT_LOAD_EFER	 (1u << 21)
#define EXIT_SAVE_TIMER	 (1u << 22)
#define ENTRY_LOAD_DEBUG (1u << 2)
#define ENTRY_GUEST_64	 (1u << 9)
#define ENTRY_TO_SMM	 (1u << 10)
#define ENTRY_NO_DUAL	 (1u << 11)
#define ENTRY_LOAD_PAT	 (1u << 14)
#define ENTRY_LOAD_EFER	 (1u << 15)

/* An event: ENTRY_EVENT, EXIT_EVENT, IDT_VECTORING (24.8.3, 24.9.2, 24.9.3) */
#define EVENT_VECTOR	 0xffu
#define EVENT_TYPE	 0x700u
#define EVENT_TYPE_INTR	 0x000u
#define EVENT_TYPE_RSVD	 0x100u
#define EVENT_TYPE_NMI	 0x200u
#define EVENT_TYPE_EXCP	 0x300u
#define EVENT_TYPE_INT	 0x400u /* INT n */
#define EVENT_TYPE_INT1	 0x500u
#define EVENT_TYPE_INT3	 0x600u /* INT3 and INTO */
#define EVENT_TYPE_OTHER 0x700u
#define EVENT_HAS_ERROR	 (1u << 11)
#define EVENT_VALID	 (1u << 31)

/* GUEST_xS_RIGHTS: the descriptor's bits, and */
#define RIGHTS_UNUSABLE (1u << 16)

/* GUEST_INTERRUPTIBILITY (24.4.2) */
#define BLOCKED_BY_STI	  (1u << 0)
#define BLOCKED_BY_MOV_SS (1u << 1)
#define BLOCKED_BY_SMI	  (1u << 2)
#define BLOCKED_BY_NMI	  (1u << 3)

/* GUEST_PENDING_DEBUG */
#define PENDING_BS	(1ull << 14)
#define PENDING_ENABLED (1ull << 12)

/* EXIT_REASON: the basic reason, and */
#define EXIT_ENTRY_FAILED (1u << 31)

#endif
