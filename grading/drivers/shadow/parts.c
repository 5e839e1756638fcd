/* SPDX-License-Identifier: MIT */
/*
 * Functions of lab 04 one by one; contracts in parts.h.
 *
 * Over 400 lines because each of them is short, and they share helpers.
 */
#include "grading/drivers/shadow/parts.h"

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/pmm.h"

#define REGIONS 4 /* of 2 MiB: all that the rig has */
#define RIGHTS	(G_W | G_U | G_NX)

const char *const fmt_names[FMTS] = { "no table's", "32-bit", "32-bit with PSE",
	"PAE", "4-level" };
const char *const view_names[VIEWS] = { "native", "kernel", "user" };

/* A bit and its letters. */
struct bit_name {
	uint64_t bit;
	const char *name;
};

/* The names of the bits that are set, in text (TEXT_MAX). */
static const char *
bits_text(uint64_t bits, const struct bit_name *names, char *text)
{
	size_t at = 0;

	snprintf(text, TEXT_MAX, "none");
	for (; names->name; names++)
		if (bits & names->bit)
			at += (size_t)snprintf(text + at, TEXT_MAX - at, "%s%s",
				at ? "+" : "", names->name);
	return text;
}

const char *
flags_text(unsigned flags, char *text)
{
	static const struct bit_name names[] = { { ROLE_NARROW, "NARROW" },
		{ ROLE_NXE, "NXE" }, { ROLE_WP, "WP" }, { ROLE_SMEP, "SMEP" },
		{ ROLE_SMAP, "SMAP" }, { ROLE_OPEN, "OPEN" },
		{ ~0x3fu, "unknown" }, { 0, NULL } };

	return bits_text(flags, names, text);
}

static const char *
rights_text(uint64_t rights, char *text)
{
	static const struct bit_name names[] = { { G_W, "W" }, { G_U, "U" },
		{ G_NX, "NX" }, { ~RIGHTS, "unknown" }, { 0, NULL } };

	return bits_text(rights, names, text);
}

/* A rig that has run nothing: no root, no table. */
static void
parts_init(struct rig *r)
{
	fake_reset();
	rig_init(r, SHADOW_KIB_MIN);
	r->s.phys_bits = 40;
}

/* -- What an entry should be ----------------------------------------------- */

static void
say_want(const struct shadow_want *want)
{
	static const char *const kinds[] = { "nothing", "a table", "a page" };
	const struct shadow_role *role = &want->role;
	char text[TEXT_MAX];

	if (want->kind == WANT_NOTHING) {
		say("  wants nothing");
		return;
	}
	say("  wants %s at %llx, rights %s", kinds[want->kind],
		(unsigned long long)want->gpa, rights_text(want->rights, text));
	if (want->kind == WANT_TABLE)
		say("  its shadow: %s format, level %u, part %u, %s view, "
		    "flags %s",
			fmt_names[role->fmt], role->level, role->part,
			view_names[role->view], flags_text(role->flags, text));
}

/* A table of the role at gpa, and its entry i, which follows guest. */
static void
say_entry(const struct shadow *s, const struct shadow_role *role, uint64_t gpa,
	unsigned i, uint64_t guest)
{
	struct shadow_page p = { .role = *role, .gpa = gpa };
	struct shadow_want want;
	char flags[TEXT_MAX];

	shadow_page_shape(s, &p);
	say("%s format, level %u, %s view, flags %s, gpa %llx: index %u, "
	    "guest's entry %llx",
		fmt_names[role->fmt], role->level, view_names[role->view],
		flags_text(role->flags, flags), (unsigned long long)gpa, i,
		(unsigned long long)guest);
	shadow_want(&p, i, guest, &want);
	say_want(&want);
}

/* Few, and also the last ones. */
static unsigned
dice_index(struct dice *d)
{
	return dice_percent(d, 70) ? (unsigned)dice_below(d, 5)
				   : (unsigned)dice_below(d, SHADOW_ENTRIES);
}

