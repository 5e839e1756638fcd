/* SPDX-License-Identifier: MIT */
/* The made-up guest of lab 04; contracts in play.h. */
#include "grading/drivers/shadow/play.h"

#include <stdio.h>
#include <string.h>

/* An address bit that no CPU of the rig has. */
#define RESERVED (1ull << 45)

/* One of the roots that will be loaded. */
static uint64_t
play_root(struct play *p)
{
	return p->root[dice_below(p->d, p->how->load_cr3 ? ROOTS : 1)];
}

/* -- The guest's tables ---------------------------------------------------- */

static unsigned
play_levels(const struct play *p)
{
	switch (p->how->paging) {
	case OFF:
		return 0;
	case LONG:
		return 4;
	case PAE:
		return 3;
	default:
		return 2;
	}
}

static unsigned
entry_bytes(const struct play *p)
{
	return p->how->paging >= LEGACY ? 4 : 8;
}

/* The guest-physical address of the entry in a table. */
static uint64_t
entry_at(const struct play *p, uint64_t table, uint64_t gva, unsigned level)
{
	unsigned bits = entry_bytes(p) == 4 ? 10 : 9;
	uint64_t index = gva >> (12 + bits * (level - 1));

	return table + (index & ((1u << bits) - 1)) * entry_bytes(p);
}

uint64_t
entry_read(struct play *p, uint64_t at)
{
	uint64_t word = rig_peek(&p->r, at & ~7ull);

	if (entry_bytes(p) == 8)
		return word;
	return at & 4 ? word >> 32 : word & 0xffffffff;
}

void
entry_write(struct play *p, uint64_t at, uint64_t entry)
{
	if (entry_bytes(p) == 8)
		rig_poke(&p->r, at, entry);
	else
		rig_poke32(&p->r, at, (uint32_t)entry);
}

/* The table's own rights; a PAE PDPTE has none. */
static uint64_t
table_flags(const struct play *p, unsigned level)
{
	if (p->how->paging == PAE && level == 3)
		return G_P;
	return G_PWU;
}

/* The address of the entry of a level for gva; 0: no table is there. */
uint64_t
play_entry(
	struct play *p, uint64_t root, uint64_t gva, unsigned level, bool make)
{
	uint64_t table = root;

	for (unsigned l = play_levels(p);; l--) {
		uint64_t at = entry_at(p, table, gva, l);
		uint64_t entry = entry_read(p, at);

		if (l == level)
			return at;
		if (!(entry & G_P) || (l < 4 && l > 1 && (entry & G_PS))) {
			if (!make)
				return 0;
			entry = p->r.next_table | table_flags(p, l);
			entry_write(p, at, entry);
			p->r.next_table += PAGE_SIZE;
		}
		table = entry & PAGEFMT_ADDR & ~RESERVED;
	}
}

static uint64_t
play_flags(struct play *p)
{
	uint64_t vary = p->how->flags, flags = G_PWU;

	if (dice_percent(p->d, 35))
		flags ^= dice_next(p->d) & vary & (G_W | G_U);
	if (dice_percent(p->d, 30))
		flags |= dice_next(p->d) & vary & G_NX;
	return flags;
}

static bool
play_has_large(const struct play *p)
{
	return p->how->paging != OFF && p->how->paging != LEGACY;
}

static void
play_map(struct play *p)
{
	uint64_t root = play_root(p);
	uint64_t gva = p->place[dice_below(p->d, PLACES)];
	uint64_t gpa = PAGES + dice_below(p->d, FRAMES) * PAGE_SIZE;
	uint64_t flags = play_flags(p);
	unsigned level = 1;

	if (play_has_large(p) && dice_percent(p->d, p->how->large)) {
		level = 2;
		gpa = entry_bytes(p) == 4
			? LARGE
			: LARGE - dice_below(p->d, 2) * PAGE_SIZE_2M;
		flags |= G_PS;
	}
	if (p->how->before) /* the guest's software may have set them */
		flags |= dice_next(p->d) & (G_A | G_D);
	if (dice_percent(p->d, p->how->reserved))
		gpa |= entry_bytes(p) == 8 ? RESERVED
			: level == 2	   ? 1ull << 21
					   : 0;
	entry_write(p, play_entry(p, root, gva, level, true), gpa | flags);
	say("map %llx level %u flags %llx", (unsigned long long)gva, level,
		(unsigned long long)flags);
}

