/* SPDX-License-Identifier: MIT */
/*
 * A guest without paging, for trap-and-emulate before there are shadow
 * tables: 32-bit protected mode, ring 0 and ring 3, one flat address space.
 * Like a probe (grading/probes/lib/probe.h) it checks what the manuals say
 * (SDM 3A, chapters 2, 3, 5 and 6), and ends with status 0, or with 1 and a
 * line that says which check failed.
 *
 * It leaves alone what x86 does not let a VMM see (POPF, SGDT, MOV from CS),
 * and what QEMU 7.2 itself does not do: #GP for reserved bits of CR4 (it hangs)
 * and of MSRs, limits of data segments, LTR of 0, breakpoints behind VMRUN.
 */
#ifndef GRADING_FLAT_GUEST_H
#define GRADING_FLAT_GUEST_H

#include "grading/guest/vectors.h"

#include <stdint.h>

#define VEC_SYSTEM 48

#define SEL_DATA	0x10u
#define SEL_UCODE	0x1bu
#define SEL_UDATA	0x23u
#define SEL_TSS		0x28u
#define SEL_ABSENT	0x30u
#define SEL_SMALL	0x38u
#define SEL_ONE_BYTE	0x40u
#define SEL_NONE	0x80u /* beyond the GDT */
#define GDT_TSS_BUSY	0x00000200u
#define GATE_DPL_3	0x60u
#define GATE_PRESENT	0x80u
#define NO_RAM		0xd0000000u
#define CR0_PE		0x01u
#define CR0_TS		0x08u
#define CR0_PG		0x80000000u
#define CR4_DE		0x08u
#define MSR_SYSENTER_CS 0x174u

struct frame {
	uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
	uint32_t esp, ss; /* from ring 3 alone */
};

struct gate {
	uint16_t offset_low, selector;
	uint8_t zero, type;
	uint16_t offset_high;
};

int main(void);
void trap_dispatch(struct frame *frame);

/*
 * entry.S.  user_run: go there in ring 3, and return the vector that ended it,
 * by way of user_back.
 */
uint32_t user_run(const void *eip);
void user_back(void) __attribute__((noreturn));
extern uint32_t gdt[][2], tss[];
extern struct gate idt[];
extern uint32_t user_flags;	  /* EFLAGS of ring 3 */
extern const uint32_t *boot_info; /* of PVH; the command line is word 6 */

/* guest.c */
extern struct frame trap;    /* the last one */
extern uint32_t trap_at;     /* where on the stack it was */
extern uint32_t trap_resume; /* where to go on behind it; 0: unexpected */
extern volatile unsigned irqs, calls; /* of VEC_IRQ0, VEC_SYSTEM */

void print(const char *text);

/* End the machine, or the VM, with this status. */
void end(uint8_t status) __attribute__((noreturn));

/* End it with 1 and a line that says so unless the two are the same. */
void check(uint32_t value, uint32_t expected, const char *text);

#define CHECK_IS(value, expected)                                              \
	check((uint32_t)(value), (uint32_t)(expected), #value)

/*
 * The vector by which one instruction was ended, or NO_TRAP.  Its inputs come
 * behind; it writes no register.
 */
#define TRAPS(instruction, ...)                                                \
	({                                                                     \
		trap.vector = NO_TRAP;                                         \
		__asm__ volatile("movl $1f, trap_resume\n\t" instruction       \
				 "\n1:\tmovl $0, trap_resume"                  \
				 :                                             \
				 : __VA_ARGS__                                 \
				 : "memory", "cc");                            \
		trap.vector;                                                   \
	})

/* Code for ring 3, as assembler. */
#define USER_CODE(name, code)                                                  \
	__asm__(".pushsection .rodata\n" #name ": " code                       \
		"\n\tint3\n.popsection");                                      \
	extern const char name[]

static inline void
outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

#endif
