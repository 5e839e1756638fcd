/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic on values, with the flags that the manual says (SDM 1, 3.4.3.1;
 * SDM 2).  Flags that it leaves undefined are set as most CPUs do, or stay.
 */
#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"

void
emul_flags_result(struct emul_step *x, uint64_t result, unsigned size)
{
	x->flags &= ~RFLAGS_ARITH;
	if (!__builtin_parity((unsigned)result & 0xff))
		x->flags |= RFLAGS_PF;
	if ((result & size_mask(size)) == 0)
		x->flags |= RFLAGS_ZF;
	if (sign_bit(result, size))
		x->flags |= RFLAGS_SF;
}

bool
emul_flags_condition(uint64_t flags, unsigned cc)
{
	bool less = !(flags & RFLAGS_SF) != !(flags & RFLAGS_OF);
	bool zero = flags & RFLAGS_ZF, carry = flags & RFLAGS_CF;
	const bool holds[8] = { flags & RFLAGS_OF, carry, zero, carry || zero,
		flags & RFLAGS_SF, flags & RFLAGS_PF, less, less || zero };

	return holds[cc >> 1 & 7] != (cc & 1);
}

/* carries: bit i is the carry, or the borrow, out of bit i. */
static void
emul_flags_carries(struct emul_step *x, uint64_t carries, unsigned size)
{
	flag_put(x, RFLAGS_CF, sign_bit(carries, size));
	flag_put(x, RFLAGS_AF, carries & 8);
	flag_put(x, RFLAGS_OF, sign_bit(carries ^ carries << 1, size));
}

uint64_t
emul_add(struct emul_step *x, uint64_t a, uint64_t b, bool carry, unsigned size)
{
	uint64_t sum = a + b + carry;

	emul_flags_result(x, sum, size);
	emul_flags_carries(x, (a & b) | ((a | b) & ~sum), size);
	return sum;
}

uint64_t
emul_subtract(
	struct emul_step *x, uint64_t a, uint64_t b, bool borrow, unsigned size)
{
	uint64_t difference = a - b - borrow;

	emul_flags_result(x, difference, size);
	emul_flags_carries(x, (~a & b) | ((~a | b) & difference), size);
	return difference;
}

static uint64_t
emul_logic(struct emul_step *x, uint64_t result)
{
	emul_flags_result(x, result, x->size);
	return result;
}

enum emul_result
emul_arith(struct emul_step *x)
{
	uint64_t a = x->val[0], b = x->val[1], r = ~a;
	uint64_t carry = x->flags & RFLAGS_CF;

	switch (x->insn->op) {
	case INSN_ADC:
	case INSN_ADD:
		carry = x->insn->op == INSN_ADC && carry;
		r = emul_add(x, a, b, carry, x->size);
		break;
	case INSN_SBB:
		r = emul_subtract(x, a, b, carry, x->size);
		break;
	case INSN_SUB:
	case INSN_CMP:
		r = emul_subtract(x, a, b, false, x->size);
		break;
	case INSN_NEG:
		r = emul_subtract(x, 0, a, false, x->size);
		break;
	case INSN_INC:
	case INSN_DEC:
		r = x->insn->op == INSN_INC
			? emul_add(x, a, 1, false, x->size)
			: emul_subtract(x, a, 1, false, x->size);
		flag_put(x, RFLAGS_CF, carry);
		break;
	case INSN_AND:
	case INSN_TEST:
		r = emul_logic(x, a & b);
		break;
	case INSN_OR:
		r = emul_logic(x, a | b);
		break;
	case INSN_XOR:
		r = emul_logic(x, a ^ b);
		break;
	default: /* NOT, which leaves the flags */
		break;
	}
	x->val[0] = r;
	return EMUL_NEXT;
}

/* RDX:RAX, or AX for bytes: both halves of a wide value. */
static void
emul_set_pair(struct emul_step *x, uint64_t high, uint64_t low)
{
	if (x->size == 1) {
		reg_write(&x->gpr[INSN_RAX], 2,
			(high & 0xff) << 8 | (low & 0xff));
		return;
	}
	reg_write(&x->gpr[INSN_RAX], x->size, low);
	reg_write(&x->gpr[INSN_RDX], x->size, high);
}

/* CF and OF say that the high half is needed; the other flags stay. */
enum emul_result
emul_multiply(struct emul_step *x)
{
	unsigned bits = 8 * x->size;
	bool is_signed = x->insn->op != INSN_MUL;
	bool one = x->insn->op == INSN_MUL || x->insn->op == INSN_IMUL;
	bool three = x->insn->op == INSN_IMUL3;
	uint64_t a = one ? x->gpr[INSN_RAX] & size_mask(x->size)
			 : x->val[three ? 1 : 0];
	uint64_t b = one ? x->val[0] : x->val[three ? 2 : 1];
	unsigned __int128 product;
	uint64_t low, high;

	if (is_signed)
		product = (unsigned __int128)((__int128)(int64_t)sign_extend(
						      a, x->size) *
			(int64_t)sign_extend(b, x->size));
	else
		product = (unsigned __int128)a * b;
	low = (uint64_t)product & size_mask(x->size);
	high = (uint64_t)(product >> bits) & size_mask(x->size);
	x->flags &= ~(RFLAGS_CF | RFLAGS_OF);
	if (high !=
		(is_signed && sign_bit(low, x->size) ? size_mask(x->size) : 0))
		x->flags |= RFLAGS_CF | RFLAGS_OF;
	if (one)
		emul_set_pair(x, high, low);
	x->val[0] = low;
	return EMUL_NEXT;
}

/* Unsigned; false when the quotient does not fit 64 bits, or by is 0. */
static bool
divide(unsigned __int128 value, uint64_t by, uint64_t *quotient, uint64_t *rest)
{
	uint64_t low = (uint64_t)value, high = (uint64_t)(value >> 64);

	if (high >= by)
		return false;
	/* C has this division as a library call only, and the kernel has no
	 * such library */
	__asm__("divq %4"
		: "=a"(*quotient), "=d"(*rest)
		: "a"(low), "d"(high), "r"(by)
		: "cc");
	return true;
}

/* The sign of the rest is that of the dividend. */
enum emul_result
emul_divide(struct emul_step *x)
{
	unsigned size = x->size, bits = 8 * size;
	bool is_signed = x->insn->op == INSN_IDIV;
	uint64_t by = x->val[0], low = x->gpr[INSN_RAX], high, q, rest, max;
	unsigned __int128 value;
	bool negative, negative_q;

	high = size == 1 ? low >> 8 : x->gpr[INSN_RDX];
	high &= size_mask(size);
	value = (unsigned __int128)high << bits | (low & size_mask(size));
	negative = is_signed && sign_bit(high, size);
	negative_q = is_signed && negative != sign_bit(by, size);
	if (negative && bits < 64)
		value |= ~(unsigned __int128)0 << 2 * bits;
	if (negative)
		value = -value;
	if (is_signed && sign_bit(by, size))
		by = -sign_extend(by, size);
	max = size_mask(size) >> is_signed;
	if (!divide(value, by, &q, &rest) || q > max + negative_q)
		return emul_fault(x->e, VEC_DE, 0);
	emul_set_pair(x, negative ? -rest : rest, negative_q ? -q : q);
	return EMUL_NEXT;
}