/* Change rights or presence in an entry that is there. */
static void
play_change(struct play *p)
{
	uint64_t root = play_root(p);
	uint64_t gva = p->place[dice_below(p->d, PLACES)];
	unsigned levels = play_levels(p), level = 1;
	uint64_t at, bits = G_W | G_U | G_A | G_D;

	if (p->how->deep)
		level = 1 + (unsigned)dice_below(p->d, levels);
	at = play_entry(p, root, gva, level, false);
	if (!at)
		return;
	if (p->how->paging == PAE && level == 3)
		bits = 0;
	if (dice_percent(p->d, 25) && level == 1)
		bits |= G_P;
	bits &= dice_next(p->d) & (p->how->flags | G_A | G_D | G_P);
	if (p->how->paging == LONG && dice_percent(p->d, p->how->reserved))
		bits |= level == 4 ? G_PS : RESERVED;
	entry_write(p, at, entry_read(p, at) ^ bits);
	say("change %llx level %u by %llx", (unsigned long long)gva, level,
		(unsigned long long)bits);
}

void
play_load(struct play *p, unsigned n)
{
	uint64_t cr3 = p->root[n];

	p->current = n;
	if (p->how->paging == LONG)
		rig_long(&p->r, cr3);
	else if (p->how->paging == PAE)
		rig_pae(&p->r, cr3);
	else if (p->how->paging != OFF)
		rig_32(&p->r, cr3, p->how->paging == LEGACY_PSE);
	p->r.mode.walk.cr0 &= ~p->how->cr0_clear;
	p->r.mode.walk.cr4 |= p->how->cr4;
	rig_load_cr3(&p->r, cr3);
}

/* -- What is seen ---------------------------------------------------------- */

/* The accessed and dirty bits from the top down. */
static void
say_bits(struct play *p, uint64_t gva)
{
	char bits[32] = "";
	size_t n = 0;

	for (unsigned l = play_levels(p); l >= 1; l--) {
		uint64_t at = play_entry(p, p->root[p->current], gva, l, false);
		uint64_t entry = at ? entry_read(p, at) : 0;

		if (!at || !(entry & G_P))
			break;
		bits[n++] = entry & G_A ? 'a' : '-';
		bits[n++] = entry & G_D ? 'd' : '-';
		if (l > 1 && l < 4 && (entry & G_PS))
			break;
	}
	bits[n] = '\0';
	if (p->how->bits)
		say("  bits %s", bits);
}

void
play_access(struct play *p, uint64_t gva, uint32_t access)
{
	static const char *const kinds[] = { "lands", "faults",
		"left-to-software", "allowed", "out-of-host-memory" };
	struct rig_result res = rig_access(&p->r, gva, access);
	char what[64] = "";

	/* a store to a traced table is as good as one that lands */
	if (res.kind == RIG_OK && (access & ACCESS_WRITE))
		res.kind = RIG_TRACED;
	if (res.kind == RIG_OK)
		snprintf(what, sizeof(what), " at %llx",
			(unsigned long long)res.gpa);
	if (res.kind == RIG_FAULT && p->how->errors)
		snprintf(what, sizeof(what), ", error %x", res.error);
	say("%s%s%s of %llx: %s%s", access & ACCESS_USER ? "user " : "kernel ",
		access & ACCESS_EXEC ? "fetch" : "",
		access & ACCESS_WRITE	       ? "write"
			: access & ACCESS_EXEC ? ""
					       : "read",
		(unsigned long long)gva, kinds[res.kind], what);
	say_bits(p, gva);
}

static void
play_random_access(struct play *p)
{
	static const uint32_t kinds[] = { 0, 0, ACCESS_WRITE, ACCESS_WRITE,
		ACCESS_EXEC };
	uint32_t access = kinds[dice_below(p->d, 5)];
	uint64_t gva = p->place[dice_below(p->d, PLACES)];

	if (p->how->both_views)
		p->r.mode.view =
			dice_percent(p->d, 50) ? VIEW_USER : VIEW_KERNEL;
	if (p->how->both_views ? p->r.mode.view == VIEW_USER
			       : dice_percent(p->d, 50))
		access |= ACCESS_USER;
	if (p->how->both_views)
		rig_load_cr3(&p->r, p->root[p->current]);
	if ((access & ACCESS_EXEC) && !(p->r.mode.walk.efer & EFER_NXE) &&
		!(p->how->cr4 & CR4_SMEP))
		access &= ~(uint32_t)ACCESS_EXEC;
	if (p->how->cr4) /* what was read before is mapped for execution, too?
			  */
		play_access(p, gva, access & ACCESS_USER);
	play_access(p, gva + (dice_next(p->d) & 0xff8), access);
}

