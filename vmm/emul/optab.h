/* SPDX-License-Identifier: MIT */

/*
 * The shape of the opcode tables: optab*.c hold the data, decode.c reads it.
 *
 * The tables are written as the opcode maps of Intel's SDM 2, appendix A: an
 * operand is named by its source in upper case and its size in lower case, so
 * that "Ev, Gv" is a ModRM r/m operand and a ModRM reg operand of the effective
 * operand size. An entry either names an operation or leads to a sub-table,
 * indexed by a part of the instruction; what the way down says of operands and
 * flags holds below it, unless an entry below names operands of its own.
 */
#ifndef VMM_EMUL_OPTAB_H
#define VMM_EMUL_OPTAB_H

#include <stdint.h>

#include "vmm/emul/decode.h"

enum optab_source {
	SRC_NONE,
	SRC_E,	  /* ModRM r/m: general register or memory */
	SRC_G,	  /* ModRM reg: general register */
	SRC_M,	  /* ModRM r/m: memory; a register form is undefined */
	SRC_R,	  /* ModRM r/m: general register */
	SRC_V,	  /* ModRM r/m of a vector: an operand only if memory */
	SRC_Z,	  /* low bits of the opcode: general register */
	SRC_B,	  /* VEX.vvvv: general register */
	SRC_S,	  /* ModRM reg: segment register */
	SRC_C,	  /* ModRM reg: control register */
	SRC_D,	  /* ModRM reg: debug register */
	SRC_GPR,  /* the general register that the entry names */
	SRC_SREG, /* the segment register that the entry names */
	SRC_I,	  /* immediate */
	SRC_ONE,  /* the constant 1 */
	SRC_J,	  /* relative branch displacement */
	SRC_A,	  /* far pointer in the instruction */
	SRC_O,	  /* absolute address in the instruction */
	SRC_X,	  /* seg:[rSI] */
	SRC_Y,	  /* ES:[rDI] */
	SRC_T,	  /* seg:[rBX], of XLAT */
};

enum optab_size {
	SIZE_0,	 /* unknown or none */
	SIZE_B,	 /* 1 */
	SIZE_W,	 /* 2 */
	SIZE_D,	 /* 4 */
	SIZE_Q,	 /* 8 */
	SIZE_DQ, /* 16 */
	SIZE_V,	 /* operand size */
	SIZE_Z,	 /* operand size, at most 4 */
	SIZE_Y,	 /* operand size, at least 4 */
	SIZE_N,	 /* native: 8 in 64-bit code, 4 elsewhere */
	SIZE_P,	 /* far pointer: operand size + 2 */
	SIZE_A,	 /* pair: 2 * operand size */
	SIZE_S,	 /* descriptor-table register: native + 2 */
	SIZE_VW, /* operand size of a register, 2 of memory */
	SIZE_SB, /* immediate of 1 byte, sign-extended to the operand size */
	SIZE_SZ, /* immediate of SIZE_Z, sign-extended likewise */
};

#define OPTAB_ARG(source, size, number) ((number) << 9 | (source) << 4 | (size))
#define OPTAB_SIZE(arg)			((arg)&15)
#define OPTAB_SOURCE(arg)		((arg) >> 4 & 31)
#define OPTAB_NUMBER(arg)		((arg) >> 9 & 7)

