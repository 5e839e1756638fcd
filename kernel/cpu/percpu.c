/* SPDX-License-Identifier: MIT */
/* Bringing one CPU into the state that the kernel runs in. */
#include "kernel/cpu/percpu.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/trap.h"

_Static_assert(offsetof(struct cpu, self) == CPU_SELF, "percpu.h");
_Static_assert(offsetof(struct cpu, kernel_rsp) == CPU_KERNEL_RSP, "percpu.h");
_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "percpu.h");
_Static_assert(offsetof(struct cpu, irq_depth) == CPU_IRQ_DEPTH, "percpu.h");
_Static_assert(
	offsetof(struct cpu, need_switch) == CPU_NEED_SWITCH, "percpu.h");
_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "percpu.h");

struct cpu cpus[CPU_MAX];
unsigned cpu_count = 1;

void
cpu_init(unsigned id)
{
	struct cpu *cpu = &cpus[id];

	cpu->self = cpu;
	cpu->id = id;
	cpu->irq_depth = 1;
	gdt_load(cpu);
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	trap_load();
}

/*
 * SMEP, SMAP and UMIP where they are offered: the kernel never executes or
 * touches a user page by a user address (kernel/mem/uaccess.c), so they cost
 * nothing and turn a kernel bug into a fault.
 */
void
cpu_set_control(void)
{
	uint64_t cr4 = read_cr4() | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_has(CPU_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(CPU_SMAP))
		cr4 |= CR4_SMAP;
	if (cpu_has(CPU_UMIP))
		cr4 |= CR4_UMIP;
	write_cr4(cr4);
}
