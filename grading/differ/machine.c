/* SPDX-License-Identifier: MIT */
/* The CPU's state and tables: as at the start, and what became of them. */
#include "grading/differ/guest.h"

#define GATE_USER  0xee
#define LOW_PAGES  16 /* not mapped: where addresses end that lose bits */
#define CR4_START  CR4_PAE
#define EFER_START (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)
#define DESC_DATA  0x00cff3000000ffffull
/* bases beyond what is mapped, wherever they are added to */
#define DESC_ABSENT  0x00cf73000000ffffull
#define DESC_BASE(b) (((b)&0xffffffull) << 16 | ((b) >> 24 & 0xffull) << 56)

uint64_t test_pml4[2][512] __attribute__((aligned(4096)));
uint64_t test_pd[2][512] __attribute__((aligned(4096)));
uint64_t test_pt[2][512] __attribute__((aligned(4096)));
uint8_t *const test_data = (uint8_t *)(6 * MIB);

static uint64_t test_pdpt[2][512] __attribute__((aligned(4096)));
static uint64_t fixed_pt[512] __attribute__((aligned(4096)));
static uint64_t low_pt[512] __attribute__((aligned(4096)));
uint8_t stack_user[PAGE] __attribute__((aligned(4096)));
uint8_t stack_kernel[PAGE] __attribute__((aligned(4096)));
static uint8_t stack_trap[2 * PAGE] __attribute__((aligned(4096)));
static uint64_t ldt[2];

/* Where SYSCALL goes; its stack is still the program's. */
extern const char syscall_entry[];
__asm__(".pushsection .text\n"
	"syscall_entry: int $0x42\n" /* VEC_SYSCALL */
	".popsection");

extern const struct table_register gdt_register;

static const uint32_t msrs[] = { MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK,
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, 0x174, 0x175, 0x176,
	MSR_EFER };

/*
 * All are marked as accessed.  ERRATUM: QEMU does not mark what IRET and far
 * returns load.
 */
static void
reset_gdt(void)
{
	uint64_t at = (uint64_t)&tss, table = (uint64_t)ldt;

	gdt[SEL_CODE / 8] = 0x00af9b000000ffff;
	gdt[SEL_DATA / 8] = 0x00cf93000000ffff;
	gdt[SEL_CODE32 / 8] = 0x00cf9b000000ffff;
	gdt[SEL_UDATA / 8] = DESC_DATA;
	gdt[SEL_UCODE / 8] = 0x00affb000000ffff;
	gdt[SEL_TSS / 8] = 0x0000890000000067 | DESC_BASE(at);
	gdt[SEL_TSS / 8 + 1] = 0;
	gdt[SEL_TSS2 / 8] = 0x0000890000000067 | DESC_BASE(at);
	gdt[SEL_TSS2 / 8 + 1] = 0;
	gdt[SEL_LDT / 8] = 0x000082000000000f | DESC_BASE(table);
	gdt[SEL_LDT / 8 + 1] = 0;
	gdt[SEL_ABSENT / 8] = DESC_ABSENT;
	gdt[SEL_BASED / 8] = DESC_DATA | DESC_BASE(0x72345678ull);
	ldt[0] = DESC_DATA | DESC_BASE(0x87654321ull);
	ldt[1] = DESC_ABSENT;
	__asm__ volatile("lgdt %0" : : "m"(gdt_register));
}

static void
reset_idt(void)
{
	idt_init();
	for (unsigned i = 0; i < 256; i++) {
		idt[i].ist = 1;
		if (i == VEC_BP || i == VEC_OF || (i >= VEC_END && i < 0x51))
			idt[i].type = GATE_USER;
	}
	idt[0x51].type = GATE_USER & 0x7f; /* not present */
	tss.rsp[0] = STACK_KERN;
	tss.ist[0] = (uint64_t)stack_trap + sizeof(stack_trap);
}

static void
reset_segments(void)
{
	__asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%ss\n\t"
			 "mov %1, %%fs\n\tmov %1, %%gs\n\tlldt %w1\n\tltr %w2"
			 :
			 : "r"(SEL_DATA), "r"(0), "r"(SEL_TSS)
			 : "memory");
}

