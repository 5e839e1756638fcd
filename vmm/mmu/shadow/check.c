/* SPDX-License-Identifier: MIT */
/*
 * The invariants of shadow.h, found again from nothing.
 *
 * For each table: each of its entries is compared with what its guest entry,
 * read now, and gmem, asked now, allow.  Since an entry is right if it is
 * right for its own guest entry and leads to the table of the right name,
 * that covers every path, and ends even where tables point at each other.
 *
 * Because that shares want.c with the code that it checks, shadow_check()
 * does something else besides: from each root it goes down every table once
 * and compares what the CPU would get there with a walk of the guest's
 * tables by gwalk(), which knows nothing of shadows.
 */
#include "vmm/mmu/shadow/shadow.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/x86.h"

struct check {
	struct shadow *s;
	char *why;
	size_t size;
};

static bool
check_fails(const struct check *c, const struct shadow_page *p, unsigned i,
	const char *what)
{
	static const char *const fmts[FMTS] = { "no format", "32-bit",
		"32-bit PSE", "PAE", "4-level" };
	static const char *const views[VIEWS] = { "native", "kernel", "user" };

	snprintf(c->why, c->size,
		"shadow of table 0x%llx (%s, level %u, part %u, "
		"%s view), index %u, entry %llx: %s",
		(unsigned long long)p->gpa, fmts[p->role.fmt], p->role.level,
		p->role.part, views[p->role.view], i,
		(unsigned long long)p->entry[i], what);
	return false;
}

/* Has entry a right that it should not have? */
static bool
has_more(uint64_t entry, uint64_t rights)
{
	return (entry & ~rights & (PAGEFMT_WRITE | PAGEFMT_USER)) ||
		(rights & ~entry & PAGEFMT_NX);
}

/* The entry maps a page. */
static const char *
check_page_entry(struct shadow *s, const struct shadow_page *p, uint64_t entry,
	const struct shadow_want *want)
{
	unsigned level = p->role.level;
	uint64_t bytes = level == 1 ? PAGE_SIZE : PAGE_SIZE_2M;
	struct gmem_page page;

	if (want->kind != WANT_PAGE)
		return "maps a page where the guest has none";
	if (!gmem_peek(s->gmem, want->gpa) ||
		gmem_page(s->gmem, want->gpa, false, &page) != 0)
		return "maps what is no memory";
	if (bytes > page.size)
		return "maps more than the host has in one piece";
	page.hpa += want->gpa & (page.size - 1) & ~(bytes - 1);
	if ((entry & PAGEFMT_ADDR) != page.hpa)
		return "maps another page";
	if (has_more(entry, want->rights))
		return "allows more than the guest does";
	if ((entry & PAGEFMT_WRITE) && !page.writable)
		return "makes ROM writable";
	if (level == 2 && shadow_region_traced(s, want->gpa))
		return "is large, and a frame in it is traced";
	if ((entry & PAGEFMT_WRITE) && shadow_frame_traced(s, want->gpa))
		return "makes a traced table writable";
	if ((entry & SHADOW_TRACED) &&
		(!shadow_frame_traced(s, want->gpa) ||
			!(want->rights & PAGEFMT_WRITE)))
		return "is marked as traced, and is not";
	return NULL;
}

/* The entry points to a table. */
static const char *
check_table_entry(struct shadow *s, const struct shadow_page *p, uint64_t entry,
	struct shadow_want *want)
{
	struct shadow_page *child;

	if (want->kind == WANT_PAGE)
		shadow_want_split(p, want);
	if (want->kind != WANT_TABLE)
		return "points to a table where the guest has none";
	child = shadow_page_find(s, want->gpa, &want->role);
	if (!child || virt_to_phys(child->entry) != (entry & PAGEFMT_ADDR))
		return "points to another table";
	if (!child->linked)
		return "points to a table that does not know of it";
	if (p->role.flags & ROLE_NARROW) {
		/* QEMU sets the accessed bit there, which hardware ignores */
		entry &= ~(PAGEFMT_ADDR | PAGEFMT_PRESENT | PAGEFMT_ACCESSED);
		return entry ? "has bits that a PAE PDPTE reserves" : NULL;
	}
	if (has_more(entry, want->rights))
		return "allows more than the guest does";
	return NULL;
}

bool
shadow_check_page(
	struct shadow *s, const struct shadow_page *p, char *why, size_t size)
{
	const struct check c = { s, why, size };

	if (p->guest && !shadow_frame_traced(s, p->guest_gpa))
		return check_fails(&c, p, 0, "its table is not traced");
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++) {
		uint64_t entry = p->entry[i];
		const char *what;
		struct shadow_want want;

		if (!entry || shadow_entry_reserved(s, p, i))
			continue;
		if (!(entry & PAGEFMT_PRESENT))
			return check_fails(&c, p, i, "is not present, nor 0");
		shadow_want(p, i, shadow_guest_entry(p, i), &want);
		if (p->role.level == 1 || (entry & PAGEFMT_LEAF))
			what = check_page_entry(s, p, entry, &want);
		else
			what = check_table_entry(s, p, entry, &want);
		if (what)
			return check_fails(&c, p, i, what);
	}
	return true;
}

