/* SPDX-License-Identifier: MIT */
/* A virtual CPU's general registers and segments, in neutral form. */
#ifndef VMM_REGS_H
#define VMM_REGS_H

#include <stdint.h>

/* General registers, numbered as instructions do. */
enum gpr {
	GPR_RAX,
	GPR_RCX,
	GPR_RDX,
	GPR_RBX,
	GPR_RSP,
	GPR_RBP,
	GPR_RSI,
	GPR_RDI,
	GPR_R8,
	GPR_R9,
	GPR_R10,
	GPR_R11,
	GPR_R12,
	GPR_R13,
	GPR_R14,
	GPR_R15,
	GPRS
};

struct vcpu_regs {
	uint64_t gpr[GPRS];
	uint64_t rip;
	uint64_t rflags;
};

/* Segment registers, numbered as instructions do. */
enum vseg_nr {
	SEG_ES,
	SEG_CS,
	SEG_SS,
	SEG_DS,
	SEG_FS,
	SEG_GS,
	SEGS
};

/*
 * attr holds bits 47:40 (type, S, DPL, P) and 55:52 (AVL, L, D/B, G) of the
 * descriptor, packed into 12 bits; P clear: not usable.  limit is in bytes.
 */
struct vseg {
	uint16_t sel;
	uint16_t attr;
	uint32_t limit;
	uint64_t base;
};

#define VSEG_TYPE     0x00fu
#define VSEG_S	      0x010u
#define VSEG_DPL      0x060u
#define VSEG_PRESENT  0x080u
#define VSEG_AVL      0x100u
#define VSEG_LONG     0x200u
#define VSEG_DB	      0x400u
#define VSEG_GRANULAR 0x800u
#define VSEG_CODE32   0xc9bu /* flat, accessed, ring 0 */
#define VSEG_DATA32   0xc93u
#define VSEG_CODE64   0xa9bu
#define VSEG_TSS_BUSY 0x08bu
#define VSEG_LDT      0x082u

struct vtable {
	uint64_t base;
	uint16_t limit;
};

#endif
