/* SPDX-License-Identifier: MIT */
/*
 * What a shadow entry should be, from one guest entry: the whole semantics
 * of shadow paging, without state.
 *
 * Shadow tables are of the CPU's format, always with 512 entries of 8 bytes,
 * and may have more levels than the guest's:
 *
 *	guest		level 4	   level 3	 level 2	 level 1
 *	no paging	(wide)	   4 entries	 2 MiB pages	 pages
 *	32-bit		(wide)	   4 entries	 a quarter PD	 half a PT
 *	PAE		(wide)	   the PDPT	 the PD		 the PT
 *	4-level		the PML4   the PDPT	 the PD		 the PT
 *
 * (wide): one entry, where the CPU is in long mode although the guest is not.
 * A 32-bit entry of a PD maps 4 MiB: two shadow entries.  A guest's large
 * page becomes a large shadow page, or a table of small ones (FMT_NONE)
 * where gmem has no 2 MiB in one piece or a frame in it is traced.  Rights
 * go level by level as the guest has them, so a table of FMT_NONE allows all,
 * and the entry that points to it holds the large page's rights and its
 * dirty bit: one such table serves every mapping of the memory.
 *
 * Ring 3 has one privilege for two of the guest's.  In the user view an
 * entry exists if the guest's has its U bit; in the kernel view every entry
 * does, and all have the U bit.  Nothing else sets a page's rights apart
 * there, so CR0.WP, SMEP and SMAP are worked into the entries; whether a
 * page is a user page depends on the whole path (ROLE_OPEN).
 *
 * Left out on purpose: memory types (all guest memory is write-back) and
 * global pages: a CR3 load forgets more than it must.
 */
#include "vmm/mmu/shadow/leaf.h"

#include "kernel/mem/pmm.h"
#include "vmm/x86.h"

static const struct pagefmt *const shadow_fmts[FMTS] = {
	[FMT_32] = &pagefmt_32,
	[FMT_32_PSE] = &pagefmt_32_pse,
	[FMT_PAE] = &pagefmt_pae,
	[FMT_4LEVEL] = &pagefmt_4level,
};

#define ENTRY_TABLE	   (PAGEFMT_PRESENT | PAGEFMT_ACCESSED)
#define ALL_RIGHTS	   (PAGEFMT_WRITE | PAGEFMT_USER)
#define ENTRY_SHIFT(level) (12 + 9 * ((level)-1))

/* What of the mode changes entries in this view. */
static uint8_t
role_flags(const struct shadow_mode *mode)
{
	const struct gwalk_mode *w = &mode->walk;
	uint8_t flags = 0;

	if (w->efer & EFER_NXE)
		flags |= ROLE_NXE;
	if (mode->view != VIEW_KERNEL)
		return flags;
	if (w->cr0 & CR0_WP)
		flags |= ROLE_WP;
	if (w->cr4 & CR4_SMEP)
		flags |= ROLE_SMEP | ROLE_OPEN;
	if ((w->cr4 & CR4_SMAP) && !w->ac)
		flags |= ROLE_SMAP | ROLE_OPEN;
	return flags;
}

struct shadow_role
shadow_root_role(const struct shadow_mode *mode, uint64_t *gpa)
{
	const struct pagefmt *fmt = gwalk_format(&mode->walk);
	struct shadow_role role = { .level = 4 };

	*gpa = 0;
	if (fmt) {
		while (shadow_fmts[role.fmt] != fmt)
			role.fmt++;
		role.view = mode->view;
		role.flags = role_flags(mode);
		*gpa = mode->walk.cr3 & fmt->root;
	}
	if (role.fmt != FMT_4LEVEL && !mode->wide) {
		role.level = 3;
		role.flags |= ROLE_NARROW;
	}
	return role;
}

