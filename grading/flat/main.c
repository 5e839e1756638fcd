/* SPDX-License-Identifier: MIT */
/* What the guest without paging checks (guest.h). */
#include "grading/flat/guest.h"

USER_CODE(user_nothing, "nop");
USER_CODE(user_cli, "cli");
USER_CODE(user_hlt, "hlt");
USER_CODE(user_in, "inb $0x21, %al");
USER_CODE(user_cr0, "movl %cr0, %eax");
USER_CODE(user_lgdt, "lgdt gdt_register");
USER_CODE(user_wrmsr, "wrmsr");
USER_CODE(user_kernel_data, "movl $0x10, %eax; movl %eax, %es");
USER_CODE(user_call, "int $48; int $48");
USER_CODE(user_forbidden_int, "int $49");
USER_CODE(user_pushes, "pushl $0x1234; popl %eax; pushl %es; popl %es");

/* -- The checks -- */

static uint32_t
read_cr0(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	return value;
}

static uint32_t
read_cr4(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr4, %0" : "=r"(value));
	return value;
}

static void
check_control_registers(void)
{
	uint32_t cr0 = read_cr0(), value;

	CHECK_IS(cr0 & (CR0_PE | CR0_PG), CR0_PE);
	CHECK_IS(TRAPS("movl %0, %%cr0", "r"(cr0 | CR0_TS)), NO_TRAP);
	CHECK_IS(read_cr0(), cr0 | CR0_TS);
	CHECK_IS(TRAPS("fnop", "r"(0)), VEC_NM);
	CHECK_IS(TRAPS("clts", "r"(0)), NO_TRAP);
	CHECK_IS(read_cr0(), cr0);
	CHECK_IS(TRAPS("fnop", "r"(0)), NO_TRAP);
	CHECK_IS(TRAPS("lmsw %w0", "r"(cr0 | CR0_TS)), NO_TRAP);
	CHECK_IS(read_cr0(), cr0 | CR0_TS);
	/* LMSW cannot clear PE */
	CHECK_IS(TRAPS("lmsw %w0", "r"(cr0 & ~CR0_PE)), NO_TRAP);
	CHECK_IS(read_cr0(), cr0);
	__asm__ volatile("movl %1, %%cr2; movl %%cr2, %0"
			 : "=r"(value)
			 : "r"(0x12345678));
	CHECK_IS(value, 0x12345678);
	__asm__ volatile("movl %1, %%cr3; movl %%cr3, %0"
			 : "=r"(value)
			 : "r"(0x00345000));
	CHECK_IS(value, 0x00345000);
	CHECK_IS(TRAPS("movl %0, %%cr4", "r"(CR4_DE)), NO_TRAP);
	CHECK_IS(read_cr4(), CR4_DE);
	CHECK_IS(TRAPS("movl %%cr5, %%eax", "r"(0)), VEC_UD);
	CHECK_IS(TRAPS("invlpg 0", "r"(0)), NO_TRAP);
	CHECK_IS(TRAPS("wbinvd", "r"(0)), NO_TRAP);
}

static void
check_msrs(void)
{
	uint32_t low, high;

	CHECK_IS(TRAPS("wrmsr", "c"(MSR_SYSENTER_CS), "a"(0x4321), "d"(0)),
		NO_TRAP);
	__asm__ volatile("rdmsr"
			 : "=a"(low), "=d"(high)
			 : "c"(MSR_SYSENTER_CS));
	CHECK_IS(low, 0x4321);
	CHECK_IS(high, 0);
}

static void
check_debug_registers(void)
{
	uint32_t value;

	__asm__ volatile("movl %1, %%dr0; movl %%dr0, %0"
			 : "=r"(value)
			 : "r"(0x1234));
	CHECK_IS(value, 0x1234);
	CHECK_IS(TRAPS("movl %0, %%dr7", "r"(0x400)), NO_TRAP);
	__asm__ volatile("movl %%dr7, %0" : "=r"(value));
	CHECK_IS(value, 0x400);
}

static void
check_segments(void)
{
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_DATA)), NO_TRAP);
	CHECK_IS(TRAPS("cmpl $0, %%fs:(%0)", "r"(&trap)), NO_TRAP);
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_ABSENT)), VEC_NP);
	CHECK_IS(trap.error, SEL_ABSENT);
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_NONE)), VEC_GP);
	CHECK_IS(trap.error, SEL_NONE);
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_TSS)), VEC_GP);
	CHECK_IS(trap.error, SEL_TSS);
	CHECK_IS(TRAPS("movl %0, %%ss", "r"(SEL_UDATA)), VEC_GP);
	CHECK_IS(trap.error, SEL_UDATA & ~3u);
	CHECK_IS(TRAPS("movl %0, %%ss", "r"(SEL_ABSENT)), VEC_SS);
	CHECK_IS(trap.error, SEL_ABSENT);
	/* a load marks its descriptor as accessed */
	gdt[SEL_SMALL / 8][1] &= ~0x100u;
	CHECK_IS(TRAPS("movl %0, %%gs", "r"(SEL_SMALL)), NO_TRAP);
	CHECK_IS(gdt[SEL_SMALL / 8][1] & 0x100, 0x100);
	CHECK_IS(TRAPS("movl %0, %%gs", "r"(0)), NO_TRAP);
}

