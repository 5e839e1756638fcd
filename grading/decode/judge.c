/* SPDX-License-Identifier: MIT */

/*
 * The judge: our answer against a reference's claim. A length must be the same;
 * what one side takes for an instruction the other must too; and where the
 * reference tells operands (zydis.c has the notation) and we name the
 * operation, the operands must be the same.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grading/decode/diff.h"

static int
print_operand(char *to, size_t n, const struct insn_operand *op)
{
	static const char *const accesses[] = { "", "r", "w", "rw" };
	const char *access = accesses[op->access];
	unsigned long long imm = op->imm;

	switch (op->kind) {
	case INSN_KIND_REG:
		if (op->high)
			return snprintf(to, n, " %sr%dh", access, op->reg);
		return snprintf(to, n, " %sr%d.%u", access, op->reg, op->size);
	case INSN_KIND_SREG:
		return snprintf(to, n, " %ss%d", access, op->reg);
	case INSN_KIND_CR:
		return snprintf(to, n, " %sc%d", access, op->reg);
	case INSN_KIND_DR:
		return snprintf(to, n, " %sd%d", access, op->reg);
	case INSN_KIND_IMM:
		return snprintf(to, n, " i%llx", imm);
	case INSN_KIND_REL:
		return snprintf(to, n, " j%llx", imm);
	case INSN_KIND_FAR:
		return snprintf(to, n, " p%x:%llx", op->sel, imm);
	default:
		return snprintf(to, n, " m%u%s[s%d:b%d+i%d<<%d+%llx]", op->size,
			access, op->mem.seg,
			op->mem.base == INSN_NO_REG ? -1 : op->mem.base,
			op->mem.index == INSN_NO_REG ? -1 : op->mem.index,
			op->mem.shift, (unsigned long long)op->mem.disp);
	}
}

static void
print_operands(char *to, size_t n, const struct insn *insn)
{
	int used = 0;

	snprintf(to, n, " ");
	for (int i = 0; i < insn->n_operands && used < (int)n - 1; i++) {
		/* References hide the registers of string instructions. */
		if (insn->op >= INSN_MOVS && insn->op <= INSN_OUTS &&
			insn->operand[i].kind != INSN_KIND_MEM)
			continue;
		if (insn->op == INSN_XLAT) /* and the table of this one */
			continue;
		used += print_operand(to + used, n - used, &insn->operand[i]);
	}
}

/* Whether we name the operation, and its operands mean something. */
static bool
operands_matter(const struct insn *insn)
{
	switch (insn->op) {
	case INSN_X87:
	case INSN_VECTOR:
	case INSN_OTHER:
	case INSN_NOP:
	case INSN_UD0:
	case INSN_UD1:
		return false;
	default:
		return true;
	}
}

/* Equal notations, but for size and access where we give no size. */
static bool
operands_agree(const char *ours, const char *theirs)
{
	while (*ours && *ours == *theirs) {
		ours++;
		theirs++;
		if (ours[-1] == 'm' && ours[0] == '0') {
			ours += strcspn(ours, "[");
			theirs += strcspn(theirs, "[");
		}
	}
	return *ours == *theirs;
}

static void
report(const struct blob *blob, const struct claim *claim, size_t n, int err,
	const struct insn *insn, const char *ours)
{
	fprintf(stderr, "%s+%zx, mode %d:", blob->name, claim->offset,
		blob->mode);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %02x", blob->bytes[claim->offset + i]);
	fprintf(stderr, "\n    ours %d len %u %s%s%s | %s len %u %s%s\n", err,
		err ? 0 : insn->len, err ? "" : insn_name(insn->op), ours,
		!err && insn->lock_bad ? " lock_bad" : "", claim->reference,
		claim->len, claim->text, claim->operands);
}

void
judge_claim(
	const struct blob *blob, const struct claim *claim, struct tally *tally)
{
	const uint8_t *bytes = blob->bytes + claim->offset;
	size_t n = blob->n - claim->offset;
	char ours[sizeof(claim->operands)] = "";
	struct insn insn;
	bool same;
	int err;

	if (n > INSN_MAX_LEN)
		n = INSN_MAX_LEN;
	err = insn_decode(bytes, n, blob->mode, &insn);
	if (err == -ENODATA)
		return; /* the blob ends in the middle */
	if (!err && operands_matter(&insn))
		print_operands(ours, sizeof(ours), &insn);
	if (claim->lock_bad)
		same = err || insn.lock_bad;
	else if (claim->len == 0)
		same = err != 0;
	else
		same = err == 0 && insn.len == claim->len;
	if (same && *ours && *claim->operands)
		same = operands_agree(ours, claim->operands) &&
			name_agrees(&insn, claim->text);

	tally->compared++;
	if (same)
		return;
	if (excuse_find(claim, bytes, n, blob->mode, err, &insn)) {
		tally->excused++;
		return;
	}
	tally->failed++;
	if (!tally->silent && (tally->verbose || tally->failed <= 20))
		report(blob, claim, n, err, &insn, ours);
}
