/* SPDX-License-Identifier: MIT */
/*
 * Formatting: %d %i %u %x %X %p %s %c %%, flags - 0 +, width and precision
 * (numbers or *), lengths h, l, ll, z and j.  What a conversion produces goes
 * to a sink, so that one formatter serves memory, descriptors and standard
 * output.  Floating point is left out: nothing here measures in it.
 */
#include "user/lib/libc.h"
#include <stdbool.h>

/* Where formatted bytes go. */
struct sink {
	void (*put)(struct sink *s, const char *bytes, size_t n);
	char *at;    /* memory: the next byte */
	size_t room; /* memory: bytes left, without the NUL */
	int failed;
};

/* One conversion, as parsed. */
struct spec {
	bool left, zero, plus;
	int width;
	int precision; /* -1: none */
	int length;    /* of the argument: 0 int, 1 long, -1 short, -2 char */
};

static void
memory_put(struct sink *s, const char *bytes, size_t n)
{
	if (n > s->room)
		n = s->room;
	memcpy(s->at, bytes, n);
	s->at += n;
	s->room -= n;
}

static void
stdout_put(struct sink *s, const char *bytes, size_t n)
{
	if (stdout_write(bytes, n) < 0)
		s->failed = 1;
}

static size_t
put_padding(struct sink *s, char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->put(s, &c, 1);
	return n;
}

/* prefix (a sign) and text, padded to the width. */
static size_t
put_field(struct sink *s, const struct spec *sp, const char *prefix,
	const char *text, size_t n)
{
	size_t sign = strlen(prefix), pad = 0;

	if (sp->width > 0 && (size_t)sp->width > n + sign)
		pad = (size_t)sp->width - n - sign;
	if (!sp->left && !sp->zero)
		put_padding(s, ' ', pad);
	s->put(s, prefix, sign);
	if (!sp->left && sp->zero)
		put_padding(s, '0', pad);
	s->put(s, text, n);
	if (sp->left)
		put_padding(s, ' ', pad);
	return n + sign + pad;
}

static size_t
put_number(struct sink *s, struct spec *sp, const char *prefix, uint64_t value,
	unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[64];
	size_t i = sizeof(text);

	while (value != 0) {
		text[--i] = digits[value % base];
		value /= base;
	}
	if (sp->precision >= 0)
		sp->zero = false;
	while (i > 0 &&
		(int)(sizeof(text) - i) <
			(sp->precision < 0 ? 1 : sp->precision))
		text[--i] = '0';
	return put_field(s, sp, prefix, text + i, sizeof(text) - i);
}

/* A wrapper, because va_list may be an array, which no function can return. */
struct arguments {
	va_list list;
};

static int64_t
signed_arg(const struct spec *sp, struct arguments *args)
{
	int value;

	if (sp->length > 0)
		return va_arg(args->list, int64_t);
	value = va_arg(args->list, int);
	if (sp->length < -1)
		return (signed char)value;
	return sp->length < 0 ? (short)value : value;
}

static uint64_t
unsigned_arg(const struct spec *sp, struct arguments *args)
{
	unsigned value;

	if (sp->length > 0)
		return va_arg(args->list, uint64_t);
	value = va_arg(args->list, unsigned);
	if (sp->length < -1)
		return (unsigned char)value;
	return sp->length < 0 ? (unsigned short)value : value;
}

static int
parse_count(const char **format, struct arguments *args)
{
	int n = 0;

	if (**format == '*') {
		(*format)++;
		return va_arg(args->list, int);
	}
	for (; **format >= '0' && **format <= '9'; (*format)++)
		if (n < 100000)
			n = n * 10 + (**format - '0');
	return n;
}

