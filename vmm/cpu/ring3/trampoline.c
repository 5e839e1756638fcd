/* SPDX-License-Identifier: MIT */
/*
 * The trampoline's place: making it, and a CPU's own tables in it.
 *
 * Every window shows the same pages.  What depends on the window is what
 * holds linear addresses: the IDT, of which each window has one, and of each
 * CPU the TSS and its descriptor, which are made anew when the CPU comes to a
 * guest with another window.
 */
#include "vmm/cpu/ring3/ring3.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/x86.h"

#define FIELD(name, at)                                                        \
	_Static_assert(offsetof(struct ring3_area, name) == AREA_FRAME + (at), \
		"area.h")
FIELD(frame, 0);
FIELD(frame.rdi, FRAME_RDI);
FIELD(frame.vector, FRAME_VECTOR);
FIELD(frame.cs, FRAME_CS);
FIELD(host_cr3, FRAME_HOST_CR3);
FIELD(host_rsp, FRAME_HOST_RSP);
FIELD(host_gs, FRAME_HOST_GS);
FIELD(regs, FRAME_REGS);
FIELD(cr2, FRAME_CR2);
FIELD(guest_cr3, FRAME_GUEST_CR3);
FIELD(guest_fs, FRAME_GUEST_FS);
FIELD(guest_gs, FRAME_GUEST_GS);
FIELD(rare, FRAME_RARE);
FIELD(nmi, FRAME_NMI);
FIELD(host_efer, FRAME_HOST_EFER);
FIELD(guest_efer, FRAME_GUEST_EFER);
FIELD(ds, FRAME_SELECTORS);
FIELD(dr7, FRAME_DR7);
FIELD(host_gdtr, FRAME_HOST_GDTR);
FIELD(host_idtr, FRAME_HOST_IDTR);
FIELD(guest_gdtr, FRAME_GUEST_GDTR);
FIELD(guest_idtr, FRAME_GUEST_IDTR);
#undef FIELD

/* Descriptors (APM 2, 4.8). */
#define DESC_KERNEL_CODE 0x00af9a000000ffffull
#define DESC_GUEST_CODE	 0x00affb000000ffffull
#define DESC_GUEST_DATA	 0x00cff3000000ffffull
#define DESC_TSS_PRESENT 0x0000890000000000ull

#define GATE_INTERRUPT 0x8eull /* present, DPL 0, interrupts go off */

/* The registry of host CPUs; each entry is its CPU's own. */
static struct ring3_cpu ring3_cpus[CPU_MAX];

static bool trampoline_ready; /* set at boot */

/* A zeroed page at an offset in all windows; NULL: no memory. */
static void *
trampoline_page(uint64_t offset, uint64_t flags)
{
	uint64_t hpa = pmm_alloc_zeroed(0);

	if (!hpa || paging_map_window(offset, hpa, flags) != 0)
		return NULL;
	return phys_to_virt(hpa);
}

static int
trampoline_make_code(void)
{
	size_t left = (size_t)(ring3_trampoline_end - ring3_trampoline);

	for (unsigned i = 0; i < TRAMPOLINE_CODE_PAGES; i++) {
		void *page = trampoline_page(i * PAGE_SIZE, 0);
		size_t n = left < PAGE_SIZE ? left : PAGE_SIZE;

		if (!page)
			return -ENOMEM;
		memcpy(page, ring3_trampoline + i * PAGE_SIZE, n);
		left -= n;
	}
	return 0;
}

/* The stacks that an interrupt stack table names, as in the host's TSS. */
static uint8_t
trampoline_ist(unsigned vector)
{
	switch (vector) {
	case TRAP_NMI:
		return IST_NMI;
	case TRAP_DOUBLE:
		return IST_DOUBLE_FAULT;
	case TRAP_MACHINE_CHECK:
		return IST_MACHINE_CHECK;
	default:
		return 0;
	}
}

/* All gates are for ring 0 alone: an INT n of the guest's is a #GP. */
static int
trampoline_make_idt(unsigned window)
{
	uint64_t *idt =
		trampoline_page(TRAMPOLINE_IDT + window * PAGE_SIZE, PTE_NX);

	if (!idt)
		return -ENOMEM;
	for (unsigned i = 0; i < 256; i++) {
		uint64_t stub =
			window_address(window, i * TRAMPOLINE_STUB_SIZE);

		idt[2 * i] = (stub & 0xffff) | SEL_KERNEL_CODE << 16 |
			(uint64_t)trampoline_ist(i) << 32 |
			GATE_INTERRUPT << 40 | (stub >> 16 & 0xffff) << 48;
		idt[2 * i + 1] = stub >> 32;
	}
	return 0;
}

static void
table_set(struct ring3_table *table, uint64_t base, uint16_t limit)
{
	table->limit = limit;
	memcpy(table->base, &base, sizeof(base));
}

