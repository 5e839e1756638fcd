/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader: a sound image of each class is understood, and each single
 * lie in a header is refused with a reason.
 *
 * Over 400 lines because each lie has its case, on one image.
 */
/* links: kernel/lib/elf.c */
#include "kernel/lib/elf.h"

#include "kernel/abi/errno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define IMAGE_SIZE 512

/* A file in memory; reads give at most `chunk` bytes, to exercise loops. */
struct image {
	struct elf_source src;
	uint8_t bytes[IMAGE_SIZE];
	size_t chunk;
	int fail; /* returned by the next read if not 0 */
};

static int64_t
image_read(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	struct image *im = (struct image *)src;

	if (im->fail)
		return im->fail;
	assert_true(offset <= src->size);
	if (n > src->size - offset)
		n = src->size - offset;
	if (n > im->chunk)
		n = im->chunk;
	memcpy(buf, im->bytes + offset, n);
	return (int64_t)n;
}

static void
put(struct image *im, size_t at, uint64_t value, size_t n)
{
	memcpy(im->bytes + at, &value, n);
}

static void
image_start(struct image *im, int class, int machine)
{
	memset(im, 0, sizeof(*im));
	im->src.read = image_read;
	im->src.size = IMAGE_SIZE;
	im->chunk = IMAGE_SIZE;
	memcpy(im->bytes, "\177ELF", 4);
	im->bytes[4] = (uint8_t) class;
	im->bytes[5] = 1;
	im->bytes[6] = 1;
	put(im, 16, 2, 2);
	put(im, 18, (uint64_t)machine, 2);
	put(im, 20, 1, 4);
}

/* Offsets of fields in the 64-bit image below. */
enum {
	E_ENTRY = 24,
	E_PHOFF = 32,
	E_EHSIZE = 52,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	PH0 = 64,
	PH1 = 64 + 56,
	P_TYPE = 0,
	P_FLAGS = 4,
	P_OFFSET = 8,
	P_VADDR = 16,
	P_PADDR = 24,
	P_FILESZ = 32,
	P_MEMSZ = 40,
	P_ALIGN = 48,
	NOTES = 256
};

/* One PT_LOAD of the last 100 bytes and one PT_NOTE with two notes. */
static void
image64(struct image *im)
{
	image_start(im, 2, 62);
	put(im, E_ENTRY, 0xffffffff80100000, 8);
	put(im, E_PHOFF, PH0, 8);
	put(im, E_EHSIZE, 64, 2);
	put(im, E_PHENTSIZE, 56, 2);
	put(im, E_PHNUM, 2, 2);
	put(im, PH0 + P_TYPE, 1, 4);
	put(im, PH0 + P_FLAGS, 5, 4);
	put(im, PH0 + P_OFFSET, 412, 8);
	put(im, PH0 + P_VADDR, 0xffffffff80100000, 8);
	put(im, PH0 + P_PADDR, 0x100000, 8);
	put(im, PH0 + P_FILESZ, 100, 8);
	put(im, PH0 + P_MEMSZ, 4096, 8);
	put(im, PH0 + P_ALIGN, 4096, 8);
	put(im, PH1 + P_TYPE, 4, 4);
	put(im, PH1 + P_OFFSET, NOTES, 8);
	put(im, PH1 + P_FILESZ, 44, 8);
	put(im, PH1 + P_MEMSZ, 44, 8);
	put(im, PH1 + P_ALIGN, 4, 8);
	put(im, NOTES, 4, 4); /* "GNU", 3 bytes, padded to 4 */
	put(im, NOTES + 4, 3, 4);
	put(im, NOTES + 8, 18, 4);
	memcpy(im->bytes + NOTES + 12, "GNU", 4);
	put(im, NOTES + 20, 4, 4); /* "Xen", 8 bytes */
	put(im, NOTES + 24, 8, 4);
	put(im, NOTES + 28, 18, 4);
	memcpy(im->bytes + NOTES + 32, "Xen", 4);
	put(im, NOTES + 36, 0x1122334455667788, 8);
}

static void
image32(struct image *im)
{
	image_start(im, 1, 3);
	put(im, 24, 0x100010, 4);
	put(im, 28, 52, 4);
	put(im, 40, 52, 2);
	put(im, 42, 32, 2);
	put(im, 44, 1, 2);
	put(im, 52, 1, 4);	  /* type */
	put(im, 56, 200, 4);	  /* offset */
	put(im, 60, 0x100000, 4); /* vaddr */
	put(im, 64, 0x200000, 4); /* paddr */
	put(im, 68, 16, 4);	  /* filesz */
	put(im, 72, 32, 4);	  /* memsz */
	put(im, 76, 7, 4);	  /* flags */
	put(im, 80, 16, 4);	  /* align */
}