static struct spec
parse_spec(const char **format, struct arguments *args)
{
	struct spec sp = { .precision = -1 };

	for (;; (*format)++) {
		if (**format == '-')
			sp.left = true;
		else if (**format == '0')
			sp.zero = true;
		else if (**format == '+')
			sp.plus = true;
		else
			break;
	}
	sp.width = parse_count(format, args);
	if (sp.width < 0) {
		sp.left = true;
		sp.width = -sp.width;
	}
	if (**format == '.') {
		(*format)++;
		sp.precision = parse_count(format, args);
	}
	for (;; (*format)++) {
		if (**format == 'l' || **format == 'z' || **format == 'j')
			sp.length = 1;
		else if (**format == 'h')
			sp.length--;
		else
			break;
	}
	return sp;
}

static size_t
put_string(struct sink *s, struct spec *sp, const char *text)
{
	sp->zero = false;
	if (text == NULL)
		text = "(null)";
	return put_field(s, sp, "", text,
		strnlen(text,
			sp->precision < 0 ? (size_t)-1
					  : (size_t)sp->precision));
}

static size_t
put_signed(struct sink *s, struct spec *sp, int64_t value)
{
	const char *sign = value < 0 ? "-" : sp->plus ? "+" : "";

	return put_number(s, sp, sign,
		value < 0 ? -(uint64_t)value : (uint64_t)value, 10, false);
}

static size_t
put_conversion(struct sink *s, struct spec *sp, char c, struct arguments *args)
{
	uint64_t value;
	char byte = '%';

	switch (c) {
	case 'd':
	case 'i':
		return put_signed(s, sp, signed_arg(sp, args));
	case 'u':
	case 'x':
	case 'X':
		value = unsigned_arg(sp, args);
		return put_number(
			s, sp, "", value, c == 'u' ? 10 : 16, c == 'X');
	case 'p':
		return put_number(
			s, sp, "0x", va_arg(args->list, uint64_t), 16, false);
	case 's':
		return put_string(s, sp, va_arg(args->list, const char *));
	case 'c':
		byte = (char)va_arg(args->list, int);
		/* fall through */
	default:
		sp->zero = false;
		return put_field(s, sp, "", &byte, 1);
	}
}

/* Returns how many bytes the whole text has, those without room too. */
static int
format_to(struct sink *s, const char *format, struct arguments *args)
{
	size_t total = 0;

	while (*format != 0) {
		size_t plain = strcspn(format, "%");

		s->put(s, format, plain);
		total += plain;
		format += plain;
		if (*format == '%') {
			struct spec sp;

			format++;
			sp = parse_spec(&format, args);
			if (*format == 0)
				break;
			total += put_conversion(s, &sp, *format++, args);
		}
	}
	return (int)total;
}

int
vsnprintf(char *to, size_t size, const char *format, va_list args)
{
	struct sink s = { .put = memory_put, .at = to };
	struct arguments a;
	int n;

	s.room = size > 0 ? size - 1 : 0;
	va_copy(a.list, args);
	n = format_to(&s, format, &a);
	va_end(a.list);
	if (size > 0)
		*s.at = 0;
	return n;
}

int
snprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(to, size, format, args);
	va_end(args);
	return n;
}

int
vprintf(const char *format, va_list args)
{
	struct sink s = { .put = stdout_put };
	struct arguments a;
	int n;

	va_copy(a.list, args);
	n = format_to(&s, format, &a);
	va_end(a.list);
	return s.failed ? -1 : n;
}

int
printf(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vprintf(format, args);
	va_end(args);
	return n;
}

/* One write call if the text is short, whatever it is made of. */
int
vdprintf(int fd, const char *format, va_list args)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text), format, args);
	char *whole;

	if ((size_t)n < sizeof(text))
		return write_all(fd, text, (size_t)n) < 0 ? -1 : n;
	whole = malloc((size_t)n + 1);
	if (whole == NULL)
		return -1;
	vsnprintf(whole, (size_t)n + 1, format, args);
	if (write_all(fd, whole, (size_t)n) < 0)
		n = -1;
	free(whole);
	return n;
}

int
dprintf(int fd, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vdprintf(fd, format, args);
	va_end(args);
	return n;
}
