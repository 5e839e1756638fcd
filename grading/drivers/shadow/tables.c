/* SPDX-License-Identifier: MIT */
/* Writes to tables of lab 04, one by one; contracts in parts.h. */
#include "grading/drivers/shadow/parts.h"

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

#define GVA	   0x400000ull
#define PAGES	   0x80000ull
#define ROOT	   0x10000ull /* and the tables below it follow */
#define OTHER_ROOT 0x20000ull
#define WRITES	   400 /* more than any table stands */

/* A guest with one path of tables, that was walked. */
static void
tables_init(struct rig *r, unsigned levels)
{
	fake_reset();
	rig_init(r, SHADOW_KIB_MIN);
	for (unsigned l = levels; l > 1; l--) {
		uint64_t table = ROOT + (levels - l) * PAGE_SIZE;
		uint64_t index = GVA >> (3 + 9 * l) & 511;

		rig_poke(r, table + index * 8,
			(table + PAGE_SIZE) |
				(levels == 3 && l == 3 ? G_P : G_PWU));
	}
	for (unsigned i = 0; i < 8; i++)
		rig_poke(r, ROOT + (levels - 1) * PAGE_SIZE + i * 8,
			(PAGES + i * PAGE_SIZE) | G_PWU | G_A | G_D);
	if (levels == 4)
		rig_long(r, ROOT);
	else
		rig_pae(r, ROOT);
	rig_access(r, GVA, 0);
}

/* The shadow of the table of a level on that path, or NULL. */
static struct shadow_page *
table_find(struct rig *r, unsigned levels, unsigned level)
{
	struct shadow_role role;
	uint64_t gpa;

	r->mode.walk.cr3 = ROOT;
	role = shadow_root_role(&r->mode, &gpa);
	if (level < levels)
		role.flags &= (uint8_t)~ROLE_NARROW;
	role.level = (uint8_t)level;
	return shadow_page_find(
		&r->s, ROOT + (levels - level) * PAGE_SIZE, &role);
}

/* n words in guest memory, behind everybody's back; then it is said. */
static void
words_write(struct rig *r, uint64_t gpa, const uint64_t *words, unsigned n)
{
	memcpy(gmem_peek(&r->gmem, gpa), words, n * sizeof(*words));
	shadow_written(&r->s, gpa, n * sizeof(*words));
}

/* An entry that maps a page, at once or when it is asked for; or nothing. */
static uint64_t
dice_entry(struct dice *d)
{
	uint64_t entry = PAGES + dice_below(d, 64) * PAGE_SIZE;

	if (dice_percent(d, 60))
		return entry | G_PWU | G_A | G_D;
	return dice_percent(d, 50) ? entry | G_PWU : entry;
}

/* -- page_written() -------------------------------------------------------- */

/* What a write to entries [first, first + n) of p's guest table has done. */
static void
say_written(const struct shadow_page *p, unsigned first, unsigned n)
{
	char maps[SHADOW_ENTRIES + 1] = "";

	for (unsigned i = 0; i < n && first + i < SHADOW_ENTRIES; i++) {
		maps[i] = p->entry[first + i] ? 'm' : '-';
		maps[i + 1] = '\0';
	}
	say("  written %u, mapped now %s", p->writes, maps);
}

/* Entries of a table of pages, one or some. */
static void
written_pages(struct dice *d)
{
	static struct rig r;
	uint64_t words[8];
	struct shadow_page *p;

	tables_init(&r, 4);
	p = table_find(&r, 4, 1);
	if (!p)
		panic("no table for the page that was read");
	for (unsigned step = 0; step < 40; step++) {
		unsigned first = (unsigned)dice_below(d, 504);
		unsigned n = 1 + (unsigned)dice_below(d, 8);

		for (unsigned i = 0; i < n; i++)
			words[i] = dice_entry(d);
		say("index %u, %u entries written, the first is %llx", first, n,
			(unsigned long long)words[0]);
		p->writes = 0; /* as if it had been needed */
		words_write(&r, ROOT + 3 * PAGE_SIZE + first * 8, words, n);
		say_written(p, first, n);
	}
	rig_check(&r);
	rig_fini(&r);
}