/* Change one field of the sound 64-bit image; is it refused for `why`? */
static void
expect_open(size_t at, uint64_t value, size_t n, const char *why)
{
	struct image im;
	struct elf elf;

	image64(&im);
	put(&im, at, value, n);
	assert_int_equal(elf_open(&elf, &im.src), -ENOEXEC);
	assert_string_equal(elf.why, why);
}

static void
expect_segment(size_t at, uint64_t value, size_t n, const char *why)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	image64(&im);
	put(&im, at, value, n);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_segment(&elf, 0, &seg), -ENOEXEC);
	assert_string_equal(elf.why, why);
}

static void
elf_opens_64_bit(void **state)
{
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_true(elf.is64);
	assert_int_equal(elf.machine, ELF_MACHINE_X86_64);
	assert_int_equal(elf.entry, 0xffffffff80100000);
	assert_int_equal(elf.phnum, 2);
}

static void
elf_segment_of_64_bit(void **state)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	im.chunk = 5; /* short reads are continued */
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_segment(&elf, 0, &seg), 0);
	assert_int_equal(seg.type, ELF_PT_LOAD);
	assert_int_equal(seg.flags, ELF_PF_R | ELF_PF_X);
	assert_int_equal(seg.offset, 412);
	assert_int_equal(seg.filesz, 100);
	assert_int_equal(seg.memsz, 4096);
	assert_int_equal(seg.vaddr, 0xffffffff80100000);
	assert_int_equal(seg.paddr, 0x100000);
	assert_int_equal(seg.align, 4096);
}

static void
elf_segment_of_32_bit(void **state)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	(void)state;
	image32(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_false(elf.is64);
	assert_int_equal(elf.entry, 0x100010);
	assert_int_equal(elf_segment(&elf, 0, &seg), 0);
	assert_int_equal(seg.flags, 7);
	assert_int_equal(seg.offset, 200);
	assert_int_equal(seg.filesz, 16);
	assert_int_equal(seg.memsz, 32);
	assert_int_equal(seg.vaddr, 0x100000);
	assert_int_equal(seg.paddr, 0x200000);
}

static void
elf_open_refuses_lies_in_the_file_header(void **state)
{
	(void)state;
	expect_open(0, 'X', 1, "not an ELF file");
	expect_open(4, 3, 1, "neither a 32-bit nor a 64-bit ELF");
	expect_open(5, 2, 1, "not little-endian");
	expect_open(6, 0, 1, "unknown ELF version");
	expect_open(20, 2, 4, "unknown ELF version");
	expect_open(
		16, 3, 2, "not an executable with fixed addresses (ET_EXEC)");
	expect_open(18, 183, 2, "not for x86");
	expect_open(18, 3, 2, "a 64-bit ELF for a 32-bit machine");
	expect_open(E_EHSIZE, 52, 2, "the file header's size is wrong");
	expect_open(E_PHENTSIZE, 0, 2, "the program headers' size is wrong");
	expect_open(
		E_PHENTSIZE, 0xffff, 2, "the program headers' size is wrong");
	expect_open(E_PHNUM, 0, 2, "no program headers");
	expect_open(E_PHNUM, 0xffff, 2, "too many program headers");
	expect_open(E_PHOFF, IMAGE_SIZE - 111, 8,
		"program headers beyond the end of the file");
	expect_open(E_PHOFF, UINT64_MAX - 7, 8,
		"program headers beyond the end of the file");
}

static void
elf_segment_refuses_lies_in_a_program_header(void **state)
{
	const char *beyond =
		"program header 0: file range beyond the end of the file";

	(void)state;
	expect_segment(PH0 + P_OFFSET, 413, 8, beyond);
	expect_segment(PH0 + P_OFFSET, UINT64_MAX, 8, beyond);
	expect_segment(PH0 + P_FILESZ, UINT64_MAX - 411, 8, beyond);
	expect_segment(PH0 + P_MEMSZ, 99, 8,
		"program header 0: more bytes in the file than in memory");
	expect_segment(PH0 + P_VADDR, UINT64_MAX - 4094, 8,
		"program header 0: virtual addresses wrap around");
	expect_segment(PH0 + P_PADDR, UINT64_MAX, 8,
		"program header 0: physical addresses wrap around");
}

static void
elf_segment_in_32_bits_may_not_pass_4_gib(void **state)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	(void)state;
	image32(&im);
	put(&im, 64, 0xfffffff0, 4);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_segment(&elf, 0, &seg), -ENOEXEC);
}