static int
trampoline_make_cpu(unsigned id)
{
	uint64_t offset = TRAMPOLINE_CPU + id * TRAMPOLINE_CPU_SIZE;
	struct ring3_cpu *cpu = &ring3_cpus[id];
	uint64_t area = pmm_alloc_zeroed(1);

	cpu->gdt = trampoline_page(offset, PTE_W | PTE_NX);
	if (!cpu->gdt || !area)
		return -ENOMEM;
	for (uint64_t at = 0; at < AREA_SIZE; at += PAGE_SIZE)
		if (paging_map_window(offset + TRAMPOLINE_AREA + at, area + at,
			    PTE_W | PTE_NX))
			return -ENOMEM;
	cpu->area = phys_to_virt(area);
	cpu->window = WINDOW_COUNT;
	cpu->gdt[SEL_KERNEL_CODE / 8] = DESC_KERNEL_CODE;
	cpu->area->tss.iopb = sizeof(cpu->area->tss);
	return 0;
}

/* At boot, so that no VM fails for want of it. */
static void
trampoline_make(void)
{
	int err = trampoline_make_code();

	for (unsigned i = 0; !err && i < WINDOW_COUNT; i++)
		err = trampoline_make_idt(i);
	for (unsigned i = 0; !err && i < cpu_count; i++)
		err = trampoline_make_cpu(i);
	if (err)
		kprintf("ring3: no memory for the trampoline\n");
	trampoline_ready = !err;
}

INITCALL(INIT_DEVICE, trampoline_make);

bool
ring3_trampoline_ready(void)
{
	return trampoline_ready;
}

/*
 * Global translations outlive a load of CR3.  The host's would be found in
 * the guest's address space, so a CPU that runs such guests has none.
 */
static void
cpu_turn_on(struct ring3_cpu *cpu)
{
	struct cpu *host = cpu_this();

	write_cr4(read_cr4() & ~(uint64_t)CR4_PGE);
	cpu->area->host_cr3 = kernel_root;
	cpu->area->host_gs = (uint64_t)host;
	table_set(&cpu->area->host_gdtr, (uint64_t)&host->gdt,
		sizeof(host->gdt) - 1);
	table_set(&cpu->area->host_idtr, trap_idt(), 256 * 16 - 1);
	cpu->switches = host->switches - 1;
	cpu->on = true;
}

static void
cpu_set_window(struct ring3_cpu *cpu, unsigned id, unsigned window)
{
	uint64_t gdt = window_address(
		window, TRAMPOLINE_CPU + id * TRAMPOLINE_CPU_SIZE);
	uint64_t area = gdt + TRAMPOLINE_AREA;
	uint64_t base = area + offsetof(struct ring3_area, tss);
	struct tss *tss = &cpu->area->tss;

	if (cpu->window < WINDOW_COUNT)
		memset(&cpu->gdt[RING3_SEL(cpu->window, 0) / 8], 0,
			RING3_SELS * sizeof(*cpu->gdt));
	cpu->gdt[RING3_SEL_64(window) / 8] = DESC_GUEST_CODE;
	cpu->gdt[RING3_SEL_SS(window) / 8] = DESC_GUEST_DATA;
	tss->rsp[0] = area + AREA_FRAME_TOP;
	tss->ist[IST_NMI - 1] = area + AREA_NMI_STACK_TOP;
	tss->ist[IST_DOUBLE_FAULT - 1] = area + AREA_FATAL_STACK_TOP;
	tss->ist[IST_MACHINE_CHECK - 1] = area + AREA_FATAL_STACK_TOP;
	cpu->gdt[SEL_TSS / 8] = DESC_TSS_PRESENT | (sizeof(*tss) - 1) |
		(base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	cpu->gdt[SEL_TSS / 8 + 1] = base >> 32;
	table_set(&cpu->area->guest_gdtr, gdt, PAGE_SIZE - 1);
	table_set(&cpu->area->guest_idtr,
		window_address(window, TRAMPOLINE_IDT + window * PAGE_SIZE),
		256 * 16 - 1);
	cpu->window = window;
}

struct ring3_cpu *
ring3_cpu_prepare(unsigned window)
{
	struct cpu *host = cpu_this();
	struct ring3_cpu *cpu = &ring3_cpus[host->id];

	if (!cpu->on)
		cpu_turn_on(cpu);
	if (cpu->window != window)
		cpu_set_window(cpu, host->id, window);
	if (cpu->switches != host->switches) {
		/* another thread ran here and may have changed it */
		cpu->area->host_efer = (uint32_t)rdmsr(MSR_EFER);
		cpu->area->guest_efer =
			cpu->area->host_efer & ~(uint32_t)EFER_SCE;
		cpu->switches = host->switches;
		cpu->last = NULL;
	}
	return cpu;
}
