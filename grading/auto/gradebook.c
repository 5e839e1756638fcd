/* SPDX-License-Identifier: MIT */
/* The gradebook; contracts in gradebook.h. */
#include "grading/auto/gradebook.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS run(lab TEXT, seed TEXT);"
	"CREATE TABLE IF NOT EXISTS submission(who TEXT PRIMARY KEY,"
	" digest TEXT, points INTEGER, max INTEGER, days_late INTEGER,"
	" grade REAL);"
	"CREATE TABLE IF NOT EXISTS verdict(who TEXT, name TEXT, verdict TEXT,"
	" points INTEGER, PRIMARY KEY(who, name));"
	"CREATE TABLE IF NOT EXISTS change(who TEXT, name TEXT, before TEXT,"
	" after TEXT);";

/* Run statements whose %Q and %d are filled in as sqlite3_mprintf does. */
static void
execute(sqlite3 *db, const char *fmt, ...)
{
	char *sql, *error = NULL;
	va_list ap;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		die("gradebook: %s", error);
	sqlite3_free(sql);
}

/* The first column of the first row, to be freed; NULL: no row. */
static char *
query(sqlite3 *db, const char *fmt, ...)
{
	sqlite3_stmt *statement;
	char *sql, *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		die("gradebook: %s", sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = format(
			"%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_free(sql);
	return value;
}

sqlite3 *
gradebook_open(const char *path, const struct lab *lab, uint64_t *seed)
{
	sqlite3 *db;
	char *known, *number;

	folder_of(path);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die("%s: %s", path, sqlite3_errmsg(db));
	execute(db, "%s", schema);
	known = query(db, "SELECT lab FROM run");
	if (known && strcmp(known, lab->name) != 0)
		die("%s holds grades of %s: give another OUT", path, known);
	if (known) {
		number = query(db, "SELECT seed FROM run");
		*seed = strtoull(number, NULL, 10);
	} else {
		number = format("%llu", (unsigned long long)*seed);
		execute(db, "INSERT INTO run VALUES(%Q, %Q)", lab->name,
			number);
	}
	free(number);
	free(known);
	return db;
}

bool
gradebook_has(sqlite3 *db, const char *who, const char *digest)
{
	char *found = query(db,
		"SELECT who FROM submission WHERE who = %Q AND digest = %Q",
		who, digest);
	bool has = found;

	free(found);
	return has;
}

/* One check's verdict; a regrade that differs is noted. */
static void
put_verdict(sqlite3 *db, const char *who, const json_t *check)
{
	const char *name = result_text(check, "name");
	const char *now = result_text(check, "verdict");
	char *before = query(db,
		"SELECT verdict FROM verdict WHERE who = %Q AND name = %Q", who,
		name);

	if (before && strcmp(before, now) != 0)
		execute(db, "INSERT INTO change VALUES(%Q, %Q, %Q, %Q)", who,
			name, before, now);
	execute(db, "INSERT OR REPLACE INTO verdict VALUES(%Q, %Q, %Q, %d)",
		who, name, now, result_number(check, "points"));
	free(before);
}

void
gradebook_put(sqlite3 *db, const json_t *result, unsigned days_late,
	const struct course *course)
{
	const char *who = result_text(result, "who");
	unsigned points = result_number(result, "points");
	unsigned off = days_late * course->late_percent_a_day;
	double grade = points * (off < 100 ? 100 - off : 0) / 100.0;
	json_t *check;
	size_t i;

	if (days_late > course->late_days_max)
		grade = 0;
	execute(db, "BEGIN");
	json_array_foreach(json_object_get(result, "checks"), i, check)
		put_verdict(db, who, check);
	execute(db,
		"INSERT OR REPLACE INTO submission"
		" VALUES(%Q, %Q, %d, %d, %d, %.2f)",
		who, result_text(result, "digest"), points,
		result_number(result, "max"), days_late, grade);
	execute(db, "COMMIT");
}

void
gradebook_csv(sqlite3 *db, const struct lab *lab, const char *path)
{
	struct text t = { 0 };
	sqlite3_stmt *rows;

	text_addf(&t, "who,points,max,days_late,grade");
	for (size_t i = 0; i < lab->n_checks; i++)
		text_addf(&t, ",%s", lab->check[i].name);
	text_addf(&t, "\n");
	sqlite3_prepare_v2(db,
		"SELECT who, points, max, days_late, grade FROM submission"
		" ORDER BY who",
		-1, &rows, NULL);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		const char *who = (const char *)sqlite3_column_text(rows, 0);

		text_addf(&t, "\"%s\",%d,%d,%d,%.2f", who,
			sqlite3_column_int(rows, 1),
			sqlite3_column_int(rows, 2),
			sqlite3_column_int(rows, 3),
			sqlite3_column_double(rows, 4));
		for (size_t i = 0; i < lab->n_checks; i++) {
			char *points = query(db,
				"SELECT points FROM verdict WHERE who = %Q"
				" AND name = %Q",
				who, lab->check[i].name);

			text_addf(&t, ",%s", points ? points : "");
			free(points);
		}
		text_addf(&t, "\n");
	}
	sqlite3_finalize(rows);
	file_write(path, t.s, t.len);
	text_free(&t);
}

unsigned
gradebook_changes(sqlite3 *db)
{
	sqlite3_stmt *rows;
	unsigned n = 0;

	sqlite3_prepare_v2(db,
		"SELECT who, name, before, after FROM change ORDER BY who, "
		"name",
		-1, &rows, NULL);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		printf("changed: %s, %s: %s, now %s\n",
			(const char *)sqlite3_column_text(rows, 0),
			(const char *)sqlite3_column_text(rows, 1),
			(const char *)sqlite3_column_text(rows, 2),
			(const char *)sqlite3_column_text(rows, 3));
		n++;
	}
	sqlite3_finalize(rows);
	return n;
}
