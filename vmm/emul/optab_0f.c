/* SPDX-License-Identifier: MIT */

/*
 * The two-byte opcode map, 0F xx, and its groups (SDM 2, appendix A, tables
 * APM 3, appendix A). Where 66, F2 and F3 choose between
 * instructions, a PFX sub-table or the prefix flags say so; where 66 is the
 * operand size, its slot repeats the one without prefix. MMX and SSE are here
 * for their lengths.
 */
#include "vmm/emul/optab.h"

/* clang-format off */

#define NP_66     (NP | P66)
#define NP_66_F3  (NP | P66 | PF3)
#define SYSTEM    OP(OTHER)

/* 0F 00 */
static const struct optab_entry group_6[8] = {
	OP(SLDT, Evw), OP(STR, Evw), OP(LLDT, Ew), OP(LTR, Ew),
	OP(VERR, Ew), OP(VERW, Ew),
};

/* 0F 01: the memory forms are the table loads, mod 3 is full of others. */
static const struct optab_entry rm_c0[8] = {
	[0] = OPF(OTHER, NP), [1] = OPF(VMCALL, NP), [2] = OPF(VMLAUNCH, NP),
	[3] = OPF(VMRESUME, NP), [4] = OPF(VMXOFF, NP), [5] = OPF(OTHER, NP),
	[6] = OPF(OTHER, NP | ONLY64),
};

static const struct optab_entry op_cf[4] = {
	SYSTEM, OPF(OTHER, ONLY64),
};

static const struct optab_entry rm_c8[8] = {
	[0] = OPF(MONITOR, NP), [1] = OPF(MWAIT, NP), [2] = OPF(CLAC, NP),
	[3] = OPF(STAC, NP), [4] = OPF(OTHER, P66),
	[5] = OPF(OTHER, P66 | ONLY64), [6] = OPF(OTHER, P66 | ONLY64),
	[7] = SUB(PFX, op_cf),
};

static const struct optab_entry rm_d0[8] = {
	[0] = OPF(XGETBV, NP), [1] = OPF(XSETBV, NP), [4] = OPF(VMFUNC, NP),
	[5] = OPF(OTHER, NP), [6] = OPF(OTHER, NP), [7] = OPF(OTHER, NP),
};

static const struct optab_entry rm_d8[8] = {
	OP(VMRUN), OP(VMMCALL), OP(VMLOAD), OP(VMSAVE),
	OP(STGI), OP(CLGI), OP(SKINIT), OP(INVLPGA),
};

static const struct optab_entry op_ee[4] = {
	OP(RDPKRU), [2] = OPF(OTHER, ONLY64),
};
static const struct optab_entry op_ef[4] = {
	OP(WRPKRU), [2] = OPF(OTHER, ONLY64),
};

static const struct optab_entry rm_e8[8] = {
	[0] = OPF(OTHER, NP | PF3 | PF2), [1] = OPF(OTHER, PF2),
	[2] = OPF(OTHER, PF3), [4] = OPF(OTHER, PF3 | ONLY64),
	[5] = OPF(OTHER, PF3 | ONLY64),
	[6] = SUB(PFX, op_ee), [7] = SUB(PFX, op_ef),
};

static const struct optab_entry op_fa[4] = {
	OP(MONITORX), [2] = SYSTEM,
};

static const struct optab_entry op_fe[4] = {
	SYSTEM, [2] = OPF(OTHER, ONLY64), [3] = OPF(OTHER, ONLY64),
};
static const struct optab_entry op_ff[4] = {
	SYSTEM, [2] = OPF(OTHER, ONLY64), [3] = SYSTEM,
};

static const struct optab_entry rm_f8[8] = {
	OPF(SWAPGS, ONLY64), OP(RDTSCP), SUB(PFX, op_fa), OPF(MWAITX, NP),
	OP(CLZERO), SYSTEM, SUB(PFX, op_fe), SUB(PFX, op_ff),
};