static void
check_far_transfers(void)
{
	CHECK_IS(TRAPS("ljmp $0x08, $2f; 2:", "r"(0)), NO_TRAP);
	CHECK_IS(TRAPS("pushl $8; call 2f; jmp 3f; 2: lret; 3:", "r"(0)),
		NO_TRAP);
	CHECK_IS(TRAPS("ljmp $0x10, $0", "r"(0)), VEC_GP);
	CHECK_IS(trap.error, SEL_DATA);
	CHECK_IS(TRAPS("ljmp $0x30, $0", "r"(0)), VEC_GP);
	CHECK_IS(trap.error, SEL_ABSENT);
	/* code of ring 3 is not for a jump of ring 0 */
	CHECK_IS(TRAPS("ljmp $0x1b, $0", "r"(0)), VEC_GP);
	CHECK_IS(trap.error, SEL_UCODE & ~3u);
	/* EIP beyond the limit */
	CHECK_IS(TRAPS("ljmp $0x40, $1", "r"(0)), VEC_GP);
	CHECK_IS(trap.error, 0);
}

static void
check_tables(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint32_t base;
	} small = { .limit = 0x17, .base = (uint32_t)gdt };

	CHECK_IS(gdt[SEL_TSS / 8][1] & GDT_TSS_BUSY, GDT_TSS_BUSY);
	CHECK_IS(TRAPS("ltr %w0", "r"(SEL_TSS)), VEC_GP);
	CHECK_IS(trap.error, SEL_TSS);
	CHECK_IS(TRAPS("lldt %w0", "r"(SEL_DATA)), VEC_GP);
	CHECK_IS(trap.error, SEL_DATA);
	/* a GDT that ends before a descriptor */
	__asm__ volatile("lgdt %0" : : "m"(small));
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_UDATA)), VEC_GP);
	CHECK_IS(trap.error, SEL_UDATA & ~3u);
	__asm__ volatile("lgdt gdt_register");
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_UDATA)), NO_TRAP);
}

static void
check_exceptions(void)
{
	CHECK_IS(TRAPS("ud2", "r"(0)), VEC_UD);
	CHECK_IS(TRAPS("int3", "r"(0)), VEC_BP);
	CHECK_IS(TRAPS("divl %0", "r"(0), "a"(1), "d"(0)), VEC_DE);
	/* a gate that is not there: the vector and IDT in the error code */
	idt[VEC_UD].type &= (uint8_t)~GATE_PRESENT;
	CHECK_IS(TRAPS("ud2", "r"(0)), VEC_NP);
	CHECK_IS(trap.error & ~1u, VEC_UD * 8 + 2); /* QEMU leaves EXT out */
	/* and a fault on the way to a fault is a double fault */
	idt[VEC_NP].type &= (uint8_t)~GATE_PRESENT;
	CHECK_IS(TRAPS("ud2", "r"(0)), VEC_DF);
	CHECK_IS(trap.error, 0);
	idt[VEC_UD].type |= GATE_PRESENT;
	idt[VEC_NP].type |= GATE_PRESENT;
	idt[VEC_GP].type &= (uint8_t)~GATE_PRESENT;
	CHECK_IS(TRAPS("movl %0, %%fs", "r"(SEL_NONE)), VEC_DF);
	idt[VEC_GP].type |= GATE_PRESENT;
}

static void
check_ring_3(void)
{
	CHECK_IS(user_run(user_nothing), VEC_GP); /* INT3's gate has DPL 0 */
	CHECK_IS(trap.error, VEC_BP * 8 + 2);
	idt[VEC_BP].type |= GATE_DPL_3;
	CHECK_IS(user_run(user_nothing), VEC_BP);
	CHECK_IS(trap.cs, SEL_UCODE);
	CHECK_IS(trap.ss, SEL_UDATA);
	CHECK_IS(user_run(user_cli), VEC_GP);
	CHECK_IS(user_run(user_hlt), VEC_GP);
	CHECK_IS(user_run(user_in), VEC_GP);
	CHECK_IS(user_run(user_cr0), VEC_GP);
	CHECK_IS(user_run(user_lgdt), VEC_GP);
	CHECK_IS(user_run(user_wrmsr), VEC_GP);
	CHECK_IS(trap.error, 0);
	CHECK_IS(user_run(user_kernel_data), VEC_GP);
	CHECK_IS(trap.error, SEL_DATA);
	CHECK_IS(user_run(user_pushes), VEC_BP);
	CHECK_IS(trap.eax, 0x1234);
	calls = 0;
	idt[VEC_SYSTEM].type |= GATE_DPL_3;
	CHECK_IS(user_run(user_call), VEC_BP);
	CHECK_IS(calls, 2);
	CHECK_IS(user_run(user_forbidden_int), VEC_GP);
	CHECK_IS(trap.error, 49 * 8 + 2);
}

/* The PIC's mask, the PIT's interrupt, and HLT that waits for it. */
static void
check_interrupts(void)
{
	static const uint8_t init[] = { 0x11, VEC_IRQ0, 4, 1, 0xfe };

	outb(0x20, init[0]);
	for (unsigned i = 1; i < sizeof(init); i++)
		outb(0x21, init[i]);
	CHECK_IS(inb(0x21), 0xfe);
	irqs = 0;
	outb(0x43, 0x30); /* counter 0, both bytes, mode 0 */
	outb(0x40, 100);
	outb(0x40, 0);
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	CHECK_IS(irqs, 1);
	CHECK_IS(trap.vector, VEC_IRQ0);
}

/* Where no memory is, what is written is lost. */
static void
check_no_memory(void)
{
	volatile uint32_t *nothing = (volatile uint32_t *)NO_RAM;
	uint32_t before = *nothing;

	*nothing = ~before;
	CHECK_IS(*nothing, before);
}

int
main(void)
{
	check_control_registers();
	check_msrs();
	check_debug_registers();
	check_segments();
	check_far_transfers();
	check_tables();
	check_exceptions();
	check_ring_3();
	check_interrupts();
	check_no_memory();
	print("holds\n");
	end(0);
}
