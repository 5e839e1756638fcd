/* SPDX-License-Identifier: MIT */

/*
 * The three-byte maps 0F 38 and 0F 3A, and the maps that VEX, EVEX and XOP
 * reach (SDM 2, appendix A, tables; APM 6 for XOP). Named are the
 * instructions on general registers; of the vectors the tables keep which
 * opcodes exist with which mandatory prefix, so that a length can be told. What
 * also depends on vector length, W or masking is not checked.
 */
#include "vmm/emul/optab.h"

/* clang-format off */

#define NP_66   (NP | P66)
#define V(f)    OPF(VECTOR, (f) | MODRM)
#define VI(f)   OPF(VECTOR, (f) | MODRM, Ib)

/* 0F 38 */
static const struct optab_entry op_f0[4] = {
	OP(MOVBE, Gv, Mv), OP(MOVBE, Gv, Mv), [3] = OP(CRC32, Gy, Eb),
};
static const struct optab_entry op_f1[4] = {
	OP(MOVBE, Mv, Gv), OP(MOVBE, Mv, Gv), [3] = OP(CRC32, Gy, Ev),
};
static const struct optab_entry op_f6[4] = {
	OP(OTHER, My), OP(ADCX, Gy, Ey), OP(ADOX, Gy, Ey),
};
static const struct optab_entry op_f8[4] = {
	[1] = OP(OTHER, Mx), [2] = OP(OTHER, Mx), [3] = OP(OTHER, Mx),
};

static const struct optab_entry optab_0f38[256] = {
	[0x00 ... 0x0b] = VEC(NP_66),
	[0x10] = VEC(P66), [0x14] = VEC(P66), [0x15] = VEC(P66),
	[0x17] = VEC(P66), [0x1c ... 0x1e] = VEC(NP_66),
	[0x20 ... 0x25] = VEC(P66), [0x28] = VEC(P66), [0x29] = VEC(P66),
	[0x2a] = VEC(P66 | ISMEM), [0x2b] = VEC(P66),
	[0x30 ... 0x35] = VEC(P66), [0x37 ... 0x41] = VEC(P66),
	[0x80] = OPF(INVEPT, P66, Gn, Mdq), [0x81] = OPF(INVVPID, P66, Gn, Mdq),
	[0x82] = OPF(INVPCID, P66, Gn, Mdq),
	[0xc8 ... 0xcd] = VEC(NP), [0xcf] = VEC(P66),
	[0xd8] = VEC(PF3 | ISMEM), [0xdb] = VEC(P66),
	[0xdc ... 0xdf] = VEC(P66 | PF3),
	[0xf0] = SUB(PFX, op_f0), [0xf1] = SUB(PFX, op_f1),
	[0xf5] = OPF(OTHER, P66, My), [0xf6] = SUB(PFX, op_f6),
	[0xf8] = SUB(PFX, op_f8), [0xf9] = OPF(MOVDIRI, NP, My, Gy),
	[0xfa] = VEC(PF3 | ISREG), [0xfb] = VEC(PF3 | ISREG),
};

/* 0F 3A F0: HRESET, one encoding. */
static const struct optab_entry hreset[8] = { OPF(OTHER, PF3 | ISREG, Ib) };

static const struct optab_entry optab_0f3a[256] = {
	[0x08 ... 0x0e] = VECI(P66), [0x0f] = VECI(NP_66),
	[0x14 ... 0x17] = VECI(P66), [0x20 ... 0x22] = VECI(P66),
	[0x40 ... 0x42] = VECI(P66), [0x44] = VECI(P66),
	[0x60 ... 0x63] = VECI(P66), [0xcc] = VECI(NP),
	[0xce] = VECI(P66), [0xcf] = VECI(P66), [0xdf] = VECI(P66),
	[0xf0] = SUB(REG, hreset),
};

/*
 * VEX map 1, and EVEX map 1, which adds 78 to 7B. 77 is VZEROUPPER and
 * VZEROALL.
 */
