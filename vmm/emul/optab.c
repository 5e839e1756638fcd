/* SPDX-License-Identifier: MIT */

/*
 * The one-byte opcode map and its groups (SDM 2, appendix A, tables A-2 and
 * Prefixes have no entry: they never reach the table. VEX, EVEX and XOP
 * claim some encodings of 62, 8F, C4 and C5; what is left of those is here.
 */
#include "vmm/emul/optab.h"

/* clang-format off */

/* The six forms that the eight basic operations share. */
#define ALU(base, name)							\
	[(base) + 0] = OP(name, Eb, Gb), [(base) + 1] = OP(name, Ev, Gv), \
	[(base) + 2] = OP(name, Gb, Eb), [(base) + 3] = OP(name, Gv, Ev), \
	[(base) + 4] = OP(name, AL, Ib), [(base) + 5] = OP(name, rAX, Iz)

/* 80..83 */
static const struct optab_entry group_1[8] = {
	OP(ADD), OP(OR), OP(ADC), OP(SBB), OP(AND), OP(SUB), OP(XOR), OP(CMP),
};

/* C0, C1, D0..D3; /6 is an alias of SHL that only AMD documents. */
static const struct optab_entry group_2[8] = {
	OP(ROL), OP(ROR), OP(RCL), OP(RCR), OP(SHL), OP(SHR), OP(SHL), OP(SAR),
};

/* F6, F7: only TEST has an immediate; /1 is its alias. */
static const struct optab_entry group_3b[8] = {
	OP(TEST, Eb, Ib), OP(TEST, Eb, Ib), OP(NOT), OP(NEG),
	OP(MUL), OP(IMUL), OP(DIV), OP(IDIV),
};

static const struct optab_entry group_3v[8] = {
	OP(TEST, Ev, Iz), OP(TEST, Ev, Iz), OP(NOT), OP(NEG),
	OP(MUL), OP(IMUL), OP(DIV), OP(IDIV),
};

/* FE, FF */
static const struct optab_entry group_4[8] = {
	[0] = OP(INC, Eb), [1] = OP(DEC, Eb),
};

static const struct optab_entry group_5[8] = {
	[0] = OP(INC, Ev), [1] = OP(DEC, Ev),
	[2] = OPF(CALL, F64, Ev), [3] = OP(CALLF, Mp),
	[4] = OPF(JMP, F64, Ev), [5] = OP(JMPF, Mp),
	[6] = OPF(PUSH, D64, Ev),
};

/* 8F */
static const struct optab_entry group_1a[8] = {
	[0] = OPF(POP, D64, Ev),
};

/* C6, C7: /7 with ModRM F8 is XABORT and XBEGIN. */
static const struct optab_entry xabort_rm[8] = { [0] = OP(OTHER, Ib) };
static const struct optab_entry xbegin_rm[8] = { [0] = OP(OTHER, Jz) };
static const struct optab_entry xabort[2] = { [1] = SUB(RM, xabort_rm) };
static const struct optab_entry xbegin[2] = { [1] = SUB(RM, xbegin_rm) };

static const struct optab_entry group_11b[8] = {
	[0] = OP(MOV, Eb, Ib), [7] = SUB(MOD, xabort),
};

static const struct optab_entry group_11v[8] = {
	[0] = OP(MOV, Ev, Iz), [7] = SUB(MOD, xbegin),
};

/* 63 */
static const struct optab_entry op_63[2] = {
	OP(ARPL, Ew, Gw), OP(MOVSXD, Gv, Ez),
};

/* 8C, 8E: CS cannot be the destination. */
static const struct optab_entry mov_from_seg[8] = {
	OP(MOV), OP(MOV), OP(MOV), OP(MOV), OP(MOV), OP(MOV),
};

static const struct optab_entry mov_to_seg[8] = {
	[0] = OP(MOV), [2] = OP(MOV), [3] = OP(MOV), [4] = OP(MOV),
	[5] = OP(MOV),
};

