/* SPDX-License-Identifier: MIT */
/*
 * Lab 04 on the host: a guest of made-up page tables, accesses and stores on
 * a CPU that walks the shadow tables (grading/unit/shadow_rig.h).
 *
 * Said is what a guest can see: where an access lands, which error code it
 * gets, and the accessed and dirty bits of every entry on the way.  After
 * each round check.c, which no student writes, looks whether the rules hold.
 * A guest flushes what it changed before it relies on it, so how long the TLB
 * or the shadow remembers is open.
 */
/* links: grading/drivers/shadow/play.c grading/drivers/shadow/parts.c
 * grading/drivers/shadow/faults.c grading/drivers/shadow/tables.c
 * grading/unit/shadow_rig.c vmm/mmu/shadow/entry.c
 * vmm/mmu/shadow/want.c vmm/mmu/shadow/page.c vmm/mmu/shadow/protect.c
 * vmm/mmu/shadow/fill.c vmm/mmu/shadow/write.c vmm/mmu/shadow/check.c
 * vmm/gwalk.c vmm/mmu/pagewalk.c vmm/gmem.c vmm/gmem_copy.c vmm/mmu/pagefmt.c
 * grading/unit/fake_kernel.c */
#include "grading/drivers/shadow/parts.h"
#include "grading/drivers/shadow/play.h"

/* -- Scenarios ------------------------------------------------------------- */

static void
guest(struct dice *d, const struct how *how)
{
	static struct play p;
	char why[256];

	play_init(&p, d, how);
	play_load(&p, 0);
	for (unsigned i = 0; i < p.how->steps; i++) {
		unsigned at = (unsigned)dice_below(d, 100);

		play_step(&p, i < 12 ? 0 : at);
		/* the guest flushes whatever it did */
		rig_flush(&p.r);
		if (i % 8 == 0 && p.how->rules)
			say("rules: %s",
				shadow_check(&p.r.s, why, sizeof(why)) ? "kept"
								       : why);
	}
	rig_fini(&p.r);
	say("frames lost: %zu", fake_frames_used);
}

static void
mixed(struct dice *d, const void *arg)
{
	const struct how *how = arg;

	for (unsigned i = 0; i == 0 || i < how->guests; i++)
		guest(d, how);
}

/* What was filled in once needs no exit again, in any known root. */
static void
known(struct dice *d, const void *arg)
{
	static struct play p;
	unsigned before;
	uint64_t built;

	play_init(&p, d, arg);
	for (unsigned i = 0; i < ROOTS; i++)
		for (unsigned k = 0; k < PLACES; k++)
			entry_write(&p,
				play_entry(&p, p.root[i], p.place[k], 1, true),
				(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) |
					G_PWU);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < ROOTS; i++) {
			built = p.r.s.stats.built;
			play_load(&p, i);
			before = p.r.faults;
			for (unsigned k = 0; k < PLACES; k++)
				play_access(&p, p.place[k], 0);
			say("round %u root %u: %s, tables are %s", round, i,
				p.r.faults == before ? "no exit" : "exits",
				p.r.s.stats.built == built ? "known" : "built");
		}
	}
	rig_fini(&p.r);
}

/* A table that becomes a page of data is not traced for ever. */
static void
reused(struct dice *d, const void *arg)
{
	static struct play p;
	uint64_t window = 0x7f000000ull, pt, stop;
	unsigned traced = 0;

	play_init(&p, d, arg);
	play_load(&p, 0);
	for (unsigned k = 0; k < PLACES; k++)
		entry_write(&p, play_entry(&p, p.root[0], p.place[k], 1, true),
			(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) | G_PWU);
	for (unsigned k = 0; k < PLACES; k++)
		play_access(&p, p.place[k], ACCESS_WRITE);
	stop = play_entry(&p, p.root[0], p.place[0], 2, false);
	pt = entry_read(&p, stop) & PAGEFMT_ADDR;
	entry_write(&p, play_entry(&p, p.root[0], window, 1, true), pt | G_PWU);
	entry_write(&p, stop, 0);
	rig_flush(&p.r);
	for (unsigned i = 0; i < 400; i++)
		traced += rig_store(&p.r, window + i % 512 * 8,
				  dice_next(d) << 12)
				  .kind == RIG_TRACED;
	say("400 stores to what was a table: %s",
		traced <= 64 ? "most run freely" : "all of them trap");
	rig_check(&p.r);
	rig_fini(&p.r);
}