/* clang-format off */
enum optab_arg {
#define ARG(s, S, z, Z) s##z = OPTAB_ARG(SRC_##S, SIZE_##Z, 0)
	ARG(E, E, b, B), ARG(E, E, w, W), ARG(E, E, v, V), ARG(E, E, y, Y),
	ARG(E, E, z, Z), ARG(E, E, n, N), ARG(E, E, vw, VW),
	ARG(G, G, b, B), ARG(G, G, w, W), ARG(G, G, v, V), ARG(G, G, y, Y),
	ARG(G, G, z, Z), ARG(G, G, n, N),
	ARG(M, M, x, 0), ARG(M, M, w, W), ARG(M, M, d, D), ARG(M, M, q, Q),
	ARG(M, M, dq, DQ), ARG(M, M, v, V), ARG(M, M, y, Y), ARG(M, M, p, P),
	ARG(M, M, a, A), ARG(M, M, s, S),
	ARG(R, R, v, V), ARG(R, R, y, Y), ARG(R, R, n, N), ARG(W, V, x, 0),
	ARG(Z, Z, b, B), ARG(Z, Z, v, V), ARG(B, B, y, Y), ARG(S, S, w, W),
	ARG(C, C, n, N), ARG(D, D, n, N),
	ARG(I, I, b, B), ARG(I, I, w, W), ARG(I, I, d, D), ARG(I, I, z, SZ),
	ARG(I, I, v, V),
	ARG(I, I, sb, SB), ARG(J, J, b, B), ARG(J, J, z, Z), ARG(A, A, p, P),
	ARG(O, O, b, B), ARG(O, O, v, V), ARG(X, X, b, B), ARG(X, X, v, V),
	ARG(X, X, z, Z), ARG(Y, Y, b, B), ARG(Y, Y, v, V), ARG(Y, Y, z, Z),
	ARG(T, T, b, B),
#undef ARG
	I1 = OPTAB_ARG(SRC_ONE, SIZE_B, 0),
	AL = OPTAB_ARG(SRC_GPR, SIZE_B, INSN_RAX),
	rAX = OPTAB_ARG(SRC_GPR, SIZE_V, INSN_RAX),
	zAX = OPTAB_ARG(SRC_GPR, SIZE_Z, INSN_RAX),
	CL = OPTAB_ARG(SRC_GPR, SIZE_B, INSN_RCX),
	DX = OPTAB_ARG(SRC_GPR, SIZE_W, INSN_RDX),
	ES = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_ES),
	CS = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_CS),
	SS = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_SS),
	DS = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_DS),
	FS = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_FS),
	GS = OPTAB_ARG(SRC_SREG, SIZE_W, INSN_GS),
};
/* clang-format on */

/* What indexes a sub-table, and with how many entries. */
enum optab_selector {
	SEL_REG,  /* ModRM.reg: 8 */
	SEL_RM,	  /* ModRM.rm: 8 */
	SEL_MOD,  /* 2: memory, register */
	SEL_PFX,  /* 4: no mandatory prefix, 66, F3, F2 */
	SEL_MODE, /* 2: 16- and 32-bit code, 64-bit code */
	SEL_W,	  /* REX.W or VEX.W: 2 */
	SEL_REXB, /* REX.B: 2 */
};

/* Flags. The first four name mandatory prefixes; none of them: any will do. */
#define NP     (1u << 0)  /* defined without mandatory prefix */
#define P66    (1u << 1)  /* ... with 66 */
#define PF3    (1u << 2)  /* ... with F3 */
#define PF2    (1u << 3)  /* ... with F2 */
#define PALL   0xfu	  /* the four as a mask */
#define NO64   (1u << 4)  /* undefined in 64-bit code */
#define ONLY64 (1u << 5)  /* undefined outside */
#define D64    (1u << 6)  /* 64-bit code: operand size 8 unless 66 */
#define F64    (1u << 7)  /* 64-bit code: operand size 8 */
#define NOMOD  (1u << 8)  /* ModRM.mod is ignored: always a register */
#define MODRM  (1u << 9)  /* has ModRM though no operand shows it */
#define ISMEM  (1u << 10) /* the register form is undefined */
#define ISREG  (1u << 11) /* the memory form is undefined */
#define L0     (1u << 12) /* VEX.L must be 0 */
#define NOVVVV (1u << 13) /* VEX.vvvv must be unused */

struct optab_entry {
	uint16_t op; /* enum insn_op; INSN_INVALID: undefined */
	uint16_t flags;
	uint16_t arg[INSN_MAX_OPERANDS]; /* enum optab_arg */
	uint8_t selector;		 /* of sub */
	const struct optab_entry *sub;	 /* or NULL */
};

/* OPF(operation, flags, operands...), OP(operation, operands...) */
#define OPF(o, f, ...)                                                         \
	{                                                                      \
		.op = INSN_##o, .flags = (f), .arg = { __VA_ARGS__ }           \
	}
#define OP(o, ...) OPF(o, 0, __VA_ARGS__)
/* SUBF(selector, sub-table, flags, operands...) and SUB likewise. */
#define SUBF(s, t, f, ...)                                                     \
	{                                                                      \
		.selector = SEL_##s, .sub = (t), .flags = (f),                 \
		.arg = { __VA_ARGS__ }                                         \
	}
#define SUB(s, t, ...) SUBF(s, t, 0, __VA_ARGS__)
/* A vector instruction of the legacy encoding, with and without imm8. */
#define VEC(f)	OPF(VECTOR, f, Wx)
#define VECI(f) OPF(VECTOR, f, Wx, Ib)

extern const struct optab_entry optab_1b[256];
extern const struct optab_entry optab_0f[256];

/* The entry of an opcode, by encoding and map; NULL if there is no such map. */
const struct optab_entry *optab_find(
	enum insn_encoding encoding, unsigned int map, uint8_t opcode);

#endif
