/* SPDX-License-Identifier: MIT */
#include "user/sh/vars.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"

static struct var *
vars_find(const struct vars *vars, const char *name)
{
	struct var *v = vars->first;

	while (v != NULL && strcmp(v->name, name) != 0)
		v = v->next;
	return v;
}

/* The variable of this name; a new one goes to the end of the list. */
static struct var *
vars_make(struct vars *vars, const char *name)
{
	struct var **link = &vars->first, *v = vars_find(vars, name);
	size_t size = strlen(name) + 1;

	if (v != NULL)
		return v;
	while (*link != NULL)
		link = &(*link)->next;
	v = xmalloc(sizeof(*v) + size);
	*v = (struct var){ .next = NULL };
	memcpy(v->name, name, size);
	*link = v;
	return v;
}

/* NULL if it is not set. */
const char *
vars_get(const struct vars *vars, const char *name)
{
	const struct var *v = vars_find(vars, name);

	return v == NULL ? NULL : v->value;
}

/* Sets it to a copy of value; whether it is exported stays as it was. */
void
vars_set(struct vars *vars, const char *name, const char *value)
{
	struct var *v = vars_make(vars, name);
	char *copy = xstrdup(value);

	free(v->value);
	v->value = copy;
}

/* The same for a text NAME=value. */
void
vars_assign(struct vars *vars, const char *assignment)
{
	char *name = xstrdup(assignment), *equals = strchr(name, '=');

	if (equals != NULL) {
		*equals = 0;
		vars_set(vars, name, equals + 1);
	}
	free(name);
}

/* Programs inherit it from now on. */
void
vars_export(struct vars *vars, const char *name)
{
	vars_make(vars, name)->exported = true;
}

void
vars_unset(struct vars *vars, const char *name)
{
	struct var **link = &vars->first, *v = vars_find(vars, name);

	if (v == NULL)
		return;
	while (*link != v)
		link = &(*link)->next;
	*link = v->next;
	free(v->value);
	free(v);
}

/* Is it a name of letters, digits and _ that begins with no digit? */
bool
vars_is_name(const char *name)
{
	const char *s = name;

	while (*s == '_' || (*s >= 'a' && *s <= 'z') ||
		(*s >= 'A' && *s <= 'Z') ||
		(s > name && *s >= '0' && *s <= '9'))
		s++;
	return s > name && *s == 0;
}

/* Takes what the shell inherits; entries that are no NAME=value are left. */
void
vars_import(struct vars *vars, char *const environment[])
{
	for (; *environment != NULL; environment++) {
		size_t n = strcspn(*environment, "=");
		char *name = xmalloc(n + 1);

		memcpy(name, *environment, n);
		name[n] = 0;
		if ((*environment)[n] == '=' && vars_is_name(name)) {
			vars_assign(vars, *environment);
			vars_export(vars, name);
		}
		free(name);
	}
}

/* What programs inherit: NAME=value texts and a NULL, all in the arena. */
char **
vars_environment(const struct vars *vars, struct arena *arena)
{
	const struct var *v;
	char **environment;
	size_t n = 0;

	for (v = vars->first; v != NULL; v = v->next)
		n++;
	environment = arena_alloc(arena, (n + 1) * sizeof(*environment));
	n = 0;
	for (v = vars->first; v != NULL; v = v->next) {
		size_t size;

		if (!v->exported || v->value == NULL)
			continue;
		size = strlen(v->name) + strlen(v->value) + 2;
		environment[n] = arena_alloc(arena, size);
		snprintf(environment[n++], size, "%s=%s", v->name, v->value);
	}
	return environment;
}
