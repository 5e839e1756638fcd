/* SPDX-License-Identifier: MIT */
/* The gradebook; contracts in gradebook.h. */
#include "grading/auto/gradebook.h"

#include "grading/auto/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 10000 /* that another program may take with it */
#define VERSION 2     /* of the tables */

static const char schema[] =
	"CREATE TABLE run(lab TEXT, seed TEXT, number INTEGER,"
	" regrading INTEGER);"
	"CREATE TABLE submission(who TEXT PRIMARY KEY, digest TEXT,"
	" number INTEGER, points INTEGER, max INTEGER, days_late INTEGER,"
	" grade REAL);"
	"CREATE TABLE verdict(who TEXT, name TEXT, verdict TEXT,"
	" points INTEGER, PRIMARY KEY(who, name));"
	"CREATE TABLE change(number INTEGER, who TEXT, what TEXT, before TEXT,"
	" after TEXT, told INTEGER);";

/* The last call of SQLite went wrong. */
static _Noreturn void
fail(const struct gradebook *b)
{
	int error = sqlite3_errcode(b->db);

	if (error == SQLITE_BUSY || error == SQLITE_LOCKED)
		die("%s: another program keeps it locked; end that, and run "
		    "this again to go on",
			b->path);
	die("%s: %s; nothing that is in it is lost", b->path,
		sqlite3_errmsg(b->db));
}

