/* SPDX-License-Identifier: MIT */

/*
 * The instruction decoder: bytes in, one struct insn out.
 *
 * A VMM decodes because the hardware says too little: an exit names the reason,
 * but the length of the instruction, or the register that a device access
 * targets, must be read out of the guest's code. The decoder knows the whole
 * integer instruction set of 16-, 32- and 64-bit code with its operands, and of
 * x87, MMX, SSE, 3DNow!, AVX, AVX-512 and XOP the lengths. An opcode that the
 * vector maps leave undefined may still decode, as INSN_VECTOR: its length is
 * right for every defined neighbour, and the CPU is the one to refuse it.
 *
 * It is a pure function of its arguments: no memory but *out is written, no
 * byte beyond n is read, no state is kept. It executes nothing and it judges no
 * privilege; what the processor would refuse for its state (CPL, CR4, CPUID) is
 * the business of the caller.
 *
 * Where the vendors differ, Intel is followed: a 66 prefix on a near branch of
 * 64-bit code is ignored (AMD shortens the displacement and truncates RIP), and
 * a far pointer in memory has a 64-bit offset under REX.W (AMD keeps 32).
 *
 * Intel SDM 2, chapter 2 and appendix A; AMD APM 3, chapter 1 and appendix A.
 */
#ifndef VMM_EMUL_DECODE_H
#define VMM_EMUL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/emul/insn_ops.h"

/* The code size that CS and EFER.LMA give: CS.L=1, or CS.D. */
enum cpu_mode {
	CPU_MODE_16 = 16,
	CPU_MODE_32 = 32,
	CPU_MODE_64 = 64
};

#define INSN_OP_ENUM(name, access) INSN_##name,
enum insn_op {
	INSN_OPS(INSN_OP_ENUM) INSN_OP_COUNT
};
#undef INSN_OP_ENUM

#define INSN_MAX_LEN	  15
#define INSN_MAX_OPERANDS 3

/* General registers are numbered as the hardware does; these have names. */
#define INSN_RAX    0
#define INSN_RCX    1
#define INSN_RDX    2
#define INSN_RBX    3
#define INSN_RSP    4
#define INSN_RBP    5
#define INSN_RSI    6
#define INSN_RDI    7
#define INSN_RIP    16	 /* a base only */
#define INSN_NO_REG 0xff /* no base, no index, no segment override */

enum insn_seg {
	INSN_ES,
	INSN_CS,
	INSN_SS,
	INSN_DS,
	INSN_FS,
	INSN_GS,
};

enum insn_prefix {
	INSN_LOCK = 1 << 0,
	INSN_REP = 1 << 1,   /* F3; of F3 and F2 the last one counts */
	INSN_REPNE = 1 << 2, /* F2 */
	INSN_OPSIZE = 1 << 3,
	INSN_ADSIZE = 1 << 4,
	INSN_REX = 1 << 5, /* a REX that counts: the byte before the opcode */
};

enum insn_encoding {
	INSN_LEGACY,
	INSN_VEX,
	INSN_EVEX,
	INSN_XOP
};

/* The numbers are those of the VEX, EVEX and XOP map fields. */
enum insn_map {
	INSN_MAP_1B = 0,
	INSN_MAP_0F = 1,
	INSN_MAP_0F38 = 2,
	INSN_MAP_0F3A = 3,
	INSN_MAP_EVEX5 = 5,
	INSN_MAP_EVEX6 = 6,
	INSN_MAP_XOP8 = 8,
	INSN_MAP_XOP9 = 9,
	INSN_MAP_XOPA = 10,
};

enum insn_kind {
	INSN_KIND_REG, /* reg, high */
	INSN_KIND_MEM, /* mem; also moffs and the operands of string ops */
	INSN_KIND_IMM, /* imm, extended as the instruction does to size bytes */
	INSN_KIND_REL, /* imm, sign-extended to 64 bits: see insn_target() */
	INSN_KIND_FAR, /* imm = offset, sel = selector */
	INSN_KIND_SREG, /* reg, an enum insn_seg */
	INSN_KIND_CR,	/* reg */
	INSN_KIND_DR,	/* reg */
};

