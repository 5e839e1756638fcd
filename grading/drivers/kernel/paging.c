/* SPDX-License-Identifier: MIT */
/*
 * Lab 01 in the machine: page tables and address spaces.  The tables are read
 * by a walk of our own.
 *
 * Over 400 lines because address spaces are played with in many ways.
 */
#include "grading/drivers/kernel/lib/frames.h"
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/abi/syscall.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/pmm.h"
#include "kernel/mem/uaccess.h"

const bool driver_in_thread = false;

/* -- Page tables ----------------------------------------------------------- */

/* What a walk of our own finds: entries' rights level by level. */
static void
say_walk(uint64_t root, uint64_t va)
{
	uint64_t table = root, entry = 0;
	char text[80];
	size_t n = 0;

	for (int level = 3; level >= 0; level--) {
		const uint64_t *entries = phys_to_virt(table);

		entry = entries[va >> (12 + 9 * level) & 511];
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			" %s%s%s%s%s%s", entry & PTE_P ? "P" : "-",
			entry & PTE_W ? "W" : "-", entry & PTE_U ? "U" : "-",
			entry & PTE_NX ? "N" : "-", entry & PTE_A ? "A" : "-",
			level > 0		? ""
				: entry & PTE_D ? "D"
						: "-");
		if (!(entry & PTE_P) || (level && (entry & PTE_PS)))
			break;
		table = entry & PTE_ADDR;
	}
	say("%llx:%s frame %llx", (unsigned long long)va, text,
		entry & PTE_P ? (unsigned long long)(entry & PTE_ADDR) >> 12
			      : 0ull);
}

static uint64_t
any_page(struct dice *d, bool user)
{
	uint64_t va = dice_below(d, 3) << 39 | dice_below(d, 3) << 30 |
		dice_below(d, 3) << 21 | dice_below(d, 4) << 12;

	if (dice_percent(d, 20))
		va |= 511ull << 12 | 511ull << 21;
	return user ? va : va | 0xffff900000000000ull;
}

static void
play_map(struct dice *d, const void *how)
{
	const bool user = how != NULL;
	uint64_t root;

	stage_frames();
	spoil(64);
	root = pmm_alloc_zeroed(0);
	for (unsigned i = 0; i < 150; i++) {
		uint64_t va = any_page(d, user), *pte;
		uint64_t hpa = dice_below(d, 1 << 20) << 12;
		size_t before = pmm_frames_free();
		uint64_t flags = (dice_percent(d, 50) ? PTE_W : 0) |
			(dice_percent(d, 50) ? PTE_NX : 0) | (user ? PTE_U : 0);
		int err;

		pte = pte_lookup(root, va, false);
		say("%llx: %s, tables made %zu", (unsigned long long)va,
			!pte		       ? "no table"
				: *pte & PTE_P ? "mapped"
					       : "empty",
			before - pmm_frames_free());
		if (pte && (*pte & PTE_P))
			*pte = 0;
		err = paging_map(root, va, hpa, flags);
		say("map: %d, tables made %zu", err,
			before - pmm_frames_free());
		say_walk(root, va);
	}
}

static void
play_large_in_the_way(struct dice *d, const void *how)
{
	uint64_t root, *large;

	(void)how;
	stage_frames();
	root = pmm_alloc_zeroed(0);
	for (unsigned i = 0; i < 30; i++) {
		uint64_t va =
			dice_below(d, 64) << 21 | dice_below(d, 512) << 12;
		uint64_t *pte = pte_lookup(root, va, true);

		say("%llx: %s", (unsigned long long)va,
			pte ? "an entry" : "none");
		if (!pte || dice_percent(d, 50))
			continue;
		/* the entry above, by a walk of our own */
		large = phys_to_virt(root);
		for (int level = 3; level > 1; level--)
			large = phys_to_virt(
				large[va >> (12 + 9 * level) & 511] & PTE_ADDR);
		large[va >> 21 & 511] = PTE_P | PTE_W | PTE_PS;
		say("%llx: %s", (unsigned long long)va,
			pte_lookup(root, va, dice_percent(d, 50)) ? "an entry"
								  : "none");
	}
}