static const struct optab_entry optab_vex_0f[256] = {
	[0x10 ... 0x17] = V(0), [0x28 ... 0x2f] = V(0),
	[0x41 ... 0x4b] = V(0), [0x50 ... 0x6f] = V(0),
	[0x70 ... 0x73] = VI(0), [0x74 ... 0x76] = V(0),
	[0x77] = OPF(VECTOR, NP), [0x78 ... 0x7f] = V(0),
	[0x90 ... 0x99] = V(0), [0xae] = V(NP), [0xc2] = VI(0),
	[0xc4 ... 0xc6] = VI(0), [0xd0 ... 0xfe] = V(0),
};

/* VEX map 2 and the bit manipulation in it. */
static const struct optab_entry group_17[8] = {
	[1] = OP(BLSR), [2] = OP(BLSMSK), [3] = OP(BLSI),
};
static const struct optab_entry vex_f5[4] = {
	OP(BZHI, Gy, Ey, By), [2] = OP(PEXT, Gy, By, Ey),
	[3] = OP(PDEP, Gy, By, Ey),
};
static const struct optab_entry vex_f7[4] = {
	OP(BEXTR, Gy, Ey, By), OP(SHLX, Gy, Ey, By), OP(SARX, Gy, Ey, By),
	OP(SHRX, Gy, Ey, By),
};

static const struct optab_entry optab_vex_0f38[256] = {
	[0x00 ... 0xef] = V(0),
	[0xf2] = OPF(ANDN, NP | L0, Gy, By, Ey),
	[0xf3] = SUBF(REG, group_17, NP | L0, By, Ey),
	[0xf5] = SUBF(PFX, vex_f5, L0),
	[0xf6] = OPF(MULX, PF2 | L0, Gy, By, Ey),
	[0xf7] = SUBF(PFX, vex_f7, L0),
};

static const struct optab_entry optab_vex_0f3a[256] = {
	[0x00 ... 0xef] = VI(0),
	[0xf0] = OPF(RORX, PF2 | L0 | NOVVVV, Gy, Ey, Ib),
};

/*
 * The maps where all instructions have the same form: those of EVEX behind the
 * first, of which the third is the one with an immediate, and those of XOP.
 */
static const struct optab_entry form_modrm = V(0);
static const struct optab_entry form_modrm_ib = VI(0);
static const struct optab_entry form_modrm_id = OPF(VECTOR, MODRM, Id);

/* Every map that there is, by encoding and number. */
static const struct {
	const struct optab_entry *entries;
	bool uniform; /* one entry for all opcodes */
} maps[4][16] = {
	[INSN_LEGACY] = {
		{ optab_1b, false }, { optab_0f, false },
		{ optab_0f38, false }, { optab_0f3a, false },
	},
	[INSN_VEX] = {
		[INSN_MAP_0F] = { optab_vex_0f, false },
		[INSN_MAP_0F38] = { optab_vex_0f38, false },
		[INSN_MAP_0F3A] = { optab_vex_0f3a, false },
	},
	[INSN_EVEX] = {
		[INSN_MAP_0F] = { optab_vex_0f, false },
		[INSN_MAP_0F38] = { &form_modrm, true },
		[INSN_MAP_0F3A] = { &form_modrm_ib, true },
		[INSN_MAP_EVEX5] = { &form_modrm, true },
		[INSN_MAP_EVEX6] = { &form_modrm, true },
	},
	[INSN_XOP] = {
		[INSN_MAP_XOP8] = { &form_modrm_ib, true },
		[INSN_MAP_XOP9] = { &form_modrm, true },
		[INSN_MAP_XOPA] = { &form_modrm_id, true },
	},
};

/* clang-format on */

const struct optab_entry *
optab_find(enum insn_encoding encoding, unsigned int map, uint8_t opcode)
{
	const struct optab_entry *entries;

	if (map >= 16 || !maps[encoding][map].entries)
		return NULL;
	entries = maps[encoding][map].entries;
	return maps[encoding][map].uniform ? entries : &entries[opcode];
}
