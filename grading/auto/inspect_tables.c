/* SPDX-License-Identifier: MIT */
/* Page tables of Droste's kernel against its own rules; see inspect.h. */
#include "grading/auto/inspect.h"

#include <stdlib.h>
#include <string.h>

#define KSTACKS	   0xffffc00000000000ull
#define DEVICES	   0xffffd00000000000ull
#define WINDOWS	   0xffffe00000000000ull /* they hold code, too */
#define STACK_SLOT 5 /* pages: a guard, and a stack of 16 KiB */

/* What was found; a count of each, and where the first was. */
enum finding {
	USER_IN_KERNEL,
	WRITE_AND_EXECUTE,
	EXECUTE_ELSEWHERE,
	IMAGE_WRONG,
	DIRECT_WRONG,
	GUARD_MAPPED,
	USER_SEES_KERNEL,
	FINDINGS
};

static const char *const finding_names[FINDINGS] = {
	[USER_IN_KERNEL] = "pages of the kernel's half that ring 3 may touch",
	[WRITE_AND_EXECUTE] = "pages that may be written and executed",
	[EXECUTE_ELSEWHERE] = "executable pages that are not the kernel's text",
	[IMAGE_WRONG] = "pages of the image that are not as it wants them",
	[DIRECT_WRONG] = "pages of the direct map that are wrong",
	[GUARD_MAPPED] = "guard pages that are mapped",
	[USER_SEES_KERNEL] = "user pages that show a table or the image",
};

struct walk {
	const struct memory *m;
	const struct image *image;
	uint8_t *is_table; /* by frame */
	uint64_t count[FINDINGS], first[FINDINGS];
	uint64_t text_pages; /* of the image's text, seen at its place */
	bool second;	     /* the tables are known: look at user pages */
	bool user;	     /* look at user pages alone, and count them */
	uint64_t user_pages, user_write, user_execute;
};

/* A last-level entry, as if all pages were small. */
struct leaf {
	uint64_t va, pa, pages, rights; /* rights: P, W, U, NX of all levels */
};

static void
found(struct walk *w, enum finding f, const struct leaf *leaf, uint64_t n)
{
	if (n && !w->count[f])
		w->first[f] = leaf->va;
	w->count[f] += n;
}

static bool
is_in(uint64_t at, uint64_t from, uint64_t to)
{
	return at >= from && at < to;
}

static void
look_image(struct walk *w, const struct leaf *leaf)
{
	const struct image *i = w->image;
	bool text = is_in(leaf->va, i->text, i->text_end);
	bool data = is_in(leaf->va, i->data, i->data_end);
	bool write = leaf->rights & PTE_W, nx = leaf->rights & PTE_NX;

	w->text_pages += text;
	found(w, IMAGE_WRONG, leaf,
		leaf->pa != leaf->va - KERNEL_BASE || write != data ||
			nx == text);
}

static void
look_guard(struct walk *w, const struct leaf *leaf)
{
	uint64_t page = (leaf->va - KSTACKS) >> FRAME_SHIFT;

	found(w, GUARD_MAPPED, leaf, page % STACK_SLOT == 0);
}

/* Each byte at its offset; what is constant in the image is so here, too. */
static void
look_direct(struct walk *w, const struct leaf *leaf)
{
	const struct image *i = w->image;
	bool constant =
		is_in(leaf->pa, i->text - KERNEL_BASE, i->data - KERNEL_BASE);

	found(w, DIRECT_WRONG, leaf,
		leaf->pa != leaf->va - KERNEL_HALF ||
				(constant && (leaf->rights & PTE_W))
			? leaf->pages
			: 0);
}

static void
look_kernel(struct walk *w, const struct leaf *leaf)
{
	const struct image *i = w->image;
	bool exec = !(leaf->rights & PTE_NX);

	found(w, USER_IN_KERNEL, leaf, leaf->rights & PTE_U ? leaf->pages : 0);
	found(w, EXECUTE_ELSEWHERE, leaf,
		exec && !is_in(leaf->va, i->text, i->text_end) &&
				!is_in(leaf->va, WINDOWS, KERNEL_BASE)
			? leaf->pages
			: 0);
	if (is_in(leaf->va, i->text, i->end))
		look_image(w, leaf);
	else if (is_in(leaf->va, KSTACKS, DEVICES))
		look_guard(w, leaf);
	else if (leaf->va < KSTACKS)
		look_direct(w, leaf);
}

