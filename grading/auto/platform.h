/* SPDX-License-Identifier: MIT */
/* What each platform reads, made from a result (results.h). */
#ifndef GRADING_AUTO_PLATFORM_H
#define GRADING_AUTO_PLATFORM_H

#include "grading/auto/results.h"

/* "plain", which is the result itself, "gradescope", "prairielearn" or
 * "autolab". */
bool platform_known(const char *platform);

/* Of the result, with its members notes, found and seconds (export.c). */
json_t *platform_json(const json_t *result, const char *platform);

/* Print what a student reads about one check. */
void platform_say(const json_t *check);

#endif