enum insn_access {
	INSN_R = 1,
	INSN_W = 2
};

struct insn_operand {
	uint8_t kind;	/* enum insn_kind */
	uint8_t size;	/* bytes; 0: not known, or no data is accessed */
	uint8_t access; /* enum insn_access, 0 for an address alone */
	uint8_t reg;
	bool high;    /* AH, CH, DH, BH: bits 15:8 of general register reg */
	uint16_t sel; /* INSN_KIND_FAR */
	struct {
		uint8_t seg;   /* the segment in force, override included */
		uint8_t base;  /* general register, INSN_RIP or INSN_NO_REG */
		uint8_t index; /* general register or INSN_NO_REG */
		uint8_t shift; /* index is scaled by 1 << shift */
		int64_t disp;
	} mem;
	uint64_t imm; /* zero above size bytes, but for INSN_KIND_REL */
};

/*
 * One decoded instruction. Offsets count from its first byte; an offset of 0
 * says that the part is absent.
 */
struct insn {
	uint16_t op; /* enum insn_op */
	uint8_t len;
	uint8_t mode;	  /* enum cpu_mode */
	uint8_t encoding; /* enum insn_encoding */
	uint8_t map;	  /* enum insn_map */
	uint8_t opcode;
	uint8_t cond; /* condition of JCC, SETCC, CMOVCC: 0 O .. 15 G */

	uint8_t prefixes; /* enum insn_prefix */
	uint8_t seg;	  /* override, or INSN_NO_REG; FS and GS in 64 bits */
	uint8_t rex;	  /* W R X B in bits 3:0, from REX, VEX, EVEX or XOP */
	uint8_t pp;	  /* VEX.pp, or 0 none, 1 66, 2 F3, 3 F2 of prefixes */
	uint8_t vvvv;	  /* register number; 0 in the legacy encoding */
	uint8_t evex[3];  /* EVEX P0..P2; VEX and XOP: the payload bytes */
	bool lock_bad;	  /* lock prefix where it raises #UD */

	uint8_t opsize; /* effective, bytes: also the width of a push */
	uint8_t adsize; /* effective, bytes: also of RCX, RSI, RDI in use */
	uint8_t opcode_off;
	uint8_t modrm_off, modrm;
	uint8_t sib_off, sib;
	uint8_t disp_off, disp_len; /* displacement, or moffs address */
	uint8_t imm_off[2], imm_len[2];

	uint8_t n_operands;
	struct insn_operand operand[INSN_MAX_OPERANDS];
};

/*
 * Decodes the instruction that begins at bytes[0], of which n bytes can be
 * read, as code of the given mode.
 *
 * Returns 0 and fills *out. Returns -ENODATA when the n bytes end before the
 * instruction does: fetch more and call again; with 15 bytes this cannot
 * happen. Returns -EINVAL for an encoding that is undefined or longer than 15
 * bytes, and for a mode that is none. Unless it returns 0, *out is undefined.
 *
 * An illegal lock prefix is no error here: see insn.lock_bad.
 */
int insn_decode(
	const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out);

/* The name of an operation as in enum insn_op ("MOV_CR"); never NULL. */
const char *insn_name(enum insn_op op);

/*
 * The effective address, an offset into its segment, of the memory operand op
 * of insn, wrapped to the address size. gpr are RAX..R15 in hardware order,
 * next_rip is the address behind the instruction. Not included, because they
 * are the instruction's own doing: the bit offset of BT and its kin with a
 * register, AL of XLAT, and the new RSP of "pop off(%rsp)".
 */
uint64_t insn_ea(const struct insn *insn, const struct insn_operand *op,
	const uint64_t gpr[16], uint64_t next_rip);

/*
 * The linear address of offset ea in the segment of op, whose base is seg_base.
 * In 64-bit code only FS and GS have a base: seg_base is ignored for others.
 * Outside, a linear address has 32 bits.
 */
uint64_t insn_linear(const struct insn *insn, const struct insn_operand *op,
	uint64_t ea, uint64_t seg_base);

/* Where a relative branch goes: next_rip + displacement, in operand size. */
uint64_t insn_target(const struct insn *insn, uint64_t next_rip);

#endif