void
machine_init(void)
{
	const uint64_t table = PTE_P | PTE_W | PTE_U;

	for (unsigned i = 0; i < 512; i++)
		low_pt[i] = i < LOW_PAGES ? 0 : i * PAGE | PTE_P | PTE_W;
	guest_pd[0][0] = (uint64_t)low_pt | PTE_P | PTE_W;
	/* no program may meet a device that only one machine has */
	for (unsigned gib = 1; gib < 4; gib++)
		guest_pdpt[gib] = 0;
	fixed_pt[0] = (uint64_t)program_code | PTE_P | PTE_U;
	fixed_pt[1] = (uint64_t)program_code | PTE_P;
	fixed_pt[3] = (uint64_t)stack_user | PTE_P | PTE_W | PTE_U;
	fixed_pt[5] = (uint64_t)stack_kernel | PTE_P | PTE_W;
	for (unsigned r = 0; r < 2; r++) {
		test_pml4[r][0] = guest_pml4[0];
		test_pml4[r][TEST_GVA >> 39 & 511] =
			(uint64_t)test_pdpt[r] | table;
		test_pdpt[r][0] = (uint64_t)test_pd[r] | table;
		test_pd[r][0] = (uint64_t)fixed_pt | table;
	}
}

static void
reset_registers(void)
{
	uint64_t zero = 0;

	for (unsigned i = 0; msrs[i] != MSR_EFER; i++)
		wrmsr(msrs[i], 0);
	wrmsr(MSR_STAR, (SEL_CODE | (SEL_CODE32 | 3ull) << 16) << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK, SFMASK);
	__asm__ volatile("mov %0, %%cr2; mov %0, %%db0; mov %0, %%db1; "
			 "mov %0, %%db2; mov %0, %%db3; mov %1, %%db6; "
			 "mov %2, %%db7"
			 :
			 : "r"(zero), "r"(0xffff0ff0ul), "r"(0x400ul));
}

static void
reset_pic(void)
{
	for (uint16_t port = 0x20; port <= 0xa0; port += 0x80) {
		outb(port, 0x11);
		outb(port + 1, port == 0x20 ? VEC_IRQ0 : VEC_IRQ0 + 8);
		outb(port + 1, port == 0x20 ? 4 : 2);
		outb(port + 1, 1);
		outb(port + 1, 0xff);
	}
}

void
machine_reset(void)
{
	wrmsr(MSR_EFER, EFER_START);
	write_cr0(CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
	write_cr4(CR4_START);
	reset_gdt();
	reset_idt();
	reset_segments();
	write_cr3((uint64_t)test_pml4[0]);
	reset_registers();
	reset_pic();
	wrmsr(MSR_EFER, EFER_START);
}

static void
digest_words(const char *name, const void *from, size_t bytes)
{
	const uint64_t *words = from;
	uint64_t sum = 0;

	for (size_t i = 0; i < bytes / 8; i++)
		sum = (sum ^ words[i]) * 0x100000001b3ull ^ sum >> 29;
	digest_add(name, sum);
}

/* Which words of the data are not what they were at first. */
static void
print_changed(void)
{
	const uint64_t *words = (const uint64_t *)test_data;

	for (unsigned i = 0; i < DATA_PAGES * PAGE / 8; i++) {
		if (words[i] == program_word(i))
			continue;
		guest_print("  at ");
		guest_print_hex((uint64_t)&words[i]);
		guest_print("=");
		guest_print_hex(words[i]);
		guest_print("\n");
	}
}

void
machine_digest(void)
{
	uint64_t dr[6];

	digest_add("cr0", read_cr0());
	digest_add("cr2", read_cr2());
	digest_add("cr3", read_cr3());
	digest_add("cr4", read_cr4());
	__asm__ volatile("mov %%db0, %0; mov %%db1, %1; mov %%db2, %2; "
			 "mov %%db3, %3; mov %%db6, %4; mov %%db7, %5"
			 : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]), "=r"(dr[3]),
			 "=r"(dr[4]), "=r"(dr[5]));
	for (unsigned i = 0; i < 6; i++)
		digest_add("dr", dr[i]);
	for (unsigned i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
		digest_add("msr", rdmsr(msrs[i]));
	digest_add("pic", inb(0x21) | inb(0xa1) << 8);
	for (unsigned i = 0; i < GDT_SIZE / 8; i++)
		digest_add("gdt", gdt[i]);
	for (unsigned i = 0; i < 2; i++)
		digest_add("ldt", ldt[i]);
	for (unsigned r = 0; r < 2; r++) {
		digest_add("pde-small", test_pd[r][1]);
		digest_add("pde-large", test_pd[r][2]);
		for (unsigned i = 0; i < DATA_PAGES; i++)
			digest_add("pte", test_pt[r][i]);
	}
	digest_words("data", test_data, DATA_PAGES * PAGE);
	if (options.verbose)
		print_changed();
	digest_words("stack-user", stack_user, PAGE);
	digest_words("stack-kernel", stack_kernel, PAGE);
}