/* The guest's paging mode that a root was made for. */
static struct gwalk_mode
root_mode(const struct shadow *s, const struct shadow_page *root)
{
	struct gwalk_mode mode = {
		.cr0 = CR0_PE | CR0_WP,
		.cr3 = root->gpa,
		.phys_bits = s->phys_bits,
		.gib_pages = s->gib_pages,
	};

	if (root->role.fmt != FMT_NONE)
		mode.cr0 |= CR0_PG;
	if (root->role.fmt == FMT_32_PSE)
		mode.cr4 |= CR4_PSE;
	if (root->role.fmt >= FMT_PAE)
		mode.cr4 |= CR4_PAE;
	if (root->role.fmt == FMT_4LEVEL)
		mode.efer |= EFER_LME | EFER_LMA;
	if (root->role.flags & ROLE_NXE)
		mode.efer |= EFER_NXE;
	return mode;
}

/* What the path to a table allows. */
struct check_path {
	uint64_t gva;	 /* that entry 0 of the table is for */
	uint64_t rights; /* bits that every entry has, and NX that one has */
};

/* Compare what the CPU gets at gva with the guest's own tables. */
static bool
check_walk(const struct check *c, const struct shadow_page *root,
	const struct shadow_page *p, unsigned i, const struct check_path *at)
{
	struct gwalk_mode mode = root_mode(c->s, root);
	uint64_t bytes = p->role.level == 1 ? PAGE_SIZE : PAGE_SIZE_2M;
	const uint8_t *hva = phys_to_virt(p->entry[i] & PAGEFMT_ADDR);
	bool native = root->role.view == VIEW_NATIVE;
	struct gwalk walk;

	if (gwalk(c->s->gmem, &mode, at->gva, 0, &walk) != 0)
		return check_fails(c, p, i, "maps what faults for the guest");
	if (gmem_peek(c->s->gmem, walk.gpa & ~(bytes - 1)) != hva)
		return check_fails(c, p, i, "is another page for the guest");
	if ((at->rights & PAGEFMT_WRITE) && !walk.path.write &&
		(native || (root->role.flags & ROLE_WP)))
		return check_fails(c, p, i, "is read-only for the guest");
	if (native && (at->rights & PAGEFMT_USER) && !walk.path.user)
		return check_fails(c, p, i, "is no user page for the guest");
	if (root->role.view == VIEW_USER && !walk.path.user)
		return check_fails(c, p, i, "is no user page for the guest");
	if (!(at->rights & PAGEFMT_NX) && !walk.path.exec)
		return check_fails(c, p, i, "is no code for the guest");
	return true;
}

/* Tables nest four deep at most, and each is entered once. */
static bool
check_below(const struct check *c, const struct shadow_page *root,
	struct shadow_page *p, const struct check_path *above)
{
	unsigned shift = 12 + 9 * (p->role.level - 1u);

	p->stamp = c->s->stamp;
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++) {
		uint64_t entry = p->entry[i], both;
		struct check_path at = *above;
		struct shadow_page *child;
		struct shadow_want want;

		if (!entry || shadow_entry_reserved(c->s, p, i))
			continue;
		at.gva |= (uint64_t)i << shift;
		if (at.gva >> 47 & 1 && root->role.fmt == FMT_4LEVEL)
			at.gva |= 0xffffull << 48;
		both = (PAGEFMT_WRITE | PAGEFMT_USER) & above->rights;
		if (!(p->role.flags & ROLE_NARROW))
			both &= entry;
		at.rights = both | ((above->rights | entry) & PAGEFMT_NX);
		if (p->role.level == 1 || (entry & PAGEFMT_LEAF)) {
			if (!check_walk(c, root, p, i, &at))
				return false;
			continue;
		}
		shadow_want(p, i, shadow_guest_entry(p, i), &want);
		if (want.kind == WANT_PAGE)
			shadow_want_split(p, &want);
		child = shadow_page_find(c->s, want.gpa, &want.role);
		if (child->stamp != c->s->stamp &&
			!check_below(c, root, child, &at))
			return false;
	}
	return true;
}

/* Each table, then each root's tree. */
static bool
check_list(const struct check *c, struct list *list)
{
	struct list *it;

	list_for_each (it, list)
		if (!shadow_check_page(c->s,
			    list_entry(it, struct shadow_page, lru), c->why,
			    c->size))
			return false;
	return true;
}

bool
shadow_check(struct shadow *s, char *why, size_t size)
{
	const struct check c = { s, why, size };
	const struct check_path top = {
		.rights = PAGEFMT_WRITE | PAGEFMT_USER,
	};
	struct list *it;

	if (!check_list(&c, &s->roots) || !check_list(&c, &s->used) ||
		!check_list(&c, &s->idle))
		return false;
	list_for_each (it, &s->roots) {
		struct shadow_page *root =
			list_entry(it, struct shadow_page, lru);

		s->stamp++; /* marks what was entered */
		if (!check_below(&c, root, root, &top))
			return false;
	}
	return true;
}