static void
play_no_memory(struct dice *d, const void *how)
{
	uint64_t root, list;

	(void)how;
	stage_frames();
	root = pmm_alloc_zeroed(0);
	paging_map(root, 0x400000, 0x5000, PTE_U);
	list = drain(PMM_ORDER_MAX, false);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t va = any_page(d, true) + 0x8000000000ull;

		say("%llx: %s, map %d", (unsigned long long)va,
			pte_lookup(root, va, true) ? "an entry" : "none",
			paging_map(root, va, 0x1000, PTE_U));
	}
	say_walk(root, 0x400000);
	give_all(list);
	say("map %d", paging_map(root, 0x408000, 0x6000, PTE_U));
	say_walk(root, 0x408000);
}

static void
play_next(struct dice *d, const void *how)
{
	uint64_t root, va = 0, *pte;

	(void)how;
	stage_frames();
	root = pmm_alloc_zeroed(0);
	for (unsigned i = 0; i < 60; i++) {
		uint64_t at = dice_next(d) & (USER_END - 1) & ~0xfffull;

		if (dice_percent(d, 60))
			at = any_page(d, true);
		pte = pte_lookup(root, at, true);
		*pte = dice_percent(d, 80) ? PTE_P | at >> 3 << 12 : 0;
	}
	while ((va = pte_next(root, va, USER_END, &pte)) < USER_END) {
		say("page %llx, entry %llx", (unsigned long long)va,
			(unsigned long long)*pte);
		va += PAGE_SIZE;
	}
	for (unsigned i = 0; i < 40; i++) {
		uint64_t from = any_page(d, true);
		uint64_t end = from + (dice_below(d, 2000) << 12);

		say("[%llx, %llx): %llx", (unsigned long long)from,
			(unsigned long long)end,
			(unsigned long long)pte_next(root, from, end, &pte));
	}
}

/* -- Address spaces -------------------------------------------------------- */

#define AREA  0x40000000ull
#define PAGES 24

#define PROTS 5
static const int prots[PROTS] = { PROT_READ, PROT_READ | PROT_WRITE,
	PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC, PROT_EXEC };

/* Frames that come next were in use: who owes zeros, or a copy, shows it. */
static void
stage_spaces(void)
{
	stage_paging();
	spoil(64);
}

/* Five areas side by side, each with other rights. */
static struct aspace *
areas(void)
{
	struct aspace *as = aspace_create();

	for (unsigned i = 0; i < PROTS; i++)
		aspace_map(as, AREA + i * 0x8000, AREA + i * 0x8000 + 0x6000,
			prots[i]);
	return as;
}

static uint64_t
area_page(struct dice *d)
{
	return AREA + dice_below(d, 8 * PROTS + 1) * PAGE_SIZE;
}

static const uint32_t accesses[] = { 0, PF_WRITE, PF_FETCH };

static void
say_rights(struct aspace *as, uint64_t va)
{
	const uint64_t *pte = pte_lookup(as->root, va, false);
	uint64_t entry = pte ? *pte : 0;

	say("  %s%s%s%s%s, references %u", entry & PTE_P ? "P" : "-",
		entry & PTE_W ? "W" : "-", entry & PTE_U ? "U" : "-",
		entry & PTE_NX ? "N" : "-", entry & PTE_COW ? "C" : "-",
		entry & PTE_P ? pmm_refs(entry & PTE_ADDR) : 0);
}

#define WORDS (PAGE_SIZE / 8)

/* Three words of a page, and how many of all are not zero; perhaps new ones. */
static void
touch_words(struct dice *d, uint64_t hpa, uint64_t at, bool write)
{
	uint64_t *words = phys_to_virt(hpa);
	unsigned used = 0;

	for (unsigned i = 0; i < WORDS; i++)
		used += words[i] != 0;
	say("  holds %llx %llx %llx, words in use %u",
		(unsigned long long)words[0], (unsigned long long)words[at],
		(unsigned long long)words[WORDS - 1], used);
	if (!write)
		return;
	words[0] = dice_next(d);
	words[at] = dice_next(d);
	words[WORDS - 1] = dice_next(d);
}

