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

#define RFLAGS_ID     0x00200000ull
#define RFLAGS_LOADED 0x003c7fd7ull /* by SYSRET, from R11 */

static inline unsigned
rflags_iopl(uint64_t rflags)
{
	return rflags >> 12 & 3;
}

/* One instruction on its way. */
struct emul_step {
	struct emul *e;
	const struct insn *insn;
	uint64_t *gpr; /* that of e->regs */
	uint64_t next_rip;
	uint64_t flags;		/* RFLAGS to be, written back in the end */
	unsigned size;		/* of operand 0, in bytes */
	uint64_t val[3];	/* values of operands, then results */
	uint64_t ea;		/* of the memory operand that was read */
	uint64_t old;		/* what operand 0 held, for a locked write */
	bool implicit;		/* the stack is used as if at CPL 0 */
	bool keep;		/* leave the operands as they are */
	struct vcpu_regs saved; /* what a fault goes back to */
};

typedef enum emul_result emul_fn(struct emul_step *x);

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
flag_put(struct emul_step *x, uint64_t flag, bool on)
{
	x->flags = on ? x->flags | flag : x->flags & ~flag;
}

/* PF, ZF and SF of a result, and the others cleared. */
void emul_flags_result(struct emul_step *x, uint64_t result, unsigned size);

/* Does condition code cc (0 O .. 15 G) hold? */
bool emul_flags_condition(uint64_t flags, unsigned cc);

/* a + b and a - b, with all flags. */
uint64_t emul_add(
	struct emul_step *x, uint64_t a, uint64_t b, bool carry, unsigned size);
uint64_t emul_subtract(struct emul_step *x, uint64_t a, uint64_t b, bool borrow,
	unsigned size);

/* Offset of a memory operand in its segment. */
uint64_t emul_ea(const struct emul_step *x, const struct insn_operand *op);

/*
 * Data of the program's, by segment and offset, with the segment's checks.
 * access: ACCESS_WRITE, as for emul_ops.
 */
enum emul_result emul_read(struct emul_step *x, unsigned seg, uint64_t offset,
	void *data, unsigned size, uint32_t access);
enum emul_result emul_write(struct emul_step *x, unsigned seg, uint64_t offset,
	const void *data, unsigned size);
enum emul_result emul_cmpxchg(struct emul_step *x, unsigned seg,
	uint64_t offset, const void *old, const void *new, unsigned size);

/* Operand i into val[i], and val[i] into operand i. */
enum emul_result emul_load(struct emul_step *x, unsigned i);
enum emul_result emul_store(struct emul_step *x, unsigned i);

/* The stack of the mode and segment; size is 2, 4 or 8. */
enum emul_result emul_push(struct emul_step *x, uint64_t value, unsigned size);
enum emul_result emul_pop(struct emul_step *x, uint64_t *value, unsigned size);

/* Set the stack pointer, and the flags that code at cpl may set and `also`. */
void emul_move_stack(struct emul_step *x, uint64_t rsp);
void emul_set_flags(struct emul_step *x, uint64_t value, unsigned size,
	unsigned cpl, uint64_t also);

/* emul_deliver(), as part of an instruction; soft: INT n and the like. */
enum emul_result emul_deliver_step(
	struct emul_step *x, const struct event *ev, bool soft, uint64_t rip);

/* Kinds of instructions, by file. */
emul_fn emul_move, emul_exchange, emul_cmpxchg8b, emul_accumulator;
emul_fn emul_arith, emul_multiply, emul_divide, emul_flag;
emul_fn emul_shift, emul_double_shift, emul_bit, emul_bit_scan;
emul_fn emul_stack, emul_stack_all, emul_enter, emul_branch;
emul_fn emul_string, emul_verify, emul_load_far, emul_far, emul_return;
emul_fn emul_syscall, emul_table, emul_system_register, emul_base, emul_guard;
emul_fn emul_invlpg, emul_arpl, emul_undefined, emul_software_interrupt;
emul_fn emul_exit;

#endif
