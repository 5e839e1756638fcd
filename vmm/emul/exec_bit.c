/* SPDX-License-Identifier: MIT */
/*
 * Shifts, rotates and single bits (SDM 1, 7.3.6 and 7.3.7).  OF of a shift is
 * defined for a count of 1 only, AF never.
 */
#include "vmm/emul/exec_steps.h"

/* The count of a shift, as the CPU masks it. */
static unsigned
shift_count(const struct emul_step *x, uint64_t count)
{
	return count & (x->size == 8 ? 63 : 31);
}

/* RCL and RCR rotate bits + 1 places: the value with CF above it. */
static uint64_t
rotate_carry(struct emul_step *x, uint64_t value, unsigned count, bool left)
{
	unsigned bits = 8 * x->size;
	bool carry = x->flags & RFLAGS_CF, out;

	for (count %= bits + 1; count > 0; count--) {
		out = left ? sign_bit(value, x->size) : value & 1;
		value = left ? value << 1 | carry
			     : value >> 1 | (uint64_t)carry << (bits - 1);
		value &= size_mask(x->size);
		carry = out;
	}
	flag_put(x, RFLAGS_CF, carry);
	return value;
}

static uint64_t
rotate(struct emul_step *x, uint64_t value, unsigned count, bool left)
{
	unsigned bits = 8 * x->size;
	unsigned by = (left ? count : bits - count % bits) % bits;

	if (by)
		value = (value << by | value >> (bits - by)) &
			size_mask(x->size);
	flag_put(x, RFLAGS_CF, left ? value & 1 : sign_bit(value, x->size));
	return value;
}

/* wide: the value, with what moves in above it or below it. */
static uint64_t
shift_left(struct emul_step *x, unsigned __int128 wide, unsigned count)
{
	wide <<= count;
	flag_put(x, RFLAGS_CF, wide >> 8 * x->size & 1);
	return (uint64_t)wide & size_mask(x->size);
}

static uint64_t
shift_right(struct emul_step *x, unsigned __int128 wide, unsigned count)
{
	flag_put(x, RFLAGS_CF, wide >> (count - 1) & 1);
	return (uint64_t)(wide >> count) & size_mask(x->size);
}

static void
shift_overflow(struct emul_step *x, uint64_t before, uint64_t after, bool left)
{
	bool top = sign_bit(after, x->size);

	/* what has left is in CF; what came in on the right does not count */
	flag_put(x, RFLAGS_OF,
		left ? top != !!(x->flags & RFLAGS_CF)
		     : top != sign_bit(before, x->size));
}

/* A count of 0 changes no flag. */
enum emul_result
emul_shift(struct emul_step *x)
{
	uint16_t op = x->insn->op;
	unsigned count = shift_count(x, x->val[1]);
	uint64_t value = x->val[0], r, flags;
	bool left = op == INSN_ROL || op == INSN_RCL || op == INSN_SHL;

	if (count == 0)
		return EMUL_NEXT;
	if (op == INSN_ROL || op == INSN_ROR)
		r = rotate(x, value, count, left);
	else if (op == INSN_RCL || op == INSN_RCR)
		r = rotate_carry(x, value, count, left);
	else if (op == INSN_SHL)
		r = shift_left(x, value, count);
	else if (op == INSN_SHR)
		r = shift_right(x, value, count);
	else
		r = shift_right(x,
			(unsigned __int128)(__int128)(int64_t)sign_extend(
				value, x->size),
			count);
	flags = x->flags;
	if (op >= INSN_SHL) {
		emul_flags_result(x, r, x->size);
		flag_put(x, RFLAGS_CF, flags & RFLAGS_CF);
	}
	shift_overflow(x, value, r, left);
	x->val[0] = r;
	return EMUL_NEXT;
}

/*
 * SHLD and SHRD.  A count beyond 16 bits leaves the result undefined; here the
 * destination comes round again, as on most CPUs.
 */
enum emul_result
emul_double_shift(struct emul_step *x)
{
	unsigned bits = 8 * x->size, count = shift_count(x, x->val[2]);
	uint64_t a = x->val[0], b = x->val[1], r, flags;

	if (count == 0)
		return EMUL_NEXT;
	if (count > bits) {
		count -= bits;
		a = x->val[1];
		b = x->val[0];
	}
	if (x->insn->op == INSN_SHLD) {
		r = (uint64_t)(((unsigned __int128)a << bits | b) >>
			(bits - count));
		flag_put(x, RFLAGS_CF, a >> (bits - count) & 1);
	} else {
		r = shift_right(x, (unsigned __int128)b << bits | a, count);
	}
	flags = x->flags;
	emul_flags_result(x, r, x->size);
	flag_put(x, RFLAGS_CF, flags & RFLAGS_CF);
	shift_overflow(x, x->val[0], r, false);
	x->val[0] = r;
	return EMUL_NEXT;
}

/* BT and its kin change CF alone. */
enum emul_result
emul_bit(struct emul_step *x)
{
	uint64_t bit = 1ull << (x->val[1] & (8 * x->size - 1));

	flag_put(x, RFLAGS_CF, x->val[0] & bit);
	switch (x->insn->op) {
	case INSN_BTS:
		x->val[0] |= bit;
		break;
	case INSN_BTR:
		x->val[0] &= ~bit;
		break;
	case INSN_BTC:
		x->val[0] ^= bit;
		break;
	}
	return EMUL_NEXT;
}

static enum emul_result
emul_popcnt(struct emul_step *x)
{
	uint64_t count = 0;

	for (uint64_t left = x->val[1]; left; left &= left - 1)
		count++;
	x->flags &= ~RFLAGS_ARITH;
	flag_put(x, RFLAGS_ZF, !count);
	x->val[0] = count;
	return EMUL_NEXT;
}

/* Of no bit at all, BSF and BSR leave the register, the others say size. */
enum emul_result
emul_bit_scan(struct emul_step *x)
{
	uint16_t op = x->insn->op;
	uint64_t value = x->val[1], bits = 8 * x->size, low, high;

	if (op == INSN_POPCNT)
		return emul_popcnt(x);
	low = value ? (unsigned)__builtin_ctzll(value) : bits;
	high = value ? 63u - (unsigned)__builtin_clzll(value) : ~0ull;
	if (op == INSN_BSF || op == INSN_BSR) {
		flag_put(x, RFLAGS_ZF, !value);
		x->keep = !value;
		x->val[0] = op == INSN_BSF ? low : high;
		return EMUL_NEXT;
	}
	x->val[0] = op == INSN_TZCNT ? low : bits - 1 - high;
	flag_put(x, RFLAGS_CF, !value);
	flag_put(x, RFLAGS_ZF, !x->val[0]);
	return EMUL_NEXT;
}
