/* SPDX-License-Identifier: MIT */
/*
 * The differential guest: random programs, privileged instructions included,
 * whose whole outcome must be the same on the bare machine and on every engine
 * pair.
 *
 *	seed, number --> program.c --> code in a page, registers, page tables
 *	                                   |
 *	    trap.c notes each trap <-- CPU runs it, in ring 0 and ring 3
 *	                                   |
 *	                 digest of all traps, registers, memory --> console
 *
 * A program is a row of items (items*.c), each a few instructions that do one
 * thing.  Whatever traps is noted, with all registers, and the program goes on
 * with the next item; so it always ends.  Then everything that software can see
 * is added: control and debug registers, MSRs, descriptor tables, page tables
 * with their accessed and dirty bits, memory.  One line a program is printed:
 * its number and the digest.  The host compares (grading/system/differ.h).
 *
 * Words of the command line: seed=N first=N count=N, hidden=1 with what x86
 * hides from a VMM in ring 3, stepped=0 never with TF, badint=0 without INT n
 * by gates that refuse it, verbose=1 to print each trap and all state.
 *
 * What manuals leave undefined does not occur: TLB entries older than their
 * page-table entry, undefined flags.  What QEMU 7.2 itself does not do as the
 * manuals say is named where the item is (ERRATUM).
 */
#ifndef GRADING_DIFFER_GUEST_H
#define GRADING_DIFFER_GUEST_H

#include "grading/drivers/lib/dice.h"
#include "grading/guest/guest.h"
#include "grading/guest/long.h"
#include "grading/guest/trap.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/msr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is free in the GDT (long.h). */
#define SEL_TSS2   0x40 /* the same TSS, for LTR */
#define SEL_LDT	   0x50
#define SEL_ABSENT 0x60
#define SEL_BASED  0x68 /* data of ring 3 with a base */

/*
 * What SYSCALL clears: TF for the traps' sake; ERRATUM: QEMU loses all flags of
 * arithmetic.
 */
#define SFMASK 0xfd5

#define VEC_END	    0x40 /* the program is at its end */
#define VEC_KERNEL  0x41 /* from ring 3: go on in ring 0 */
#define VEC_SYSCALL 0x42 /* SYSCALL has arrived */

/*
 * Where the program's memory is, by 2 MiB: fixed pages (code and stacks),
 * small pages whose entries it may change, one large page of the same memory,
 * and nothing.
 */
#define TEST_GVA   0x0000400000000000ul
#define CODE_USER  TEST_GVA
#define CODE_KERN  (TEST_GVA + PAGE)
#define STACK_USER (TEST_GVA + 4 * PAGE) /* tops; a page each below */
#define STACK_KERN (TEST_GVA + 6 * PAGE)
#define SMALL_GVA  (TEST_GVA + 2 * MIB)
#define LARGE_GVA  (TEST_GVA + 4 * MIB)
#define EMPTY_GVA  (TEST_GVA + 6 * MIB)
#define DATA_PAGES 8u

enum gpr {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI
};

struct options {
	uint64_t seed, first, count;
	bool hidden, stepped, badint, verbose;
};
extern struct options options;

/* -- program.c ------------------------------------------------------------ */

#define ITEMS_MAX 40

struct program {
	uint64_t number;
	unsigned n_items;
	uint16_t start[ITEMS_MAX + 1]; /* offsets of items, and of the end */
	const char *name[ITEMS_MAX + 1];
	unsigned at;  /* the item that is running */
	bool user;    /* where it begins */
	bool stepped; /* with TF: a trap for each instruction */
	bool smap;    /* it may turn SMAP on */
	uint64_t digest;
};
extern struct program program;

/* What it is made from. */
extern struct dice dice;

/* Where its code is built: a page. */
extern uint8_t program_code[PAGE];

/* Make program number n, and all that it starts from. */
void program_make(uint64_t n);

/* Word i of its data at the start. */
uint64_t program_word(unsigned i);

/* Code, byte by byte. */
void put(uint8_t byte);
void put_bytes(const char *bytes, size_t n);
#define PUT(text) put_bytes(text, sizeof(text) - 1)
void put_32(uint64_t value);
void put_64(uint64_t value);
void put_load(enum gpr gpr, uint64_t value); /* MOV imm64 */

/* The address at which the next item will be, in ring 0 or ring 3. */
void put_load_next(enum gpr gpr, bool user);

/* -- items.c, items_system.c, items_segment.c, items_paging.c -------------- */

#define ITEM_HIDDEN 1u /* not seen by a VMM that runs it in ring 3 */
/*
 * Never with TF: it waits for an interrupt; or, ERRATA, QEMU traps once more
 * than there are repetitions, and not at all behind STI.
 */
#define ITEM_UNSTEPPED 2u
/*
 * Never with SMAP.  ERRATUM: in ring 3 QEMU pops what IRET and far returns need
 * as if it were the kernel.
 */
#define ITEM_NO_SMAP 4u

struct item {
	const char *name;
	uint8_t weight, flags;
	void (*emit)(void);
};
extern const struct item items_plain[], items_system[], items_segment[],
	items_paging[];

/* An address in the program's memory, or where there is none. */
uint64_t item_address(void);

/* -- machine.c ------------------------------------------------------------ */

/* The entries of page tables that no program changes. */
void machine_init(void);
/* All state of the CPU and its tables as at the start. */
void machine_reset(void);
/* Add what software can see of it to the digest. */
void machine_digest(void);

extern uint64_t test_pml4[2][512];
extern uint64_t test_pd[2][512], test_pt[2][512];
extern uint8_t *const test_data; /* DATA_PAGES pages, on 2 MiB */
extern uint8_t stack_user[PAGE], stack_kernel[PAGE];

/* -- trap.c --------------------------------------------------------------- */

/* Run the program that was made. */
void program_run(void);
void digest_add(const char *name, uint64_t value);

#endif
