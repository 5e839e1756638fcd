/* SPDX-License-Identifier: MIT */
/*
 * The loaders: a sound kernel ends up where it says, with what its protocol
 * promises; each lie and each VM that is too small has its own words.
 *
 * Over 400 lines because two protocols need their images made here.
 */
/* links: vmm/loader/loader.c vmm/loader/pvh.c vmm/loader/multiboot1.c
 * vmm/gmem.c vmm/gmem_copy.c kernel/lib/elf.c
 * grading/unit/fake_kernel.c */
#include "vmm/loader/loader.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"
#include "vmm/gmem.h"
#include "vmm/vcpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB	   (1ull << 20)
#define IMAGE_SIZE 8192
#define CODE	   4096 /* offset of the segment's bytes in the image */
#define CODE_SIZE  100

struct image {
	struct elf_source src;
	uint8_t bytes[IMAGE_SIZE];
};

static struct gmem gmem;
static struct vcpu vcpu;
static struct image kernel, initrd;
static struct load ld;

/* The loaders use no more of the VMM than this. */
void
vcpu_reset(struct vcpu *v)
{
	memset(v, 0, sizeof(*v));
	v->valid = v->dirty = VCPU_ALL;
}

static int64_t
image_read(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	struct image *im = (struct image *)src;

	assert_true(offset <= src->size);
	if (n > src->size - offset)
		n = src->size - offset;
	memcpy(buf, im->bytes + offset, n);
	return (int64_t)n;
}

static void
put(size_t at, uint64_t value, size_t n)
{
	memcpy(kernel.bytes + at, &value, n);
}

/* A new VM of so much memory, without a kernel. */
static void
start(uint64_t memory)
{
	gmem_fini(&gmem);
	gmem_init(&gmem);
	assert_int_equal(gmem_add_pc_ram(&gmem, memory), 0);
	ld = (struct load){ .gmem = &gmem,
		.vcpu = &vcpu,
		.kernel = &kernel.src,
		.name = "/boot/test",
		.cmdline = "one two" };
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	memset(&kernel, 0, sizeof(kernel));
	memset(&initrd, 0, sizeof(initrd));
	kernel.src = (struct elf_source){ image_read, IMAGE_SIZE };
	initrd.src = (struct elf_source){ image_read, 5000 };
	memset(initrd.bytes, 0x77, sizeof(initrd.bytes));
	start(16 * MIB);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	gmem_fini(&gmem);
	return fake_frames_used != 0;
}

enum {
	PH0 = 64,
	P_OFFSET = 8,
	P_VADDR = 16,
	P_PADDR = 24,
	P_FILESZ = 32,
	P_MEMSZ = 40,
	NOTE = 64 + 2 * 56,
	NOTE_DESC = NOTE + 16
};

/* An ELF64 with one segment at 1 MiB and a PVH note. */
static void
image_pvh(void)
{
	memcpy(kernel.bytes, "\177ELF\2\1\1", 7);
	put(16, 2, 2);
	put(18, 62, 2);
	put(20, 1, 4);
	put(24, 0xffffffff80100000, 8);
	put(32, PH0, 8);
	put(52, 64, 2);
	put(54, 56, 2);
	put(56, 2, 2);
	put(PH0, ELF_PT_LOAD, 4);
	put(PH0 + P_OFFSET, CODE, 8);
	put(PH0 + P_VADDR, 0xffffffff80100000, 8);
	put(PH0 + P_PADDR, MIB, 8);
	put(PH0 + P_FILESZ, CODE_SIZE, 8);
	put(PH0 + P_MEMSZ, 8192, 8);
	put(PH0 + 56, ELF_PT_NOTE, 4);
	put(PH0 + 56 + P_OFFSET, NOTE, 8);
	put(PH0 + 56 + P_FILESZ, 20, 8);
	put(NOTE, 4, 4);
	put(NOTE + 4, 4, 4);
	put(NOTE + 8, 18, 4);
	memcpy(kernel.bytes + NOTE + 12, "Xen", 4);
	put(NOTE_DESC, MIB + 16, 4);
	memset(kernel.bytes + CODE, 0xc0, CODE_SIZE);
}

