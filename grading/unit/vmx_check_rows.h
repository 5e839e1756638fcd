/* SPDX-License-Identifier: MIT */
/* For vmx_check_test.c: values of each field, good ones and bad ones. */
#ifndef GRADING_UNIT_VMX_CHECK_ROWS_H
#define GRADING_UNIT_VMX_CHECK_ROWS_H

#include "vmx_check_help.h"

struct row {
	uint8_t base, slot;
	uint64_t value;
	const char *rule; /* NULL: it is fine */
};

#define BAD(base, name, value, rule)                                           \
	{                                                                      \
		base, SLOT_##name, value, rule                                 \
	}
#define FINE(base, name, value)                                                \
	{                                                                      \
		base, SLOT_##name, value, NULL                                 \
	}
#define CANONICAL(base, name)                                                  \
	FINE(base, name, 0x7fffffffffff),                                      \
		FINE(base, name, 0xffff800000000000),                          \
		BAD(base, name, 0x800000000000, "not canonical"),              \
		BAD(base, name, 0xffff7fffffffffff, "not canonical")
#define PHYSICAL(base, name, low)                                              \
	FINE(base, name, (1ull << 40) - 4096 + (low)),                         \
		BAD(base, name, (1ull << 40) + (low),                          \
			"lies beyond physical memory")
#define PAGE(name)                                                             \
	PHYSICAL(MAPS, name, 0),                                               \
		BAD(MAPS, name, 0x1800, "not aligned to 4 KiB"),               \
		FINE(LONG, name, 0x1800)
#define LIST(name)                                                             \
	FINE(MAPS, name, (1ull << 40) - 32),                                   \
		BAD(MAPS, name, (1ull << 40) - 16,                             \
			"lies beyond physical memory"),                        \
		BAD(MAPS, name, 0x1008, "not aligned to 16 bytes"),            \
		FINE(LONG, name, 0x1008)
#define HOST_SELECTOR(name)                                                    \
	FINE(LONG, name, 8), BAD(LONG, name, 9, "RPL and TI must be 0"),       \
		BAD(LONG, name, 12, "RPL and TI must be 0")
