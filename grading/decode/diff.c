/* SPDX-License-Identifier: MIT */

/*
 * decode-diff: the instruction decoder against Zydis and GNU objdump, on code
 * of system binaries and on random bytes. Every difference in length, validity
 * or operands that has no reason in excuse.c is reported and fails the run.
 *
 * usage: decode-diff [-v] [-n COUNT] [-s SEED] [-m MODE] [FILE...]
 *
 * COUNT instructions are compared with each reference, in each mode. With FILEs
 * these come from their .text, in 64-bit mode unless -m says otherwise;
 * without, from random bytes in all three modes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grading/decode/diff.h"

#define BLOB_BYTES (1u << 20)

struct options {
	unsigned long count;
	uint32_t seed;
	int mode; /* 0: all */
	bool verbose;
	char **files;
};

typedef int sweep_fn(const struct blob *blob, struct tally *tally);

static struct {
	const char *name;
	sweep_fn *sweep;
} references[] = {
	{ "zydis", zydis_sweep },
	{ "objdump", objdump_sweep },
};

/* Sweeps random blobs until the tally is full. */
static int
sweep_random(sweep_fn *sweep, int mode, uint32_t seed, struct tally *tally)
{
	int err = 0;

	for (; !err && tally->compared < tally->wanted; seed++) {
		struct blob blob = { .mode = mode, .name = "random" };

		err = blob_random(&blob, BLOB_BYTES, seed * 2654435761u);
		if (!err)
			err = sweep(&blob, tally);
		blob_free(&blob);
	}
	return err;
}

/* Sweeps the text of each file that has one, until the tally is full. */
static int
sweep_files(sweep_fn *sweep, int mode, char **files, struct tally *tally)
{
	int err = 0;

	for (; !err && *files && tally->compared < tally->wanted; files++) {
		struct blob blob = { .mode = mode, .name = *files };

		if (blob_text(&blob, *files, BLOB_BYTES))
			continue; /* a script, or of another machine */
		err = sweep(&blob, tally);
		blob_free(&blob);
	}
	return err;
}

/* Runs both references in one mode; returns how many comparisons failed. */
static unsigned long
run_mode(const struct options *options, int mode)
{
	unsigned long failed = 0;
	int err;

	for (size_t i = 0; i < 2; i++) {
		struct tally tally = { .wanted = options->count,
			.verbose = options->verbose };

		err = *options->files ? sweep_files(references[i].sweep, mode,
						options->files, &tally)
				      : sweep_random(references[i].sweep, mode,
						options->seed, &tally);
		printf("%s, mode %d, %s: %lu compared, %lu excused, %lu "
		       "failed\n",
			*options->files ? "text" : "random", mode,
			references[i].name, tally.compared, tally.excused,
			tally.failed);
		if (err) {
			fprintf(stderr, "decode-diff: %s: %s\n",
				references[i].name, strerror(-err));
			failed++;
		}
		if (tally.compared == 0) {
			fprintf(stderr, "decode-diff: nothing compared\n");
			failed++;
		}
		failed += tally.failed;
	}
	return failed;
}

int
main(int argc, char **argv)
{
	struct options options = { .count = 50000, .seed = 1 };
	unsigned long failed = 0;
	int c;

	while ((c = getopt(argc, argv, "vn:s:m:")) != -1) {
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
		case 'm':
			options.mode = atoi(optarg);
			break;
		default:
			fprintf(stderr,
				"usage: decode-diff [-v] [-n COUNT] "
				"[-s SEED] [-m MODE] [FILE...]\n");
			return 2;
		}
	}
	options.files = argv + optind;
	for (int mode = 64; mode >= 16; mode /= 2) {
		if (options.mode ? mode != options.mode
				 : *options.files && mode != 64)
			continue;
		failed += run_mode(&options, mode);
	}
	excuse_report();
	return failed ? 1 : 0;
}
