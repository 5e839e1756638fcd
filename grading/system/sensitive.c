/* SPDX-License-Identifier: MIT */
/* The table of sensitive instructions; contracts in sensitive.h. */
#include "sensitive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX    120
#define COLUMNS_MAX 8
#define TABLE_BEGIN "<!-- make sensitive -->\n"
#define TABLE_END   "<!-- end -->\n"

/* As Robin and Irvine have them, by group; and one more. */
static const char *const names[] = { "SGDT", "SIDT", "SLDT", "SMSW", "PUSHF",
	"POPF", "LAR", "LSL", "VERR", "VERW", "POP", "PUSH", "CALL", "JMP",
	"INT n", "RET", "STR", "MOV", "CPUID" };

#define NAMES (sizeof(names) / sizeof(names[0]))

struct row {
	char insn[16], where[32], does[80];
	char verdict[COLUMNS_MAX][8];
};

static struct row rows[ROWS_MAX];
static size_t n_rows, n_columns;
static const char *heads[COLUMNS_MAX];

void
sensitive_column(const char *head)
{
	heads[n_columns++] = head;
}

static struct row *
row_find(const struct row *like)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].insn, like->insn) == 0 &&
			strcmp(rows[i].where, like->where) == 0 &&
			strcmp(rows[i].does, like->does) == 0)
			return &rows[i];
	if (n_rows == ROWS_MAX) {
		fprintf(stderr, "sensitive.c: more than %d rows\n", ROWS_MAX);
		exit(1);
	}
	rows[n_rows] = *like;
	return &rows[n_rows++];
}

void
sensitive_read(const char *text)
{
	for (; text != NULL; text = strchr(text, '\n')) {
		struct row row = { .insn = "" };
		char verdict[8];

		text += *text == '\n';
		if (sscanf(text, "| %15[^|] | %31[^|] | %79[^|] | %7[a-z] |",
			    row.insn, row.where, row.does, verdict) != 4)
			continue;
		strcpy(row_find(&row)->verdict[n_columns - 1], verdict);
	}
}

/* Is this row about the instruction?  (What was read ends with a blank.) */
static int
row_is(const struct row *row, const char *name)
{
	size_t n = strlen(name);

	return strncmp(row->insn, name, n) == 0 && row->insn[n] == ' ';
}

const char *
sensitive_missing(void)
{
	for (size_t i = 0; i < NAMES; i++) {
		size_t j = 0;

		while (j < n_rows && !row_is(&rows[j], names[i]))
			j++;
		if (j == n_rows)
			return names[i];
	}
	return NULL;
}

static void
table_print_row(FILE *out, const struct row *row)
{
	fprintf(out, "| %s| %s| %s|", row->insn, row->where, row->does);
	for (size_t c = 0; c < n_columns; c++) {
		const char *verdict = row->verdict[c];

		if (strcmp(verdict, "wrong") == 0)
			verdict = "**wrong**";
		fprintf(out, " %s |", verdict[0] != '\0' ? verdict : "-");
	}
	fprintf(out, "\n");
}

/* The whole table; to be freed. */
static char *
table_make(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "| instruction | mode | what it does |");
	for (size_t c = 0; c < n_columns; c++)
		fprintf(out, " %s |", heads[c]);
	fprintf(out, "\n| --- | --- | --- |");
	for (size_t c = 0; c < n_columns; c++)
		fprintf(out, " --- |");
	fprintf(out, "\n");
	for (size_t i = 0; i < NAMES; i++)
		for (size_t j = 0; j < n_rows; j++)
			if (row_is(&rows[j], names[i]))
				table_print_row(out, &rows[j]);
	fclose(out);
	return text;
}

/* The document, cut into what is before, in and behind the table. */
struct document {
	char *text; /* owned */
	const char *table, *behind;
};

static void
document_read(struct document *d)
{
	static char text[65536];
	FILE *file = fopen(SENSITIVE_DOC, "r");
	size_t n = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
	const char *table;

	if (file != NULL)
		fclose(file);
	text[n] = '\0';
	table = strstr(text, TABLE_BEGIN);
	d->text = text;
	d->table = table != NULL ? table + strlen(TABLE_BEGIN) : NULL;
	d->behind = table != NULL ? strstr(table, TABLE_END) : NULL;
	if (d->behind == NULL) {
		fprintf(stderr, "%s: no lines %s and %s", SENSITIVE_DOC,
			TABLE_BEGIN, TABLE_END);
		exit(1);
	}
}

/* The first line of a that is not the same in b; to be freed. */
static char *
first_difference(const char *a, const char *b)
{
	while (*a != '\0') {
		size_t n = strcspn(a, "\n") + 1;

		if (strncmp(a, b, n) != 0)
			return strndup(a, n);
		a += n;
		b += n;
	}
	return NULL;
}

char *
sensitive_difference(void)
{
	char *table = table_make(), *committed, *line;
	struct document d;

	document_read(&d);
	committed = strndup(d.table, (size_t)(d.behind - d.table));
	line = first_difference(table, committed);
	if (line == NULL)
		line = first_difference(committed, table);
	free(committed);
	free(table);
	return line;
}

void
sensitive_write(void)
{
	char *table = table_make();
	struct document d;
	FILE *file;

	document_read(&d);
	file = fopen(SENSITIVE_DOC, "w");
	if (file == NULL ||
		fprintf(file, "%.*s%s%s", (int)(d.table - d.text), d.text,
			table, d.behind) < 0 ||
		fclose(file) != 0) {
		perror(SENSITIVE_DOC);
		exit(1);
	}
	free(table);
}
