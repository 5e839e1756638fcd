/* SPDX-License-Identifier: MIT */
/*
 * While a field grows it is a pattern of glob.h: each character that was
 * quoted, or that came out of a quoted parameter, has a \ before it, so that
 * one buffer says both what the field is and what in it may match.
 */
#include "user/sh/expand.h"
#include "user/lib/string.h"
#include "user/sh/glob.h"
#include <stdbool.h>

struct expansion {
	const struct expand_env *env;
	struct arena *arena;
	struct fields *to;
	bool split;   /* at blanks of parameters, and into file names */
	bool started; /* there is a field, even if it is empty */
	char *field;
	size_t length, room;
};

/* Appends text, which must live as long as the list. */
void
fields_add(struct fields *f, struct arena *arena, char *text)
{
	if (f->n + 2 > f->room) {
		size_t room = 2 * f->room + 8;
		char **v = arena_alloc(arena, room * sizeof(*v));

		if (f->n > 0)
			memcpy(v, f->v, f->n * sizeof(*v));
		f->v = v;
		f->room = room;
	}
	f->v[f->n++] = text;
	f->v[f->n] = NULL;
}

static void
field_byte(struct expansion *x, char c)
{
	if (x->length + 1 >= x->room) {
		size_t room = 2 * x->room + 64;
		char *field = arena_alloc(x->arena, room);

		if (x->length > 0)
			memcpy(field, x->field, x->length);
		x->field = field;
		x->room = room;
	}
	x->field[x->length++] = c;
	x->field[x->length] = 0;
	x->started = true;
}

static void
field_quoted(struct expansion *x, char c)
{
	field_byte(x, '\\');
	field_byte(x, c);
}

/* The field is complete: a file name pattern, or text. */
static void
field_end(struct expansion *x)
{
	if (!x->started)
		return;
	if (x->field == NULL)
		x->field = arena_alloc(x->arena, 1);
	if (!x->split || !glob_is_pattern(x->field) ||
		x->env->glob(x->env, x->field, x->to, x->arena) == 0) {
		glob_unescape(x->field);
		fields_add(x->to, x->arena, x->field);
	}
	x->field = NULL;
	x->length = x->room = 0;
	x->started = false;
}

static void
expand_value(struct expansion *x, const char *value, bool quoted)
{
	for (; value != NULL && *value != 0; value++) {
		if (quoted)
			field_quoted(x, *value);
		else if (x->split && strchr(" \t\n", *value) != NULL)
			field_end(x);
		else if (*value == '\\')
			field_quoted(x, '\\');
		else
			field_byte(x, *value);
	}
}

/* $@ and $*: "$@" makes a field of each argument. */
static void
expand_all(struct expansion *x, char which, bool quoted)
{
	for (size_t i = 1; i < x->env->nargs; i++) {
		if (i > 1 && x->split && (!quoted || which == '@'))
			field_end(x);
		else if (i > 1)
			field_quoted(x, ' ');
		if (quoted)
			x->started = true;
		expand_value(x, x->env->args[i], quoted);
	}
}

static void
expand_parameter(struct expansion *x, const char *name, size_t n, bool quoted)
{
	char *copy = arena_strndup(x->arena, name, n);
	size_t index = 0;

	if (n == 1 && (*name == '@' || *name == '*')) {
		expand_all(x, *name, quoted);
	} else if (*name >= '0' && *name <= '9') {
		for (; n > 0 && index < 100000; n--)
			index = index * 10 + (size_t)(*name++ - '0');
		if (index < x->env->nargs)
			expand_value(x, x->env->args[index], quoted);
	} else {
		expand_value(x, x->env->lookup(x->env, copy), quoted);
	}
}

static size_t
name_length(const char *s)
{
	static const char letters[] =
		"_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789";

	return *s >= '0' && *s <= '9' ? 0 : strspn(s, letters);
}

/* How much of s is the name of a parameter without braces; 0: it is none. */
static size_t
parameter_length(const char *s)
{
	if (*s != 0 && strchr("?$!#-@*0123456789", *s) != NULL)
		return 1;
	return name_length(s);
}

/* The $ at s: returns where it ends, or NULL if it means nothing. */
static const char *
expand_dollar(struct expansion *x, const char *s, bool quoted)
{
	size_t n;

	s++;
	if (*s == '{') {
		n = strspn(s + 1, "0123456789");
		if (n == 0)
			n = parameter_length(s + 1);
		if (n == 0 || s[n + 1] != '}')
			return NULL;
		expand_parameter(x, s + 1, n, quoted);
		return s + n + 2;
	}
	n = parameter_length(s);
	if (n == 0)
		field_quoted(x, '$');
	else
		expand_parameter(x, s, n, quoted);
	return s + n;
}

static const char *
expand_single_quotes(struct expansion *x, const char *s)
{
	x->started = true;
	for (s++; *s != 0 && *s != '\''; s++)
		field_quoted(x, *s);
	return *s == 0 ? s : s + 1;
}

static const char *
expand_double_quotes(struct expansion *x, const char *s)
{
	/* "$@" without arguments is the one that leaves no field. */
	bool nothing = x->env->nargs < 2 && strncmp(s, "\"$@\"", 4) == 0;

	if (!nothing)
		x->started = true;
	s++;
	while (s != NULL && *s != 0 && *s != '"') {
		if (*s == '$') {
			s = expand_dollar(x, s, true);
		} else if (s[0] == '\\' && s[1] == '\n') {
			s += 2;
		} else {
			if (s[0] == '\\' && s[1] != 0 &&
				strchr("$`\"\\", s[1]) != NULL)
				s++;
			field_quoted(x, *s++);
		}
	}
	return s == NULL || *s == 0 ? s : s + 1;
}

static const char *
expand_escape(struct expansion *x, const char *s)
{
	if (s[1] == '\n')
		return s + 2;
	field_quoted(x, s[1] == 0 ? '\\' : s[1]);
	return s[1] == 0 ? s + 1 : s + 2;
}

static int
expand_text(struct expansion *x, const char *s)
{
	while (s != NULL && *s != 0) {
		if (*s == '\'')
			s = expand_single_quotes(x, s);
		else if (*s == '"')
			s = expand_double_quotes(x, s);
		else if (*s == '\\')
			s = expand_escape(x, s);
		else if (*s == '$')
			s = expand_dollar(x, s, false);
		else
			field_byte(x, *s++);
	}
	return s == NULL ? -1 : 0;
}

/*
 * Appends the arguments that a word of the lexer becomes: none, one or many.
 * Returns 0, or -1 where a ${...} is none that this shell knows.
 */
int
expand_word(const struct expand_env *env, struct arena *arena, const char *word,
	struct fields *to)
{
	struct expansion x = {
		.env = env, .arena = arena, .to = to, .split = true
	};

	if (expand_text(&x, word) < 0)
		return -1;
	field_end(&x);
	return 0;
}

/*
 * The one text that a word becomes without splitting and without file names,
 * as in assignments and redirections; NULL where expand_word returns -1.
 */
char *
expand_single(
	const struct expand_env *env, struct arena *arena, const char *word)
{
	struct fields to = { .n = 0 };
	struct expansion x = { .env = env, .arena = arena, .to = &to };

	if (expand_text(&x, word) < 0)
		return NULL;
	x.started = true;
	field_end(&x);
	return to.v[0];
}
