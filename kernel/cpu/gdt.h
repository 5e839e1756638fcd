/* SPDX-License-Identifier: MIT */
/*
 * Segments.  Long mode leaves them little to do: privilege levels, and the
 * TSS, which names the stacks for traps (APM 2, 12.2.5).
 */
#ifndef KERNEL_CPU_GDT_H
#define KERNEL_CPU_GDT_H

/*
 * The order is what SYSCALL and SYSRET want (APM 2, 6.1.1): kernel code and
 * data next to each other; then user data and user code, SYSRET adding 8 and
 * 16 to the base selector in STAR.
 */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_SYSRET_BASE 0x18
#define SEL_USER_DATA	0x23
#define SEL_USER_CODE	0x2b
#define SEL_TSS		0x30

#define IST_DOUBLE_FAULT  1
#define IST_NMI		  2
#define IST_MACHINE_CHECK 3

#ifndef __ASSEMBLER__

#include <stdint.h>

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3]; /* stack for a trap to privilege level n */
	uint64_t reserved1;
	uint64_t ist[7]; /* interrupt stack table; ist[0] is IST 1 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iopb; /* offset of the I/O permission map */
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "64-bit TSS");

struct gdt {
	uint64_t entry[8];
};

struct cpu;

/* Fill a CPU's GDT and TSS and load them; on that CPU. */
void gdt_load(struct cpu *cpu);

#endif
#endif