/* Which bits a guest entry must not have, under p's role. */
static uint64_t
page_reserved(const struct shadow *s, const struct shadow_page *p, bool leaf)
{
	const struct gwalk_mode mode = {
		.efer = p->role.flags & ROLE_NXE ? EFER_NXE : 0,
		.phys_bits = s->phys_bits,
		.gib_pages = s->gib_pages,
	};

	return gwalk_reserved(&mode, p->fmt, p->role.level, leaf);
}

unsigned
shadow_index(const struct shadow_page *p, uint64_t gva)
{
	uint64_t vpn = gva >> ENTRY_SHIFT(p->role.level);

	return vpn % SHADOW_ENTRIES;
}

uint64_t
shadow_guest_entry(const struct shadow_page *p, unsigned i)
{
	unsigned at = p->per_guest == 1 ? i : i / 2;
	uint64_t entry;

	if (!p->guest || at >= p->guest_entries)
		return 0;
	if (p->fmt->entry_bytes == 8)
		entry = __atomic_load_n(
			(const uint64_t *)p->guest + at, __ATOMIC_RELAXED);
	else
		entry = __atomic_load_n(
			(const uint32_t *)p->guest + at, __ATOMIC_RELAXED);
	if (p->rom && (entry & p->fmt->present))
		entry |= p->fmt->accessed | p->fmt->dirty;
	return entry;
}

/* An entry of a level that the guest's format has not. */
static void
want_above(const struct shadow_page *p, unsigned i, struct shadow_want *want)
{
	bool parts = p->fmt->entry_bytes == 4 && p->role.level == 3;

	if (i >= (parts ? 4 : 1))
		return;
	want->kind = WANT_TABLE;
	want->gpa = p->gpa;
	want->rights = ALL_RIGHTS;
	want->role = p->role;
	want->role.level--;
	want->role.part = (uint8_t)i;
	want->role.flags &= (uint8_t)~ROLE_NARROW;
}

/* An entry of a table that maps guest-physical memory. */
static void
want_physical(const struct shadow_page *p, unsigned i, struct shadow_want *want)
{
	unsigned level = p->role.level;
	unsigned entries = SHADOW_ENTRIES;

	if (level > 2 && p->gpa == 0)
		entries = level == 3 ? 4 : 1; /* addresses have 32 bits */
	if (i >= entries)
		return;
	want->kind = level > 2 ? WANT_TABLE : WANT_PAGE;
	want->gpa = p->gpa + ((uint64_t)i << ENTRY_SHIFT(level));
	want->rights = ALL_RIGHTS;
	want->role = (struct shadow_role){ .level = (uint8_t)(level - 1) };
}

/*
 * The rights that a guest entry gives in p's view.  The entry is present, has
 * its accessed bit and no reserved one; leaf: it maps a page, not a table.
 * False: the view is allowed nothing by it; else want->rights is set, of
 * PAGEFMT_WRITE, _USER and _NX, and want->role.flags, which holds p's own, may
 * lose ROLE_OPEN.  They are this entry's alone: the CPU takes those of all
 * levels together.  (SDM 3A, 4.6, what each bit allows; APM 2, 5.6)
 *
 *	all views	W, U and NX as the entry has them; but a leaf without
 *			its dirty bit is not writable, whatever else is said
 *	user view	nothing without U
 *	kernel, user	U is always set: both run in ring 3
 *	kernel view	without ROLE_WP all is writable.  ROLE_OPEN says that
 *			every entry above has U: without U here, that is over,
 *			for what is below.  A leaf with U under ROLE_OPEN is a
 *			user page: nothing under ROLE_SMAP, and not executable
 *			under ROLE_SMEP
 */
static bool
want_rights(const struct shadow_page *p, uint64_t guest, bool leaf,
	struct shadow_want *want)
{
	uint8_t flags = p->role.flags;
	bool kernel = p->role.view == VIEW_KERNEL;
	bool open = (flags & ROLE_OPEN) && (guest & p->fmt->user);
	uint64_t rights = guest & (p->fmt->write | p->fmt->user | p->fmt->nx);

