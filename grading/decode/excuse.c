/* SPDX-License-Identifier: MIT */

/*
 * Known disagreements, each with its reason. All else is a failure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grading/decode/diff.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* One disagreement as it is looked at. */
struct dispute {
	const struct claim *claim;
	const uint8_t *bytes;
	size_t n;
	int mode;
	int err;
	const struct insn *insn;
};

static bool
vector_undefined(const struct dispute *d)
{
	return d->claim->len == 0 && d->err == 0 &&
		(d->insn->op == INSN_VECTOR || d->insn->op == INSN_X87);
}

/* Only prefixes on the line: objdump shows what it finds without effect so. */
static bool
objdump_lone_prefix(const struct dispute *d)
{
	static const char *const words[] = { "rex", "data16", "data32",
		"addr16", "addr32", "repz", "repnz", "rep", "lock", "cs", "ds",
		"es", "ss", "fs", "gs" };
	const char *text = d->claim->text;
	size_t i, len;

	if (strcmp(d->claim->reference, "objdump"))
		return false;
	while (*text) {
		len = strcspn(text, ". ");
		for (i = 0; i < LEN(words); i++)
			if (len == strlen(words[i]) &&
				!strncmp(text, words[i], len))
				break;
		if (i == LEN(words))
			return false;
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return true;
}

static bool
objdump_fwait_pair(const struct dispute *d)
{
	return !strcmp(d->claim->reference, "objdump") && d->err == 0 &&
		d->insn->op == INSN_FWAIT;
}

static bool
objdump_lax(const struct dispute *d)
{
	return !strcmp(d->claim->reference, "objdump") && d->err &&
		zydis_length(d->bytes, d->n, d->mode) == 0;
}

/* EVEX whose bit U is 0: Knights Corner's once, and now of APX. */
static bool
objdump_evex_u(const struct dispute *d)
{
	const uint8_t *evex = memchr(d->bytes, 0x62, d->n);

	return !strcmp(d->claim->reference, "objdump") && d->err == -EINVAL &&
		evex != NULL && evex + 2 < d->bytes + d->n && !(evex[2] & 4);
}

/* Zydis refuses an illegal lock: it is asked about the rest. */
static bool
objdump_strict(const struct dispute *d)
{
	uint8_t bytes[INSN_MAX_LEN];

	if (strcmp(d->claim->reference, "objdump") || d->err)
		return false;
	memcpy(bytes, d->bytes, d->n);
	for (int i = 0; d->insn->lock_bad && i < d->insn->opcode_off; i++)
		if (bytes[i] == 0xf0)
			bytes[i] = 0x3e;
	return zydis_length(bytes, d->n, d->mode) == d->insn->len;
}

static bool
lar_lsl_source(const struct dispute *d)
{
	return d->err == 0 && d->insn->len == d->claim->len &&
		(d->insn->op == INSN_LAR || d->insn->op == INSN_LSL);
}

static bool
bsf_bsr_destination(const struct dispute *d)
{
	return d->err == 0 && d->insn->len == d->claim->len &&
		(d->insn->op == INSN_BSF || d->insn->op == INSN_BSR);
}

static bool
notrack(const struct dispute *d)
{
	return d->err == 0 && d->insn->len == d->claim->len &&
		d->insn->seg == INSN_DS &&
		(d->insn->op == INSN_CALL || d->insn->op == INSN_JMP);
}

static bool
knights_corner(const struct dispute *d)
{
	return d->err == -EINVAL && strstr(d->claim->text, " KNC");
}

static bool
padlock(const struct dispute *d)
{
	return d->err == -EINVAL && d->insn->map == INSN_MAP_0F &&
		d->insn->encoding == INSN_LEGACY &&
		(d->insn->opcode == 0xa6 || d->insn->opcode == 0xa7);
}

/* The base is R13 by its number, yet under mod 0 there is none. */
static bool
zydis_sib_r13(const struct dispute *d)
{
	return d->err == 0 && d->insn->len == d->claim->len &&
		d->insn->adsize == 4 && d->insn->rex & 1 && d->insn->sib_off &&
		(d->insn->sib & 7) == 5 && d->insn->modrm >> 6 == 0;
}

static bool
lea_segment(const struct dispute *d)
{
	return d->err == 0 && d->insn->op == INSN_LEA &&
		d->insn->len == d->claim->len && d->insn->seg != INSN_NO_REG;
}

static bool
movsxd_16(const struct dispute *d)
{
	return d->err == 0 && d->insn->op == INSN_MOVSXD &&
		d->insn->len == d->claim->len && d->insn->opsize == 2;
}

static bool
wrmsrns(const struct dispute *d)
{
	return d->insn->map == INSN_MAP_0F && d->insn->opcode == 1 &&
		d->insn->modrm == 0xc6;
}

/* PBNDKB, RAO-INT (AADD and its like), PCOMMIT. */
static bool
not_offered(const struct dispute *d)
{
	uint8_t modrm = d->insn->modrm;

	if (d->err != -EINVAL || d->insn->encoding != INSN_LEGACY)
		return false;
	if (d->insn->map == INSN_MAP_0F38)
		return d->insn->opcode == 0xfc && modrm < 0xc0;
	return d->insn->map == INSN_MAP_0F &&
		((d->insn->opcode == 1 && modrm == 0xc7) ||
			(d->insn->opcode == 0xae && modrm >= 0xf8));
}

static struct excuse {
	const char *name;
	const char *reason;
	bool (*applies)(const struct dispute *d);
	unsigned long count;
} excuses[] = {
	{ "vector-undefined",
		"the vector maps are kept for lengths: what they leave "
		"undefined "
		"may decode",
		vector_undefined, 0 },
	{ "objdump-lone-prefix",
		"objdump prints a prefix that it finds without effect as a "
		"line "
		"of its own",
		objdump_lone_prefix, 0 },
	{ "objdump-fwait-pair",
		"objdump takes 9b and the x87 instruction behind it for one",
		objdump_fwait_pair, 0 },
	{ "objdump-lax", "objdump accepts what Zydis, too, finds undefined",
		objdump_lax, 0 },
	{ "objdump-evex-u",
		"objdump 2.44 takes EVEX with bit U clear for APX or AVX10.2, "
		"which are offered to no guest",
		objdump_evex_u, 0 },
	{ "objdump-strict",
		"objdump does not know what Zydis decodes with our length",
		objdump_strict, 0 },
	{ "lea-segment", "we name the segment that lea does not use",
		lea_segment, 0 },
	{ "movsxd-16",
		"66 63 reads 16 bits (SDM 2, MOVSXD r16, r/m16), Zydis says 32",
		movsxd_16, 0 },
	{ "lar-lsl-source",
		"of a source register only 16 bits count: we say 2 bytes",
		lar_lsl_source, 0 },
	{ "bsf-bsr-destination",
		"a source of 0 leaves the destination (APM 3), so we call it "
		"read "
		"too",
		bsf_bsr_destination, 0 },
	{ "notrack",
		"3e on an indirect branch: Zydis takes it for CET's hint "
		"alone, "
		"outside 64-bit code it still is an override",
		notrack, 0 },
	{ "knights-corner",
		"MVEX and a few VEX codes are of a coprocessor that has gone",
		knights_corner, 0 },
	{ "padlock", "0f a6 and 0f a7 are of VIA alone", padlock, 0 },
	{ "zydis-sib-r13",
		"67, REX.B and a SIB without base: Zydis 4.0 takes R13D for "
		"base "
		"and drops the displacement (SDM 2, table 2-5: REX.B does not "
		"matter)",
		zydis_sib_r13, 0 },
	{ "wrmsrns",
		"0f 01 c6 is younger than Zydis 4.0, and 4.1 has it outside "
		"64-bit mode, too",
		wrmsrns, 0 },
	{ "not-offered",
		"0f 01 c7, 0f 38 fc and 66 0f ae f8, which Zydis 4.1 knows, "
		"are offered to no guest",
		not_offered, 0 },
};

bool
excuse_find(const struct claim *claim, const uint8_t *bytes, size_t n, int mode,
	int err, const struct insn *insn)
{
	struct dispute dispute = { claim, bytes, n, mode, err, insn };

	for (size_t i = 0; i < LEN(excuses); i++) {
		if (excuses[i].applies(&dispute)) {
			excuses[i].count++;
			return true;
		}
	}
	return false;
}

void
excuse_report(void)
{
	for (size_t i = 0; i < LEN(excuses); i++)
		if (excuses[i].count)
			printf("# %lu %s: %s\n", excuses[i].count,
				excuses[i].name, excuses[i].reason);
}