#define DATA(seg)                                                              \
	FINE(LONG, GUEST_##seg##_SELECTOR, 3),                                 \
		BAD(STRICT, GUEST_##seg##_SELECTOR, 3,                         \
			"the DPL is below the RPL"),                           \
		FINE(LONG, GUEST_##seg##_RIGHTS, 0x1c000),                     \
		FINE(LONG, GUEST_##seg##_RIGHTS, 0xc091),                      \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0xc092, "not accessed"),       \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0xc099,                        \
			"code that cannot be read"),                           \
		FINE(LONG, GUEST_##seg##_RIGHTS, 0xc09b),                      \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0xc083, "S must be set"),      \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0xc013, "P must be set"),      \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0xc193,                        \
			"reserved bits are set"),                              \
		BAD(LONG, GUEST_##seg##_RIGHTS, 0x4093,                        \
			"G is clear, and bits 31:20 of the limit are not"),    \
		FINE(LONG, GUEST_##seg##_LIMIT, 0xfff),                        \
		BAD(V86, GUEST_##seg##_LIMIT, 0xfffe,                          \
			"in virtual-8086 mode it is 0xffff"),                  \
		BAD(V86, GUEST_##seg##_BASE, 0x10010,                          \
			"in virtual-8086 mode it is 16 times the selector"),   \
		BAD(V86, GUEST_##seg##_RIGHTS, 0x93,                           \
			"in virtual-8086 mode they are 0xf3")
#define HIGH_BASE(name)                                                        \
	FINE(LONG, name, 0xffffffff),                                          \
		BAD(LONG, name, 1ull << 32, "bits 63:32 must be 0")

static const struct row rows[] = {
	/* controls */
	BAD(LONG, VPID, 0, "0 is the host's"),
	FINE(LONG, VPID, 0xffff),
	BAD(LONG, PIN_CONTROLS, 0x9 | 0x14,
		"a bit is 0 that this CPU wants to be 1"),
	BAD(LONG, PIN_CONTROLS, 0x9 | 0x16 | 0x100,
		"a bit is 1 that this CPU wants to be 0"),
	BAD(LONG, PIN_CONTROLS, 0x9 | 0x16 | PIN_POSTED_INTERRUPTS,
		"posted interrupts want virtual-interrupt delivery, and "
		"interrupts acknowledged at exits"),
	BAD(LONG, PIN_CONTROLS, 0x16 | 0x1 | PIN_VIRTUAL_NMIS,
		"virtual NMIs without NMI exiting"),
	FINE(LONG, PIN_CONTROLS, 0x16 | 0x9 | PIN_VIRTUAL_NMIS),
	BAD(LONG, PROC_CONTROLS, 0x04006172 | PROC_SECONDARY | 1,
		"a bit is 1 that this CPU wants to be 0"),
	BAD(LONG, PROC_CONTROLS, 0x04006172 | PROC_SECONDARY | PROC_NMI_WINDOW,
		"NMI-window exiting without virtual NMIs"),
	BAD(LONG, PROC2_CONTROLS, PROC2_VPID | PROC2_UNRESTRICTED,
		"unrestricted guest without EPT"),
	BAD(LONG, PROC2_CONTROLS, PROC2_VPID | PROC2_PML,
		"page-modification log without EPT"),
	BAD(LONG, PROC2_CONTROLS, PROC2_VPID | PROC2_X2APIC,
		"virtual APIC without TPR shadow"),
	BAD(MAPS, PROC2_CONTROLS,
		PROC2_VPID | PROC2_X2APIC | PROC2_APIC_ACCESSES,
		"x2APIC mode and APIC accesses together"),
	FINE(MAPS, PROC2_CONTROLS, PROC2_VPID | PROC2_X2APIC),
	FINE(LONG, CR3_TARGET_COUNT, 4),
	BAD(LONG, CR3_TARGET_COUNT, 5, "more than this CPU has"),
	PAGE(IO_BITMAP_A),
	PAGE(IO_BITMAP_B),
	PAGE(MSR_BITMAP),
	PAGE(VIRTUAL_APIC_ADDRESS),
	PAGE(APIC_ACCESS_ADDRESS),
	LIST(EXIT_MSR_STORE_ADDRESS),
	LIST(EXIT_MSR_LOAD_ADDRESS),
	LIST(ENTRY_MSR_LOAD_ADDRESS),
	BAD(LONG, EPT_POINTER, 0x5000 | EPTP_WALK_4 | 1,
		"a memory type that this CPU's EPT has not"),
	BAD(LONG, EPT_POINTER, 0x5000 | EPTP_WALK_4,
		"a memory type that this CPU's EPT has not"),
	BAD(LONG, EPT_POINTER, 0x5000 | 2u << 3 | EPTP_TYPE_WB,
		"the walk is not of 4 levels"),
	BAD(LONG, EPT_POINTER, 0x5000 | EPTP_WALK_4 | EPTP_TYPE_WB | EPTP_AD,
		"this CPU's EPT has no accessed and dirty flags"),
	BAD(LONG, EPT_POINTER, 0x5000 | EPTP_WALK_4 | EPTP_TYPE_WB | 0x80,
		"reserved bits are set"),
	PHYSICAL(LONG, EPT_POINTER, EPTP_WALK_4 | EPTP_TYPE_WB),
	BAD(MAPS, TPR_THRESHOLD, 16, "bits 31:4 must be 0"),
	FINE(LONG, TPR_THRESHOLD, 16),
	BAD(LONG, EXIT_CONTROLS, 0x36dfb | EXIT_HOST_64 | EXIT_SAVE_TIMER,
		"a timer is saved that is not used"),
	BAD(LONG, EXIT_CONTROLS, 0x36dfb,
		"'host address-space size' must be 1 in long mode"),
	BAD(LONG, EXIT_CONTROLS, 0x36dfa | EXIT_HOST_64,
		"a bit is 0 that this CPU wants to be 1"),
	BAD(LONG, ENTRY_CONTROLS, 0x11fb | 1u << 16,
		"a bit is 1 that this CPU wants to be 0"),
	BAD(LONG, ENTRY_CONTROLS, 0x11fb | ENTRY_TO_SMM,
		"only SMM's monitor may set these"),
	BAD(LONG, ENTRY_CONTROLS, 0x11fb | ENTRY_NO_DUAL,
		"only SMM's monitor may set these"),
	/* injected events */
	FINE(LONG, ENTRY_EVENT, EVENT_TYPE_RSVD | 0xff),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_RSVD,
		"a reserved type"),
	FINE(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | 2),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | 3,
		"an NMI whose vector is not 2"),
	FINE(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCP | 31),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCP | 32,
		"an exception whose vector is none"),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCP | 13,
		"an error code where the vector has none, or none where it "
		"has"),
	BAD(LONG, ENTRY_EVENT,
		EVENT_VALID | EVENT_TYPE_EXCP | EVENT_HAS_ERROR | 6,
		"an error code where the vector has none, or none where it "
		"has"),
	FINE(REAL, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCP | 13),
	FINE(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_OTHER),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_OTHER | 1,
		"another event whose vector is not 0"),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | 1u << 12 | 2,
		"reserved bits are set"),
	FINE(EVENT, ENTRY_EVENT_ERROR, 0xffff),
	BAD(EVENT, ENTRY_EVENT_ERROR, 0x10000, "bits 31:16 must be 0"),
	FINE(LONG, ENTRY_EVENT_ERROR, 0x10000),
	FINE(SHADOW, ENTRY_INSN_LEN, 16),
	/* host state */
	HOST_SELECTOR(HOST_ES_SELECTOR),
	HOST_SELECTOR(HOST_CS_SELECTOR),
	HOST_SELECTOR(HOST_SS_SELECTOR),
	HOST_SELECTOR(HOST_DS_SELECTOR),
	HOST_SELECTOR(HOST_FS_SELECTOR),
	HOST_SELECTOR(HOST_GS_SELECTOR),
	HOST_SELECTOR(HOST_TR_SELECTOR),
	BAD(LONG, HOST_CS_SELECTOR, 0, "must not be null"),
	BAD(LONG, HOST_TR_SELECTOR, 0, "must not be null"),
	FINE(LONG, HOST_SS_SELECTOR, 0),
	CANONICAL(LONG, HOST_FS_BASE),
	CANONICAL(LONG, HOST_GS_BASE),
	CANONICAL(LONG, HOST_TR_BASE),
	CANONICAL(LONG, HOST_GDTR_BASE),
	CANONICAL(LONG, HOST_IDTR_BASE),
	CANONICAL(LONG, HOST_SYSENTER_ESP),
	CANONICAL(LONG, HOST_SYSENTER_EIP),
	CANONICAL(LONG, HOST_RIP),
	PHYSICAL(LONG, HOST_CR3, 0),
	BAD(LONG, HOST_CR0, CR0_PE | CR0_PG, "bits that VMX fixes are not so"),
	BAD(LONG, HOST_CR0, 1ull << 32 | CR0_PE | CR0_NE | CR0_PG,
		"bits that VMX fixes are not so"),
	BAD(LONG, HOST_CR4, CR4_PAE, "bits that VMX fixes are not so"),
	BAD(LONG, HOST_CR4, CR4_VMXE, "PAE must be set"),
	BAD(LONG, HOST_PAT, 2, "a byte is no memory type"),
	BAD(LONG, HOST_EFER, 0,
		"LMA and LME must both be 'host address-space size'"),
	BAD(LONG, HOST_EFER, EFER_LME | EFER_LMA | 2, "reserved bits are set"),
	/* guest: registers */
	BAD(LONG, GUEST_CR0, CR0_PE | CR0_PG, "bits that VMX fixes are not so"),
	BAD(STRICT, GUEST_CR0, CR0_NE,
		"PE must be set: no real mode without 'unrestricted guest'"),
	BAD(LONG, GUEST_CR0, CR0_NE | CR0_PG, "PG is set and PE is not"),
	BAD(LONG, GUEST_CR0, CR0_NE | CR0_PE,
		"an IA-32e mode guest must have PG"),
	FINE(PROT, GUEST_CR0, CR0_NE),
	BAD(LONG, GUEST_CR4, CR4_PAE, "bits that VMX fixes are not so"),
	BAD(LONG, GUEST_CR4, CR4_VMXE, "an IA-32e mode guest must have PAE"),
	FINE(LONG, GUEST_CR4, CR4_VMXE | CR4_PAE | CR4_PCIDE),
	BAD(PROT, GUEST_CR4, CR4_VMXE | CR4_PCIDE,
		"only an IA-32e mode guest may have PCIDE"),
	PHYSICAL(LONG, GUEST_CR3, 0xfff),
	FINE(LONG, GUEST_DEBUGCTL, 0xffc3),
	BAD(LONG, GUEST_DEBUGCTL, 4, "reserved bits are set"),
	FINE(LONG, GUEST_DR7, 0xffffffff),
	BAD(LONG, GUEST_DR7, 1ull << 32, "bits 63:32 must be 0"),
	CANONICAL(LONG, GUEST_SYSENTER_ESP),
	CANONICAL(LONG, GUEST_SYSENTER_EIP),
	FINE(LONG, GUEST_PAT, 0x0706050401000007),
	BAD(LONG, GUEST_PAT, 3, "a byte is no memory type"),
	BAD(LONG, GUEST_PAT, 8ull << 56, "a byte is no memory type"),
	BAD(LONG, GUEST_EFER, EFER_LME, "LMA must be 'IA-32e mode guest'"),
	BAD(PROT, GUEST_EFER, EFER_LMA, "LMA must be 'IA-32e mode guest'"),
	BAD(LONG, GUEST_EFER, EFER_LMA,
		"with paging LMA and LME must be the same"),
	FINE(PROT, GUEST_EFER, EFER_LME),
	BAD(LONG, GUEST_EFER, EFER_LMA | EFER_LME | EFER_SVME,
		"reserved bits are set"),
	/* guest: segments */
	DATA(ES),
	DATA(DS),
	DATA(FS),
	DATA(GS),
	HIGH_BASE(GUEST_ES_BASE),
	HIGH_BASE(GUEST_CS_BASE),
	HIGH_BASE(GUEST_SS_BASE),
	HIGH_BASE(GUEST_DS_BASE),
	CANONICAL(LONG, GUEST_FS_BASE),
	CANONICAL(LONG, GUEST_GS_BASE),
	FINE(LONG, GUEST_CS_SELECTOR, 0),
	BAD(STRICT, GUEST_SS_SELECTOR, 17, "the RPL is not that of CS"),
	FINE(LONG, GUEST_SS_SELECTOR, 17),
	BAD(LONG, GUEST_CS_RIGHTS, 0xa09a, "no type of accessed code"),
	BAD(STRICT, GUEST_CS_RIGHTS, 0xa093, "no type of accessed code"),
	FINE(LONG, GUEST_CS_RIGHTS, 0x8093),
	BAD(LONG, GUEST_CS_RIGHTS, 0xa0b3, "writable code whose DPL is not 0"),
	BAD(LONG, GUEST_CS_RIGHTS, 0xa0bb, "the DPL is not that of SS"),
	BAD(LONG, GUEST_CS_RIGHTS, 0xa0bf,
		"conforming, with a DPL above that of SS"),
	FINE(LONG, GUEST_CS_RIGHTS, 0xa09f),
	BAD(LONG, GUEST_CS_RIGHTS, 0xe09b, "L and D are both set"),
	FINE(PROT, GUEST_CS_RIGHTS, 0xe09b),
	BAD(LONG, GUEST_CS_RIGHTS, 0xa01b, "P must be set"),
	BAD(LONG, GUEST_CS_LIMIT, 0xfffffffe,
		"G is set, and bits 11:0 of the limit are not"),
	BAD(LONG, GUEST_SS_LIMIT, 0,
		"G is set, and bits 11:0 of the limit "
		"are not"),
	BAD(LONG, GUEST_SS_RIGHTS, 0xc091,
		"no type of accessed, writable data"),
	FINE(LONG, GUEST_SS_RIGHTS, 0xc097),
	FINE(LONG, GUEST_SS_RIGHTS, 0x10000),
	BAD(STRICT, GUEST_SS_RIGHTS, 0xc0b3, "the DPL is not that of SS"),
	FINE(LONG, GUEST_TR_SELECTOR, 3),
	BAD(LONG, GUEST_TR_SELECTOR, 4, "TI must be clear"),
	CANONICAL(LONG, GUEST_TR_BASE),
	FINE(LONG, GUEST_TR_LIMIT, 0xfffff),
	BAD(LONG, GUEST_TR_LIMIT, 0x100000,
		"G is clear, and bits 31:20 of the limit are not"),
	BAD(LONG, GUEST_TR_RIGHTS, 0x89, "no type of a busy TSS"),
	BAD(LONG, GUEST_TR_RIGHTS, 0x83, "no type of a busy TSS"),
	FINE(PROT, GUEST_TR_RIGHTS, 0x83),
	BAD(LONG, GUEST_TR_RIGHTS, 0x1008b, "must be usable"),
	BAD(LONG, GUEST_TR_RIGHTS, 0x9b, "S must be clear"),
	BAD(LONG, GUEST_LDTR_SELECTOR, 4, "TI must be clear"),
	CANONICAL(LONG, GUEST_LDTR_BASE),
	BAD(LONG, GUEST_LDTR_LIMIT, 0x100000,
		"G is clear, and bits 31:20 of the limit are not"),
	BAD(LONG, GUEST_LDTR_RIGHTS, 0x83, "no type of an LDT"),
	BAD(LONG, GUEST_LDTR_RIGHTS, 0x02, "P must be set"),
	FINE(LONG, GUEST_LDTR_RIGHTS, 0x10000),
	CANONICAL(LONG, GUEST_GDTR_BASE),
	CANONICAL(LONG, GUEST_IDTR_BASE),
	FINE(LONG, GUEST_GDTR_LIMIT, 0xffff),
	BAD(LONG, GUEST_GDTR_LIMIT, 0x10000, "bits 31:16 must be 0"),
	FINE(LONG, GUEST_IDTR_LIMIT, 0xffff),
	BAD(LONG, GUEST_IDTR_LIMIT, 0x10000, "bits 31:16 must be 0"),
	/* guest: where it goes on */
	FINE(LONG, GUEST_RIP, 0xffff7fffffffffff),
	BAD(LONG, GUEST_RIP, 1ull << 48, "bits 63:48 must be alike"),
	FINE(PROT, GUEST_RIP, 0xffffffff),
	BAD(PROT, GUEST_RIP, 1ull << 32,
		"bits 63:32 must be 0 outside 64-bit mode"),
	BAD(LONG, GUEST_RFLAGS, 0, "bit 1 must be 1"),
	BAD(LONG, GUEST_RFLAGS, RFLAGS_R1 | 8, "reserved bits are set"),
	BAD(LONG, GUEST_RFLAGS, RFLAGS_R1 | 1u << 22, "reserved bits are set"),
	BAD(REAL, GUEST_RFLAGS, RFLAGS_R1 | RFLAGS_IF | 0x28,
		"reserved bits are set"),
	BAD(LONG, ENTRY_EVENT, EVENT_VALID | 0x40,
		"an interrupt is injected, and IF is clear"),
	BAD(SHADOW, ENTRY_EVENT, EVENT_VALID | 0x40,
		"an interrupt is injected while they are blocked"),
	BAD(SHADOW, ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | 2,
		"an NMI is injected in an interrupt shadow"),
	/* guest: what no register holds */
	FINE(LONG, GUEST_ACTIVITY, 1),
	FINE(LONG, GUEST_ACTIVITY, 2),
	BAD(LONG, GUEST_ACTIVITY, 3, "a state that this CPU has not"),
	BAD(LONG, GUEST_ACTIVITY, 4, "a state that this CPU has not"),
	BAD(SHADOW, GUEST_ACTIVITY, 1, "not active in an interrupt shadow"),
	BAD(EVENT, GUEST_ACTIVITY, 1,
		"the injected event cannot come in this state"),
	BAD(LONG, GUEST_INTERRUPTIBILITY, 16, "reserved bits are set"),
	BAD(SHADOW, GUEST_INTERRUPTIBILITY, 3,
		"blocked by STI and by MOV SS together"),
	BAD(LONG, GUEST_INTERRUPTIBILITY, BLOCKED_BY_STI,
		"blocked by STI, and IF is clear"),
	FINE(LONG, GUEST_INTERRUPTIBILITY, BLOCKED_BY_MOV_SS),
	BAD(LONG, GUEST_INTERRUPTIBILITY, BLOCKED_BY_SMI,
		"blocked by SMI outside SMM"),
	FINE(LONG, GUEST_INTERRUPTIBILITY, BLOCKED_BY_NMI),
	BAD(LONG, GUEST_PENDING_DEBUG, 16, "reserved bits are set"),
	FINE(LONG, GUEST_PENDING_DEBUG, PENDING_BS | 15),
	BAD(SHADOW, GUEST_PENDING_DEBUG, PENDING_BS,
		"BS must be as TF without BTF in a shadow or halted"),
	BAD(SHADOW, GUEST_RFLAGS, RFLAGS_R1 | RFLAGS_IF | RFLAGS_TF,
		"BS must be as TF without BTF in a shadow or halted"),
	FINE(LONG, LINK_POINTER, 0x1000),
	BAD(LONG, LINK_POINTER, 0x1001, "not aligned to 4 KiB"),
	BAD(LONG, LINK_POINTER, 1ull << 40, "lies beyond physical memory"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Fields of which VM entry takes any value. */
static const uint8_t free_slots[] = {
	SLOT_TSC_OFFSET,
	SLOT_EXCEPTION_BITMAP,
	SLOT_PAGE_FAULT_MASK,
	SLOT_PAGE_FAULT_MATCH,
	SLOT_CR0_MASK,
	SLOT_CR4_MASK,
	SLOT_CR0_SHADOW,
	SLOT_CR4_SHADOW,
	SLOT_GUEST_SMBASE,
	SLOT_GUEST_SYSENTER_CS,
	SLOT_PREEMPTION_TIMER,
	SLOT_GUEST_RSP,
	SLOT_HOST_SYSENTER_CS,
	SLOT_HOST_RSP,
	/* with their addresses, or with CR3 */
	SLOT_EXIT_MSR_STORE_COUNT,
	SLOT_EXIT_MSR_LOAD_COUNT,
	SLOT_ENTRY_MSR_LOAD_COUNT,
	SLOT_GUEST_PDPTE0,
	SLOT_GUEST_PDPTE1,
	SLOT_GUEST_PDPTE2,
	SLOT_GUEST_PDPTE3,
};

#endif
