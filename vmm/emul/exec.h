/* SPDX-License-Identifier: MIT */
/*
 * Executing a decoded instruction in software, for accesses to device memory
 * and to pages that the CPU is not let to touch.
 *
 * The emulator knows registers and flags; memory is behind emul_ops, so the
 * same file runs in the VMM and on the host, against whatever memory a test
 * makes up.
 *
 * So far: moves, exchanges, string moves, logic, addition, subtraction and
 * comparison.  Anything else is EMUL_UNKNOWN, and nothing has changed.
 */
#ifndef VMM_EMUL_EXEC_H
#define VMM_EMUL_EXEC_H

#include "vmm/emul/decode.h"

#include <stdint.h>

enum emul_result {
	EMUL_DONE,   /* go on behind the instruction */
	EMUL_AGAIN,  /* a repeated one: partly done, run it again */
	EMUL_FAULT,  /* an op refused, and has noted the fault */
	EMUL_UNKNOWN /* not emulated */
};

struct emul;

/*
 * Memory, by segment (enum insn_seg) and offset; size is 1, 2, 4 or 8 bytes.
 * 0, or not 0 when the access faults; the op notes the fault itself.
 */
struct emul_ops {
	int (*read)(struct emul *emul, unsigned seg, uint64_t offset,
		unsigned size, uint64_t *value);
	int (*write)(struct emul *emul, unsigned seg, uint64_t offset,
		unsigned size, uint64_t value);
};

struct emul {
	const struct emul_ops *ops;
	uint64_t *gpr; /* 16, in hardware order */
	uint64_t *rflags;
	uint64_t rip; /* of the instruction */
};

/*
 * Execute one instruction; RIP is left to the caller.  After EMUL_FAULT the
 * registers are as before, or as after the iterations that were done.  Pure.
 */
enum emul_result emul_exec(struct emul *emul, const struct insn *insn);

#endif