static const struct optab_entry op_01_0[2] = { OP(SGDT, Ms), SUB(RM, rm_c0) };
static const struct optab_entry op_01_1[2] = { OP(SIDT, Ms), SUB(RM, rm_c8) };
static const struct optab_entry op_01_2[2] = { OP(LGDT, Ms), SUB(RM, rm_d0) };
static const struct optab_entry op_01_3[2] = { OP(LIDT, Ms), SUB(RM, rm_d8) };
static const struct optab_entry op_01_5[2] = {
	OPF(OTHER, PF3, Mx), SUB(RM, rm_e8),
};
static const struct optab_entry op_01_7[2] = {
	OP(INVLPG, Mx), SUB(RM, rm_f8),
};

static const struct optab_entry group_7[8] = {
	SUB(MOD, op_01_0), SUB(MOD, op_01_1), SUB(MOD, op_01_2),
	SUB(MOD, op_01_3), OP(SMSW, Evw), SUB(MOD, op_01_5), OP(LMSW, Ew),
	SUB(MOD, op_01_7),
};

/* 0F 1E: the hint space holds the landing pads of CET. */
static const struct optab_entry endbr_rm[8] = {
	OP(NOP, Ev), OP(NOP, Ev), OP(ENDBR), OP(ENDBR),
	OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev),
};
static const struct optab_entry endbr_mod[2] = {
	OP(NOP, Ev), SUB(RM, endbr_rm),
};
static const struct optab_entry f3_1e[8] = {
	OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev),
	OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev), SUB(MOD, endbr_mod),
};
static const struct optab_entry op_1e[4] = {
	OP(NOP, Ev), OP(NOP, Ev), SUB(REG, f3_1e), OP(NOP, Ev),
};

/* 0F 20..23: registers that do not exist raise #UD. */
static const struct optab_entry mov_cr[8] = {
	[0] = OP(MOV_CR), [2] = OP(MOV_CR), [3] = OP(MOV_CR), [4] = OP(MOV_CR),
};

/* 0F 0D, 0F 18 */
static const struct optab_entry op_0d[2] = {
	OP(PREFETCH, Mx), OP(NOP, Ev),
};

static const struct optab_entry op_18[8] = {
	SUB(MOD, op_0d), SUB(MOD, op_0d), SUB(MOD, op_0d), SUB(MOD, op_0d),
	OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev), OP(NOP, Ev),
};

/* 0F 12, 0F 16: the register forms of some prefixes do not exist. */
static const struct optab_entry op_12[4] = {
	VEC(0), VEC(ISMEM), VEC(0), VEC(0),
};
static const struct optab_entry op_16[4] = { VEC(0), VEC(ISMEM), VEC(0) };

/* 0F 71..73: shifts by an immediate, registers only. */
static const struct optab_entry group_12[8] = {
	[2] = VECI(NP_66), [4] = VECI(NP_66), [6] = VECI(NP_66),
};
static const struct optab_entry group_14[8] = {
	[2] = VECI(NP_66), [3] = VECI(P66), [6] = VECI(NP_66), [7] = VECI(P66),
};

/* 0F 78, 0F 79: VMX without prefix, SSE4a with one. */
static const struct optab_entry extrq[8] = {
	[0] = OPF(VECTOR, ISREG, Wx, Ib, Ib),
};
static const struct optab_entry op_78[4] = {
	OP(VMREAD, En, Gn), SUB(REG, extrq),
	[3] = OPF(VECTOR, ISREG, Wx, Ib, Ib),
};
static const struct optab_entry op_79[4] = {
	OP(VMWRITE, Gn, En), VEC(ISREG), [3] = VEC(ISREG),
};

