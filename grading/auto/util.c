/* SPDX-License-Identifier: MIT */
/* Text, files and numbers; contracts in util.h. */
#include "grading/auto/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *die_before = "", *die_after = "";

void
die_words(const char *before, const char *after)
{
	die_before = before;
	die_after = after;
}

/* The first thread to die says why, and no other. */
static void
die_alone(void)
{
	static atomic_flag dying = ATOMIC_FLAG_INIT;
	static _Thread_local bool mine;

	while (!mine && atomic_flag_test_and_set(&dying))
		pause();
	mine = true;
}

static void __attribute__((noreturn, format(printf, 2, 0)))
die_with(int status, const char *fmt, va_list ap)
{
	die_alone();
	fflush(stdout);
	fprintf(stderr, "grade: %s", die_before);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s\n", die_after);
	exit(status);
}

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die_with(2, fmt, ap);
}

void
die_no_verdict(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die_with(NO_VERDICT, fmt, ap);
}

char *
format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	return s;
}

void
text_add(struct text *t, const char *s, size_t len)
{
	t->s = realloc(t->s, t->len + len + 1);
	if (!t->s)
		die("out of memory");
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	text_add(t, s, (size_t)n);
	free(s);
}

void
text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

char *
file_read(const char *path, size_t *len, size_t max)
{
	struct text t = { 0 };
	char buf[1 << 16];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return NULL;
	text_add(&t, "", 0);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && t.len <= max)
		text_add(&t, buf, n);
	fclose(f);
	if (t.len > max) {
		text_free(&t);
		errno = EFBIG;
		return NULL;
	}
	if (len)
		*len = t.len;
	return t.s;
}

void
file_write(const char *path, const char *data, size_t len)
{
	char *new = format("%s.new-%ld", path, (long)getpid());
	FILE *f;

	folder_of(path);
	f = fopen(new, "w");
	if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0 ||
		rename(new, path) != 0)
		die("cannot write %s: %s", path, strerror(errno));
	free(new);
}

bool
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

void
folder_make(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	folder_of(path);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		die("cannot make the folder %s: %s", path, strerror(errno));
}

void
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (!slash || slash == path)
		return;
	folder = format("%.*s", (int)(slash - path), path);
	folder_make(folder);
	free(folder);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
tree_remove(const char *path)
{
	nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

void
list_add(struct list *l, const char *s)
{
	l->at = realloc(l->at, (l->n + 1) * sizeof(*l->at));
	if (!l->at)
		die("out of memory");
	l->at[l->n++] = format("%s", s);
}

bool
list_has(const struct list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i], s) == 0)
			return true;
	return false;
}

static int
list_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
list_sort(struct list *l)
{
	if (l->n > 0)
		qsort(l->at, l->n, sizeof(*l->at), list_order);
}

void
list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i]);
	free(l->at);
	*l = (struct list){ 0 };
}

void
list_split(struct list *l, const char *s)
{
	char *copy = format("%s", s), *save = NULL;

	for (char *w = strtok_r(copy, " \t\n", &save); w;
		w = strtok_r(NULL, " \t\n", &save))
		list_add(l, w);
	free(copy);
}

uint64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool
number_parse(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = text + (hex ? 2 : 0);
	char *end;

	if (!isxdigit((unsigned char)*digits))
		return false; /* a sign, a space, nothing */
	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	return !*end && errno == 0;
}

uint64_t
setting_number(const char *name, const char *text, uint64_t min, uint64_t max)
{
	uint64_t n = 0;

	if (!number_parse(text, &n) || n < min || n > max)
		die("%s=%s: give a whole number, %llu to %llu", name, text,
			(unsigned long long)min, (unsigned long long)max);
	return n;
}

uint64_t
seed_of(const char *text)
{
	return *text ? setting_number("SEED", text, 0, UINT64_MAX) : 0;
}

const char *
date_parse(const char *text, int64_t *seconds)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M", &tm);
	int day = tm.tm_mday;

	if (!end)
		return NULL;
	*seconds = timegm(&tm); /* makes the 31st of February a day in March */
	return tm.tm_mday == day ? end : NULL;
}
