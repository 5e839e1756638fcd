/* SPDX-License-Identifier: MIT */
/*
 * What a probe is made with.  A probe is a guest that checks one idea: a
 * freestanding kernel of a few dozen lines, grading/probes/NAME.c, which any
 * PVH loader boots and which ends the machine with its verdict: status 0 when
 * every CHECK held, else the number of the one that did not.
 *
 *	int
 *	main(void)
 *	{
 *		CHECK(TRAPS(wrmsr(0x12345678, 0)) == VEC_GP);
 *		return 0;
 *	}
 *
 * main() runs in 64-bit mode as grading/guest/long.h says.  A probe in
 * assembler has an entry of its own.  What a probe expects is what the manuals
 * say, not what one engine does.
 *
 * Near the top a probe may say what it wants of its runner, each in a comment
 * of its own that is one line:
 *
 *	stops: TEXT	the VM is stopped, and TEXT is part of the reason; A|B
 *			for either
 *	may stop: TEXT	this may happen, or it ends by itself
 *	lasts: TEXT	it prints "ready", and then lasts until it is killed
 *	exits: N	it takes more than the usual number of exits
 *	memory: N	MiB of RAM (8)
 *	cmdline: TEXT	the kernel's command line
 *	check: shadow	the MMU engine checks its own rules meanwhile
 *	ring3: TEXT	trap-and-emulate cannot do it: there it fails, and TEXT
 *			is part of the step that does (docs/sensitive.md)
 *	ring3 without UMIP: TEXT	the same, where the CPU has no UMIP
 *	ring3, perhaps: TEXT	the same, or it does not fail: that depends on
 *			the emulator (docs/errata.md)
 *	QEMU svm: TEXT	the same for what QEMU does wrong (docs/errata.md)
 *	demo: NAME	it is for tools/demo NAME, and is not run with the
 *			others
 */
#ifndef GRADING_PROBES_PROBE_H
#define GRADING_PROBES_PROBE_H

#include "grading/guest/guest.h"
#include "grading/guest/long.h"
#include "grading/guest/trap.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/msr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFLAGS_AC_ON (1ul << 18)

/* -- Verdict and console -- */

#define CHECK(condition)                                                       \
	probe_check((condition), __FILE__, __LINE__, #condition)

/* The same for a value; both are printed if it is another one. */
#define CHECK_IS(value, expected)                                              \
	probe_check_is((uint64_t)(value), (uint64_t)(expected), __FILE__,      \
		__LINE__, #value)

/* Count a step; end the machine with its number if it failed. */
void probe_check(bool holds, const char *file, int line, const char *text);
void probe_check_is(uint64_t value, uint64_t expected, const char *file,
	int line, const char *text);

/* For `lasts: TEXT`: tell the runner that the attack begins. */
void probe_ready(void);

/* -- Traps (trap.c) -- */

/* The last trap that TRAPS() caught, with CR2. */
extern struct trap_frame trap;
extern uint64_t trap_cr2;

/*
 * The vector by which a statement was ended, or NO_TRAP when it came to its
 * end.  Interrupts are off after a trap.  Locals that the statement changes
 * must be volatile.
 */
#define TRAPS(...)                                                             \
	({                                                                     \
		if (trap_arm() == 0) {                                         \
			trap_expect();                                         \
			__VA_ARGS__;                                           \
			trap_disarm();                                         \
		}                                                              \
		trap.vector;                                                   \
	})

/* A trap between these two leaps back to trap_arm(). */
void trap_expect(void);
void trap_disarm(void);

/*
 * A vector's own handler: true when it has dealt with the trap and the
 * interrupted code may go on with the frame as it then is.  NULL: none.  A
 * trap that no handler takes and no TRAPS() waits for ends the probe with
 * status 127.
 */
typedef bool trap_fn(struct trap_frame *frame);
void trap_handle_with(unsigned vector, trap_fn *handler);
bool trap_ignore(struct trap_frame *frame); /* one that does nothing */

void idt_use_ist(unsigned vector, bool); /* a stack of its own: IST 1 */
void idt_set_dpl(unsigned vector, unsigned dpl);

/* -- Page tables (paging.c) -- */

/* A gva that main() finds unmapped, with nothing near it. */
#define FREE_GVA 0x0000600000000000ul
/* A gpa that is no RAM and no device. */
#define NO_RAM 0xd0000000ul

/*
 * Map the page of `level` (1: 4 KiB, 2: 2 MiB, 3: 1 GiB) at gva: flags are
 * PTE_ bits of the leaf; tables above allow everything.  gpa may have any
 * bits set.  Returns the leaf's entry.
 */
uint64_t *page_map(uint64_t gva, uint64_t gpa, uint64_t flags, unsigned level);

/* The entry of that level on the way to gva; NULL when there is none. */
uint64_t *page_entry(uint64_t gva, unsigned level);

/* A zeroed page of the probe's RAM; there are 32. */
void *page_alloc(void);

/* -- Ring 3 (user.c) -- */

/*
 * Code for ring 3, as a string of assembler: USER_CODE(name, "hlt").  It
 * ends by INT3, so VEC_BP says that it came to its end.
 */
#define USER_CODE(name, code)                                                  \
	__asm__(".pushsection .rodata\n" #name ": " code "\n\tint3\n" #name    \
		"_end:\n.popsection");                                         \
	extern const char name[], name##_end[]

/* The vector by which it ended; its state is in `trap`. */
#define USER_RUN(name) user_run(name, (size_t)(name##_end - name))
uint64_t user_run(const char *code, size_t size);

/* The same for code that is there, with a code segment of ring 3. */
uint64_t user_go(uint64_t cs, uint64_t rip, uint64_t rsp);

#define USER_GVA   0x0000400000000000ul /* its page of code */
#define USER_DATA  (USER_GVA + PAGE)	/* and one of data */
#define USER_STACK (USER_GVA + 3 * PAGE)

/* -- Interrupts (irq.c) -- */

/*
 * Set up both PICs, vectors from VEC_IRQ0, everything masked but the lines
 * of `lines`.
 */
void pic_init(uint16_t lines);
void pic_eoi(unsigned line);

/* Channel 0 of the PIT at a rate, or once after some ticks of 1.193182 MHz. */
#define PIT_HZ 1193182u
void pit_periodic(uint16_t divisor);
void pit_once(uint16_t ticks);
/* Read the count of channel 0. */
uint16_t pit_count(void);

/*
 * Take the timer's interrupts, and no others: how many there were, and the RIP
 * that the last has interrupted.
 */
void timer_init(void);
extern volatile unsigned timer_taken;
extern volatile uint64_t timer_taken_at;

/* With interrupts off: one waits at the PIC when this returns, none counted. */
void timer_make_pending(void);

/* -- More instructions -- */

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs
cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

/*
 * The same as the machine means it, which is not what CPUID says where that
 * cannot be made to trap.  Zeros for a leaf that is not there.  (told.c)
 */
struct cpuid_regs cpuid_told(uint32_t leaf, uint32_t subleaf);

static inline uint8_t
read8(uint64_t gva)
{
	return *(volatile uint8_t *)gva;
}

static inline uint64_t
read64(uint64_t gva)
{
	return *(volatile uint64_t *)gva;
}

static inline void
write64(uint64_t gva, uint64_t value)
{
	*(volatile uint64_t *)gva = value;
}

static inline void
interrupts_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void
interrupts_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

#endif