/* A guest entry that no right can be read from. */
static uint64_t
dice_void_entry(struct dice *d)
{
	uint64_t entry = dice_next(d);

	if (dice_percent(d, 40))
		return entry & ~G_P;
	if (dice_percent(d, 50)) /* in both, of a page and of a table */
		return entry | G_P | 1ull << 45;
	return (entry & 0xfffffff000ull) | G_P | (entry & (G_W | G_U));
}

void
parts_wants(struct dice *d, const void *how)
{
	static struct rig r;

	(void)how;
	parts_init(&r);
	for (unsigned i = 0; i < 200; i++) {
		struct shadow_role role = {
			.fmt = (uint8_t)dice_below(d, FMTS),
			.level = (uint8_t)(1 + dice_below(d, 4)),
		};
		uint64_t gpa = dice_below(d, 512) * PAGE_SIZE_2M;
		uint64_t guest = dice_void_entry(d);

		if (role.fmt != FMT_NONE) { /* its rights are not asked for */
			role.level = (uint8_t)(3 + dice_below(d, 2));
			role.flags = ROLE_NXE;
		}
		if (role.level == 3 && dice_percent(d, 30))
			role.flags |= ROLE_NARROW;
		if (role.fmt == FMT_PAE && role.level == 3)
			guest = (dice_next(d) & 0xfffffff000ull) |
				(dice_percent(d, 80) ? G_P : 0);
		if (role.fmt == FMT_NONE && dice_percent(d, 50))
			gpa = 0;
		say_entry(&r.s, &role, gpa, dice_index(d), guest);
	}
	rig_fini(&r);
}

/* Which half entry i of p is of, and no rights: those are another's matter. */
static void
say_half(const struct shadow *s, const struct shadow_role *role, unsigned i,
	uint64_t guest)
{
	struct shadow_page p = { .role = *role, .gpa = 0x5000 };
	struct shadow_want want;

	shadow_page_shape(s, &p);
	say("%s format, level %u, gpa 5000: index %u, guest's entry %llx",
		fmt_names[role->fmt], role->level, i,
		(unsigned long long)guest);
	shadow_want(&p, i, guest, &want);
	if (want.kind == WANT_PAGE)
		say("  wants a page at %llx", (unsigned long long)want.gpa);
	else if (want.kind == WANT_TABLE)
		say("  wants a table at %llx, its shadow of part %u",
			(unsigned long long)want.gpa, want.role.part);
	else
		say("  wants nothing");
}

void
parts_halves(struct dice *d, const void *how)
{
	static struct rig r;

	(void)how;
	parts_init(&r);
	for (unsigned i = 0; i < 80; i++) {
		struct shadow_role role = {
			.fmt = dice_percent(d, 70) ? FMT_32_PSE : FMT_32,
			.level = 2,
			.part = (uint8_t)dice_below(d, 4),
		};
		uint64_t guest = dice_below(d, 1 << 10) << 22 | G_P | G_A;

		if (dice_percent(d, 50))
			guest |= G_PS;
		say_half(&r.s, &role, dice_index(d), guest);
	}
	rig_fini(&r);
}

/* A role that a guest table can have. */
static struct shadow_role
dice_role(struct dice *d)
{
	static const uint8_t levels[FMTS] = { 4, 2, 2, 2, 4 };
	uint8_t fmt = (uint8_t)(FMT_32 + dice_below(d, FMTS - FMT_32));
	struct shadow_role role = {
		.fmt = fmt,
		.level = (uint8_t)(1 + dice_below(d, levels[fmt])),
		.view = (uint8_t)dice_below(d, VIEWS),
	};

	if (fmt >= FMT_PAE && dice_percent(d, 80))
		role.flags |= ROLE_NXE;
	if (fmt < FMT_PAE && role.level == 1)
		role.part = (uint8_t)dice_below(d, 2);
	if (role.view == VIEW_KERNEL)
		role.flags |= (uint8_t)(dice_next(d) &
			(ROLE_WP | ROLE_SMEP | ROLE_SMAP | ROLE_OPEN));
	return role;
}

