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
 * main() runs in 64-bit mode, ring 0, interrupts off, on an identity map of
 * the first 4 GiB (2 MiB pages, all rights but ring 3's), with a stack of 16
 * KiB and with handlers for all vectors.  What a probe expects is what the
 * manuals say, not what one engine does.
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
 *	ring3: TEXT	trap-and-emulate cannot do it: there it fails, and TEXT
 *			is part of the step that does (docs/sensitive.md)
 *	ring3 without UMIP: TEXT	the same, where the CPU has no UMIP
 *	demo: NAME	it is for tools/demo NAME, and is not run with the
 *			others
 */
#ifndef GRADING_PROBES_PROBE_H
#define GRADING_PROBES_PROBE_H

#include "kernel/cpu/asm.h"
#include "kernel/cpu/msr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ul
#define MIB  (1ul << 20)

enum vector {
	VEC_DE = 0,
	VEC_DB = 1,
	VEC_NMI = 2,
	VEC_BP = 3,
	VEC_OF = 4,
	VEC_BR = 5,
	VEC_UD = 6,
	VEC_NM = 7,
	VEC_DF = 8,
	VEC_TS = 10,
	VEC_NP = 11,
	VEC_SS = 12,
	VEC_GP = 13,
	VEC_PF = 14,
	VEC_MF = 16,
	VEC_AC = 17,
	VEC_IRQ0 = 32, /* where irq.c puts the PIC's */
	NO_TRAP = 256
};

/* Selectors of the GDT in entry.S, in the order that SYSRET wants. */
#define SEL_CODE   0x08
#define SEL_DATA   0x10
#define SEL_CODE32 0x18
#define SEL_UDATA  0x23
#define SEL_UCODE  0x2b
#define SEL_TSS	   0x30
#define SEL_FREE   0x40 /* four entries for the probe itself */
#define GDT_FREE   4

#define RFLAGS_AC_ON (1ul << 18)

int main(void);

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

/* End the machine with this status, 0 to 127. */
void probe_exit(unsigned status) __attribute__((noreturn));

void print(const char *text);
void print_hex(uint64_t value);

/* For `ends: kill`: tell the runner that the attack begins. */
void probe_ready(void);

/* -- Traps (stubs.S, trap.c) -- */

/* What the CPU pushed, and the registers at that moment. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error; /* error: 0 if the vector has none */
	uint64_t rip, cs, rflags, rsp, ss;
};

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
			__VA_ARGS__;                                           \
			trap_disarm();                                         \
		}                                                              \
		trap.vector;                                                   \
	})

/* As setjmp(): 0, and 1 when a trap comes before trap_disarm(). */
int trap_arm(void) __attribute__((returns_twice));
void trap_disarm(void);

/*
 * A vector's own handler: true when it has dealt with the trap and the
 * interrupted code may go on with the frame as it then is.  NULL: none.  A
 * trap that no handler takes and no TRAPS() waits for ends the probe with
 * status 127.
 */
typedef bool trap_fn(struct trap_frame *frame);
void trap_handle_with(unsigned vector, trap_fn *handler);

/* The IDT and its gates, for probes that bend them. */
struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type; /* 0x8e: interrupt gate of ring 0 */
	uint16_t offset_mid;
	uint32_t offset_high, zero;
};
extern struct gate idt[256];
extern uint64_t gdt[];

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

struct __attribute__((packed)) tss {
	uint32_t reserved;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, iopm;
};
extern struct tss tss;

void idt_load(uint16_t limit, uint64_t base);
void idt_init(void);			 /* all as at the start */
void idt_use_ist(unsigned vector, bool); /* a stack of its own: IST 1 */
void idt_set_dpl(unsigned vector, unsigned dpl);

/* -- Page tables (paging.c) -- */

#define PTE_P  0x001ul
#define PTE_W  0x002ul
#define PTE_U  0x004ul
#define PTE_A  0x020ul
#define PTE_D  0x040ul
#define PTE_PS 0x080ul
#define PTE_NX (1ul << 63)

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
