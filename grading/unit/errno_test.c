/* SPDX-License-Identifier: MIT */
/* Every error number of the ABI has words. */
/* links: kernel/lib/errno.c */
#include "kernel/lib/errno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
test_each_number_has_words(void **state)
{
	FILE *header = fopen("kernel/abi/errno.h", "re");
	char line[256], name[32];
	int number, count = 0;

	(void)state;
	assert_non_null(header);
	while (fgets(line, sizeof(line), header)) {
		if (sscanf(line, "#define %31s %d", name, &number) != 2)
			continue;
		if (strcmp(errno_text(-number), "unknown error") == 0)
			fail_msg("%s has no words", name);
		count++;
	}
	fclose(header);
	assert_true(count > 30);
}

static void
test_what_is_no_number_is_unknown(void **state)
{
	static const int none[] = { 0, 1, -15, -4000, INT32_MIN, INT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_string_equal(errno_text(none[i]), "unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_number_has_words),
		cmocka_unit_test(test_what_is_no_number_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
