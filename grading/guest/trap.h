/* SPDX-License-Identifier: MIT */
/*
 * Traps of a guest in 64-bit mode: every vector has a gate to a stub, which
 * calls the guest's own trap_dispatch() with all registers.
 */
#ifndef GRADING_GUEST_TRAP_H
#define GRADING_GUEST_TRAP_H

#include "grading/guest/vectors.h"

#include <stdint.h>

#define STUB_SIZE      16   /* bytes from one vector's stub to the next */
#define GATE_INTERRUPT 0x8e /* the type of a gate of ring 0 */

/* What the CPU pushed, and the registers at that moment. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error; /* error: 0 if the vector has none */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The guest's; when it returns, what was interrupted goes on by the frame. */
void trap_dispatch(struct trap_frame *frame);

/* Go on as a frame says. */
void trap_go(const struct trap_frame *frame) __attribute__((noreturn));

/*
 * As setjmp() and longjmp(), with one place to go on at: trap_arm() returns 0,
 * and 1 when trap_leap() comes back to it, with flat segments and no flag set.
 */
int trap_arm(void) __attribute__((returns_twice));
void trap_leap(void) __attribute__((noreturn));

/* -- The tables, for guests that bend them -- */

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, zero;
};
_Static_assert(sizeof(struct gate) == 16, "APM 2, 4.8.4");

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

struct __attribute__((packed)) tss {
	uint32_t reserved;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, iopm;
};
_Static_assert(sizeof(struct tss) == 104, "APM 2, 12.2.5");

extern struct gate idt[256];
extern struct tss tss;
extern const char trap_stubs[];

void idt_load(uint16_t limit, uint64_t base);

/*
 * IDT and TSS as at the start: interrupt gates of ring 0, stacks of a page for
 * traps from ring 3 and for IST 1, which no gate uses.  Called before main().
 */
void idt_init(void);

#endif