/* An access somewhere in a page; sometimes nobody asks which frame it is. */
static void
touch_page(struct dice *d, struct aspace *as, const char *who, uint64_t page,
	uint32_t access)
{
	uint64_t va = page + (dice_next(d) & 0xff8), hpa = 0;
	bool asks = dice_percent(d, 80);
	int err = aspace_fault(as, va, access, asks ? &hpa : NULL);
	const uint64_t *pte = pte_lookup(as->root, va, false);

	say("%s %llx, access %x: %d, pages %zu", who, (unsigned long long)va,
		access, err, as->pages);
	say_rights(as, va);
	if (err || !pte || !(*pte & PTE_P))
		return;
	if (asks)
		say("  the entry's frame: %d", hpa == (*pte & PTE_ADDR));
	touch_words(d, *pte & PTE_ADDR, (va & 0xff8) / 8, access == PF_WRITE);
}

static void
touch(struct dice *d, struct aspace *as, const char *who)
{
	uint64_t page = area_page(d);

	touch_page(d, as, who, page, accesses[dice_below(d, 3)]);
}

/* The same in the second or the fourth area, which may be written. */
static void
touch_writable(struct dice *d, struct aspace *as, const char *who)
{
	uint64_t n = 8 + 16 * dice_below(d, 2) + dice_below(d, 6);
	uint64_t page = AREA + n * PAGE_SIZE;

	touch_page(d, as, who, page, accesses[dice_below(d, 3)]);
}

static void
play_faults(struct dice *d, const void *how)
{
	struct aspace *as;
	size_t before;

	(void)how;
	stage_spaces();
	before = pmm_frames_free();
	as = areas();
	for (unsigned i = 0; i < 250; i++)
		touch(d, as, "touch");
	aspace_destroy(as);
	say("frames not back %zu", before - pmm_frames_free());
}

static void
play_faults_no_memory(struct dice *d, const void *how)
{
	struct aspace *as;
	uint64_t list;

	(void)how;
	stage_spaces();
	as = areas();
	for (unsigned i = 0; i < 20; i++)
		touch(d, as, "touch");
	list = drain(PMM_ORDER_MAX, false);
	for (unsigned i = 0; i < 60; i++)
		touch(d, as, "without memory");
	give_all(list);
	for (unsigned i = 0; i < 20; i++)
		touch(d, as, "again");
}

/* A family: each is a fork of one before; all touch and some end. */
static void
play_fork(struct dice *d, const void *how)
{
	struct aspace *family[4] = { NULL };
	static const char *const who[] = { "a", "b", "c", "d" };
	size_t before;

	(void)how;
	stage_spaces();
	before = pmm_frames_free();
	family[0] = areas();
	for (unsigned i = 0; i < 600; i++) {
		unsigned n = (unsigned)dice_below(d, 4);
		unsigned from = (unsigned)dice_below(d, 4);

		if (family[n] && dice_percent(d, 90)) {
			touch(d, family[n], who[n]);
		} else if (family[n] && n > 0) {
			aspace_destroy(family[n]);
			family[n] = NULL;
			say("%s ends", who[n]);
		} else if (!family[n] && family[from]) {
			aspace_activate(family[from]);
			family[n] = aspace_fork(family[from]);
			aspace_activate(NULL);
			say("%s forks %s", who[from], who[n]);
		}
	}
	aspace_activate(NULL);
	for (unsigned i = 0; i < 4; i++)
		if (family[i])
			aspace_destroy(family[i]);
	say("frames not back %zu", before - pmm_frames_free());
}

/* What the CPU itself reads in user space: by its TLB, if that still knows. */
static uint64_t
cpu_reads(uint64_t va)
{
	uint64_t word;

	__asm__ volatile("stac; mov (%1), %0; clac"
			 : "=&r"(word)
			 : "r"(va)
			 : "memory");
	return word;
}

