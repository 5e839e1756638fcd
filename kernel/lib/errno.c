/* SPDX-License-Identifier: MIT */
/* Errors in words; the table is shared with user programs. */
#include "kernel/lib/errno.h"

#include "kernel/abi/errno_text.h"

#define ERRNO_TEXT(number, words) [number] = words,

static const char *const errno_texts[] = { ERRNO_TEXTS(ERRNO_TEXT) };

const char *
errno_text(int err)
{
	const int count = sizeof(errno_texts) / sizeof(errno_texts[0]);

	if (err < 0 && err > -count && errno_texts[-err])
		return errno_texts[-err];
	return "unknown error";
}