/* A store of the guest's own to one of its tables, through a mapping. */
static void
play_store(struct play *p)
{
	uint64_t window = 0x7f000000ull, root = p->root[p->current];
	uint64_t gva = p->place[dice_below(p->d, PLACES)];
	uint64_t at = play_entry(p, root, gva, 1, false), entry;
	struct rig_result res;
	unsigned level = dice_percent(p->d, p->how->large) ? 2 : 1;
	uint64_t mask = level == 2 ? PAGE_SIZE_2M - 1 : PAGE_SIZE - 1;

	if (!at || p->how->paging == OFF || entry_bytes(p) == 4)
		return;
	window += level * 0x1000000ull;
	entry = PAGES + dice_below(p->d, FRAMES) * PAGE_SIZE;
	entry |= play_flags(p);
	entry_write(p, play_entry(p, root, window, level, true),
		(at & ~mask) | G_PWU | (level == 2 ? G_PS : 0));
	rig_invlpg(&p->r, window);
	res = rig_store(&p->r, window + (at & mask), entry);
	say("store to the entry of %llx: %s", (unsigned long long)gva,
		res.kind == RIG_OK || res.kind == RIG_TRACED ? "done"
							     : "refused");
	rig_invlpg(&p->r, gva);
	play_access(p, gva, 0);
}

/* Entries, of all shadow tables, that map the page at gpa. */
static unsigned
entries_of(struct play *p, uint64_t gpa)
{
	void *frame = gmem_peek(&p->r.gmem, gpa);
	unsigned n = 0;

	if (!frame)
		return 0;
	for (size_t i = 0; i < p->r.s.n_pages; i++) {
		const struct shadow_page *t = &p->r.s.page[i];

		for (unsigned k = 0; t->entry && k < SHADOW_ENTRIES; k++)
			n += t->role.level == 1 && (t->entry[k] & G_P) &&
				!list_empty(&t->hash) &&
				(t->entry[k] & PAGEFMT_ADDR) ==
					virt_to_phys(frame);
	}
	return n;
}

static void
play_unmap(struct play *p)
{
	uint64_t gpa = PAGES + dice_below(p->d, FRAMES) * PAGE_SIZE;

	shadow_unmap(&p->r.s, gpa, PAGE_SIZE);
	say("the frame at %llx goes, and %u entries map it still",
		(unsigned long long)gpa, entries_of(p, gpa));
	rig_load_cr3(&p->r, p->root[p->current]);
}

/* -- Steps -- */

void
play_init(struct play *p, struct dice *d, const struct how *how)
{
	memset(p, 0, sizeof(*p));
	fake_reset();
	rig_init(&p->r, how->kib ? how->kib : SHADOW_KIB_MIN);
	p->d = d;
	p->how = how;
	p->r.mode.view = how->view;
	p->r.mode.wide = how->view != VIEW_NATIVE;
	p->r.next_table = 0x1f0000; /* tables on both sides of 2 MiB */
	for (unsigned i = 0; i < ROOTS; i++)
		p->root[i] = 0x10000 + i * 0x1000ull;
	if (how->paging == PAE) /* entries that a CR3 load would refuse */
		for (unsigned i = 1; i < ROOTS; i++)
			p->root[i] = p->root[0] + i * 32ull;
	for (unsigned i = 0; i < PLACES; i++) {
		p->place[i] = 0x400000 + dice_below(d, 3) * 0x40000000ull +
			dice_below(d, 4) * PAGE_SIZE_2M +
			dice_below(d, 4) * PAGE_SIZE;
		if (how->paging == LONG && dice_percent(d, 30))
			p->place[i] += 0x7f8000000000ull;
		if (how->paging == OFF)
			p->place[i] &= 0x7ff000;
	}
	for (unsigned i = 0; i < how->before; i++)
		play_map(p);
}

void
play_step(struct play *p, unsigned at)
{
	const struct how *how = p->how;
	unsigned sum = how->map;
	bool paging = how->paging != OFF;

	if (paging && at < sum)
		play_map(p);
	else if (paging && at < (sum += how->change))
		play_change(p);
	else if (paging && at < (sum += how->store))
		play_store(p);
	else if (paging && at < (sum += how->load_cr3))
		play_load(p, (unsigned)dice_below(p->d, ROOTS));
	else if (at < (sum += how->unmap))
		play_unmap(p);
	else
		play_random_access(p);
}