static void
count_user(struct walk *w, const struct leaf *leaf)
{
	if (leaf->va >= KERNEL_HALF || !(leaf->rights & PTE_U))
		return;
	w->user_pages += leaf->pages;
	w->user_write += leaf->rights & PTE_W ? leaf->pages : 0;
	w->user_execute += leaf->rights & PTE_NX ? 0 : leaf->pages;
}

static void
look(struct walk *w, const struct leaf *leaf)
{
	uint64_t image = w->image->text - KERNEL_BASE;
	uint64_t frame = leaf->pa >> FRAME_SHIFT;

	if (w->user) {
		count_user(w, leaf);
		return;
	}
	if (w->second) {
		bool table = frame < FRAMES_MAX && w->is_table[frame];

		if (leaf->va < KERNEL_HALF && (leaf->rights & PTE_U))
			found(w, USER_SEES_KERNEL, leaf,
				table ||
					is_in(leaf->pa, image,
						w->image->end - KERNEL_BASE));
		return;
	}
	found(w, WRITE_AND_EXECUTE, leaf,
		(leaf->rights & PTE_W) && !(leaf->rights & PTE_NX) ? leaf->pages
								   : 0);
	if (leaf->va >= KERNEL_HALF)
		look_kernel(w, leaf);
}

/* rights: what the levels above allow. */
static void
walk(struct walk *w, uint64_t table, unsigned level, uint64_t va,
	uint64_t rights)
{
	uint64_t entry[FRAME_WORDS];

	if (!w->m->read(w->m, table, entry))
		return;
	if (table >> FRAME_SHIFT < FRAMES_MAX)
		w->is_table[table >> FRAME_SHIFT] = 1;
	for (uint64_t i = 0; i < FRAME_WORDS; i++) {
		unsigned shift = FRAME_SHIFT + 9 * (level - 1);
		struct leaf leaf = { .va = va | i << shift,
			.pages = 1ull << (shift - FRAME_SHIFT) };
		uint64_t all = ((rights & entry[i]) & (PTE_W | PTE_U)) |
			((rights | entry[i]) & PTE_NX);

		if (!(entry[i] & PTE_P))
			continue;
		if (level == 4 && i >= FRAME_WORDS / 2)
			leaf.va |= KERNEL_HALF;
		if (level > 1 && !(entry[i] & PTE_PS)) {
			walk(w, entry[i] & PTE_ADDR, level - 1, leaf.va, all);
			continue;
		}
		leaf.pa = entry[i] & PTE_ADDR & ~((1ull << shift) - 1);
		leaf.rights = all;
		look(w, &leaf);
	}
}

void
inspect_tables(const struct memory *m, uint64_t root, const struct image *image,
	struct text *t)
{
	struct walk w = { .m = m, .image = image };
	uint64_t pages = (image->text_end - image->text) / FRAME;

	w.is_table = calloc(FRAMES_MAX, 1);
	if (!w.is_table)
		die("out of memory");
	walk(&w, root & PTE_ADDR, 4, 0, PTE_W | PTE_U);
	w.second = true;
	walk(&w, root & PTE_ADDR, 4, 0, PTE_W | PTE_U);
	free(w.is_table);
	text_addf(t, "the kernel's text is %s\n",
		w.text_pages == pages && pages ? "all mapped" : "not there");
	for (enum finding f = 0; f < FINDINGS; f++)
		if (w.count[f])
			text_addf(t, "%s: %llu, the first at %llx\n",
				finding_names[f],
				(unsigned long long)w.count[f],
				(unsigned long long)w.first[f]);
		else
			text_addf(t, "%s: 0\n", finding_names[f]);
}

void
inspect_user_pages(const struct memory *m, uint64_t root, struct text *t)
{
	struct walk w = { .m = m, .image = &(struct image){ 0 }, .user = true };

	w.is_table = calloc(FRAMES_MAX, 1);
	if (!w.is_table)
		die("out of memory");
	walk(&w, root & PTE_ADDR, 4, 0, PTE_W | PTE_U);
	free(w.is_table);
	text_addf(t,
		"user pages: %llu, of which may be written %llu, executed "
		"%llu\n",
		(unsigned long long)w.user_pages,
		(unsigned long long)w.user_write,
		(unsigned long long)w.user_execute);
}
