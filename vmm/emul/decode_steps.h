/* SPDX-License-Identifier: MIT */

/*
 * What the decoder's files share: the state of one decoding and the fetches.
 * decode.c walks from the first byte to the table entry, decode_operand.c from
 * ModRM to the operands. Nobody else includes this.
 */
#ifndef VMM_EMUL_DECODE_STEPS_H
#define VMM_EMUL_DECODE_STEPS_H

#include "vmm/emul/decode.h"
#include "vmm/emul/optab.h"

/* One instruction on its way through the steps. */
struct decoder {
	const uint8_t *bytes;
	size_t limit; /* bytes that may be read: at most INSN_MAX_LEN */
	size_t pos;
	struct insn *insn;
	uint32_t flags; /* of the table entry, gathered on the way down */
	const uint16_t *arg;
	struct insn_operand rm; /* what ModRM.rm means, once decoded */
	bool rm_is_mem;
	uint8_t n_imm;
};

#define REX_B 1
#define REX_X 2
#define REX_R 4
#define REX_W 8

static inline bool
decoder_in_long_mode(const struct decoder *d)
{
	return d->insn->mode == CPU_MODE_64;
}

/*
 * Each fetches at the cursor and moves it. They return 0, -ENODATA past the end
 * of the data, -EINVAL past the fifteenth byte. A number is little-endian, of 1
 * to 8 bytes, and comes sign-extended. ModRM is fetched once: asking for it
 * again does nothing.
 */
int decoder_fetch_byte(struct decoder *d, uint8_t *value);
int decoder_fetch_int(struct decoder *d, unsigned int size, int64_t *value);
int decoder_fetch_modrm(struct decoder *d);

/* Decodes ModRM, SIB and displacement, if the instruction has them. */
int decode_modrm(struct decoder *d);

/* Decodes the operands, which consume the immediates in their order. */
int decode_operands(struct decoder *d);

#endif
