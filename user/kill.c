/* SPDX-License-Identifier: MIT */
/*
 * kill [-signal] pid...: ends processes; the signal is a number or a name,
 * TERM unless told.  A negative pid, after --, is a process group.
 */
#include "user/lib/libc.h"

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "INT", SIGINT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "SEGV", SIGSEGV },
	{ "PIPE", SIGPIPE },
	{ "TERM", SIGTERM },
};

static int
signal_number(const char *text)
{
	uint64_t number;

	if (parse_number(text, &number) == 0)
		return number <= SIG_MAX ? (int)number : -1;
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(text, signals[i].name) == 0)
			return signals[i].number;
	return -1;
}

int
main(int argc, char **argv)
{
	int sig = SIGTERM, first = 1, status = 0;

	if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
		sig = signal_number(argv[1] + 1);
		if (sig < 0)
			errx(2, "%s: no such signal", argv[1] + 1);
		first++;
	}
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	if (first >= argc)
		errx(2, "usage: kill [-signal] pid...");
	for (int i = first; i < argc; i++) {
		char *end;
		long pid = strtol(argv[i], &end, 10);

		if (end == argv[i] || *end != 0 || pid != (int)pid) {
			warnx("%s: not a process number", argv[i]);
			status = 1;
		} else if (kill((int)pid, sig) < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
	}
	return status;
}