/* Run statements whose %Q and %d are filled in as sqlite3_mprintf does. */
static void
execute(const struct gradebook *b, const char *fmt, ...)
{
	char *sql;
	va_list ap;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	if (sqlite3_exec(b->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(b);
	sqlite3_free(sql);
}

static sqlite3_stmt *
prepare(const struct gradebook *b, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(b->db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail(b);
	return statement;
}

/* Is there a further row? */
static bool
step(const struct gradebook *b, sqlite3_stmt *statement)
{
	int status = sqlite3_step(statement);

	if (status != SQLITE_ROW && status != SQLITE_DONE)
		fail(b);
	return status == SQLITE_ROW;
}

static const char *
column(sqlite3_stmt *statement, int i)
{
	const char *s = (const char *)sqlite3_column_text(statement, i);

	return s ? s : "";
}

/* The first column of the first row, to be freed; NULL: no row. */
static char *
query(const struct gradebook *b, const char *fmt, ...)
{
	sqlite3_stmt *statement;
	char *sql, *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	statement = prepare(b, sql);
	if (step(b, statement))
		value = format("%s", column(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_free(sql);
	return value;
}

static unsigned
query_number(const struct gradebook *b, const char *sql)
{
	char *value = query(b, "%s", sql);
	unsigned n = value ? (unsigned)strtoul(value, NULL, 10) : 0;

	free(value);
	return n;
}

/* -- Opening --------------------------------------------------------------- */

static void
book_new(struct gradebook *b, uint64_t seed)
{
	char *number;

	b->seed = seed ? seed : fresh_seed();
	number = format("%llu", (unsigned long long)b->seed);
	execute(b,
		"BEGIN IMMEDIATE; %s PRAGMA user_version = %d;"
		"INSERT INTO run VALUES(%Q, %Q, 0, 0); COMMIT",
		schema, VERSION, b->lab->name, number);
	free(number);
}

static void
book_known(struct gradebook *b, uint64_t seed)
{
	char *known = query(b, "SELECT lab FROM run");
	char *number = query(b, "SELECT seed FROM run");

	if (!known || !number)
		die("%s is no gradebook of ours: give another OUT", b->path);
	if (strcmp(known, b->lab->name) != 0)
		die("%s holds grades of %s: give another OUT", b->path, known);
	b->seed = strtoull(number, NULL, 10);
	b->number = query_number(b, "SELECT number FROM run");
	if (seed && seed != b->seed)
		die("%s was graded with SEED=%llu: leave SEED away, or give "
		    "another OUT",
			b->path, (unsigned long long)b->seed);
	free(number);
	free(known);
}

void
gradebook_open(struct gradebook *b, const char *path,
	const struct course *course, const struct lab *lab, uint64_t seed)
{
	unsigned version;

	*b = (struct gradebook){
		.course = course, .lab = lab, .path = format("%s", path)
	};
	if (sqlite3_open(path, &b->db) != SQLITE_OK)
		die("%s: %s", path, sqlite3_errmsg(b->db));
	sqlite3_busy_timeout(b->db, BUSY_MS);
	version = query_number(b, "PRAGMA user_version");
	if (version && version != VERSION)
		die("%s was made by another version: give another OUT", path);
	if (version)
		book_known(b, seed);
	else
		book_new(b, seed ? seed : course->seed);
}

void
gradebook_close(struct gradebook *b)
{
	sqlite3_close(b->db);
	free(b->path);
}

bool
gradebook_regrade(struct gradebook *b)
{
	if (query_number(b, "SELECT regrading FROM run"))
		return false;
	execute(b, "UPDATE run SET number = number + 1, regrading = 1");
	b->number++;
	return true;
}

void
gradebook_done(struct gradebook *b)
{
	execute(b, "UPDATE run SET regrading = 0");
}

/* -- Results --------------------------------------------------------------- */

bool
gradebook_has(const struct gradebook *b, const char *who, const char *digest)
{
	char *found = query(b,
		"SELECT who FROM submission WHERE who = %Q AND digest = %Q"
		" AND number = %u",
		who, digest, b->number);
	bool has = found;

	free(found);
	return has;
}

static void
note_change(struct gradebook *b, const char *who, const char *what,
	const char *before, const char *after)
{
	if (before && strcmp(before, after) != 0)
		execute(b, "INSERT INTO change VALUES(%u, %Q, %Q, %Q, %Q, 0)",
			b->number, who, what, before, after);
}

static void
put_verdict(struct gradebook *b, const char *who, const json_t *check)
{
	const char *name = result_text(check, "name");
	const char *now = result_text(check, "verdict");
	char *before = query(b,
		"SELECT verdict FROM verdict WHERE who = %Q AND name = %Q", who,
		name);

	note_change(b, who, name, before, now);
	execute(b, "INSERT OR REPLACE INTO verdict VALUES(%Q, %Q, %Q, %u)", who,
		name, now, result_number(check, "points"));
	free(before);
}

/* What is left of the points that late. */
static double
grade_of(const struct course *c, unsigned points, unsigned days_late)
{
	uint64_t off = (uint64_t)days_late * c->late_percent_a_day;

	if (off > 100 || (days_late > c->late_days_max))
		off = 100;
	return points * (double)(100 - off) / 100.0;
}

void
gradebook_put(struct gradebook *b, const json_t *result, unsigned days_late)
{
	const char *who = result_text(result, "who");
	unsigned points = result_number(result, "points");
	char *grade = format("%.2f", grade_of(b->course, points, days_late));
	char *before;
	json_t *check;
	size_t i;

	execute(b, "BEGIN IMMEDIATE");
	json_array_foreach(json_object_get(result, "checks"), i, check)
		put_verdict(b, who, check);
	before = query(b,
		"SELECT printf('%%.2f', grade) FROM submission WHERE who = %Q",
		who);
	note_change(b, who, "grade", before, grade);
	execute(b,
		"INSERT OR REPLACE INTO submission"
		" VALUES(%Q, %Q, %u, %u, %u, %u, %s)",
		who, result_text(result, "digest"), b->number, points,
		result_number(result, "max"), days_late, grade);
	execute(b, "COMMIT");
	free(before);
	free(grade);
}

/* -- What is told ---------------------------------------------------------- */

/* A field of text.  What begins like a formula is one to spreadsheets. */
static void
csv_text(struct text *t, const char *s)
{
	text_addf(t, "\"%s", *s && strchr("=+-@", *s) ? "'" : "");
	for (; *s; s++)
		text_addf(t, *s == '"' ? "\"\"" : "%c", *s);
	text_addf(t, "\"");
}

static void
csv_row(const struct gradebook *b, const char *who, struct text *t)
{
	sqlite3_stmt *rows = prepare(b,
		"SELECT points, max, days_late, printf('%.2f', grade)"
		" FROM submission WHERE who = ?");

	sqlite3_bind_text(rows, 1, who, -1, SQLITE_STATIC);
	if (!step(b, rows)) {
		sqlite3_finalize(rows);
		return;
	}
	csv_text(t, who);
	for (int i = 0; i < 4; i++)
		text_addf(t, ",%s", column(rows, i));
	sqlite3_finalize(rows);
	for (size_t i = 0; i < b->lab->n_checks; i++) {
		char *points = query(b,
			"SELECT points FROM verdict WHERE who = %Q"
			" AND name = %Q",
			who, b->lab->check[i].name);

		text_addf(t, ",%s", points ? points : "");
		free(points);
	}
	text_addf(t, "\n");
}

void
gradebook_csv(
	const struct gradebook *b, const struct roll *roll, const char *path)
{
	struct text t = { 0 };

	text_addf(&t, "who,points,max,days_late,grade");
	for (size_t i = 0; i < b->lab->n_checks; i++)
		text_addf(&t, ",%s", b->lab->check[i].name);
	text_addf(&t, "\n");
	for (size_t i = 0; i < roll->n; i++)
		csv_row(b, roll->at[i].who, &t);
	file_write(path, t.s, t.len);
	text_free(&t);
}

void
gradebook_changes(struct gradebook *b)
{
	sqlite3_stmt *rows = prepare(b,
		"SELECT who, what, before, after FROM change WHERE told = 0"
		" ORDER BY who, rowid");

	while (step(b, rows))
		printf("changed: %s: %s: %s, now %s\n", column(rows, 0),
			column(rows, 1), column(rows, 2), column(rows, 3));
	sqlite3_finalize(rows);
	fflush(stdout);
	execute(b, "UPDATE change SET told = 1");
}
