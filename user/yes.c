/* SPDX-License-Identifier: MIT */
/* yes [word...]: prints them, or "y", until somebody ends it. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	int result = 0;

	while (result >= 0) {
		for (int i = 1; i < argc; i++)
			printf("%s%s", i > 1 ? " " : "", argv[i]);
		result = puts(argc > 1 ? "" : "y");
	}
	err(1, "standard output");
}
