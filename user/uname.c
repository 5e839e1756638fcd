/* SPDX-License-Identifier: MIT */
/*
 * uname [-asnrvml]: the system's name, node, release, version, machine, and
 * the level that it runs at; -a: all of them, the level last.
 */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	static const char letters[] = "snrvml";
	const char *const parts = letters;
	struct utsname u;
	const char *fields[] = { u.sysname, u.nodename, u.release, u.version,
		u.machine, u.level };
	unsigned wanted = 0;
	const char *gap = "";
	int option;

	while ((option = getopt(argc, argv, "asnrvml")) != -1) {
		if (option == '?')
			errx(2, "usage: uname [-asnrvml]");
		wanted |= option == 'a' ? 0x3f
					: 1u << (strchr(parts, option) - parts);
	}
	if (wanted == 0)
		wanted = 1;
	if (uname(&u) < 0)
		err(1, "uname");
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (wanted & 1u << i) {
			printf("%s%s", gap, fields[i]);
			gap = " ";
		}
	putchar('\n');
	return 0;
}
