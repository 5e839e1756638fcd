/* SPDX-License-Identifier: MIT */
/* Instructions that are none of a program's business. */
#include "user/usertests/usertests.h"

/* A function that executes one piece of assembler, for a child. */
#define INSTRUCTION(name, ...)                                                 \
	static void name(void)                                                 \
	{                                                                      \
		__asm__ volatile(__VA_ARGS__);                                 \
	}

INSTRUCTION(do_cli, "cli")
INSTRUCTION(do_sti, "sti")
INSTRUCTION(do_hlt, "hlt")
INSTRUCTION(do_in, "inb $0x60, %%al" ::: "rax")
INSTRUCTION(do_out, "outb %%al, $0xf4" ::"a"(0))
INSTRUCTION(do_out_dx, "outw %%ax, %%dx" ::"a"(0x2000), "d"(0x604))
INSTRUCTION(do_ins, "rep insb" ::"d"(0x60), "c"(1), "D"(0x400000))
INSTRUCTION(do_read_cr0, "mov %%cr0, %%rax" ::: "rax")
INSTRUCTION(do_read_cr3, "mov %%cr3, %%rax" ::: "rax")
INSTRUCTION(do_write_cr0, "mov %%rax, %%cr0" ::"a"(0))
INSTRUCTION(do_write_cr3, "mov %%rax, %%cr3" ::"a"(0))
INSTRUCTION(do_write_cr4, "mov %%rax, %%cr4" ::"a"(0))
INSTRUCTION(do_write_cr8, "mov %%rax, %%cr8" ::"a"(15))
INSTRUCTION(do_write_dr7, "mov %%rax, %%dr7" ::"a"(0))
INSTRUCTION(do_rdmsr, "rdmsr" ::"c"(0xc0000080) : "rax", "rdx")
INSTRUCTION(do_wrmsr, "wrmsr" ::"c"(0xc0000080), "a"(0), "d"(0))
INSTRUCTION(do_rdpmc, "rdpmc" ::"c"(0x7fffffff) : "rax", "rdx")
INSTRUCTION(do_lgdt, "lgdt (%%rsp)" ::)
INSTRUCTION(do_lidt, "lidt (%%rsp)" ::)
INSTRUCTION(do_lldt, "lldt %%ax" ::"a"(0))
INSTRUCTION(do_ltr, "ltr %%ax" ::"a"(0x28))
INSTRUCTION(do_lmsw, "lmsw %%ax" ::"a"(0))
INSTRUCTION(do_clts, "clts")
INSTRUCTION(do_invd, "invd")
INSTRUCTION(do_wbinvd, "wbinvd")
INSTRUCTION(do_invlpg, "invlpg (%%rax)" ::"a"(0x400000))
INSTRUCTION(do_swapgs, "swapgs")
INSTRUCTION(do_sysret, "sysretq" ::"c"(0x400000) : "r11")
INSTRUCTION(do_stac, "stac")
INSTRUCTION(do_vmrun, "vmrun" ::"a"(0x400000))
INSTRUCTION(do_vmload, "vmload" ::"a"(0x400000))
INSTRUCTION(do_stgi, "stgi")
INSTRUCTION(do_int_timer, "int $0x20")
INSTRUCTION(do_int_page_fault, "int $14")
INSTRUCTION(do_int_double_fault, "int $8")
INSTRUCTION(do_int_80, "int $0x80")
INSTRUCTION(do_int_ff, "int $0xff")
INSTRUCTION(do_iret_kernel,
	"push $0; push %%rsp; push $2; push $8; push $0x400000; iretq" ::)
INSTRUCTION(do_far_return, "push $8; push $0x400000; lretq" ::)
INSTRUCTION(do_kernel_ds, "mov %%ax, %%ds" ::"a"(8))
INSTRUCTION(do_kernel_ss, "mov %%ax, %%ss" ::"a"(0x10))
INSTRUCTION(do_bad_selector, "mov %%ax, %%fs" ::"a"(0xfff8))
INSTRUCTION(do_kernel_ss_jump, "pushq $0; popq %%rax; mov %%ax, %%ss" ::: "rax")
INSTRUCTION(do_non_canonical, "mov (%%rax), %%al" ::"a"(0x800000000000))
INSTRUCTION(do_non_canonical_stack,
	"mov %%rax, %%rsp; push %%rax" ::"a"(0x800000000000))
INSTRUCTION(do_non_canonical_jump, "jmp *%%rax" ::"a"(0x800000000000))
INSTRUCTION(do_ud2, "ud2")
INSTRUCTION(do_bad_opcode, ".byte 0x06")
INSTRUCTION(do_divide, "div %%ecx" ::"a"(1), "c"(0), "d"(0))
INSTRUCTION(do_divide_overflow, "idiv %%ecx" ::"a"(0x80000000), "c"(-1),
	"d"(0xffffffff))