/* What remains of tracing when the only table around is one no more. */
static void
released(struct dice *d, const void *arg)
{
	static struct play p;
	uint64_t window = 0x7f000000ull, pt = 0x340000, gva, stop;
	struct rig_result res;
	unsigned n;

	play_init(&p, d, arg);
	play_load(&p, 0);
	gva = p.place[0];
	play_entry(&p, p.root[0], window, 1, true);
	stop = play_entry(&p, p.root[0], gva, 2, true);
	p.r.next_table = pt; /* alone in its 2 MiB */
	entry_write(&p, play_entry(&p, p.root[0], gva, 1, true),
		(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) | G_PWU);
	play_access(&p, gva, 0);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t at = window + i * PAGE_SIZE;

		entry_write(&p, play_entry(&p, p.root[0], at, 1, false),
			pt | G_PWU);
		rig_invlpg(&p.r, at);
		res = rig_store(&p.r, at + 8 * (1 + dice_below(d, 511)), 0);
		say("a store to the table: %s",
			res.kind == RIG_TRACED ? "seen" : "not seen");
	}
	say("around it is traced: %d", shadow_region_traced(&p.r.s, pt));
	entry_write(&p, stop, 0);
	rig_flush(&p.r);
	for (n = 0; n < 400 && res.kind == RIG_TRACED; n++)
		res = rig_store(&p.r, window + 8 * n, dice_next(d) << 12);
	say("the first store that no table traps: number %u", n);
	rig_flush(&p.r);
	res = rig_store(&p.r, window + PAGE_SIZE, 0);
	say("a store to what was the table, elsewhere: %u exits", res.exits);
	say("around it is traced: %d", shadow_region_traced(&p.r.s, pt));
	rig_check(&p.r);
	rig_fini(&p.r);
}

/* With CR0.WP clear the kernel's second write to a page costs nothing. */
static void
unprotected(struct dice *d, const void *arg)
{
	static struct play p;

	play_init(&p, d, arg);
	for (unsigned k = 0; k < PLACES; k++)
		entry_write(&p, play_entry(&p, p.root[0], p.place[k], 1, true),
			(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) | G_P |
				(dice_next(d) & G_U));
	play_load(&p, 0);
	for (unsigned k = 0; k < PLACES; k++) {
		struct rig_result res;

		rig_access(&p.r, p.place[k], ACCESS_WRITE);
		rig_flush(&p.r);
		res = rig_access(&p.r, p.place[k], ACCESS_WRITE);
		say("second write of %llx: %s", (unsigned long long)p.place[k],
			res.exits == 0 ? "no exit" : "exits");
	}
	rig_check(&p.r);
	rig_fini(&p.r);
}

/*
 * SMEP and SMAP, each with and without the other and with AC: may the kernel
 * read, execute and write pages, of the user and of its own, that it could
 * read, or that the user could?
 */
static void
supervisor(struct dice *d, const void *arg)
{
	static const uint32_t kinds[] = { 0, ACCESS_EXEC, ACCESS_WRITE };
	static struct play p;

	play_init(&p, d, arg);
	play_load(&p, 0);
	for (unsigned round = 0; round < 32; round++) {
		uint64_t gva = p.place[dice_below(d, PLACES)];
		uint64_t page = PAGES + dice_below(d, FRAMES) * PAGE_SIZE;

		p.r.mode.walk.cr4 = CR4_PAE | (round & 1 ? CR4_SMEP : 0) |
			(round & 2 ? CR4_SMAP : 0);
		p.r.mode.walk.ac = round & 4;
		entry_write(&p, play_entry(&p, p.root[0], gva, 1, true),
			page | G_P | G_W | (dice_percent(d, 70) ? G_U : 0));
		say("CR4 %llx, AC %d", (unsigned long long)p.r.mode.walk.cr4,
			p.r.mode.walk.ac);
		for (unsigned i = 0; i < 9; i++) {
			bool user = i / 3 == 1;

			p.r.mode.view = user ? VIEW_USER : VIEW_KERNEL;
			rig_load_cr3(&p.r, p.root[0]);
			play_access(&p, gva,
				kinds[i % 3] | (user ? ACCESS_USER : 0));
		}
	}
	rig_check(&p.r);
	rig_fini(&p.r);
	mixed(d, arg);
}

