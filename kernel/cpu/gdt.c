/* SPDX-License-Identifier: MIT */
/* One GDT and one TSS a CPU; the contracts are in gdt.h. */
#include "kernel/cpu/gdt.h"

#include "kernel/cpu/percpu.h"

/*
 * A descriptor (APM 2, 4.8).  Bits 40 to 47 are the access byte:
 *
 *	7 present   6-5 DPL   4 code or data   3-0 type
 *
 * and bit 53 is L, 64-bit code.
 */
#define DESC_KERNEL_CODE 0x00af9a000000ffffull
#define DESC_KERNEL_DATA 0x00cf92000000ffffull
#define DESC_USER_DATA	 0x00cff2000000ffffull
#define DESC_USER_CODE	 0x00affa000000ffffull
#define DESC_TSS_PRESENT 0x0000890000000000ull

#define IST_STACK_SIZE 4096

static uint8_t ist_stacks[CPU_MAX][3][IST_STACK_SIZE]
	__attribute__((aligned(16)));

static void
gdt_set_tss(struct gdt *gdt, const struct tss *tss)
{
	uint64_t base = (uint64_t)tss;

	gdt->entry[6] = DESC_TSS_PRESENT | (sizeof(*tss) - 1) |
		(base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt->entry[7] = base >> 32;
}

void
gdt_load(struct cpu *cpu)
{
	struct gdt *gdt = &cpu->gdt;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {
		.limit = sizeof(*gdt) - 1,
		.base = (uint64_t)gdt,
	};

	gdt->entry[1] = DESC_KERNEL_CODE;
	gdt->entry[2] = DESC_KERNEL_DATA;
	gdt->entry[4] = DESC_USER_DATA;
	gdt->entry[5] = DESC_USER_CODE;
	gdt_set_tss(gdt, &cpu->tss);
	cpu->tss.iopb = sizeof(cpu->tss);
	for (int i = 0; i < 3; i++)
		cpu->tss.ist[i] =
			(uint64_t)ist_stacks[cpu->id][i] + IST_STACK_SIZE;

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovw %w2, %%ds\n\t"
			 "movw %w2, %%es\n\t"
			 "movw %w2, %%ss\n\t"
			 "ltr %w3"
			 :
			 : "m"(pointer), "i"(SEL_KERNEL_CODE),
			 "r"(SEL_KERNEL_DATA), "r"(SEL_TSS)
			 : "rax", "memory");
}