INSTRUCTION(do_int3, "int3")
INSTRUCTION(do_int1, ".byte 0xf1")
INSTRUCTION(do_trap_flag, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop" ::
		    : "cc", "memory")

#define OR_NONE 0x100 /* docs/errata.md, Q25 */

static const struct {
	const char *name;
	void (*run)(void);
	int sig; /* 0: any; | OR_NONE: or it goes on */
} instructions[] = {
	{ "cli", do_cli, SIGSEGV },
	{ "sti", do_sti, SIGSEGV },
	{ "hlt", do_hlt, SIGSEGV },
	{ "in", do_in, SIGSEGV },
	{ "out", do_out, SIGSEGV },
	{ "out dx", do_out_dx, SIGSEGV },
	{ "ins", do_ins, SIGSEGV },
	{ "read cr0", do_read_cr0, SIGSEGV },
	{ "read cr3", do_read_cr3, SIGSEGV },
	{ "write cr0", do_write_cr0, SIGSEGV },
	{ "write cr3", do_write_cr3, SIGSEGV },
	{ "write cr4", do_write_cr4, SIGSEGV },
	{ "write cr8", do_write_cr8, SIGSEGV },
	{ "write dr7", do_write_dr7, SIGSEGV },
	{ "rdmsr", do_rdmsr, SIGSEGV },
	{ "wrmsr", do_wrmsr, SIGSEGV },
	{ "rdpmc", do_rdpmc, 0 },
	{ "lgdt", do_lgdt, SIGSEGV },
	{ "lidt", do_lidt, SIGSEGV },
	{ "lldt", do_lldt, SIGSEGV },
	{ "ltr", do_ltr, SIGSEGV },
	{ "lmsw", do_lmsw, SIGSEGV },
	{ "clts", do_clts, SIGSEGV },
	{ "invd", do_invd, SIGSEGV | OR_NONE },
	{ "wbinvd", do_wbinvd, SIGSEGV | OR_NONE },
	{ "invlpg", do_invlpg, SIGSEGV },
	{ "swapgs", do_swapgs, SIGSEGV },
	{ "sysret", do_sysret, 0 },
	{ "stac", do_stac, 0 },
	{ "vmrun", do_vmrun, 0 },
	{ "vmload", do_vmload, 0 },
	{ "stgi", do_stgi, 0 },
	{ "int 0x20", do_int_timer, SIGSEGV },
	{ "int 14", do_int_page_fault, SIGSEGV },
	{ "int 8", do_int_double_fault, SIGSEGV },
	{ "int 0x80", do_int_80, SIGSEGV },
	{ "int 0xff", do_int_ff, SIGSEGV },
	{ "iret to the kernel", do_iret_kernel, SIGSEGV },
	{ "far return to the kernel", do_far_return, SIGSEGV },
	{ "ds of the kernel", do_kernel_ds, 0 },
	{ "ss of the kernel", do_kernel_ss, SIGSEGV },
	{ "selector beyond the GDT", do_bad_selector, SIGSEGV },
	{ "ss of 0", do_kernel_ss_jump, SIGSEGV },
	{ "non-canonical address", do_non_canonical, SIGSEGV },
	{ "non-canonical stack", do_non_canonical_stack, 0 },
	{ "non-canonical jump", do_non_canonical_jump, SIGSEGV },
	{ "ud2", do_ud2, SIGILL },
	{ "bad opcode", do_bad_opcode, SIGILL },
	{ "division by 0", do_divide, SIGFPE },
	{ "division overflow", do_divide_overflow, SIGFPE },
	{ "int3", do_int3, SIGTRAP },
	{ "int1", do_int1, 0 },
	{ "trap flag", do_trap_flag, SIGTRAP },
};

/* Each ends the program, by the right signal, and nobody else. */
static void
cpu_forbidden_instructions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		int status = child_status(instructions[i].run);
		int sig = instructions[i].sig & ~OR_NONE;

		if (!WIFSIGNALED(status) && instructions[i].sig & OR_NONE)
			continue;
		if (!WIFSIGNALED(status))
			fail("%s: the program goes on", instructions[i].name);
		if (sig != 0 && WTERMSIG(status) != sig)
			fail("%s: signal %d, not %d", instructions[i].name,
				WTERMSIG(status), sig);
	}
}
USERTEST(cpu_forbidden_instructions);

/* popf cannot take interrupts away, nor give port rights. */
static void
cpu_popf(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; andl $~0x200, (%%rsp); orl $0x3000, (%%rsp);"
			 "popfq; pushfq; pop %0"
			 : "=r"(flags)::"cc", "memory");
	check_is(flags & 0x200, 0x200);
	check_is(flags & 0x3000, 0);
}
USERTEST(cpu_popf);