/* 90: with REX.B it is an exchange with R8, and no NOP and no PAUSE. */
static const struct optab_entry nop_90[2] = {
	OP(NOP), OP(XCHG, Zv, rAX),
};
static const struct optab_entry pause_90[2] = {
	OP(PAUSE), OP(XCHG, Zv, rAX),
};
static const struct optab_entry op_90[4] = {
	SUB(REXB, nop_90), SUB(REXB, nop_90), SUB(REXB, pause_90),
	SUB(REXB, nop_90),
};

const struct optab_entry optab_1b[256] = {
	ALU(0x00, ADD),
	[0x06] = OPF(PUSH, NO64, ES), [0x07] = OPF(POP, NO64, ES),
	ALU(0x08, OR),
	[0x0e] = OPF(PUSH, NO64, CS),
	ALU(0x10, ADC),
	[0x16] = OPF(PUSH, NO64, SS), [0x17] = OPF(POP, NO64, SS),
	ALU(0x18, SBB),
	[0x1e] = OPF(PUSH, NO64, DS), [0x1f] = OPF(POP, NO64, DS),
	ALU(0x20, AND), [0x27] = OPF(DAA, NO64),
	ALU(0x28, SUB), [0x2f] = OPF(DAS, NO64),
	ALU(0x30, XOR), [0x37] = OPF(AAA, NO64),
	ALU(0x38, CMP), [0x3f] = OPF(AAS, NO64),

	[0x40 ... 0x47] = OPF(INC, NO64, Zv),
	[0x48 ... 0x4f] = OPF(DEC, NO64, Zv),
	[0x50 ... 0x57] = OPF(PUSH, D64, Zv),
	[0x58 ... 0x5f] = OPF(POP, D64, Zv),

	[0x60] = OPF(PUSHA, NO64), [0x61] = OPF(POPA, NO64),
	[0x62] = OPF(BOUND, NO64, Gv, Ma),
	[0x63] = SUB(MODE, op_63),
	[0x68] = OPF(PUSH, D64, Iz), [0x69] = OP(IMUL3, Gv, Ev, Iz),
	[0x6a] = OPF(PUSH, D64, Isb), [0x6b] = OP(IMUL3, Gv, Ev, Isb),
	[0x6c] = OP(INS, Yb, DX), [0x6d] = OP(INS, Yz, DX),
	[0x6e] = OP(OUTS, DX, Xb), [0x6f] = OP(OUTS, DX, Xz),
	[0x70 ... 0x7f] = OPF(JCC, F64, Jb),

	[0x80] = SUB(REG, group_1, Eb, Ib), [0x81] = SUB(REG, group_1, Ev, Iz),
	[0x82] = SUBF(REG, group_1, NO64, Eb, Ib),
	[0x83] = SUB(REG, group_1, Ev, Isb),
	[0x84] = OP(TEST, Eb, Gb), [0x85] = OP(TEST, Ev, Gv),
	[0x86] = OP(XCHG, Eb, Gb), [0x87] = OP(XCHG, Ev, Gv),
	[0x88] = OP(MOV, Eb, Gb), [0x89] = OP(MOV, Ev, Gv),
	[0x8a] = OP(MOV, Gb, Eb), [0x8b] = OP(MOV, Gv, Ev),
	[0x8c] = SUB(REG, mov_from_seg, Evw, Sw), [0x8d] = OP(LEA, Gv, Mx),
	[0x8e] = SUB(REG, mov_to_seg, Sw, Ew), [0x8f] = SUB(REG, group_1a),

	[0x90] = SUB(PFX, op_90), [0x91 ... 0x97] = OP(XCHG, Zv, rAX),
	[0x98] = OP(CBW), [0x99] = OP(CWD),
	[0x9a] = OPF(CALLF, NO64, Ap), [0x9b] = OP(FWAIT),
	[0x9c] = OPF(PUSHF, D64), [0x9d] = OPF(POPF, D64),
	[0x9e] = OP(SAHF), [0x9f] = OP(LAHF),

	[0xa0] = OP(MOV, AL, Ob), [0xa1] = OP(MOV, rAX, Ov),
	[0xa2] = OP(MOV, Ob, AL), [0xa3] = OP(MOV, Ov, rAX),
	[0xa4] = OP(MOVS, Yb, Xb), [0xa5] = OP(MOVS, Yv, Xv),
	[0xa6] = OP(CMPS, Xb, Yb), [0xa7] = OP(CMPS, Xv, Yv),
	[0xa8] = OP(TEST, AL, Ib), [0xa9] = OP(TEST, rAX, Iz),
	[0xaa] = OP(STOS, Yb, AL), [0xab] = OP(STOS, Yv, rAX),
	[0xac] = OP(LODS, AL, Xb), [0xad] = OP(LODS, rAX, Xv),
	[0xae] = OP(SCAS, AL, Yb), [0xaf] = OP(SCAS, rAX, Yv),

	[0xb0 ... 0xb7] = OP(MOV, Zb, Ib),
	[0xb8 ... 0xbf] = OP(MOV, Zv, Iv),

	[0xc0] = SUB(REG, group_2, Eb, Ib), [0xc1] = SUB(REG, group_2, Ev, Ib),
	[0xc2] = OPF(RET, F64, Iw), [0xc3] = OPF(RET, F64),
	[0xc4] = OPF(LES, NO64, Gv, Mp), [0xc5] = OPF(LDS, NO64, Gv, Mp),
	[0xc6] = SUB(REG, group_11b), [0xc7] = SUB(REG, group_11v),
	[0xc8] = OPF(ENTER, D64, Iw, Ib), [0xc9] = OPF(LEAVE, D64),
	[0xca] = OP(RETF, Iw), [0xcb] = OP(RETF), [0xcc] = OP(INT3),
	[0xcd] = OP(INT, Ib), [0xce] = OPF(INTO, NO64), [0xcf] = OP(IRET),

	[0xd0] = SUB(REG, group_2, Eb, I1), [0xd1] = SUB(REG, group_2, Ev, I1),
	[0xd2] = SUB(REG, group_2, Eb, CL), [0xd3] = SUB(REG, group_2, Ev, CL),
	[0xd4] = OPF(AAM, NO64, Ib), [0xd5] = OPF(AAD, NO64, Ib),
	[0xd6] = OPF(SALC, NO64), [0xd7] = OP(XLAT, Tb),
	[0xd8 ... 0xdf] = OP(X87, Wx),

	[0xe0] = OPF(LOOPNE, F64, Jb), [0xe1] = OPF(LOOPE, F64, Jb),
	[0xe2] = OPF(LOOP, F64, Jb), [0xe3] = OPF(JCXZ, F64, Jb),
	[0xe4] = OP(IN, AL, Ib), [0xe5] = OP(IN, zAX, Ib),
	[0xe6] = OP(OUT, Ib, AL), [0xe7] = OP(OUT, Ib, zAX),
	[0xe8] = OPF(CALL, F64, Jz), [0xe9] = OPF(JMP, F64, Jz),
	[0xea] = OPF(JMPF, NO64, Ap), [0xeb] = OPF(JMP, F64, Jb),
	[0xec] = OP(IN, AL, DX), [0xed] = OP(IN, zAX, DX),
	[0xee] = OP(OUT, DX, AL), [0xef] = OP(OUT, DX, zAX),

	[0xf1] = OP(INT1), [0xf4] = OP(HLT), [0xf5] = OP(CMC),
	[0xf6] = SUB(REG, group_3b, Eb), [0xf7] = SUB(REG, group_3v, Ev),
	[0xf8] = OP(CLC), [0xf9] = OP(STC), [0xfa] = OP(CLI), [0xfb] = OP(STI),
	[0xfc] = OP(CLD), [0xfd] = OP(STD),
	[0xfe] = SUB(REG, group_4), [0xff] = SUB(REG, group_5),
};

/* clang-format on */
