/* SPDX-License-Identifier: MIT */
/*
 * What the emulator's files share.  exec.c fetches operands into values and
 * writes results back; the others compute.  Nobody else includes this.
 */
#ifndef VMM_EMUL_EXEC_STEPS_H
#define VMM_EMUL_EXEC_STEPS_H

#include "vmm/emul/exec.h"
#include "vmm/x86.h"

#define RFLAGS_PF 0x0004ull
#define RFLAGS_AF 0x0010ull
#define RFLAGS_ZF 0x0040ull
#define RFLAGS_SF 0x0080ull
#define RFLAGS_OF 0x0800ull
#define RFLAGS_ARITH                                                           \
	(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define RFLAGS_ID 0x00200000ull

static inline unsigned
rflags_iopl(uint64_t rflags)
{
	return rflags >> 12 & 3;
}

/* One instruction on its way. */
struct exec {
	struct emul *e;
	const struct insn *insn;
	uint64_t *gpr; /* that of e->regs */
	uint64_t next_rip;
	uint64_t flags;		/* RFLAGS to be, written back in the end */
	unsigned size;		/* of operand 0, in bytes */
	uint64_t val[3];	/* values of operands, then results */
	uint64_t old;		/* what operand 0 held, for a locked write */
	bool keep;		/* leave the operands as they are */
	struct vcpu_regs saved; /* what a fault goes back to */
};

typedef enum emul_result exec_fn(struct exec *x);

static inline uint64_t
size_mask(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
}

static inline uint64_t
sign_extend(uint64_t value, unsigned size)
{
	unsigned unused = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << unused) >> unused);
}

static inline bool
sign_bit(uint64_t value, unsigned size)
{
	return value >> (8 * size - 1) & 1;
}

/* Write size bytes of a register: 4 clear the upper half, fewer keep it. */
static inline void
reg_write(uint64_t *reg, unsigned size, uint64_t value)
{
	uint64_t mask = size == 4 ? ~0ull : size_mask(size);

	*reg = (*reg & ~mask) | (value & size_mask(size));
}

static inline void
flag_put(struct exec *x, uint64_t flag, bool on)
{
	x->flags = on ? x->flags | flag : x->flags & ~flag;
}

/* PF, ZF and SF of a result, and the others cleared. */
void flags_result(struct exec *x, uint64_t result, unsigned size);

/* Does condition code cc (0 O .. 15 G) hold? */
bool flags_condition(uint64_t flags, unsigned cc);

/* a + b and a - b, with all flags. */
uint64_t exec_add(
	struct exec *x, uint64_t a, uint64_t b, bool carry, unsigned size);
uint64_t exec_subtract(
	struct exec *x, uint64_t a, uint64_t b, bool borrow, unsigned size);

/* Offset of a memory operand in its segment. */
uint64_t exec_ea(const struct exec *x, const struct insn_operand *op);

/*
 * Data of the program's, by segment and offset, with the segment's checks.
 * access: ACCESS_WRITE, as for emul_ops.
 */
enum emul_result exec_read(struct exec *x, unsigned seg, uint64_t offset,
	void *data, unsigned size, uint32_t access);
enum emul_result exec_write(struct exec *x, unsigned seg, uint64_t offset,
	const void *data, unsigned size);
enum emul_result exec_cmpxchg(struct exec *x, unsigned seg, uint64_t offset,
	const void *old, const void *new, unsigned size);

/* Operand i into val[i], and val[i] into operand i. */
enum emul_result exec_load(struct exec *x, unsigned i);
enum emul_result exec_store(struct exec *x, unsigned i);

/* The stack of the mode and segment; size is 2, 4 or 8. */
enum emul_result exec_push(struct exec *x, uint64_t value, unsigned size);
enum emul_result exec_pop(struct exec *x, uint64_t *value, unsigned size);

/* Go to an offset in CS, if it lies in the segment. */
enum emul_result exec_jump(struct exec *x, uint64_t rip);

/* Kinds of instructions, by file. */
exec_fn exec_move, exec_exchange, exec_cmpxchg8b, exec_accumulator;
exec_fn exec_arith, exec_multiply, exec_divide, exec_flag;
exec_fn exec_shift, exec_double_shift, exec_bit, exec_bit_scan;
exec_fn exec_stack, exec_stack_all, exec_enter, exec_branch;
exec_fn exec_string;

#endif