/* The same as an ELF32 with a Multiboot header at the start of the code. */
static void
image_multiboot_elf(void)
{
	memcpy(kernel.bytes, "\177ELF\1\1\1", 7);
	put(16, 2, 2);
	put(18, 3, 2);
	put(20, 1, 4);
	put(24, 0xc0100010, 4); /* virtual */
	put(28, 52, 4);
	put(40, 52, 2);
	put(42, 32, 2);
	put(44, 1, 2);
	put(52, ELF_PT_LOAD, 4);
	put(56, CODE, 4);
	put(60, 0xc0100000, 4);
	put(64, MIB, 4);
	put(68, CODE_SIZE, 4);
	put(72, 8192, 4);
	memset(kernel.bytes + CODE, 0xc0, CODE_SIZE);
	put(CODE, 0x1badb002, 4);
	put(CODE + 4, 3, 4);
	put(CODE + 8, 0u - 0x1badb002 - 3, 4);
}

/* No ELF: a header at 64 with the addresses in it. */
static void
image_multiboot_addresses(void)
{
	put(64, 0x1badb002, 4);
	put(68, 0x10000, 4);
	put(72, 0u - 0x1badb002 - 0x10000, 4);
	put(76, MIB + 64, 4);	/* header */
	put(80, MIB, 4);	/* load */
	put(84, MIB + 4096, 4); /* load end */
	put(88, MIB + 6000, 4); /* bss end */
	put(92, MIB + 100, 4);	/* entry */
	memset(kernel.bytes + 100, 0xc0, 3000);
}

static uint64_t
guest(uint64_t gpa, size_t n)
{
	uint64_t value = 0;

	assert_int_equal(gmem_read(&gmem, gpa, &value, n), 0);
	return value;
}

static void
expect_refused(int err, const char *why)
{
	assert_int_equal(load_kernel(&ld), err);
	assert_string_equal(ld.why, why);
}

static void
load_pvh_puts_segments_at_physical_addresses(void **state)
{
	(void)state;
	image_pvh();
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(guest(MIB, 8), 0xc0c0c0c0c0c0c0c0);
	assert_int_equal(guest(MIB + CODE_SIZE - 1, 1), 0xc0);
	assert_int_equal(guest(MIB + CODE_SIZE, 8), 0);
}

static void
load_pvh_starts_in_flat_protected_mode(void **state)
{
	(void)state;
	image_pvh();
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(vcpu.regs.rip, MIB + 16);
	assert_int_equal(vcpu.regs.rflags, 2);
	assert_int_equal(vcpu.state.cr0, 0x11);
	assert_int_equal(vcpu.state.seg[SEG_CS].attr, VSEG_CODE32);
	assert_int_equal(vcpu.state.seg[SEG_DS].limit, 0xffffffff);
	assert_int_equal(vcpu.dirty, VCPU_ALL);
}

static void
load_pvh_start_info(void **state)
{
	uint64_t info, map;
	char cmdline[8];

	(void)state;
	image_pvh();
	assert_int_equal(load_kernel(&ld), 0);
	info = vcpu.regs.gpr[GPR_RBX];
	assert_int_equal(guest(info, 4), 0x336ec578);
	assert_int_equal(guest(info + 4, 4), 1);
	assert_int_equal(guest(info + 12, 4), 0);
	gmem_read(&gmem, guest(info + 24, 8), cmdline, 8);
	assert_string_equal(cmdline, "one two");
	map = guest(info + 40, 8);
	assert_int_equal(guest(info + 48, 4), 2);
	assert_int_equal(guest(map, 8), 0);
	assert_int_equal(guest(map + 16, 4), 1);
	assert_int_equal(guest(map + 24, 8), MIB);
	assert_int_equal(guest(map + 32, 8), 15 * MIB);
}

static void
load_pvh_initrd_is_the_module_at_the_top(void **state)
{
	uint64_t module;

	(void)state;
	image_pvh();
	ld.initrd = &initrd.src;
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(guest(vcpu.regs.gpr[GPR_RBX] + 12, 4), 1);
	module = guest(vcpu.regs.gpr[GPR_RBX] + 16, 8);
	assert_int_equal(guest(module, 8), 16 * MIB - 8192);
	assert_int_equal(guest(module + 8, 8), 5000);
	assert_int_equal(guest(16 * MIB - 8192 + 4999, 2), 0x77);
}