/* A page that the TLB knows as writable becomes a table: stores trap. */
static void
becomes(struct dice *d, const void *arg)
{
	static struct play p;
	uint64_t window = 0x7f000000ull, gva, table;

	play_init(&p, d, arg);
	play_load(&p, 0);
	for (unsigned i = 0; i < 16; i++) {
		table = p.r.next_table;
		p.r.next_table += PAGE_SIZE;
		gva = 0x100000000ull + i * PAGE_SIZE_2M +
			dice_below(d, 512) * PAGE_SIZE;
		entry_write(&p, play_entry(&p, p.root[0], window, 1, true),
			table | G_PWU);
		rig_invlpg(&p.r, window);
		rig_store(&p.r, window + (gva >> 12 & 511) * 8,
			(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) | G_PWU);
		entry_write(&p, play_entry(&p, p.root[0], gva, 2, true),
			table | G_PWU);
		play_access(&p, gva, 0);
		rig_store(&p.r, window + (gva >> 12 & 511) * 8,
			(PAGES + dice_below(d, FRAMES) * PAGE_SIZE) | G_PWU);
		rig_invlpg(&p.r, gva);
		play_access(&p, gva, 0);
	}
	rig_check(&p.r);
	rig_fini(&p.r);
}

/* The CPU engine's own entry stays in every root, and is in no other way. */
static void
reserved(struct dice *d, const void *arg)
{
	static struct play p;
	unsigned index = 256 + (unsigned)dice_below(d, 255);
	uint64_t entry = 0x123000 | G_P | G_W;
	char why[256];

	play_init(&p, d, arg);
	play_load(&p, 0);
	shadow_reserve(&p.r.s, index, entry);
	for (unsigned i = 0; i < p.how->steps; i++) {
		const uint64_t *root;

		play_step(&p, i < 8 ? 0 : (unsigned)dice_below(d, 100));
		rig_flush(&p.r);
		rig_load_cr3(&p.r, p.root[p.current]);
		root = p.r.s.current[p.r.mode.view]->entry;
		say("index %u: entry %llx", index,
			(unsigned long long)root[index]);
	}
	say("rules: %s", shadow_check(&p.r.s, why, sizeof(why)) ? "kept" : why);
	rig_fini(&p.r);
}

#define RIGHTS (G_W | G_U | G_NX)
#define HOW(...)                                                               \
	mixed, &(const struct how)                                             \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

