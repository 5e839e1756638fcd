/* SPDX-License-Identifier: MIT */
/*
 * Formatted output, the buffered standard output, and reading by lines.
 *
 * There is no FILE: standard output is the one buffered stream, and it is
 * flushed when a line is complete on a terminal, when the buffer is full,
 * before fork and exec, and at exit; so a line is one write call.  All other
 * descriptors are written to at once.
 */
#ifndef USER_LIB_STDIO_H
#define USER_LIB_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

int printf(const char *format, ...) PRINTF_LIKE(1, 2);
int vprintf(const char *format, va_list args) PRINTF_LIKE(1, 0);
int dprintf(int fd, const char *format, ...) PRINTF_LIKE(2, 3);
int vdprintf(int fd, const char *format, va_list args) PRINTF_LIKE(2, 0);
int snprintf(char *to, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
int vsnprintf(char *to, size_t size, const char *format, va_list args)
	PRINTF_LIKE(3, 0);
int puts(const char *line);
int putchar(int c);

int stdout_write(const char *bytes, size_t n);
int stdout_flush(void);
int stdout_reset(void);

int write_all(int fd, const void *bytes, size_t n);

/* "program: message: strerror(errno)" on standard error; err also exits. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);
void err(int status, const char *format, ...) PRINTF_LIKE(2, 3)
	__attribute__((noreturn));
/* The same without the error's text. */
void warnx(const char *format, ...) PRINTF_LIKE(1, 2);
void errx(int status, const char *format, ...) PRINTF_LIKE(2, 3)
	__attribute__((noreturn));
void perror(const char *what);

/* The last component of argv[0]. */
extern const char *program_name;

/* Reads a descriptor line by line. */
struct reader {
	int fd;
	size_t start, end; /* what of buffer has not been handed out */
	char *line;
	size_t line_size;
	char buffer[1024];
};

void reader_init(struct reader *r, int fd);
void reader_fini(struct reader *r);
long reader_line(struct reader *r, char **line);

#endif