/* A table that is a part of its frame: a PAE root has 32 bytes. */
static void
written_parts(struct dice *d)
{
	const uint64_t below = (ROOT + PAGE_SIZE) | G_P;
	static struct rig r;
	struct shadow_page *p;

	tables_init(&r, 3);
	p = table_find(&r, 3, 3);
	if (!p)
		panic("no root");
	for (unsigned step = 0; step < 20; step++) {
		unsigned i =
			(unsigned)dice_below(d, dice_percent(d, 50) ? 4 : 12);
		uint64_t word = i == 0 ? below : 0;

		say("word %u of a PAE root's frame written: %llx", i,
			(unsigned long long)word);
		p->writes = 0;
		words_write(&r, ROOT + i * 8, &word, 1);
		say_written(p, i, i < 4);
	}
	rig_check(&r);
	rig_fini(&r);
}

/* Nothing points to a table, and it is written. */
static void
written_data(struct dice *d)
{
	static struct rig r;
	uint64_t none = 0, word = dice_entry(d), dropped;

	tables_init(&r, 4);
	words_write(&r, ROOT + 2 * PAGE_SIZE + (GVA >> 21 & 511) * 8, &none, 1);
	dropped = r.s.stats.dropped;
	words_write(&r, ROOT + 3 * PAGE_SIZE, &word, 1);
	say("a table that nothing points to was written: it %s, dropped +%u",
		table_find(&r, 4, 1) ? "stays" : "goes",
		(unsigned)(r.s.stats.dropped - dropped));
	rig_check(&r);
	rig_fini(&r);
}

void
tables_written(struct dice *d, const void *how)
{
	(void)how;
	written_pages(d);
	written_parts(d);
	written_data(d);
}

/* -- page_is_data() -------------------------------------------------------- */

/*
 * Write entries 8 to 511 of the table of a level, in maps percent one that
 * maps a page, until its shadow goes.
 */
static void
data_write(struct rig *r, struct dice *d, unsigned level, unsigned maps,
	const char *what)
{
	uint64_t table = ROOT + (4 - level) * PAGE_SIZE;
	unsigned n = 0;

	if (!table_find(r, 4, level))
		panic("no shadow of the table that was walked");
	do {
		uint64_t word = dice_below(d, 64) * PAGE_SIZE + PAGES;

		if (dice_percent(d, maps))
			word |= G_PWU | G_A | G_D;
		words_write(r, table + (8 + n % 504) * 8, &word, 1);
		n++;
	} while (n < WRITES && table_find(r, 4, level));
	if (table_find(r, 4, level))
		say("%s: after %u writes it is a table still", what, n);
	else
		say("%s: write %u makes it data", what, n);
	rig_check(r);
	rig_fini(r);
}

void
tables_data(struct dice *d, const void *how)
{
	static struct rig r;
	uint64_t none = 0;

	(void)how;
	tables_init(&r, 4);
	data_write(&r, d, 1, 0, "a table in use, entries that map nothing");
	tables_init(&r, 4);
	data_write(&r, d, 1, 100, "a table in use, entries that map pages");
	for (unsigned i = 0; i < 4; i++) {
		tables_init(&r, 4);
		data_write(&r, d, 1, (unsigned)dice_below(d, 100),
			"a table in use, entries of both kinds");
	}
	tables_init(&r, 4);
	words_write(&r, ROOT + 2 * PAGE_SIZE + (GVA >> 21 & 511) * 8, &none, 1);
	data_write(&r, d, 1, 50, "a table that nothing points to");
	tables_init(&r, 4);
	data_write(&r, d, 4, 0, "the root in use");
	tables_init(&r, 4);
	rig_long(&r, OTHER_ROOT);
	data_write(&r, d, 4, 0, "a root that was in use");
	tables_init(&r, 4);
	r.mode.view = VIEW_USER; /* the other view's stays */
	r.mode.wide = true;
	rig_long(&r, OTHER_ROOT);
	r.mode.view = VIEW_NATIVE;
	data_write(&r, d, 4, 0, "the root in use of another view");
}
