/* SPDX-License-Identifier: MIT */
/*
 * selftest [name...]: runs the self-tests that are linked into the kernel, all
 * or those named, one line each: "ok N name", "not ok N name", or "skip N name"
 * where this CPU cannot run one.  Status 0 only if none failed.
 */
#include "user/lib/libc.h"
#include <stdbool.h>

/* Is the test wanted?  Takes its name off the list, to find unknown names. */
static bool
name_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i] != NULL && strcmp(argv[i], name) == 0) {
			argv[i] = NULL;
			return true;
		}
	return argc == 1;
}

int
main(int argc, char **argv)
{
	int failed = 0, passed = 0, skipped = 0;
	char name[64];

	for (long i = 0;; i++) {
		int result = selftest(i | SELFTEST_NAME, name, sizeof(name));

		if (result < 0 && errno == ERANGE)
			break;
		if (result < 0)
			err(2, "test %ld", i);
		if (!name_wanted(name, argc, argv))
			continue;
		result = selftest(i, name, sizeof(name));
		printf("%s %ld %s\n",
			result == SELFTEST_PASS		  ? "ok"
				: result == SELFTEST_SKIP ? "skip"
							  : "not ok",
			i + 1, name);
		passed += result == SELFTEST_PASS;
		skipped += result == SELFTEST_SKIP;
		failed += result != SELFTEST_PASS && result != SELFTEST_SKIP;
	}
	for (int i = 1; i < argc; i++)
		if (argv[i] != NULL) {
			warnx("%s: no such test", argv[i]);
			failed++;
		}
	printf("selftest: %d passed, %d failed, %d skipped\n", passed, failed,
		skipped);
	return failed > 0;
}
