/* SPDX-License-Identifier: MIT */

/*
 * Our names of operations against Zydis' mnemonics. Ours leave out what the
 * operands say (widths, conditions, near and far), so that ours is the
 * beginning of theirs, or the table has what is.
 */
#include <stdio.h>
#include <string.h>

#include "grading/decode/diff.h"

static const struct {
	uint16_t op;
	const char *mnemonic; /* what Zydis' begins with */
} renamed[] = {
	{ INSN_CBW, "c" }, /* cbw, cwde, cdqe */
	{ INSN_CWD, "c" }, /* cwd, cdq, cqo */
	{ INSN_IMUL2, "imul" }, { INSN_IMUL3, "imul" }, { INSN_CALLF, "call" },
	{ INSN_JMPF, "jmp" }, { INSN_RETF, "ret" }, { INSN_JCXZ, "j" },
	{ INSN_MOV_CR, "mov" }, { INSN_MOV_DR, "mov" },
	{ INSN_CLFLUSH, "cl" }, /* clflush, clflushopt, clwb */
	{ INSN_WBINVD, "wb" },	/* wbinvd, wbnoinvd */
};

/* The conditions in Zydis' spelling. */
static const char *const conditions[16] = { "o", "no", "b", "nb", "z", "nz",
	"be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle" };

bool
name_agrees(const struct insn *insn, const char *text)
{
	size_t len = strcspn(text, " ");
	char ours[32];

	if (insn->op == INSN_JCC)
		snprintf(ours, sizeof(ours), "j%s", conditions[insn->cond]);
	else if (insn->op == INSN_SETCC)
		snprintf(ours, sizeof(ours), "set%s", conditions[insn->cond]);
	else if (insn->op == INSN_CMOVCC)
		snprintf(ours, sizeof(ours), "cmov%s", conditions[insn->cond]);
	else
		goto plain;
	return strlen(ours) == len && !strncmp(ours, text, len);
plain:
	snprintf(ours, sizeof(ours), "%s", insn_name(insn->op));
	for (char *c = ours; *c; c++)
		*c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (renamed[i].op == insn->op)
			strcpy(ours, renamed[i].mnemonic);
	return !strncmp(ours, text, strlen(ours));
}
