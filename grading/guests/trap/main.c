/* SPDX-License-Identifier: MIT */
/* The parts, the dice and what is told; contracts in work.h. */
#include "grading/guest/hex.h"
#include "grading/guests/trap/work.h"

#include <stdarg.h>
#include <stddef.h>

#define CMDLINE_WORD 6 /* of hvm_start_info (Xen, public/arch-x86/hvm) */
#define LINE_MAX     120

static const struct part {
	const char *name;
	void (*fn)(void);
} parts[] = {
	{ "control", part_control },
	{ "tables", part_tables },
	{ "segments", part_segments },
	{ "exceptions", part_exceptions },
	{ "interrupts", part_interrupts },
	{ "ports", part_ports },
	{ "privileged", part_privileged },
};

static uint32_t state;

/* As splitmix64, but for code of 32 bits, which cannot divide 64. */
uint32_t
roll(void)
{
	uint32_t z = state += 0x9e3779b9;

	z = (z ^ z >> 16) * 0x21f0aaad;
	z = (z ^ z >> 15) * 0x735a2d97;
	return z ^ z >> 15;
}

uint32_t
roll_below(uint32_t n)
{
	return (roll() >> 4) % n;
}

/* Words of one word may stand for a name: "%s". */
void
tell(const char *format, ...)
{
	char line[LINE_MAX] = "@ ", *at = line + 2;
	va_list ap;

	va_start(ap, format);
	for (; *format && at < line + LINE_MAX - 40; format++) {
		if (*format != '%') {
			*at++ = *format;
		} else if (format[1] == 's') {
			const char *word = va_arg(ap, const char *);

			while (*word && at < line + LINE_MAX - 12)
				*at++ = *word++;
			format++;
		} else {
			at = hex_put(at, va_arg(ap, uint32_t));
		}
	}
	va_end(ap);
	*at++ = '\n';
	*at = '\0';
	print(line);
}

void
tell_trap(const char *what, uint32_t value, uint32_t vector)
{
	if (vector == NO_TRAP)
		tell("%s %: no trap", what, value);
	else
		tell("%s %: trap %, error %, from ring %, IF %", what, value,
			vector, trap.error, trap.cs & 3, trap.eflags >> 9 & 1);
}

static const char *
word(const char *text, const char *name)
{
	while (*name && *text == *name)
		text++, name++;
	return *name == '\0' && *text == ' ' ? text + 1 : NULL;
}

int
main(void)
{
	const char *line = (const char *)boot_info[CMDLINE_WORD], *seed;

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		seed = word(line, parts[i].name);
		if (!seed)
			continue;
		for (; *seed >= '0' && *seed <= '9'; seed++)
			state = state * 10 + (uint32_t)(*seed - '0');
		for (unsigned k = 0; k < 9; k++)
			for (unsigned w = 0; w < 2; w++)
				descriptors[k][w] = gdt[k][w];
		descriptors_load(sizeof(descriptors) - 1);
		parts[i].fn();
		tell("end of %s %", parts[i].name, roll());
		end(0);
	}
	print("no such part: ");
	print(line);
	print("\n");
	end(1);
}
