/* SPDX-License-Identifier: MIT */
/* The shell's variables, those that its programs inherit among them. */
#ifndef USER_SH_VARS_H
#define USER_SH_VARS_H

#include "user/sh/arena.h"
#include <stdbool.h>

struct vars {
	struct var *first;
};

struct var {
	struct var *next;
	bool exported;
	char *value; /* NULL: exported, but without a value */
	char name[];
};

void vars_import(struct vars *vars, char *const environment[]);
const char *vars_get(const struct vars *vars, const char *name);
void vars_set(struct vars *vars, const char *name, const char *value);
void vars_assign(struct vars *vars, const char *assignment);
void vars_export(struct vars *vars, const char *name);
void vars_unset(struct vars *vars, const char *name);
char **vars_environment(const struct vars *vars, struct arena *arena);
bool vars_is_name(const char *name);

#endif