static void
load_initrd_stays_below_4_gib(void **state)
{
	(void)state;
	start(5ull << 30);
	image_pvh();
	ld.initrd = &initrd.src;
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(ld.initrd_gpa, GMEM_MMIO_HOLE_START - 8192);
}

static void
load_multiboot_elf(void **state)
{
	(void)state;
	image_multiboot_elf();
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(vcpu.regs.gpr[GPR_RAX], 0x2badb002);
	assert_int_equal(vcpu.regs.rip, MIB + 16); /* physical */
	assert_int_equal(guest(MIB, 4), 0x1badb002);
	assert_int_equal(guest(MIB + 12, 1), 0xc0);
}

static void
load_multiboot_addresses(void **state)
{
	(void)state;
	image_multiboot_addresses();
	assert_int_equal(load_kernel(&ld), 0);
	assert_int_equal(vcpu.regs.rip, MIB + 100);
	assert_int_equal(guest(MIB + 64, 4), 0x1badb002);
	assert_int_equal(guest(MIB + 100, 2), 0xc0c0);
	assert_int_equal(ld.kernel_end, MIB + 6000);
}

static void
load_multiboot_info(void **state)
{
	char text[24];
	uint64_t info;

	(void)state;
	image_multiboot_elf();
	ld.initrd = &initrd.src;
	assert_int_equal(load_kernel(&ld), 0);
	info = vcpu.regs.gpr[GPR_RBX];
	assert_int_equal(guest(info, 4), 0x24d);
	assert_int_equal(guest(info + 4, 4), 640);
	assert_int_equal(guest(info + 8, 4), 15 * 1024);
	gmem_read(&gmem, guest(info + 16, 4), text, sizeof(text));
	assert_string_equal(text, "/boot/test one two");
	assert_int_equal(guest(info + 20, 4), 1);
	assert_int_equal(guest(guest(info + 24, 4), 4), 16 * MIB - 8192);
	assert_int_equal(
		guest(guest(info + 24, 4) + 4, 4), 16 * MIB - 8192 + 5000);
	assert_int_equal(guest(info + 44, 4), 48);
	assert_int_equal(guest(guest(info + 48, 4), 4), 20);
	assert_int_equal(guest(guest(info + 48, 4) + 24 + 4, 8), MIB);
}

static void
load_refuses_what_is_no_kernel(void **state)
{
	(void)state;
	expect_refused(-ENOEXEC,
		"not a kernel that boots here: "
		"neither an ELF with a PVH note nor Multiboot");
	kernel.src.size = 0;
	assert_int_equal(load_kernel(&ld), -ENOEXEC);
}

static void
load_says_what_is_wrong_with_a_broken_elf(void **state)
{
	(void)state;
	image_pvh();
	kernel.src.size = 100;
	expect_refused(
		-ENOEXEC, "kernel: program headers beyond the end of the file");
}

static void
load_says_how_much_memory_is_missing(void **state)
{
	(void)state;
	image_pvh();
	put(PH0 + P_MEMSZ, 23 * MIB, 8);
	expect_refused(-E2BIG, "the kernel needs 24 MiB but the VM has 16");
}

static void
load_says_when_the_initrd_does_not_fit(void **state)
{
	(void)state;
	image_pvh();
	put(PH0 + P_MEMSZ, 15 * MIB, 8);
	ld.initrd = &initrd.src;
	expect_refused(
		-E2BIG, "kernel and initrd need 17 MiB but the VM has 16");
}

static void
load_refuses_segments_outside_ram(void **state)
{
	(void)state;
	image_pvh();
	put(PH0 + P_PADDR, 1ull << 40, 8);
	expect_refused(-E2BIG,
		"segment at 0x10000000000 to 0x10000002000 lies outside guest "
		"RAM");
}

static void
load_refuses_segments_over_boot_information(void **state)
{
	(void)state;
	image_pvh();
	put(PH0 + P_PADDR, 0x8000, 8);
	expect_refused(-ENOEXEC,
		"segment at 0x8000 to 0xa000 is where boot information lies");
}

static void
load_refuses_a_wild_entry(void **state)
{
	(void)state;
	image_pvh();
	put(NOTE_DESC, 0x200000, 4);
	expect_refused(
		-ENOEXEC, "kernel: the PVH entry 0x200000 lies in no segment");
}