const struct scenario scenarios[] = {
	{ "wanted-tables", parts_wants, NULL },
	{ "wanted-halves", parts_halves, NULL },
	{ "wanted-rights", parts_rights, NULL },
	{ "page-values", parts_values, NULL },
	{ "linked-entries", parts_links, NULL },
	{ "changed-entries", parts_changes, NULL },
	{ "loaded-roots", faults_roots, NULL },
	{ "judged-faults", faults_judged, NULL },
	{ "traced-frames", parts_frames, NULL },
	{ "written-entries", tables_written, NULL },
	{ "data-or-table", tables_data, NULL },
	{ "released-frames", parts_frames, "tables go" },
	{ "paging-off", HOW(.paging = OFF, .steps = 80) },
	{ "translation",
		HOW(.paging = LONG, .before = 40, .guests = 4, .steps = 60) },
	{ "write-right",
		HOW(.paging = LONG, .flags = G_W, .before = 40, .guests = 4,
			.steps = 80) },
	{ "user-right",
		HOW(.paging = LONG, .flags = G_U, .before = 40, .guests = 4,
			.steps = 80) },
	{ "no-execute",
		HOW(.paging = LONG, .flags = G_NX, .before = 40, .guests = 6,
			.steps = 80) },
	{ "rights-at-every-level",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 15, .change = 25,
			.deep = true, .steps = 300) },
	{ "accessed-and-dirty",
		HOW(.paging = LONG, .map = 10, .change = 30, .bits = true,
			.steps = 900) },
	{ "accessed-in-tables",
		HOW(.paging = LONG, .map = 10, .change = 30, .deep = true,
			.bits = true, .steps = 900) },
	{ "reserved-bits",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 25, .change = 25,
			.reserved = 30, .deep = true, .steps = 400) },
	{ "large-pages",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 30, .large = 50,
			.steps = 240) },
	{ "large-over-tables",
		HOW(.paging = LONG, .map = 20, .large = 40, .store = 30,
			.steps = 240) },
	{ "pae",
		HOW(.paging = PAE, .flags = RIGHTS, .map = 25, .large = 20,
			.change = 10, .steps = 240) },
	{ "legacy",
		HOW(.paging = LEGACY, .flags = G_W | G_U, .map = 25,
			.change = 10, .steps = 240) },
	{ "legacy-large",
		HOW(.paging = LEGACY_PSE, .flags = G_W | G_U, .map = 30,
			.large = 50, .change = 10, .steps = 240) },
	{ "error-codes",
		HOW(.paging = LONG, .flags = RIGHTS, .before = 40, .guests = 6,
			.reserved = 10, .errors = true, .steps = 80) },
	{ "rules",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 25, .change = 15,
			.store = 10, .large = 10, .rules = true,
			.steps = 300) },
	{ "becomes-a-table", becomes, &(const struct how){ .paging = LONG } },
	{ "remap",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 45, .change = 20,
			.steps = 300) },
	{ "traced-stores",
		HOW(.paging = LONG, .flags = RIGHTS, .map = 10, .store = 50,
			.steps = 240) },
	{ "many-roots",
		HOW(.paging = LONG, .flags = RIGHTS, .before = 60, .guests = 3,
			.load_cr3 = 30, .steps = 120) },
	{ "known-roots", known, &(const struct how){ .paging = LONG } },
	{ "wp-clear", unprotected,
		&(const struct how){ .paging = LONG,
			.view = VIEW_KERNEL,
			.cr0_clear = CR0_WP } },
	{ "two-roots",
		HOW(.paging = LONG, .view = VIEW_KERNEL, .flags = RIGHTS,
			.map = 25, .change = 15, .both_views = true,
			.steps = 300) },
	{ "smep-smap", supervisor,
		&(const struct how){ .paging = LONG,
			.view = VIEW_KERNEL,
			.flags = RIGHTS,
			.cr4 = CR4_SMEP | CR4_SMAP,
			.map = 12,
			.change = 6,
			.both_views = true,
			.errors = true,
			.steps = 600 } },
	{ "memory-goes",
		HOW(.paging = LONG, .map = 20, .unmap = 20, .large = 10,
			.steps = 240) },
	{ "released-tables", released, &(const struct how){ .paging = LONG } },
	{ "reused-tables", reused, &(const struct how){ .paging = LONG } },
	{ "engine-entry", reserved,
		&(const struct how){ .paging = LONG,
			.view = VIEW_KERNEL,
			.before = 40,
			.load_cr3 = 30,
			.steps = 80 } },
	{ "everything",
		HOW(.paging = LONG, .view = VIEW_KERNEL, .flags = RIGHTS,
			.map = 20, .change = 15, .store = 10, .load_cr3 = 10,
			.large = 20, .reserved = 5, .unmap = 3, .deep = true,
			.both_views = true, .bits = true, .errors = true,
			.rules = true, .steps = 1500) },
	{ NULL, NULL, NULL },
};
