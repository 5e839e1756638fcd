/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder against Zydis and GNU objdump, on the code of system
 * binaries and on random bytes.  Every difference in length, validity, name or
 * operands that has no reason in grading/decode/excuse.c is reported and fails.
 *
 * usage: decode_diff_test [-v] [-n COUNT] [-s SEED]
 *
 * Each test compares COUNT instructions: a million, or with SOAK in the
 * environment four million.  -v reports each difference, not only the first
 * twenty.  How many were compared, and how many were excused for which reason,
 * is printed (make test V=1 TESTS=unit/decode_diff shows it).
 */
/* links: grading/decode/blob.c grading/decode/excuse.c grading/decode/judge.c
 * grading/decode/names.c grading/decode/objdump.c grading/decode/zydis.c
 * vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
/* libs: Zydis */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "grading/decode/diff.h"

#define RANDOM_BYTES (1u << 20)

static struct {
	unsigned long count;
	uint32_t seed;
	bool verbose;
} options = { .count = 1000000, .seed = 1 };

typedef int sweep_fn(const struct blob *blob, struct tally *tally);

static struct tally
tally_start(void)
{
	return (struct tally){ .wanted = options.count,
		.verbose = options.verbose };
}

static void
tally_finish(const struct tally *tally)
{
	print_message("# %lu compared, %lu excused\n", tally->compared,
		tally->excused);
	assert_int_equal(tally->failed, 0);
	assert_true(tally->compared >= tally->wanted);
}

/* Sweeps random blobs until the tally is full. */
static void
check_random(sweep_fn *sweep, enum cpu_mode mode)
{
	struct tally tally = tally_start();
	uint32_t seed = options.seed;

	for (; tally.compared < tally.wanted; seed++) {
		struct blob blob = { .mode = mode, .name = "random" };

		assert_int_equal(
			blob_random(&blob, RANDOM_BYTES, seed * 2654435761u),
			0);
		assert_int_equal(sweep(&blob, &tally), 0);
		blob_free(&blob);
	}
	tally_finish(&tally);
}

/*
 * Sweeps a slice of the text of each file, then the next slice, until the tally
 * is full or the files are at their end.
 */
static void
check_files(sweep_fn *sweep, char **files, size_t n_files)
{
	struct tally tally = tally_start();
	const size_t slice = options.count / 8 + 64;
	bool more = true;

	for (size_t round = 0; more; round++) {
		more = false;
		for (size_t i = 0; i < n_files; i++) {
			struct blob blob = { .mode = CPU_MODE_64 };

			/* Not all are programs of this machine. */
			blob.name = files[i];
			if (tally.compared >= tally.wanted ||
				blob_text(&blob, round * slice, slice))
				continue;
			more = true;
			assert_int_equal(sweep(&blob, &tally), 0);
			blob_free(&blob);
		}
	}
	tally_finish(&tally);
}

static void
check_system_binaries(sweep_fn *sweep)
{
	glob_t files;

	assert_int_equal(
		glob("/lib/x86_64-linux-gnu/libc.so.6", 0, NULL, &files), 0);
	assert_int_equal(glob("/usr/bin/*", GLOB_APPEND, NULL, &files), 0);
	check_files(sweep, files.gl_pathv, files.gl_pathc);
	globfree(&files);
}

static void
zydis_agrees_on_system_binaries(void **state)
{
	(void)state;
	check_system_binaries(zydis_sweep);
}

static void
objdump_agrees_on_system_binaries(void **state)
{
	(void)state;
	check_system_binaries(objdump_sweep);
}

static void
zydis_agrees_on_random_64_bit_code(void **state)
{
	(void)state;
	check_random(zydis_sweep, CPU_MODE_64);
}

static void
zydis_agrees_on_random_32_bit_code(void **state)
{
	(void)state;
	check_random(zydis_sweep, CPU_MODE_32);
}

static void
zydis_agrees_on_random_16_bit_code(void **state)
{
	(void)state;
	check_random(zydis_sweep, CPU_MODE_16);
}

static void
objdump_agrees_on_random_64_bit_code(void **state)
{
	(void)state;
	check_random(objdump_sweep, CPU_MODE_64);
}

static void
objdump_agrees_on_random_32_bit_code(void **state)
{
	(void)state;
	check_random(objdump_sweep, CPU_MODE_32);
}

static void
objdump_agrees_on_random_16_bit_code(void **state)
{
	(void)state;
	check_random(objdump_sweep, CPU_MODE_16);
}

/* How many failures the judge sees when a reference claims this of "8b 03". */
static unsigned long
judge_mov(unsigned int len, const char *text, const char *operands)
{
	uint8_t bytes[] = { 0x8b, 0x03 }; /* mov (%rbx),%eax */
	struct blob blob = { bytes, sizeof(bytes), CPU_MODE_64, "judge" };
	struct claim claim = { .reference = "test", .len = len };
	struct tally tally = { .silent = true };

	snprintf(claim.text, sizeof(claim.text), "%s", text);
	snprintf(claim.operands, sizeof(claim.operands), "%s", operands);
	judge_claim(&blob, &claim, &tally);
	return tally.failed;
}

static void
judge_sees_every_kind_of_difference(void **state)
{
	const char *right = " wr0.4 m4r[s3:b3+i-1<<0+0]";

	(void)state;
	assert_int_equal(judge_mov(2, "mov", right), 0);
	assert_int_equal(judge_mov(3, "mov", right), 1);
	assert_int_equal(judge_mov(0, "(bad)", ""), 1);
	assert_int_equal(judge_mov(2, "movzx", right), 0); /* a beginning */
	assert_int_equal(judge_mov(2, "lea", right), 1);
	assert_int_equal(judge_mov(2, "mov", " wr0.4 m4r[s3:b2+i-1<<0+0]"), 1);
	assert_int_equal(judge_mov(2, "mov", " wr0.4 m4w[s3:b3+i-1<<0+0]"), 1);
	assert_int_equal(judge_mov(2, "mov", " wr0.4"), 1);
}

static int
options_parse(int argc, char **argv)
{
	int c;

	if (getenv("SOAK"))
		options.count = 4000000;
	while ((c = getopt(argc, argv, "vn:s:")) != -1) {
		switch (c) {
		case 'v':
			options.verbose = true;
			break;
		case 'n':
			options.count = strtoul(optarg, NULL, 0);
			break;
		case 's':
			options.seed = strtoul(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "usage: %s [-v] [-n COUNT] [-s SEED]\n",
				argv[0]);
			return -EINVAL;
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge_sees_every_kind_of_difference),
		cmocka_unit_test(zydis_agrees_on_system_binaries),
		cmocka_unit_test(objdump_agrees_on_system_binaries),
		cmocka_unit_test(zydis_agrees_on_random_64_bit_code),
		cmocka_unit_test(zydis_agrees_on_random_32_bit_code),
		cmocka_unit_test(zydis_agrees_on_random_16_bit_code),
		cmocka_unit_test(objdump_agrees_on_random_64_bit_code),
		cmocka_unit_test(objdump_agrees_on_random_32_bit_code),
		cmocka_unit_test(objdump_agrees_on_random_16_bit_code),
	};
	int failed;

	if (options_parse(argc, argv))
		return 2;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	excuse_report();
	return failed;
}