void
parts_rights(struct dice *d, const void *how)
{
	static struct rig r;

	(void)how;
	parts_init(&r);
	for (unsigned i = 0; i < 300; i++) {
		struct shadow_role role = dice_role(d);
		uint64_t guest = dice_below(d, 1 << 19) << 21;

		guest |= G_P | G_A | (dice_next(d) & (G_W | G_U | G_D));
		if (role.fmt < FMT_PAE)
			guest &= 0xffffffff;
		else if ((role.flags & ROLE_NXE) && dice_percent(d, 30))
			guest |= G_NX;
		if (role.level == 2 && role.fmt != FMT_32 &&
			dice_percent(d, 50))
			guest = (guest | G_PS) & ~(1ull << 21);
		say_entry(&r.s, &role, 0x5000, dice_index(d), guest);
	}
	rig_fini(&r);
}

/* -- What maps a page ------------------------------------------------------ */

/* Where the value leads to, and what it allows. */
static void
say_value(const struct rig *r, uint64_t gpa, uint64_t value)
{
	void *frame = gmem_peek(&r->gmem, gpa);
	bool there = frame && (value & PAGEFMT_ADDR) == virt_to_phys(frame);

	say("  entry %llx, maps %s",
		(unsigned long long)(value & ~PAGEFMT_ADDR),
		!value		? "nothing"
			: there ? "the page"
				: "another page");
}

/* As if a table in the frame at gpa were shadowed. */
static void
parts_trace(struct rig *r, struct shadow_page *p, uint64_t gpa)
{
	p->guest_gpa = gpa;
	list_push(shadow_frame_list(&r->s, gpa), &p->hash);
	r->s.region[gpa >> PAGE_SHIFT_2M]++;
	say("traced from now on: %llx", (unsigned long long)gpa);
}

void
parts_values(struct dice *d, const void *how)
{
	static struct rig r;
	uint64_t traced[2], rom = RIG_RAM + PAGE_SIZE_2M;
	char rights[TEXT_MAX];
	unsigned n = 0;

	(void)how;
	parts_init(&r);
	if (gmem_add(&r.gmem, rom, PAGE_SIZE_2M, GMEM_ROM) != 0)
		panic("no memory for the ROM");
	for (unsigned i = 0; i < 160; i++) {
		unsigned level = dice_percent(d, 40) ? 2 : 1;
		bool alloc = dice_percent(d, 60);
		struct shadow_want want = {
			.kind = WANT_PAGE,
			.gpa = dice_below(d, (rom >> 12) + 600) * PAGE_SIZE,
			.rights = dice_next(d) & RIGHTS,
		};

		if (n > 0 && dice_percent(d, 20))
			want.gpa = traced[dice_below(d, n)];
		if (level == 2)
			want.gpa &= ~(PAGE_SIZE_2M - 1);
		say("level %u, gpa %llx, rights %s, %s", level,
			(unsigned long long)want.gpa,
			rights_text(want.rights, rights),
			alloc ? "made to be there" : "if it is there");
		say_value(&r, want.gpa,
			shadow_page_value(&r.s, &want, level, alloc));
		if (i == 60 || i == 100) {
			traced[n] = dice_below(d, RIG_RAM >> 12) * PAGE_SIZE;
			parts_trace(&r, &r.s.page[n], traced[n]);
			n++;
		}
	}
	rig_fini(&r);
}

/* -- Entries, and whom they point to --------------------------------------- */

/* A table of addresses from 0 on, and the four below it. */
struct tables {
	struct rig r;
	struct shadow_page *top, *small[REGIONS];
};

static void
tables_init(struct tables *t)
{
	struct shadow_role role = { .level = 2 };
	struct gmem_page page;

	parts_init(&t->r);
	for (unsigned i = 0; i < REGIONS; i++)
		if (gmem_page(&t->r.gmem, i * PAGE_SIZE_2M, false, &page) != 0)
			panic("no memory for the guest");
	t->top = shadow_page_get(&t->r.s, 0, &role);
	role.level = 1;
	for (unsigned i = 0; i < REGIONS; i++)
		t->small[i] = shadow_page_get(&t->r.s, i * PAGE_SIZE_2M, &role);
	shadow_entries_clear(&t->r.s, t->top);
}