static void
load_refuses_a_broken_note(void **state)
{
	(void)state;
	image_pvh();
	put(NOTE + 4, 2, 4);
	expect_refused(
		-ENOEXEC, "kernel: the PVH note holds no 32-bit address");
	put(NOTE + 4, 1000, 4);
	expect_refused(-ENOEXEC, "kernel: a note is cut short");
}

static void
load_refuses_a_lying_elf(void **state)
{
	(void)state;
	image_pvh();
	put(PH0 + P_OFFSET, IMAGE_SIZE - 99, 8);
	expect_refused(-ENOEXEC,
		"kernel: program header 0: "
		"file range beyond the end of the file");
}

static void
load_refuses_an_elf_without_segments(void **state)
{
	(void)state;
	image_pvh();
	put(PH0, ELF_PT_NULL, 4);
	expect_refused(-ENOEXEC, "kernel: it has nothing to load");
}

static void
load_refuses_lying_multiboot_addresses(void **state)
{
	(void)state;
	image_multiboot_addresses();
	put(80, MIB - 64, 4);
	expect_refused(-ENOEXEC,
		"kernel: its Multiboot header lies about where it is");
	put(80, MIB, 4);
	put(84, MIB + IMAGE_SIZE + 1, 4);
	expect_refused(-ENOEXEC,
		"kernel: its Multiboot header wants more than the file has");
	put(84, 0, 4); /* all of the file */
	put(92, 0, 4);
	expect_refused(-ENOEXEC,
		"kernel: its entry 0x0 lies in no segment below 4 GiB");
}

static void
load_refuses_multiboot_wishes_it_cannot_meet(void **state)
{
	(void)state;
	image_multiboot_elf();
	put(CODE + 4, 7, 4);
	put(CODE + 8, 0u - 0x1badb002 - 7, 4);
	expect_refused(-ENOEXEC,
		"kernel: its Multiboot header asks for what is not offered "
		"(flags 0x7)");
}

static void
load_ignores_multiboot_headers_with_a_wrong_sum(void **state)
{
	(void)state;
	image_multiboot_addresses();
	put(72, 0, 4);
	assert_int_equal(load_kernel(&ld), -ENOEXEC);
}

static void
load_refuses_a_command_line_that_is_too_long(void **state)
{
	static char text[600000];

	(void)state;
	image_pvh();
	memset(text, 'a', sizeof(text) - 1);
	ld.cmdline = text;
	expect_refused(-E2BIG, "command line and memory map are too long");
}

static void
load_without_host_memory_says_so(void **state)
{
	(void)state;
	image_pvh();
	fake_allocations_left = 0;
	expect_refused(-ENOMEM, "no memory left for the guest's RAM");
}

static int64_t
broken_read(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	return offset >= CODE ? -EIO : image_read(src, buf, n, offset);
}

static void
load_hands_read_errors_on(void **state)
{
	(void)state;
	image_pvh();
	kernel.src.read = broken_read;
	expect_refused(-EIO, "kernel: the file cannot be read");
}

#define load_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		load_test(load_pvh_puts_segments_at_physical_addresses),
		load_test(load_pvh_starts_in_flat_protected_mode),
		load_test(load_pvh_start_info),
		load_test(load_pvh_initrd_is_the_module_at_the_top),
		load_test(load_initrd_stays_below_4_gib),
		load_test(load_multiboot_elf),
		load_test(load_multiboot_addresses),
		load_test(load_multiboot_info),
		load_test(load_refuses_what_is_no_kernel),
		load_test(load_says_what_is_wrong_with_a_broken_elf),
		load_test(load_says_how_much_memory_is_missing),
		load_test(load_says_when_the_initrd_does_not_fit),
		load_test(load_refuses_segments_outside_ram),
		load_test(load_refuses_segments_over_boot_information),
		load_test(load_refuses_a_wild_entry),
		load_test(load_refuses_a_broken_note),
		load_test(load_refuses_a_lying_elf),
		load_test(load_refuses_an_elf_without_segments),
		load_test(load_refuses_lying_multiboot_addresses),
		load_test(load_refuses_multiboot_wishes_it_cannot_meet),
		load_test(load_ignores_multiboot_headers_with_a_wrong_sum),
		load_test(load_refuses_a_command_line_that_is_too_long),
		load_test(load_without_host_memory_says_so),
		load_test(load_hands_read_errors_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
