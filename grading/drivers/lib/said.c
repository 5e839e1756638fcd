/* SPDX-License-Identifier: MIT */
/* Lines counted as they are said, on the host and in the kernel; driver.h. */
#include "grading/drivers/lib/driver.h"

/* What it gets must be found there by a debugger. */
__attribute__((noinline)) void
driver_line(unsigned lines, const char *text)
{
	__asm__ volatile("" : : "r"(lines), "r"(text) : "memory");
}

void
driver_said(const char *text)
{
	static unsigned lines;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	driver_line(++lines, text);
}