/* How many entries of the upper table point to table n. */
static unsigned
entries_to(const struct tables *t, unsigned n)
{
	uint64_t hpa = virt_to_phys(t->small[n]->entry);
	unsigned found = 0;

	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		found += t->top->entry[i] &&
			!(t->top->entry[i] & PAGEFMT_LEAF) &&
			(t->top->entry[i] & PAGEFMT_ADDR) == hpa;
	return found;
}

/* Which list a table is in; the last of it: was put there last. */
static const char *
table_list(const struct shadow *s, const struct shadow_page *p)
{
	const struct list *it;

	list_for_each (it, &s->used)
		if (it == &p->lru)
			return it->next == &s->used ? "used, the last" : "used";
	list_for_each (it, &s->idle)
		if (it == &p->lru)
			return it->next == &s->idle ? "idle, the last" : "idle";
	return "no list";
}

/* Entry i of the upper table: a table, a page of 2 MiB, or nothing. */
static void
entry_put(struct tables *t, struct dice *d, unsigned i)
{
	struct shadow_want want = { .kind = WANT_PAGE,
		.gpa = dice_below(d, REGIONS) * PAGE_SIZE_2M,
		.rights = G_W | G_U };
	unsigned n = (unsigned)dice_below(d, REGIONS);
	unsigned what = (unsigned)dice_below(d, 100);
	char rights[TEXT_MAX];
	uint64_t value;

	if (what < 25) {
		say("index %u: nothing", i);
		shadow_entry_set(&t->r.s, t->top, i, 0, NULL);
		return;
	}
	if (what < 50) {
		say("index %u: the page %llx", i, (unsigned long long)want.gpa);
		value = shadow_page_value(&t->r.s, &want, 2, true);
		shadow_entry_set(&t->r.s, t->top, i, value, NULL);
		return;
	}
	want.rights = dice_next(d) & (G_W | G_U);
	say("index %u: table %u, rights %s", i, n,
		rights_text(want.rights, rights));
	value = shadow_table_value(t->top, &want, t->small[n]);
	shadow_entry_set(&t->r.s, t->top, i, value, t->small[n]);
}

static void
say_tables(const struct tables *t)
{
	for (unsigned n = 0; n < REGIONS; n++)
		say("  table %u: %u entries point to it, linked %d, %s", n,
			entries_to(t, n), t->small[n]->linked,
			table_list(&t->r.s, t->small[n]));
}

/* How many entries, of all tables, map the page of 4 KiB at gpa, and how. */
static void
say_mapped(const struct tables *t, uint64_t gpa)
{
	uint64_t hpa = virt_to_phys(gmem_peek(&t->r.gmem, gpa));
	unsigned large = 0, small = 0, writable = 0, traced = 0;

	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		large += (t->top->entry[i] & PAGEFMT_LEAF) &&
			(t->top->entry[i] & PAGEFMT_ADDR) ==
				(hpa & ~(PAGE_SIZE_2M - 1));
	for (unsigned n = 0; n < REGIONS; n++)
		for (unsigned i = 0; i < SHADOW_ENTRIES; i++) {
			uint64_t entry = t->small[n]->entry[i];

			if (!entry || (entry & PAGEFMT_ADDR) != hpa)
				continue;
			small++;
			writable += (entry & PAGEFMT_WRITE) != 0;
			traced += (entry & SHADOW_TRACED) != 0;
		}
	say("  mapped by %u large pages, %u small ones: %u writable, "
	    "%u traced",
		large, small, writable, traced);
}

void
parts_links(struct dice *d, const void *how)
{
	static struct tables t;

	(void)how;
	tables_init(&t);
	for (unsigned step = 0; step < 150; step++) {
		unsigned n = (unsigned)dice_below(d, REGIONS);

		entry_put(&t, d, dice_index(d));
		if (dice_percent(d, 15)) {
			say("nothing points to table %u any more", n);
			shadow_entries_drop_parents(&t.r.s, t.small[n]);
		}
		say_tables(&t);
	}
	rig_fini(&t.r);
}

