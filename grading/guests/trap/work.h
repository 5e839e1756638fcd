/* SPDX-License-Identifier: MIT */
/*
 * A guest without paging that is work for a VMM: 32-bit protected mode on the
 * frame of grading/flat/, deprivileged by the `ring3` engine, so that all it
 * does with privileged state traps and is done by the emulator.
 *
 * Its command line is "PART SEED".  A part uses what it is about in ways made
 * up from the seed, and prints what came of each as a line with "@" in front.
 * It has no opinion: the autograder compares the lines with those that the
 * same guest printed on the reference for the same seed.  A VMM that runs this
 * guest natively has the right lines, too, and that QEMU sees: its kernel then
 * does not trap from ring 3.
 *
 * What x86 does not let a VMM see (POPF, PUSHF, SGDT, LAR, ...) is left alone.
 */
#ifndef GRADING_GUESTS_TRAP_WORK_H
#define GRADING_GUESTS_TRAP_WORK_H

#include "grading/flat/guest.h"

#define MINE  16u /* the first descriptor that a part may make up */
#define TABLE 32u /* descriptors */

/* Numbers made up from the seed. */
uint32_t roll(void);
uint32_t roll_below(uint32_t n);

/* A line of what was seen: words, and hexadecimal numbers for each %. */
void tell(const char *format, ...);

/* A line on the last trap: vector, error code, privilege, interrupt flag. */
void tell_trap(const char *what, uint32_t value, uint32_t vector);

/* code.c: one instruction, as bytes, to be run by itself. */
struct code {
	const char *name;
	uint8_t bytes[12], len;
};

/* Run it in ring 0, or in ring 3 with these flags: the vector that ended it,
 * or NO_TRAP.  EAX, ECX and EDX are loaded before. */
uint32_t code_kernel(const struct code *code, uint32_t eax, uint32_t edx);
uint32_t code_user(
	const struct code *code, uint32_t flags, uint32_t eax, uint32_t edx);
extern uint32_t code_eax; /* after it */

/* The GDT of this guest: that of the frame, and room behind it. */
extern uint32_t descriptors[TABLE][2];
void descriptor_set(
	unsigned index, uint32_t base, uint32_t limit, uint32_t rights);
void descriptors_load(uint32_t limit);

void part_control(void);
void part_tables(void);
void part_segments(void);
void part_exceptions(void);
void part_interrupts(void);
void part_ports(void);
void part_privileged(void);

#endif
