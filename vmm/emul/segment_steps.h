/* SPDX-License-Identifier: MIT */
/*
 * What the emulator's files on segments and control transfers share.  Nobody
 * else includes this.
 */
#ifndef VMM_EMUL_SEGMENT_STEPS_H
#define VMM_EMUL_SEGMENT_STEPS_H

#include "vmm/emul/exec_steps.h"
#include "vmm/segment.h"

/* Bits of a code or data segment's type. */
#define SEG_CODE       0x8u
#define SEG_CONFORMING 0x4u /* of code */
#define SEG_READABLE   0x2u /* of code */
#define SEG_WRITABLE   0x2u /* of data */

/* A copy of a descriptor, and where it came from. */
struct desc {
	uint16_t sel;
	uint64_t raw;
	uint64_t high; /* upper half of one with 16 bytes, or 0 */
	uint64_t gva;
};

/* bits: as in struct vseg.attr. */
static inline bool
desc_is(const struct desc *d, uint16_t bits)
{
	return ((d->raw >> 40 & 0xff) | (d->raw >> 44 & 0xf00)) & bits;
}

static inline unsigned
desc_dpl(const struct desc *d)
{
	return d->raw >> 45 & 3;
}

/* Fault with a selector as the error code. */
enum emul_result desc_fault(struct emul *e, uint8_t vector, uint16_t sel);

/* Read from GDT, LDT, IDT or TSS, by linear address. */
enum emul_result table_read(
	struct emul *e, uint64_t gva, void *data, unsigned size);

/* Fetch a descriptor; vector is that of the fault if there is none. */
enum emul_result desc_read(
	struct emul *e, uint16_t sel, uint8_t vector, struct desc *d);

/* What a segment register holds after loading the descriptor. */
struct vseg desc_segment(const struct desc *d);

/* MOV, POP, LDS, ... to a segment register other than CS. */
enum emul_result segment_load(struct emul *e, enum vseg_nr nr, uint16_t sel);

/* Read what may become SS at cpl; vector is that of most faults. */
enum emul_result segment_read_stack(struct emul *e, uint16_t sel, unsigned cpl,
	uint8_t vector, struct vseg *seg);

/* Load CS, judged before, and the CPL with it. */
enum emul_result segment_load_code(
	struct emul *e, struct desc *d, unsigned cpl);

/* LLDT, or LTR (task). */
enum emul_result segment_load_system(struct emul *e, bool task, uint16_t sel);

/* Judge the code segment that a gate leads to. */
enum emul_result gate_read_code(struct emul *e, uint16_t sel, struct desc *d);

/*
 * The stack that the TSS keeps for cpl, or for number ist of the interrupt
 * stack table.  In long mode *ss changes with the privilege only.
 */
enum emul_result stack_read_inner(struct emul *e, unsigned cpl, unsigned ist,
	struct vseg *ss, uint64_t *rsp);

/* May RIP be this in the CS that is loaded? */
bool code_reaches(const struct emul *e, uint64_t rip);

/* Does it say in long mode to be of 64-bit and of 32-bit code at once? */
bool code_is_odd(const struct emul *e, const struct desc *d);

/* Load CS and RIP, the last step of a transfer. */
enum emul_result code_enter(
	struct emul_step *x, struct desc *d, unsigned cpl, uint64_t rip);

/* Ask the VMM for a hardware task switch. */
enum emul_result task_switch(struct emul *e);

#endif
