/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator against the CPU that this runs on: random
 * instructions in random states, class by class (grading/exec/diff.h).
 *
 * usage: exec_diff_test [-n COUNT] [-s SEED] [-c CLASS] [-i NUMBER]
 *
 * Each class is compared COUNT times: 5,000, or 100,000 with SOAK in the
 * environment.  -c takes one class, -i one case of it.  A difference is shown
 * with what reproduces it.  What cannot be compared on every CPU is dropped,
 * counted and named (grading/exec/judge.c, classes.c).
 */
/* links: grading/exec/classes.c grading/exec/generate.c grading/exec/judge.c
 * grading/exec/native.c grading/drivers/lib/dice.c vmm/segment.c
 * vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c
 * vmm/emul/exec.c vmm/emul/exec_arith.c vmm/emul/exec_bit.c
 * vmm/emul/exec_exit.c vmm/emul/exec_move.c vmm/emul/exec_operand.c
 * vmm/emul/exec_stack.c vmm/emul/exec_string.c vmm/emul/exec_system.c
 * vmm/emul/deliver.c vmm/emul/iret.c vmm/emul/segload.c
 * vmm/emul/syscall.c vmm/emul/transfer.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "grading/exec/diff.h"

#define SHOWN	     5 /* differences of a class */
#define UNSTEADY_MAX 2 /* of a class */

static struct {
	uint64_t count, seed;
	const char *class;
	long long number;
} options = { .count = 5000, .seed = 1, .number = -1 };

static void
class_test(void **state)
{
	const struct insn_class *class = *state;
	uint64_t same = 0, different = 0, dropped = 0, unsteady = 0, n = 0;
	static struct test_case c;

	if (class->mode == 32 && !native_has_32())
		skip();
	native_signals(); /* which cmocka took for itself */
	if (options.number >= 0)
		n = (uint64_t)options.number;
	for (; same + different < options.count; n++) {
		enum judgement j;

		assert_true(n / 50 <= options.count + 1000);
		case_make(&c, class, options.seed, n);
		j = case_judge(&c, different < SHOWN);
		same += j == JUDGED_SAME;
		dropped += j == JUDGED_DROPPED;
		different += j == JUDGED_DIFFERENT;
		unsteady += j == JUDGED_UNSTEADY;
		if (j == JUDGED_UNSTEADY ||
			(j == JUDGED_DIFFERENT && different <= SHOWN))
			fprintf(stderr, "reproduce: -s %lu -c %s-%d -i %lu\n",
				options.seed, class->name, class->mode, n);
		if (options.number >= 0)
			break;
	}
	print_message("# %lu compared, %lu dropped, %lu unsteady\n",
		same + different, dropped, unsteady);
	/* a CPU that is often of two minds is none to compare with */
	assert_true(unsteady <= UNSTEADY_MAX);
	assert_int_equal(different, 0);
}

static void
options_read(int argc, char **argv)
{
	int option;

	if (getenv("SOAK"))
		options.count = 100000;
	while ((option = getopt(argc, argv, "n:s:c:i:")) != -1) {
		if (option == 'n')
			options.count = strtoull(optarg, NULL, 0);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			options.class = optarg;
		else if (option == 'i')
			options.number = strtoll(optarg, NULL, 0);
		else
			exit(2);
	}
}

int
main(int argc, char **argv)
{
	static char names[64][32];
	struct CMUnitTest tests[64];
	size_t n = 0;

	options_read(argc, argv);
	if (native_init()) {
		fprintf(stderr, "the test's addresses are taken\n");
		return 1;
	}
	for (size_t i = 0; i < n_insn_classes; i++) {
		const struct insn_class *class = &insn_classes[i];

		snprintf(names[n], sizeof(names[n]), "%s-%d", class->name,
			class->mode);
		if (options.class && strcmp(options.class, names[n]) != 0)
			continue;
		tests[n] = (struct CMUnitTest){ .name = names[n],
			.test_func = class_test,
			.initial_state = (void *)class };
		n++;
	}
	return _cmocka_run_group_tests("exec_diff", tests, n, NULL, NULL);
}