	if (p->role.view == VIEW_USER && !(guest & p->fmt->user))
		return false;
	if (p->role.view != VIEW_NATIVE)
		rights |= PAGEFMT_USER;
	if (kernel && !(flags & ROLE_WP))
		rights |= PAGEFMT_WRITE;
	if (!open)
		want->role.flags &= (uint8_t)~ROLE_OPEN;
	if (leaf && open && (flags & ROLE_SMAP))
		return false;
	if (leaf && open && (flags & ROLE_SMEP))
		rights |= PAGEFMT_NX;
	if (leaf && !(guest & p->fmt->dirty))
		rights &= ~PAGEFMT_WRITE;
	want->rights = rights;
	return true;
}

/*
 * Is p's every entry judged by itself, and its bits alone?  Then leaf.h does.
 * That is so but for a view in which user pages are not as others.  What it
 * needs to know of the view it has from want_rights(), asked once a table.
 */
static void
shadow_leaf_shape(struct shadow_page *p)
{
	const uint64_t all = PAGEFMT_WRITE | PAGEFMT_USER | PAGEFMT_NX;
	struct shadow_want least = { .role = p->role }, clean = least;

	p->small = p->role.level == 1 && p->fmt->entry_bytes == 8 &&
		!(p->role.flags & ROLE_OPEN) &&
		want_rights(p, PAGEFMT_DIRTY, true, &least) &&
		want_rights(p, all, true, &clean);
	p->always = least.rights;
	p->clean = ~clean.rights & all;
}

void
shadow_page_shape(const struct shadow *s, struct shadow_page *p)
{
	const struct pagefmt *fmt = shadow_fmts[p->role.fmt];
	unsigned level = p->role.level;

	p->fmt = fmt;
	p->guest_entries = 0;
	p->per_guest = 1;
	p->small = false;
	p->must = ~0ull;
	p->guest_gpa = p->gpa;
	if (!fmt || level > fmt->levels)
		return;
	p->guest_entries = SHADOW_ENTRIES;
	if (fmt->entry_bytes == 4 && level == 2) {
		p->guest_entries = SHADOW_ENTRIES / 2;
		p->per_guest = 2;
	} else if (fmt->no_rights >> level & 1) {
		p->guest_entries = 4; /* a PAE PDPT */
	}
	p->guest_gpa +=
		(uint64_t)p->role.part * p->guest_entries * fmt->entry_bytes;
	shadow_leaf_shape(p);
	p->must = fmt->present;
	if (!(fmt->no_rights >> level & 1))
		p->must |= fmt->accessed;
	p->reserved = page_reserved(s, p, false);
	p->reserved_leaf = page_reserved(s, p, true);
}

/*
 * What entry i of p may be, if the guest entry that it follows is `guest`.
 * Pure.  A table that follows no guest table (p->fmt NULL) is want_physical()'s
 * matter, one at a level above the format's levels want_above()'s.  Else:
 *
 *	WANT_NOTHING	not present, a reserved bit set (p->reserved for a
 *			table, p->reserved_leaf for a page), without its
 *			accessed bit, or want_rights() says so
 *	WANT_PAGE	pagefmt_is_leaf(): gpa is the page's address
 *	WANT_TABLE	gpa is the guest table's address, role the one of its
 *			shadow: p's, one level down, part 0, not ROLE_NARROW
 *
 * A PAE PDPTE (fmt->no_rights) has no accessed bit and no rights: it allows
 * all.  Where two shadow entries follow one guest entry (p->per_guest 2), entry
 * i & 1 is the half: of a page of 4 MiB, 2 MiB further on; of a table, its
 * part. (SDM 3A, 4.3 to 4.5; APM 2, 5.2, 5.3)
 */
void
shadow_want(const struct shadow_page *p, unsigned i, uint64_t guest,
	struct shadow_want *want)
{
	const struct pagefmt *fmt = p->fmt;
	unsigned level = p->role.level;
	bool leaf;

