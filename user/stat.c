/* SPDX-License-Identifier: MIT */
/* stat file...: what the kernel knows about files. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	static const char *const kinds[] = { [FT_FILE] = "file",
		[FT_DIR] = "directory",
		[FT_DEVICE] = "device",
		[FT_PIPE] = "pipe" };
	int status = 0;

	if (argc < 2)
		errx(2, "usage: stat file...");
	for (int i = 1; i < argc; i++) {
		const char *kind = NULL;
		struct stat st;

		if (stat(argv[i], &st) < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		if (st.type < sizeof(kinds) / sizeof(kinds[0]))
			kind = kinds[st.type];
		printf("%s: %s, size %lu, number %lu of file system %u\n",
			argv[i], kind != NULL ? kind : "unknown", st.size,
			st.ino, st.dev);
	}
	return status;
}
