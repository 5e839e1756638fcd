/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator against the CPU that this runs on.
 *
 * One case is an instruction, sixteen registers, flags and some memory, all
 * made from a number.  generate.c makes it, judge.c has it done by the
 * emulator, native.c by the CPU, in 64-bit code or in 32-bit code as user
 * programs have it; then everything that a program could see is compared, but
 * for what the manual leaves undefined.
 *
 * Memory is one small arena at a fixed address, with holes around it.  The
 * emulator goes first, on a copy; a case that would reach for anything but
 * the arena and its holes is dropped, so the CPU cannot hurt the test.
 */
#ifndef GRADING_EXEC_DIFF_H
#define GRADING_EXEC_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"

#define PAGE	   4096u
#define ARENA	   0x20000000u /* hole, 2 pages, 1 read-only page, hole */
#define ARENA_RW   (2 * PAGE)
#define ARENA_SIZE (3 * PAGE)
#define HOLE	   0x01000000u /* on either side */
#define CODE	   0x28000000u /* one page, full of INT3, holes around it */
#define GS_BASE	   0x00001000u

/* How one execution ended. */
struct outcome {
	struct vcpu_regs regs; /* rip: of what comes next, or what faulted */
	bool fault;
	struct emul_fault what;
	uint8_t memory[ARENA_RW];
};

struct test_case {
	uint64_t seed;
	struct insn insn;
	uint8_t bytes[INSN_MAX_LEN];
	struct vcpu_regs regs;
	uint8_t memory[ARENA_SIZE]; /* the last page is the same in each */
};

/*
 * native.c.  native_init returns 0, or -1 where the CPU cannot be used;
 * native_signals takes the signals that others may have taken since.
 */
int native_init(void);
void native_signals(void);
bool native_has_32(void);
bool native_checks_alignment(void);
void native_run(const struct test_case *c, struct outcome *out);

/* generate.c */
struct insn_class {
	const char *name;
	int mode; /* 64 or 32 */
	bool (*has)(const struct insn *insn);
};
extern const struct insn_class insn_classes[];
extern const size_t n_insn_classes;
/* Make case number n of a class, the same for the same seed. */
void case_make(struct test_case *c, const struct insn_class *class,
	uint64_t seed, uint64_t n);

/* judge.c: what a case came to. */
enum judgement {
	JUDGED_SAME,
	JUDGED_DROPPED,	 /* unfit: it says nothing */
	JUDGED_UNSTEADY, /* the CPU said two things of the same case */
	JUDGED_DIFFERENT
};
enum judgement case_judge(const struct test_case *c, bool verbose);

#endif
