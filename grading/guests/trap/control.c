/* SPDX-License-Identifier: MIT */
/* Control registers, debug registers, MSRs; the tables of the CPU. */
#include "grading/guests/trap/work.h"

#define STEPS	     40
#define CR0_CHANGES  0x5000e /* AM, WP, TS, EM, MP */
#define CR4_CHANGES  0x0c    /* DE, TSD */
#define MSR_SYSENTER 0x174u
#define TSS_RIGHTS   0x89u
#define TSS_SIZE     104u
#define LDT_RIGHTS   0x82u

#define READ(instruction)                                                      \
	({                                                                     \
		uint32_t value_;                                               \
		__asm__ volatile(instruction : "=r"(value_) : : "memory");     \
		value_;                                                        \
	})

static void
cr0_write(uint32_t value)
{
	tell_trap("mov cr0", value & CR0_CHANGES,
		TRAPS("movl %0, %%cr0", "r"(value)));
}

/* CR0 by all its ways in, and what #NM says of it. */
static void
control_cr0(void)
{
	uint32_t cr0 = READ("movl %%cr0, %0");
	uint32_t bits = roll() & CR0_CHANGES;

	switch (roll_below(3)) {
	case 0:
		cr0_write((cr0 & ~CR0_CHANGES) | bits);
		break;
	case 1:
		tell_trap("lmsw", bits & 15, TRAPS("lmsw %w0", "r"(bits & 15)));
		break;
	default:
		tell_trap("clts", 0, TRAPS("clts", "r"(0)));
	}
	tell("cr0 is %", READ("movl %%cr0, %0") & (CR0_CHANGES | CR0_PE));
	tell_trap("fnop", 0, TRAPS("fnop", "r"(0)));
}

static void
control_others(void)
{
	uint32_t value = roll();

	switch (roll_below(5)) {
	case 0:
		__asm__ volatile("movl %0, %%cr2" : : "r"(value));
		tell("cr2 is %", READ("movl %%cr2, %0"));
		break;
	case 1:
		value &= 0x7ff000;
		__asm__ volatile("movl %0, %%cr3" : : "r"(value));
		tell("cr3 is %", READ("movl %%cr3, %0"));
		break;
	case 2:
		value &= CR4_CHANGES;
		tell_trap(
			"mov cr4", value, TRAPS("movl %0, %%cr4", "r"(value)));
		tell("cr4 is %", READ("movl %%cr4, %0"));
		break;
	case 3:
		tell_trap("invlpg", 0, TRAPS("invlpg (%0)", "r"(value)));
		break;
	default:
		tell_trap("mov cr5", 0, TRAPS("movl %%cr5, %%eax", "r"(0)));
	}
}

static void
control_debug(void)
{
	uint32_t value = roll();

	__asm__ volatile("movl %0, %%dr1; movl %1, %%dr3"
			 :
			 : "r"(value), "r"(~value));
	tell("dr1 is %, dr3 is %", READ("movl %%dr1, %0"),
		READ("movl %%dr3, %0"));
	/* DR4 is DR6, unless CR4.DE makes it none */
	tell_trap("mov dr4", 0, TRAPS("movl %%dr4, %%eax", "r"(0)));
}

static void
control_msr(void)
{
	uint32_t which = MSR_SYSENTER + roll_below(3), value = roll(), low = 0;
	uint32_t high = 0;

	tell_trap(
		"wrmsr", which, TRAPS("wrmsr", "c"(which), "a"(value), "d"(0)));
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(which));
	tell("msr % is % %", which, high, low);
}

void
part_control(void)
{
	static void (*const steps[])(void) = { control_cr0, control_cr0,
		control_others, control_others, control_debug, control_msr };

	for (unsigned i = 0; i < STEPS; i++)
		steps[roll_below(6)]();
}

/* -- LGDT, LIDT, LLDT, LTR ------------------------------------------------- */

static void
tables_lgdt(void)
{
	uint32_t index = 3 + roll_below(MINE - 4);

	descriptors_load(index * 8 + roll_below(8));
	tell("the GDT ends at descriptor %", index);
	for (unsigned i = 0; i < 2; i++)
		tell_trap("mov fs", (index - i) * 8,
			TRAPS("movl %0, %%fs", "r"((index - i) * 8)));
	descriptors_load(sizeof(descriptors) - 1);
}

static void
tables_ltr(void)
{
	static uint32_t room[TSS_SIZE / 4];
	uint32_t rights = roll_below(3) ? TSS_RIGHTS : roll() & 0xff;
	uint32_t index = MINE + roll_below(TABLE - MINE);

	for (unsigned i = 0; i < 3; i++)
		room[i] = tss[i];
	descriptor_set(index, (uint32_t)room, TSS_SIZE - 1, rights);
	tell_trap("ltr of rights", rights, TRAPS("ltr %w0", "r"(index * 8)));
	tell_trap("and again", rights, TRAPS("ltr %w0", "r"(index * 8 + 3)));
	tell("rights of the TSS are %", descriptors[index][1] >> 8 & 0xff);
	/* back to that of the frame */
	descriptor_set(SEL_TSS / 8, (uint32_t)tss, TSS_SIZE - 1, TSS_RIGHTS);
	tell_trap("ltr back", SEL_TSS, TRAPS("ltr %w0", "r"(SEL_TSS)));
}

/* A local table, and a segment out of it. */
static void
tables_lldt(void)
{
	static uint32_t local[4][2];
	uint32_t rights = roll_below(4) ? LDT_RIGHTS : roll() & 0xff;
	uint32_t index = MINE + roll_below(TABLE - MINE);
	uint32_t size = roll_below(4) * 8 + 7, entry = roll_below(4);

	for (unsigned i = 0; i < 4; i++) {
		local[i][0] = 0xffff;
		local[i][1] = 0xcf9200;
	}
	descriptor_set(index, (uint32_t)local, size, rights);
	tell_trap("lldt of rights", rights, TRAPS("lldt %w0", "r"(index * 8)));
	tell_trap("mov gs", entry * 8 + 4,
		TRAPS("movl %0, %%gs", "r"(entry * 8 + 4)));
	tell("its rights are %", local[entry][1] >> 8 & 0xff);
	tell_trap("lldt of nothing", 0, TRAPS("lldt %w0", "r"(0)));
	tell_trap("mov gs", 4, TRAPS("movl %0, %%gs", "r"(4)));
}

static void
tables_lidt(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint32_t base;
	} table = { 0, (uint32_t)idt };
	static const struct code int_40 = { "int 40", { 0xcd, 40 }, 2 };

	table.limit = (uint16_t)(36 * 8 + roll_below(9) * 8 + 7);
	__asm__ volatile("lidt %0" : : "m"(table));
	tell_trap("int 40, IDT limit", table.limit, code_kernel(&int_40, 0, 0));
	__asm__ volatile("lidt idt_register");
}

void
part_tables(void)
{
	static void (*const steps[])(
		void) = { tables_lgdt, tables_ltr, tables_lldt, tables_lidt };

	for (unsigned i = 0; i < STEPS; i++)
		steps[roll_below(4)]();
}
