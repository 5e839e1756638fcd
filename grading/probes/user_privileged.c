/* SPDX-License-Identifier: MIT */
/*
 * What ring 3 may not do, done there: each is the guest kernel's #GP (or #UD
 * for what the machine has not), whatever the VMM has to emulate it for, and
 * nothing has changed (XSA-105, XSA-106: emulators that forgot to look).
 *
 * QEMU 10 forgets INVD and WBINVD (docs/errata.md, Q25): they come last.
 */
/* ring3, perhaps: u_invd */
#include "grading/probes/lib/probe.h"

#define GP(name, code) USER_CODE(name, code);

GP(u_hlt, "hlt")
GP(u_cli, "cli")
GP(u_sti, "sti")
GP(u_clts, "clts")
GP(u_lgdt, "mov $0x400000001000, %rax\n\tlgdt (%rax)")
GP(u_lidt, "mov $0x400000001000, %rax\n\tlidt (%rax)")
GP(u_lldt, "xor %eax, %eax\n\tlldt %ax")
GP(u_ltr, "mov $0x30, %eax\n\tltr %ax")
GP(u_lmsw, "xor %eax, %eax\n\tlmsw %ax")
GP(u_cr0, "xor %eax, %eax\n\tmov %rax, %cr0")
GP(u_cr3, "xor %eax, %eax\n\tmov %rax, %cr3")
GP(u_cr4, "xor %eax, %eax\n\tmov %rax, %cr4")
GP(u_cr8, "xor %eax, %eax\n\tmov %rax, %cr8")
GP(u_read_cr0, "mov %cr0, %rax")
GP(u_read_cr2, "mov %cr2, %rax")
GP(u_read_cr3, "mov %cr3, %rax")
GP(u_dr7, "xor %eax, %eax\n\tmov %rax, %db7")
GP(u_read_dr6, "mov %db6, %rax")
GP(u_rdmsr, "mov $0xc0000080, %ecx\n\trdmsr")
GP(u_wrmsr, "mov $0xc0000080, %ecx\n\txor %eax, %eax\n\twrmsr")
GP(u_wrmsr_fs, "mov $0xc0000100, %ecx\n\txor %eax, %eax\n\twrmsr")
GP(u_invlpg, "invlpg (%rax)")
GP(u_invd, "invd")
GP(u_wbinvd, "wbinvd")
GP(u_swapgs, "swapgs")
GP(u_sysret, "mov $0x400000000000, %rcx\n\tsysretq")
GP(u_in, "in $0x80, %al")
GP(u_out, "out %al, $0xf4")
GP(u_ins, "mov $0x80, %edx\n\tmov $0x400000001000, %rdi\n\tinsb")
GP(u_outs, "mov $0xf4, %edx\n\tmov $0x400000001000, %rsi\n\trep outsb")
GP(u_iret,
	"mov $0x400000002000, %rax\n\tpushq $0x10\n\tpush %rax\n\tpushq $2\n\t"
	"pushq $0x08\n\tpush %rax\n\tiretq")
GP(u_ss, "mov $0x10, %eax\n\tmov %eax, %ss")
GP(u_rdpmc, "xor %ecx, %ecx\n\trdpmc")
GP(u_int_irq, "int $0x20")

#define ONE(name)                                                              \
	{                                                                      \
#name, name, (size_t)(name##_end - name)                       \
	}

static uint64_t
state_sum(void)
{
	struct table_register gdtr, idtr;
	uint16_t ldt, tr;

	__asm__ volatile("sgdt %0; sidt %1; sldt %2; str %3"
			 : "=m"(gdtr), "=m"(idtr), "=m"(ldt), "=m"(tr));
	return gdtr.base * 3 + idtr.base * 5 + ldt * 7ul + tr * 11ul +
		read_cr0() * 13 + read_cr3() * 17 + read_cr4() * 19 +
		rdmsr(MSR_EFER) * 23 + rdmsr(MSR_FS_BASE) * 29;
}

int
main(void)
{
	const struct {
		const char *name, *code;
		size_t size;
	} all[] = { ONE(u_hlt), ONE(u_cli), ONE(u_sti), ONE(u_clts),
		ONE(u_lgdt), ONE(u_lidt), ONE(u_lldt), ONE(u_ltr), ONE(u_lmsw),
		ONE(u_cr0), ONE(u_cr3), ONE(u_cr4), ONE(u_cr8), ONE(u_read_cr0),
		ONE(u_read_cr2), ONE(u_read_cr3), ONE(u_dr7), ONE(u_read_dr6),
		ONE(u_rdmsr), ONE(u_wrmsr), ONE(u_wrmsr_fs), ONE(u_invlpg),
		ONE(u_swapgs), ONE(u_sysret), ONE(u_in), ONE(u_out), ONE(u_ins),
		ONE(u_outs), ONE(u_iret), ONE(u_ss), ONE(u_rdpmc),
		ONE(u_int_irq), ONE(u_invd), ONE(u_wbinvd) };
	uint64_t sum = state_sum();

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		uint64_t vector = user_run(all[i].code, all[i].size);

		if (vector != VEC_GP) {
			guest_print(all[i].name);
			guest_print(": ");
		}
		CHECK_IS(vector, VEC_GP);
		CHECK_IS(trap.cs, SEL_UCODE);
		CHECK(trap.rip >= USER_GVA && trap.rip < USER_GVA + 64);
		CHECK_IS(state_sum(), sum);
	}
	return 0;
}