/* 0F AE */
static const struct optab_entry fsbase_0[4] = { [2] = OP(RDFSBASE, Ry) };
static const struct optab_entry fsbase_1[4] = { [2] = OP(RDGSBASE, Ry) };
static const struct optab_entry fsbase_2[4] = { [2] = OP(WRFSBASE, Ry) };
static const struct optab_entry fsbase_3[4] = { [2] = OP(WRGSBASE, Ry) };
static const struct optab_entry reg_ae_5[4] = {
	OP(LFENCE), [2] = OP(OTHER, Ry),
};
static const struct optab_entry reg_ae_6[4] = {
	OP(MFENCE), OP(OTHER, Ry), OP(OTHER, Ry), OP(OTHER, Ry),
};
static const struct optab_entry mem_ae_4[4] = {
	OP(XSAVE, Mx), [2] = OP(OTHER, Ey),
};
static const struct optab_entry mem_ae_6[4] = {
	OP(XSAVE, Mx), OP(CLFLUSH, Mx), OP(OTHER, Mx),
};
static const struct optab_entry mem_ae_7[4] = {
	OP(CLFLUSH, Mx), OP(CLFLUSH, Mx),
};

static const struct optab_entry op_ae_0[2] = {
	OPF(FXSAVE, NP, Mx), SUBF(PFX, fsbase_0, ONLY64),
};
static const struct optab_entry op_ae_1[2] = {
	OPF(FXRSTOR, NP, Mx), SUBF(PFX, fsbase_1, ONLY64),
};
static const struct optab_entry op_ae_2[2] = {
	OPF(LDMXCSR, NP, Md), SUBF(PFX, fsbase_2, ONLY64),
};
static const struct optab_entry op_ae_3[2] = {
	OPF(STMXCSR, NP, Md), SUBF(PFX, fsbase_3, ONLY64),
};
static const struct optab_entry op_ae_4[2] = {
	SUB(PFX, mem_ae_4), OPF(OTHER, PF3, Ry),
};
static const struct optab_entry op_ae_5[2] = {
	OPF(XRSTOR, NP, Mx), SUB(PFX, reg_ae_5),
};
static const struct optab_entry op_ae_6[2] = {
	SUB(PFX, mem_ae_6), SUB(PFX, reg_ae_6),
};
static const struct optab_entry op_ae_7[2] = {
	SUB(PFX, mem_ae_7), OPF(SFENCE, NP),
};

static const struct optab_entry group_15[8] = {
	SUB(MOD, op_ae_0), SUB(MOD, op_ae_1), SUB(MOD, op_ae_2),
	SUB(MOD, op_ae_3), SUB(MOD, op_ae_4), SUB(MOD, op_ae_5),
	SUB(MOD, op_ae_6), SUB(MOD, op_ae_7),
};

/* 0F B8, BC, BD: F3 makes a new instruction, 66 is the operand size. */
static const struct optab_entry op_b8[4] = { [2] = OP(POPCNT) };
static const struct optab_entry op_bc[4] = {
	OP(BSF), OP(BSF), OP(TZCNT), OP(BSF),
};
static const struct optab_entry op_bd[4] = {
	OP(BSR), OP(BSR), OP(LZCNT), OP(BSR),
};

/* 0F BA */
static const struct optab_entry group_8[8] = {
	[4] = OP(BT), [5] = OP(BTS), [6] = OP(BTR), [7] = OP(BTC),
};

/* 0F C7 */
static const struct optab_entry cmpxchg_w[2] = {
	OP(CMPXCHG8B, Mq), OP(CMPXCHG16B, Mdq),
};
static const struct optab_entry mem_c7_6[4] = {
	OP(VMPTRLD, Mq), OP(VMCLEAR, Mq), OP(VMXON, Mq),
};
static const struct optab_entry reg_c7_6[4] = {
	OP(RDRAND, Rv), OP(RDRAND, Rv), OPF(OTHER, ONLY64, Ry),
};
static const struct optab_entry reg_c7_7[4] = {
	OP(RDSEED, Rv), OP(RDSEED, Rv), OP(RDPID, Rn),
};
static const struct optab_entry op_c7_1[2] = { SUB(W, cmpxchg_w) };
static const struct optab_entry op_c7_6[2] = {
	SUB(PFX, mem_c7_6), SUB(PFX, reg_c7_6),
};
static const struct optab_entry op_c7_7[2] = {
	OPF(VMPTRST, NP, Mq), SUB(PFX, reg_c7_7),
};