/* A page is read, and then copied: the CPU must not go on with the old one. */
static void
copy_while_read(struct dice *d, struct aspace *as)
{
	uint64_t va = AREA + (8 + dice_below(d, 6)) * PAGE_SIZE, hpa = 0;
	struct aspace *copy;

	aspace_fault(as, va, PF_WRITE, &hpa);
	*(uint64_t *)phys_to_virt(hpa) = dice_next(d);
	aspace_activate(as);
	copy = aspace_fork(as);
	aspace_activate(copy);
	say("the CPU reads %llx", (unsigned long long)cpu_reads(va));
	aspace_fault(copy, va, PF_WRITE, &hpa);
	say("of the copy %llx", (unsigned long long)cpu_reads(va));
	*(uint64_t *)phys_to_virt(hpa) = dice_next(d);
	say("and then %llx", (unsigned long long)cpu_reads(va));
	aspace_activate(NULL);
	aspace_destroy(copy);
}

static void
page_fill(uint64_t hpa, uint64_t token)
{
	uint64_t *words = phys_to_virt(hpa);

	for (unsigned i = 0; i < WORDS; i++)
		words[i] = token + i;
}

/* How many words of a page are as page_fill() left them. */
static unsigned
page_kept(uint64_t hpa, uint64_t token)
{
	const uint64_t *words = phys_to_virt(hpa);
	unsigned kept = 0;

	for (unsigned i = 0; i < WORDS; i++)
		kept += words[i] == token + i;
	return kept;
}

/* A page that only one is left with, or that two of three still share. */
static void
play_last_owner(struct dice *d, const void *how)
{
	struct aspace *as, *copy[2];

	(void)how;
	stage_spaces();
	as = areas();
	for (unsigned round = 0; round < 20; round++) {
		uint64_t va = AREA + (8 + dice_below(d, 6)) * PAGE_SIZE;
		unsigned n = (unsigned)dice_below(d, 3);
		uint64_t was = 0, is = 0, token = dice_next(d);
		size_t before;
		int err;

		aspace_fault(as, va, PF_WRITE, &was);
		page_fill(was, token);
		aspace_activate(as);
		for (unsigned i = 0; i < n; i++)
			copy[i] = aspace_fork(as);
		aspace_activate(NULL);
		if (n > 0 && dice_percent(d, 60))
			aspace_destroy(copy[--n]);
		before = pmm_frames_free();
		err = aspace_fault(as, va, PF_WRITE, &is);
		say("%u share, a write: %d, %s frame, frames less %zu", n + 1,
			err, is == was ? "the same" : "another",
			before - pmm_frames_free());
		say_rights(as, va);
		say("  words kept %u, by the others %u", page_kept(is, token),
			page_kept(was, token));
		while (n > 0)
			aspace_destroy(copy[--n]);
		copy_while_read(d, as);
	}
	aspace_destroy(as);
}

static void
play_fork_no_memory(struct dice *d, const void *how)
{
	struct aspace *as;
	size_t before;
	uint64_t list;

	(void)how;
	stage_spaces();
	before = pmm_frames_free();
	as = areas();
	for (unsigned i = 0; i < 60; i++)
		touch(d, as, "touch");
	aspace_activate(as);
	list = drain(0, false);
	for (unsigned left = 0; left < 12; left++) {
		struct aspace *copy;

		for (unsigned i = 0; i < left; i++)
			list = give_one(list);
		copy = aspace_fork(as);
		say("with %u frames: %s", left, copy ? "a copy" : "none");
		if (copy)
			aspace_destroy(copy);
		for (unsigned i = 0; i < left; i++)
			list = take_one(list);
	}
	give_all(list);
	aspace_activate(NULL);
	aspace_destroy(as);
	say("frames not back %zu", before - pmm_frames_free());
}

