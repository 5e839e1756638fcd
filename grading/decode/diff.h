/* SPDX-License-Identifier: MIT */

/*
 * The differential check of the instruction decoder, by parts: bytes come from
 * a blob (blob.c), two references say what the instructions in it are
 * (zydis.c, objdump.c), judge.c compares, names.c helps it, and excuse.c is the
 * one table of disagreements that have a reason.
 */
#ifndef GRADING_DECODE_DIFF_H
#define GRADING_DECODE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/emul/decode.h"

/* Bytes to disassemble from the first to the last. */
struct blob {
	uint8_t *bytes;
	size_t n;
	enum cpu_mode mode;
	const char *name;
};

/* What a reference says of the bytes at one place. */
struct claim {
	const char *reference;
	size_t offset;
	unsigned int len;   /* 0: not an instruction */
	bool lock_bad;	    /* not an instruction, because of its lock prefix */
	char text[64];	    /* for the report; starts with the mnemonic */
	char operands[160]; /* in the judge's notation; empty: says nothing */
};

struct tally {
	unsigned long compared, excused, failed;
	unsigned long wanted;
	bool verbose; /* report each failure, not only the first twenty */
	bool silent;  /* report none */
};

/* Fills a blob of n random bytes; the same seed gives the same bytes. */
int blob_random(struct blob *blob, size_t n, uint32_t seed);
/*
 * Loads at most n bytes of .text, from offset on, of the ELF64 file that the
 * blob is named after; -errno if there is no such file or text.
 */
int blob_text(struct blob *blob, size_t offset, size_t n);
void blob_free(struct blob *blob);

/*
 * Sweep a blob with a reference and put every claim to the judge, until the
 * blob ends or the tally has what it wants. 0 or -errno.
 */
int zydis_sweep(const struct blob *blob, struct tally *tally);
int objdump_sweep(const struct blob *blob, struct tally *tally);

/* Compares one claim with our decoder; reports a disagreement on stderr. */
void judge_claim(const struct blob *blob, const struct claim *claim,
	struct tally *tally);

/*
 * Whether a disagreement has a known reason. err and insn are our decoder's
 * answer for the n bytes.
 */
bool excuse_find(const struct claim *claim, const uint8_t *bytes, size_t n,
	int mode, int err, const struct insn *insn);
/* Whether insn is what Zydis calls by the mnemonic that text begins with. */
bool name_agrees(const struct insn *insn, const char *text);

/* The length that Zydis finds; 0: not an instruction. */
unsigned int zydis_length(const uint8_t *bytes, size_t n, int mode);
/* Prints how often each reason served. */
void excuse_report(void);

#endif
