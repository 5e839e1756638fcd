/* SPDX-License-Identifier: MIT */
/*
 * What the CPU offers.  All questions to CPUID go through cpuid_query(), so
 * that a virtual CPU whose CPUID does not trap can be described by the boot
 * description instead.
 */
#ifndef KERNEL_CPU_CPUID_H
#define KERNEL_CPU_CPUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_cpuid;

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/*
 * Answer questions from a table of `count` entries instead of the
 * instruction; what is not in it is zeros, and what does not fit into our
 * copy of it is lost.  Before cpuid_init(), if at all.
 */
void cpuid_set_table(const struct vm_cpuid *table, size_t count);

struct cpuid cpuid_query(uint32_t leaf, uint32_t subleaf);

/* Features that the kernel asks for: (leaf register index) * 32 + bit. */
enum cpu_feature {
	CPU_APIC = 0 * 32 + 9, /* 1: EDX */
	CPU_VMX = 1 * 32 + 5,  /* 1: ECX */
	CPU_HYPERVISOR = 1 * 32 + 31,
	CPU_SMEP = 2 * 32 + 7, /* 7: EBX */
	CPU_SMAP = 2 * 32 + 20,
	CPU_UMIP = 3 * 32 + 2, /* 7: ECX */
	CPU_SVM = 4 * 32 + 2,  /* 0x80000001: ECX */
};

/* Ask CPUID once for all that the two functions below answer; at boot. */
void cpuid_init(void);

bool cpu_has(enum cpu_feature feature);

/*
 * How this machine is run: level 0 and "bare" on the machine itself (or in
 * somebody else's VMM), level n and "engine+mmu" inside n Droste VMMs.
 * `via` gets at most size bytes with the NUL; it may be NULL.
 */
unsigned cpu_level(char *via, unsigned size);

#endif