/* A page of 4 KiB that is mapped in a second place, or no longer. */
static void
small_put(struct tables *t, struct dice *d, uint64_t gpa)
{
	struct shadow_want want = { .kind = WANT_PAGE,
		.gpa = gpa,
		.rights = G_U | (dice_next(d) & G_W) };
	unsigned n = (unsigned)dice_below(d, REGIONS), i = dice_index(d);
	uint64_t value = shadow_page_value(&t->r.s, &want, 1, true);

	if (dice_percent(d, 30))
		value = 0;
	say("table %u, index %u: %s %llx", n, i,
		value ? "maps" : "maps no more", (unsigned long long)gpa);
	shadow_entry_set(&t->r.s, t->small[n], i, value, NULL);
}

void
parts_changes(struct dice *d, const void *how)
{
	static const char *const changes[] = { "is traced",
		"is traced no longer", "goes" };
	static struct tables t;

	(void)how;
	tables_init(&t);
	for (unsigned step = 0; step < 150; step++) {
		uint64_t gpa = dice_below(d, REGIONS) * PAGE_SIZE_2M +
			dice_below(d, 4) * PAGE_SIZE;
		unsigned change = (unsigned)dice_below(d, 3);

		entry_put(&t, d, dice_index(d));
		for (unsigned i = 0; i < 3; i++)
			small_put(&t, d, gpa);
		say("the frame at %llx %s", (unsigned long long)gpa,
			changes[change]);
		shadow_entries_change(&t.r.s,
			virt_to_phys(gmem_peek(&t.r.gmem, gpa)),
			(enum shadow_change)change);
		say_mapped(&t, gpa);
	}
	rig_fini(&t.r);
}

/* -- Frames that hold tables ----------------------------------------------- */

/* A table of level 1 at gpa: all of the frame, or half of it. */
static struct shadow_role
frame_role(struct dice *d, uint64_t gpa)
{
	struct shadow_role role = { .fmt = FMT_PAE, .level = 1 };
	unsigned part = (unsigned)dice_below(d, 3);

	if (part < 2) {
		role.fmt = FMT_32;
		role.part = (uint8_t)part;
	}
	say("%s table at %llx, part %u:", fmt_names[role.fmt],
		(unsigned long long)gpa, role.part);
	return role;
}

/* One table more at gpa; or, if it is there and may go, one less. */
static void
frame_step(struct tables *t, struct dice *d, uint64_t gpa, bool goes)
{
	struct shadow *s = &t->r.s;
	struct shadow_role role = frame_role(d, gpa);
	struct shadow_page *p = shadow_page_find(s, gpa, &role);
	bool first = !shadow_frame_traced(s, gpa);

	if (goes && p) {
		shadow_page_drop(s, p);
		say("  goes");
	} else {
		s->flush = false;
		shadow_page_get(s, gpa, &role);
		say("  %s", p ? "is there" : "comes");
		if (first)
			say("  the TLB must %s",
				s->flush ? "forget" : "forget nothing");
	}
	say("  its frame is %s, and in its 2 MiB are %u such",
		shadow_frame_traced(s, gpa) ? "traced" : "not traced",
		s->region[gpa >> PAGE_SHIFT_2M]);
	say_mapped(t, gpa);
}

void
parts_frames(struct dice *d, const void *how)
{
	static struct tables t;

	tables_init(&t);
	for (unsigned i = 0; i < 200; i++) /* large pages: only now */
		entry_put(&t, d, i);
	for (unsigned step = 0; step < (how ? 150 : 40); step++) {
		uint64_t gpa = dice_below(d, 2) * PAGE_SIZE_2M +
			dice_below(d, 3) * PAGE_SIZE;

		entry_put(&t, d, dice_index(d));
		small_put(&t, d, gpa);
		frame_step(&t, d, gpa, how);
	}
	rig_fini(&t.r);
}