/* Shared pages are written while no frame is free, and when none need be. */
static void
play_write_no_memory(struct dice *d, const void *how)
{
	struct aspace *as, *copy;
	uint64_t list;
	size_t before;

	(void)how;
	stage_spaces();
	before = pmm_frames_free();
	as = areas();
	for (unsigned i = 0; i < 60; i++)
		touch_writable(d, as, "touch");
	aspace_activate(as);
	copy = aspace_fork(as);
	aspace_activate(NULL);
	list = drain(PMM_ORDER_MAX, false);
	for (unsigned i = 0; i < 60; i++)
		touch_writable(d, i & 1 ? as : copy, "without memory");
	give_all(list);
	for (unsigned i = 0; i < 20; i++)
		touch_writable(d, i & 1 ? as : copy, "again");
	aspace_destroy(copy);
	list = drain(PMM_ORDER_MAX, false);
	for (unsigned i = 0; i < 40; i++)
		touch_writable(d, as, "alone, without memory");
	give_all(list);
	aspace_destroy(as);
	say("frames not back %zu", before - pmm_frames_free());
}

/*
 * The machine ends with these tables, and the grader reads them: a program's
 * pages, written, read, shared and no longer shared, below the kernel's own.
 */
static void
play_from_outside(struct dice *d, const void *how)
{
	struct aspace *as, *copy;

	(void)how;
	stage_spaces();
	as = aspace_create();
	for (unsigned i = 0; i < 3; i++)
		aspace_map(as, AREA + i * 0x8000, AREA + i * 0x8000 + 0x6000,
			prots[i]);
	for (unsigned i = 0; i < 40; i++) {
		touch(d, as, "touch");
		touch_writable(d, as, "touch");
	}
	aspace_activate(as);
	copy = aspace_fork(as);
	for (unsigned i = 0; i < 40; i++) {
		touch(d, dice_percent(d, 50) ? as : copy, "either");
		touch_writable(d, i & 1 ? as : copy, "either");
	}
	if (dice_percent(d, 50))
		aspace_destroy(copy);
	for (unsigned i = 0; i < 20; i++)
		touch(d, as, "again");
	aspace_activate(as);
}

/* Everything together: unmapping parts of areas while relatives share. */
static void
play_everything(struct dice *d, const void *how)
{
	struct aspace *as, *copy;
	size_t before;

	(void)how;
	stage_spaces();
	before = pmm_frames_free();
	as = areas();
	for (unsigned round = 0; round < 12; round++) {
		uint64_t from = area_page(d);
		uint64_t to = from + (1 + dice_below(d, 8)) * PAGE_SIZE;
		int err;
		for (unsigned i = 0; i < 20; i++)
			touch(d, as, "parent");
		aspace_activate(as);
		copy = aspace_fork(as);
		err = aspace_unmap(as, from, to);
		say("unmap: %d, pages %zu", err, as->pages);
		for (unsigned i = 0; i < 20; i++)
			touch(d, dice_percent(d, 50) ? as : copy, "either");
		say("map: %d", aspace_map(as, from, to, prots[round % PROTS]));
		aspace_destroy(copy);
	}
	aspace_activate(NULL);
	aspace_destroy(as);
	say("frames not back %zu", before - pmm_frames_free());
}

const struct scenario scenarios[] = {
	{ "map-kernel", play_map, NULL },
	{ "map-user", play_map, "user" },
	{ "large-in-the-way", play_large_in_the_way, NULL },
	{ "no-memory", play_no_memory, NULL },
	{ "next-page", play_next, NULL },
	{ "faults", play_faults, NULL },
	{ "faults-no-memory", play_faults_no_memory, NULL },
	{ "fork", play_fork, NULL },
	{ "fork-last-owner", play_last_owner, NULL },
	{ "fork-no-memory", play_fork_no_memory, NULL },
	{ "write-no-memory", play_write_no_memory, NULL },
	{ "from-outside", play_from_outside, NULL },
	{ "everything", play_everything, NULL },
	{ NULL, NULL, NULL },
};