static const struct optab_entry group_9[8] = {
	[1] = SUB(MOD, op_c7_1), [3] = OPF(XRSTOR, NP, Mx),
	[4] = OPF(XSAVE, NP, Mx), [5] = OPF(XSAVE, NP, Mx),
	[6] = SUB(MOD, op_c7_6), [7] = SUB(MOD, op_c7_7),
};

/* 0F D6 */
static const struct optab_entry op_d6[4] = {
	[1] = VEC(0), [2] = VEC(ISREG), [3] = VEC(ISREG),
};

const struct optab_entry optab_0f[256] = {
	[0x00] = SUB(REG, group_6), [0x01] = SUB(REG, group_7),
	[0x02] = OP(LAR, Gv, Ew), [0x03] = OP(LSL, Gv, Ew),
	[0x05] = OP(SYSCALL), [0x06] = OP(CLTS), [0x07] = OP(SYSRET),
	[0x08] = OP(INVD), [0x09] = OP(WBINVD), [0x0b] = OP(UD2),
	[0x0d] = SUB(MOD, op_0d), [0x0e] = OP(VECTOR), /* femms */
	[0x0f] = VECI(0), /* 3DNow!: the opcode stands where imm8 does */

	[0x10] = VEC(PALL), [0x11] = VEC(PALL), [0x12] = SUB(PFX, op_12),
	[0x13] = VEC(NP_66 | ISMEM), [0x14] = VEC(NP_66), [0x15] = VEC(NP_66),
	[0x16] = SUB(PFX, op_16), [0x17] = VEC(NP_66 | ISMEM),
	[0x18] = SUB(REG, op_18), [0x19 ... 0x1d] = OP(NOP, Ev),
	[0x1e] = SUB(PFX, op_1e), [0x1f] = OP(NOP, Ev),

	[0x20] = SUBF(REG, mov_cr, NOMOD, Rn, Cn),
	[0x21] = OPF(MOV_DR, NOMOD, Rn, Dn),
	[0x22] = SUBF(REG, mov_cr, NOMOD, Cn, Rn),
	[0x23] = OPF(MOV_DR, NOMOD, Dn, Rn),
	[0x28] = VEC(NP_66), [0x29] = VEC(NP_66), [0x2a] = VEC(PALL),
	[0x2b] = VEC(PALL | ISMEM), [0x2c] = VEC(PALL), [0x2d] = VEC(PALL),
	[0x2e] = VEC(NP_66), [0x2f] = VEC(NP_66),

	[0x30] = OP(WRMSR), [0x31] = OP(RDTSC), [0x32] = OP(RDMSR),
	[0x33] = OP(RDPMC), [0x34] = OP(SYSENTER), [0x35] = OP(SYSEXIT),
	[0x37] = OPF(OTHER, NP), /* getsec */
	[0x40 ... 0x4f] = OP(CMOVCC, Gv, Ev),

	[0x50] = VEC(NP_66 | ISREG), [0x51] = VEC(PALL),
	[0x52] = VEC(NP | PF3), [0x53] = VEC(NP | PF3),
	[0x54 ... 0x57] = VEC(NP_66), [0x58 ... 0x5a] = VEC(PALL),
	[0x5b] = VEC(NP_66_F3), [0x5c ... 0x5f] = VEC(PALL),
	[0x60 ... 0x6b] = VEC(NP_66), [0x6c] = VEC(P66), [0x6d] = VEC(P66),
	[0x6e] = VEC(NP_66), [0x6f] = VEC(NP_66_F3),
	[0x70] = VECI(PALL), [0x71] = SUBF(REG, group_12, ISREG),
	[0x72] = SUBF(REG, group_12, ISREG),
	[0x73] = SUBF(REG, group_14, ISREG),
	[0x74 ... 0x76] = VEC(NP_66), [0x77] = OPF(VECTOR, NP), /* emms */
	[0x78] = SUB(PFX, op_78), [0x79] = SUB(PFX, op_79),
	[0x7c] = VEC(P66 | PF2), [0x7d] = VEC(P66 | PF2),
	[0x7e] = VEC(NP_66_F3), [0x7f] = VEC(NP_66_F3),

	[0x80 ... 0x8f] = OPF(JCC, F64, Jz),
	[0x90 ... 0x9f] = OP(SETCC, Eb),

	[0xa0] = OPF(PUSH, D64, FS), [0xa1] = OPF(POP, D64, FS),
	[0xa2] = OP(CPUID), [0xa3] = OP(BT, Ev, Gv),
	[0xa4] = OP(SHLD, Ev, Gv, Ib), [0xa5] = OP(SHLD, Ev, Gv, CL),
	[0xa8] = OPF(PUSH, D64, GS), [0xa9] = OPF(POP, D64, GS),
	[0xaa] = OP(RSM), [0xab] = OP(BTS, Ev, Gv),
	[0xac] = OP(SHRD, Ev, Gv, Ib), [0xad] = OP(SHRD, Ev, Gv, CL),
	[0xae] = SUB(REG, group_15), [0xaf] = OP(IMUL2, Gv, Ev),

	[0xb0] = OP(CMPXCHG, Eb, Gb), [0xb1] = OP(CMPXCHG, Ev, Gv),
	[0xb2] = OP(LSS, Gv, Mp), [0xb3] = OP(BTR, Ev, Gv),
	[0xb4] = OP(LFS, Gv, Mp), [0xb5] = OP(LGS, Gv, Mp),
	[0xb6] = OP(MOVZX, Gv, Eb), [0xb7] = OP(MOVZX, Gv, Ew),
	[0xb8] = SUB(PFX, op_b8, Gv, Ev), [0xb9] = OP(UD1, Gv, Ev),
	[0xba] = SUB(REG, group_8, Ev, Ib), [0xbb] = OP(BTC, Ev, Gv),
	[0xbc] = SUB(PFX, op_bc, Gv, Ev), [0xbd] = SUB(PFX, op_bd, Gv, Ev),
	[0xbe] = OP(MOVSX, Gv, Eb), [0xbf] = OP(MOVSX, Gv, Ew),

	[0xc0] = OP(XADD, Eb, Gb), [0xc1] = OP(XADD, Ev, Gv),
	[0xc2] = VECI(PALL), [0xc3] = OPF(MOVNTI, NP, My, Gy),
	[0xc4] = VECI(NP_66), [0xc5] = VECI(NP_66 | ISREG),
	[0xc6] = VECI(NP_66),
	[0xc7] = SUB(REG, group_9), [0xc8 ... 0xcf] = OP(BSWAP, Zv),

	[0xd0] = VEC(P66 | PF2), [0xd1 ... 0xd5] = VEC(NP_66),
	[0xd6] = SUB(PFX, op_d6), [0xd7] = VEC(NP_66 | ISREG),
	[0xd8 ... 0xe5] = VEC(NP_66), [0xe6] = VEC(P66 | PF3 | PF2),
	[0xe7] = VEC(NP_66 | ISMEM), [0xe8 ... 0xef] = VEC(NP_66),
	[0xf0] = VEC(PF2 | ISMEM), [0xf1 ... 0xf6] = VEC(NP_66),
	[0xf7] = VEC(NP_66 | ISREG), [0xf8 ... 0xfe] = VEC(NP_66),
	[0xff] = OP(UD0, Gv, Ev),
};