static void
elf_segment_null_is_all_zeros(void **state)
{
	static const struct elf_segment zero;
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	put(&im, PH0 + P_TYPE, 0, 4);
	put(&im, PH0 + P_OFFSET, UINT64_MAX, 8);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_segment(&elf, 0, &seg), 0);
	assert_memory_equal(&seg, &zero, sizeof(seg));
}

static void
elf_segment_index_out_of_range_is_refused(void **state)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_segment(&elf, 2, &seg), -ENOEXEC);
}

static void
elf_truncated_anywhere_is_refused_or_sound(void **state)
{
	struct elf_segment seg;
	struct image im;
	struct elf elf;
	size_t size;

	(void)state;
	image64(&im);
	for (size = 0; size < IMAGE_SIZE; size++) {
		im.src.size = size;
		if (!elf_open(&elf, &im.src))
			assert_int_equal(elf_segment(&elf, 0, &seg), -ENOEXEC);
		assert_true(strlen(elf.why) > 0);
	}
}

static void
elf_read_errors_are_handed_on(void **state)
{
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	im.fail = -EIO;
	assert_int_equal(elf_open(&elf, &im.src), -EIO);
	assert_string_equal(elf.why, "the file cannot be read");
}

static void
elf_note_is_found_by_name_and_type(void **state)
{
	uint64_t desc = 0;
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_note(&elf, "Xen", 18, &desc, sizeof(desc)), 8);
	assert_int_equal(desc, 0x1122334455667788);
}

static void
elf_note_copies_no_more_than_asked(void **state)
{
	uint8_t desc[5] = { 0, 0, 0, 0, 0xee };
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_note(&elf, "Xen", 18, desc, 4), 8);
	assert_int_equal(desc[0], 0x88);
	assert_int_equal(desc[4], 0xee);
}

static void
elf_note_aligned_to_8_is_found(void **state)
{
	uint64_t desc = 0;
	struct image im;
	struct elf elf;

	(void)state;
	image64(&im);
	put(&im, PH1 + P_ALIGN, 8, 8);
	put(&im, NOTES + 24, 18, 4); /* the second note begins at 24 */
	memmove(im.bytes + NOTES + 24, im.bytes + NOTES + 20, 24);
	put(&im, PH1 + P_FILESZ, 48, 8);
	put(&im, NOTES + 24, 4, 4);
	put(&im, NOTES + 28, 8, 4);
	put(&im, NOTES + 32, 18, 4);
	memcpy(im.bytes + NOTES + 36, "Xen", 4);
	put(&im, NOTES + 40, 0x55, 8);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_note(&elf, "Xen", 18, &desc, sizeof(desc)), 8);
	assert_int_equal(desc, 0x55);
}

static void
elf_note_of_another_type_is_not_found(void **state)
{
	struct image im;
	struct elf elf;
	uint64_t desc;

	(void)state;
	image64(&im);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_note(&elf, "Xen", 17, &desc, 8), -ENOENT);
	assert_int_equal(elf_note(&elf, "Zen", 18, &desc, 8), -ENOENT);
}

static void
elf_note_cut_short_is_refused(void **state)
{
	struct image im;
	struct elf elf;
	uint64_t desc;

	(void)state;
	image64(&im);
	put(&im, NOTES + 4, UINT32_MAX, 4);
	assert_int_equal(elf_open(&elf, &im.src), 0);
	assert_int_equal(elf_note(&elf, "Xen", 18, &desc, 8), -ENOEXEC);
	assert_string_equal(elf.why, "a note is cut short");
	image64(&im);
	put(&im, NOTES, UINT32_MAX, 4);
	assert_int_equal(elf_note(&elf, "Xen", 18, &desc, 8), -ENOEXEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elf_opens_64_bit),
		cmocka_unit_test(elf_segment_of_64_bit),
		cmocka_unit_test(elf_segment_of_32_bit),
		cmocka_unit_test(elf_open_refuses_lies_in_the_file_header),
		cmocka_unit_test(elf_segment_refuses_lies_in_a_program_header),
		cmocka_unit_test(elf_segment_in_32_bits_may_not_pass_4_gib),
		cmocka_unit_test(elf_segment_null_is_all_zeros),
		cmocka_unit_test(elf_segment_index_out_of_range_is_refused),
		cmocka_unit_test(elf_truncated_anywhere_is_refused_or_sound),
		cmocka_unit_test(elf_read_errors_are_handed_on),
		cmocka_unit_test(elf_note_is_found_by_name_and_type),
		cmocka_unit_test(elf_note_copies_no_more_than_asked),
		cmocka_unit_test(elf_note_aligned_to_8_is_found),
		cmocka_unit_test(elf_note_of_another_type_is_not_found),
		cmocka_unit_test(elf_note_cut_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
