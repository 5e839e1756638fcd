/* SPDX-License-Identifier: MIT */
/*
 * Random bytes as a program of ring 3, thousands of them: whatever they are,
 * they end in an exception or by the timer, and the kernel has lost nothing.
 */
/* exits: 200000 */
/* check: shadow */
#include "grading/drivers/lib/dice.h"
#include "grading/probes/lib/probe.h"

#define PROGRAMS 1500
#define BYTES	 48
#define FLAGS	 0x50cd5ul /* that a program begins with */
#define DIVISOR	 2000	   /* 600 Hz: ends what loops */

/* What a VMM has to do with: first bytes, two of 0F, and prefixes. */
static const uint8_t first[] = { 0x0f, 0x0f, 0x0f, 0xf3, 0x66, 0x48, 0x64, 0x65,
	0x6c, 0x6e, 0xe4, 0xee, 0xcd, 0xcf, 0xcb, 0xca, 0xff, 0xff, 0x8e, 0x8c,
	0x9c, 0x9d, 0xf4, 0xfa, 0xfb, 0xf1, 0xc8, 0xe3, 0xa4, 0xab };
static const uint8_t second[] = { 0x00, 0x01, 0x01, 0x05, 0x07, 0x34, 0x35,
	0x20, 0x22, 0x21, 0x23, 0x30, 0x32, 0x33, 0xa0, 0xa1, 0xa8, 0xa9, 0xb2,
	0xb4, 0xb5, 0xae, 0xc7, 0xa2, 0x31, 0x0b, 0x02, 0x03 };

static struct dice dice = { 0x5eed };
static uint8_t *code;

static void
plant(void)
{
	for (unsigned i = 0; i < BYTES; i++)
		code[i] = (uint8_t)dice_next(&dice);
	for (unsigned i = 0; i < BYTES - 2; i += 1 + dice_below(&dice, 8)) {
		code[i] = first[dice_below(&dice, sizeof(first))];
		if (code[i] == 0x0f)
			code[i + 1] = second[dice_below(&dice, sizeof(second))];
	}
	for (unsigned i = BYTES; i < 256; i++)
		code[i] = 0xcc;
}

static void
run(void)
{
	uint64_t flags = (dice_next(&dice) & FLAGS) | 0x202;

	(void)TRAPS(__asm__ volatile(
		"pushq %0; pushq %1; pushq %2; pushq %3; pushq %4\n\t"
		"mov %5, %%rdi; mov %5, %%rsi; mov %6, %%rcx\n\t"
		"mov %5, %%rbx; mov %6, %%rdx; mov %5, %%rax\n\t"
		"iretq"
		:
		: "i"(SEL_UDATA), "r"(USER_DATA + 2048), "r"(flags),
		"i"(SEL_UCODE), "r"(USER_GVA), "r"(USER_DATA + 1024),
		"r"(dice_next(&dice) & 0xfff)
		: "memory", "rdi", "rsi", "rcx", "rbx", "rdx", "rax"));
	if (trap.vector == VEC_IRQ0)
		pic_eoi(0);
}

/* Where its system calls go: they are as good an end as any. */
extern const char system_call[], system_call_end[];
__asm__(".text\nsystem_call: ud2\nsystem_call_end:");

static bool
ended_well(void)
{
	return (trap.cs & 3) == 3 ||
		(trap.rip >= (uint64_t)system_call &&
			trap.rip <= (uint64_t)system_call_end);
}

USER_CODE(user_nop, "nop");

int
main(void)
{
	uint64_t cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();
	struct table_register gdtr;

	CHECK_IS(USER_RUN(user_nop), VEC_BP);
	code = (uint8_t *)(*page_entry(USER_GVA, 1) & 0xffffffffff000);
	wrmsr(MSR_STAR, (uint64_t)SEL_CODE32 << 48 | (uint64_t)SEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)system_call);
	wrmsr(MSR_CSTAR, (uint64_t)system_call);
	wrmsr(MSR_SFMASK, 0x47700);
	pic_init(1);
	pit_periodic(DIVISOR);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		plant();
		run();
		CHECK(ended_well());
		CHECK_IS(read_cr3(), cr3);
	}
	CHECK_IS(read_cr0(), cr0);
	CHECK_IS(read_cr4(), cr4);
	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	CHECK_IS(gdtr.base, (uint64_t)gdt);
	CHECK_IS(USER_RUN(user_nop), VEC_BP);
	return 0;
}
