/* SPDX-License-Identifier: MIT */
/* The differential guest's options and its loop. */
#include "grading/differ/guest.h"

struct options options = { .seed = 1, .count = 100 };

static void
print_decimal(uint64_t value)
{
	char text[24];
	unsigned i = sizeof(text) - 1;

	text[i] = '\0';
	do
		text[--i] = (char)('0' + value % 10);
	while (value /= 10);
	guest_print(text + i);
}

/* The number behind `word` in the command line, or what it was. */
static void
option_read(const char *line, const char *word, uint64_t *value)
{
	for (; *line; line++) {
		unsigned i = 0;

		while (word[i] && line[i] == word[i])
			i++;
		if (word[i])
			continue;
		*value = 0;
		for (line += i; *line >= '0' && *line <= '9'; line++)
			*value = *value * 10 + (uint64_t)(*line - '0');
		return;
	}
}

static void
options_read(const char *line)
{
	uint64_t hidden = 0, stepped = 1, badint = 1, verbose = 0;

	option_read(line, "seed=", &options.seed);
	option_read(line, "first=", &options.first);
	option_read(line, "count=", &options.count);
	option_read(line, "hidden=", &hidden);
	option_read(line, "stepped=", &stepped);
	option_read(line, "badint=", &badint);
	option_read(line, "verbose=", &verbose);
	options.hidden = hidden;
	options.stepped = stepped;
	options.badint = badint;
	options.verbose = verbose;
}

int
main(void)
{
	options_read(guest_command_line());
	machine_init();
	for (uint64_t n = 0; n < options.count; n++) {
		machine_reset();
		program_make(options.first + n);
		program_run();
		machine_digest();
		print_decimal(program.number);
		guest_print(" ");
		guest_print_hex(program.digest);
		guest_print("\n");
	}
	guest_print("done\n");
	return 0;
}