	*want = (struct shadow_want){ .kind = WANT_NOTHING };
	if (!fmt) {
		want_physical(p, i, want);
		return;
	}
	if (level > fmt->levels) {
		want_above(p, i, want);
		return;
	}
	leaf = pagefmt_is_leaf(fmt, level, guest);
	if (!(guest & fmt->present) ||
		(guest & (leaf ? p->reserved_leaf : p->reserved)))
		return;
	want->role = p->role;
	want->role.level--;
	want->role.part = 0;
	want->role.flags &= (uint8_t)~ROLE_NARROW;
	if (fmt->no_rights >> level & 1)
		want->rights = ALL_RIGHTS;
	else if (!(guest & fmt->accessed) || !want_rights(p, guest, leaf, want))
		return;
	want->kind = leaf ? WANT_PAGE : WANT_TABLE;
	want->gpa = guest & fmt->addr;
	if (leaf)
		want->gpa = pagefmt_leaf_addr(fmt, level, guest);
	if (p->per_guest == 1)
		return;
	/* half of the guest's page or table */
	if (leaf)
		want->gpa += (uint64_t)(i & 1) << PAGE_SHIFT_2M;
	else
		want->role.part = i & 1;
}

uint64_t
shadow_small_value(
	const struct shadow *s, uint64_t gpa, uint64_t hpa, uint64_t rights)
{
	uint64_t value = SHADOW_PAGE | rights | hpa;

	if ((rights & PAGEFMT_WRITE) && shadow_frame_traced(s, gpa))
		value ^= PAGEFMT_WRITE | SHADOW_TRACED;
	return value;
}

/*
 * The value of an entry at `level` (1: 4 KiB, 2: 2 MiB) that maps the wanted
 * page: want->gpa, with at most want->rights.  0: none can be: no memory is
 * there, or, at level 2, gmem does not have the 2 MiB in one piece or a frame
 * in it is traced (a table of small pages will take its place).  ROM is not
 * writable, nor is a traced frame (shadow_small_value() knows those of 4 KiB).
 * alloc: false: memory that was never touched (gmem_peek()) counts as not
 * there; true: gmem_page() makes it.  A value has SHADOW_PAGE, a large one
 * PAGEFMT_LEAF.  The host's page may be larger than the guest's: mind where in
 * it the guest's lies.  (APM 2, 5.3.3, 5.3.4)
 */
uint64_t
shadow_page_value(struct shadow *s, const struct shadow_want *want,
	unsigned level, bool alloc)
{
	uint64_t rights = want->rights;
	struct gmem_page page;

	if (!alloc && !gmem_peek(s->gmem, want->gpa))
		return 0;
	if (gmem_page(s->gmem, want->gpa, false, &page) != 0)
		return 0;
	if (!page.writable)
		rights &= ~PAGEFMT_WRITE;
	if (level == 2) {
		if (page.size != PAGE_SIZE_2M ||
			shadow_region_traced(s, want->gpa))
			return 0;
		return SHADOW_PAGE | rights | PAGEFMT_LEAF | page.hpa;
	}
	return shadow_small_value(s, want->gpa,
		page.hpa + (want->gpa & (page.size - PAGE_SIZE)), rights);
}

uint64_t
shadow_table_value(const struct shadow_page *p, const struct shadow_want *want,
	const struct shadow_page *child)
{
	uint64_t hpa = virt_to_phys(child->entry);

	/* a PDPTE of PAE paging has no rights, and bits that must be 0 */
	if (p->role.flags & ROLE_NARROW)
		return hpa | PAGEFMT_PRESENT;
	return hpa | ENTRY_TABLE | want->rights;
}

void
shadow_want_split(const struct shadow_page *p, struct shadow_want *want)
{
	want->kind = WANT_TABLE;
	want->role = (struct shadow_role){
		.level = (uint8_t)(p->role.level - 1),
	};
}
