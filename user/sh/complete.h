/* SPDX-License-Identifier: MIT */
#ifndef USER_SH_COMPLETE_H
#define USER_SH_COMPLETE_H

#include "user/sh/edit.h"
#include "user/sh/glob.h"
#include "user/sh/sh.h"

void complete_word(struct edit *e, const char *word, bool command,
	struct fields *to, struct arena *arena);

#endif
