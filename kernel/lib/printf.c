/* SPDX-License-Identifier: MIT */
/* Formatting into a bounded buffer; the conversions are listed in printf.h. */
#include "kernel/lib/printf.h"

#include "kernel/lib/string.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the text goes; length counts on when the buffer is full. */
struct out {
	char *buf;
	size_t size, length;
};

struct spec {
	bool left, zero, prefix;
	int width, precision; /* precision -1: none */
	int longs;	      /* how many l's; z counts as one */
};

static void
out_char(struct out *out, char c)
{
	if (out->length + 1 < out->size)
		out->buf[out->length] = c;
	out->length++;
}

static void
out_text(struct out *out, const struct spec *spec, const char *text, size_t n)
{
	size_t width = spec->width > 0 ? (size_t)spec->width : 0;
	size_t fill = width > n ? width - n : 0;

	if (!spec->left)
		for (; fill > 0; fill--)
			out_char(out, ' ');
	while (n-- > 0)
		out_char(out, *text++);
	for (; fill > 0; fill--)
		out_char(out, ' ');
}

static void
out_number(struct out *out, const struct spec *spec, uint64_t value,
	unsigned base, bool negative)
{
	char digits[24];
	size_t n = sizeof(digits);
	size_t width = spec->width > 0 ? (size_t)spec->width : 0;
	bool prefix = spec->prefix && base == 16 && value != 0;

	do {
		digits[--n] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (spec->zero && !spec->left) {
		if (negative)
			out_char(out, '-');
		if (prefix)
			out_text(out, &(struct spec){ 0 }, "0x", 2);
		for (size_t i = sizeof(digits) - n + negative + 2 * prefix;
			i < width; i++)
			out_char(out, '0');
		for (; n < sizeof(digits); n++)
			out_char(out, digits[n]);
		return;
	}
	if (negative)
		digits[--n] = '-';
	if (prefix) {
		digits[--n] = 'x';
		digits[--n] = '0';
	}
	out_text(out, spec, digits + n, sizeof(digits) - n);
}

static const char *
spec_parse(struct spec *spec, const char *fmt, va_list ap)
{
	*spec = (struct spec){ .precision = -1 };
	for (;; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '#')
			spec->prefix = true;
		else
			break;
	}
	if (*fmt == '*') {
		spec->width = va_arg(ap, int);
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (*fmt - '0');
	if (*fmt == '.') {
		fmt++;
		spec->precision = 0;
		if (*fmt == '*') {
			spec->precision = va_arg(ap, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			spec->precision = spec->precision * 10 + (*fmt - '0');
	}
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->longs++;
	return fmt;
}

static void
out_string(struct out *out, const struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	out_text(out, spec, text,
		spec->precision < 0 ? strlen(text)
				    : strnlen(text, (size_t)spec->precision));
}

static void
out_signed(struct out *out, const struct spec *spec, int64_t value)
{
	bool negative = value < 0;

	out_number(out, spec, negative ? 0 - (uint64_t)value : (uint64_t)value,
		10, negative);
}

/* The caller's va_list: va_copy'd there, so that it may be passed on. */
static void
out_conversion(struct out *out, const struct spec *spec, char what, va_list ap)
{
	char c;

	switch (what) {
	case 'd':
	case 'i':
		out_signed(out, spec,
			spec->longs ? va_arg(ap, int64_t) : va_arg(ap, int));
		break;
	case 'u':
	case 'x':
		out_number(out, spec,
			spec->longs ? va_arg(ap, uint64_t)
				    : va_arg(ap, unsigned),
			what == 'x' ? 16 : 10, false);
		break;
	case 'p':
		out_text(out, &(struct spec){ 0 }, "0x", 2);
		out_number(out, spec, va_arg(ap, uint64_t), 16, false);
		break;
	case 's':
		out_string(out, spec, va_arg(ap, const char *));
		break;
	case 'c':
		c = (char)va_arg(ap, int);
		out_text(out, spec, &c, 1);
		break;
	default:
		out_char(out, what);
	}
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = { .buf = buf, .size = size };
	struct spec spec;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		if (*fmt != '%') {
			out_char(&out, *fmt++);
			continue;
		}
		fmt = spec_parse(&spec, fmt + 1, args);
		if (*fmt)
			out_conversion(&out, &spec, *fmt++, args);
	}
	va_end(args);
	if (size > 0)
		buf[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
