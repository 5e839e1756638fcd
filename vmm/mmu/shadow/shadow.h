/* SPDX-License-Identifier: MIT */
/*
 * Shadow paging: the page tables that the CPU really walks, kept equal to
 * what the guest's own tables mean (V to P) with the guest's memory behind
 * them (P to M).  Where the CPU cannot nest two walks, this composes them.
 *
 *	guest CR3 --> PML4 --> PDPT --> PD --> PT --> page	V to P
 *	   |           |        |       |     |       |
 *	root() ----> shadow   shadow  shadow shadow  gmem	V to M
 *
 * Each guest table that the guest walked has a shadow table of its own, found
 * in a hash by the table's address and its role: the same table read at
 * another level, in another format or for another virtual privilege is
 * another shadow table.  So all address spaces of a guest share the shadows
 * of the tables that they share, and going back to a known CR3 is one lookup.
 *
 * The rules, which shadow_check() checks:
 *
 * 1. A shadow entry allows what its guest entry and gmem allow together, and
 *    no more.  It may allow less: what is missing is filled in at a fault.
 * 2. It is there only while the guest entry has its accessed bit, and
 *    writable only while that has its dirty bit: the first access faults, and
 *    shadow_fault() sets the bit as the CPU would.
 * 3. No shadow entry makes a frame writable that holds a shadowed table:
 *    writes to such a frame trap (memory tracing), are emulated, and come to
 *    shadow_written(), as do the VMM's own.  So a shadow entry is never older
 *    than its guest entry, INVLPG and CR3 loads need nothing but a TLB flush,
 *    and what the TLB may still know is what the architecture lets it know.
 * 4. Only entry.c writes shadow entries.
 *
 * The files, bottom up:
 *
 *	entry.c	   writes entries, and knows who maps a frame (reverse map)
 *	want.c	   what an entry should be: pure, from one guest entry
 *	page.c	   the cache of shadow tables, and which one must go
 *	protect.c  which frames are traced
 *	fill.c	   a fault: judge it, and fill in what is missing
 *	write.c	   a traced write: bring the shadows up to date
 *	check.c	   the invariants, found again from nothing
 *	shadow.c   the MMU engine's hooks: from struct vcpu to the above
 *
 * All but shadow.c is pure: it runs no privileged instruction, knows gmem, a
 * frame allocator and struct gwalk_mode, and is tested on the host.  Nothing
 * here locks: the vCPU's thread calls it.
 *
 * Over 400 lines because the contracts of the whole folder stand here.
 *
 * Lecture words: trap-and-emulate's "memory tracing" (Bugnion, Nieh, Tsafrir,
 * "Hardware and Software Support for Virtualization", 3.2 and 4.2.2).
 */
#ifndef VMM_MMU_SHADOW_SHADOW_H
#define VMM_MMU_SHADOW_SHADOW_H

#include "kernel/lib/list.h"
#include "vmm/engine.h"
#include "vmm/gmem.h"
#include "vmm/gwalk.h"
#include "vmm/mmu/pagefmt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHADOW_ENTRIES 512
#define SHADOW_NOWHERE (~0ull) /* no address is in its frame */

/*
 * Memory for shadows: the tables take 8 KiB each, half of it reverse map.
 * The least, SHADOW_KIB_MIN (vmm/engine.h), is what one instruction may need
 * at once: the code, the operands and a whole event delivery, each across a
 * page boundary, each by a path of its own.
 */
#define SHADOW_KIB_PER_TABLE 8

/*
 * A software bit of a shadow entry: the guest may write this page, but it
 * holds a traced table.  The CPU ignores bits 11:9.
 */
#define SHADOW_TRACED (1ull << 9)

/* For whom a table is. */
enum shadow_view {
	VIEW_NATIVE, /* the guest's kernel runs at its own privilege */
	VIEW_KERNEL, /* virtual kernel mode in ring 3 */
	VIEW_USER,   /* virtual user mode in ring 3 */
	VIEWS
};

/* Formats of guest tables, as an index. */
enum shadow_fmt {
	FMT_NONE, /* no table: guest-physical addresses (shadow_page.gpa up) */
	FMT_32,
	FMT_32_PSE,
	FMT_PAE,
	FMT_4LEVEL,
	FMTS
};

/* role.flags; those that change nothing for a view are never set for it. */
#define ROLE_NARROW 0x01u /* a root for a CPU in PAE mode: 4 entries */
#define ROLE_NXE    0x02u /* EFER.NXE: bit 63 is a right, not reserved */
#define ROLE_WP	    0x04u /* kernel view: CR0.WP */
#define ROLE_SMEP   0x08u /* kernel view */
#define ROLE_SMAP   0x10u /* kernel view: and RFLAGS.AC is clear */
#define ROLE_OPEN   0x20u /* kernel view: every entry above has its U bit */

/* What a shadow table is made for, besides the guest table's address. */
struct shadow_role {
	uint8_t fmt;   /* enum shadow_fmt */
	uint8_t level; /* of the shadow table, 1 to 4 */
	uint8_t part;  /* which part of a table with 1024 entries */
	uint8_t view;  /* enum shadow_view */
	uint8_t flags; /* ROLE_ */
	uint8_t zero[3];
};

/* A link of an entry, or of a list's head, by number: see entry.c. */
struct shadow_link {
	uint32_t next, prev;
};

/* One shadow table. */
struct shadow_page {
	struct shadow_role role;
	uint64_t gpa;	 /* of the guest table; FMT_NONE: what entry 0 maps */
	uint64_t *entry; /* its 512 entries; NULL: no memory yet */
	struct shadow_link *link;  /* one for each */
	const struct pagefmt *fmt; /* of the guest table, or NULL */
	const uint8_t *guest;	   /* host address of its first guest entry */
	uint64_t guest_gpa;	   /* and the guest's, or SHADOW_NOWHERE */
	uint64_t reserved, reserved_leaf; /* bits of guest entries */
	uint64_t must;	 /* bits that all guest entries have that count */
	uint64_t always; /* small: rights whatever the guest's entry says */
	uint64_t clean;	 /* small: those that its dirty bit is needed for */
	uint16_t guest_entries; /* 0: it follows no guest table */
	uint8_t per_guest;	/* shadow entries for one guest entry */
	bool rom;    /* the guest table lies in ROM: its bits cannot be set */
	bool linked; /* an entry points to it */
	bool small;  /* its entries are simple: see leaf.h */
	uint16_t writes;  /* traced ones since it was last needed */
	uint64_t stamp;	  /* of the fault that needed it last */
	struct list hash; /* in shadow.by_frame */
	struct list lru;  /* in one of shadow's lists */
};

struct shadow_stats {
	uint64_t filled;       /* hidden faults: the guest never saw them */
	uint64_t guest_faults; /* the guest's own */
	uint64_t traced;       /* writes to traced tables */
	uint64_t built;	       /* shadow tables */
	uint64_t dropped;      /* tables that the guest seems to use as data */
	uint64_t reclaimed;    /* for want of memory */
	uint64_t root_hits, root_misses;
};

/* The shadows of one VM. */
struct shadow {
	struct gmem *gmem;
	/* of the guest's CPU, which has one value of each, from the mode */
	uint8_t phys_bits;
	bool gib_pages;
	bool flush; /* out: the TLB must forget before the guest runs */
	uint64_t stamp;

	struct shadow_page *page; /* n_pages of them */
	size_t n_pages;		  /* the limit */
	size_t n_backed;	  /* have memory */
	struct list unused;	  /* no table; those with memory first */
	struct list roots;	  /* least recently loaded first */
	struct list idle;	  /* no entry points to them; oldest first */
	struct list used;	  /* the others; oldest first */
	struct shadow_page *current[VIEWS]; /* roots in use, or NULL */

	/*
	 * The CPU engine's own entry of every root of level 4; value 0: none.
	 * It is in no list, and no guest address there is ever mapped.
	 */
	unsigned reserved_index;
	uint64_t reserved_entry;

	struct list *by_frame; /* hash of tables, 1 << hash_bits heads */
	unsigned hash_bits, hash_shift; /* the latter: 64 - hash_bits */
	struct shadow_link *head;	/* heads of lists of entries */
	unsigned map_bits;		/* 1 << map_bits of them: reverse map */

	uint16_t *region; /* traced frames in each 2 MiB */
	size_t n_regions;
	struct shadow_stats stats;
};

/* How the guest's tables are read, and for which machine. */
struct shadow_mode {
	struct gwalk_mode walk;
	uint8_t view; /* enum shadow_view */
	bool wide;    /* the CPU walks 4 levels whatever the guest's mode */
};

/* -- shadow.c's own: what the engine offers ------------------------------- */

/*
 * Make the empty shadows of a VM whose memory slots are there, for at most
 * kib KiB of tables.  Returns 0, -EINVAL for a kib outside SHADOW_KIB_MIN to
 * _MAX, -ENOMEM.
 */
int shadow_init(struct shadow *s, struct gmem *gmem, size_t kib);

/* Free all of it.  Also after a failed shadow_init(). */
void shadow_fini(struct shadow *s);

/*
 * The root to run a guest on: its host-physical address.  It stays until the
 * next call for the same view.  0: no memory at all, and the view has none.
 */
uint64_t shadow_root(struct shadow *s, const struct shadow_mode *mode);

/*
 * Judge an access to gva: access holds ACCESS_WRITE, _USER, _EXEC.  The mode
 * must be that of the last shadow_root() for its view.
 *	MMU_FIXED	  the shadow allows it now
 *	MMU_GUEST_FAULT	  *error is the guest's #PF error code
 *	MMU_MMIO	  no memory there, a write to ROM, or an access that
 *			  the view cannot show (a fetch under SMAP)
 *	MMU_PT_WRITE	  only software can do this write: to a traced table,
 *			  or by a kernel with CR0.WP clear to a page that is
 *			  read-only for it on a CPU with WP set
 *	MMU_NO_MEMORY
 */
enum mmu_outcome shadow_fault(struct shadow *s, const struct shadow_mode *mode,
	uint64_t gva, uint32_t access, uint32_t *error);

/* Guest memory was written by the VMM: [gpa, gpa + len). */
void shadow_written(struct shadow *s, uint64_t gpa, uint64_t len);

/*
 * The guest writes an aligned word of 8 bytes at gpa, for us at `to`: if a
 * table lies there that is traced, do it and return true.
 */
bool shadow_store(struct shadow *s, uint64_t gpa, uint64_t *to, uint64_t value);

/*
 * Let the guest write the frame at gpa: no table in it is shadowed any more.
 * As for shadow_unmap(), a root in use may go.
 */
void shadow_untrace(struct shadow *s, uint64_t gpa);

/*
 * Forget all about [gpa, gpa + size): nothing maps it, and no table in it is
 * shadowed.  A root in use may be among what goes: call shadow_root() before
 * the guest runs.
 */
void shadow_unmap(struct shadow *s, uint64_t gpa, uint64_t size);

/*
 * Is every rule kept?  Looks at everything, and trusts nothing but guest
 * memory.  Returns true, or false with one line in why.
 */
bool shadow_check(struct shadow *s, char *why, size_t size);

/* The same for one table. */
bool shadow_check_page(
	struct shadow *s, const struct shadow_page *p, char *why, size_t size);

/* Are SHADOW_WORDS words all 0?  A table is searched by so many at a time. */
#define SHADOW_WORDS 8

static inline bool
shadow_words_zero(const uint64_t *w)
{
	return !(w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]);
}

/* -- entry.c --------------------------------------------------------------- */

/*
 * Set entry i of p.  value 0: nothing; else present.  child: the table that
 * it points to, or NULL for a page.
 */
void shadow_entry_set(struct shadow *s, struct shadow_page *p, unsigned i,
	uint64_t value, struct shadow_page *child);

/* Is entry i of p the CPU engine's own? */
static inline bool
shadow_entry_reserved(
	const struct shadow *s, const struct shadow_page *p, unsigned i)
{
	return i == s->reserved_index && p->role.level == 4 &&
		s->reserved_entry;
}

/* See struct mmu_engine: from now on each root has this entry. */
void shadow_reserve(struct shadow *s, unsigned index, uint64_t entry);

/* Clear every entry that points to p, or that p has. */
void shadow_entries_drop_parents(struct shadow *s, struct shadow_page *p);
void shadow_entries_clear(struct shadow *s, struct shadow_page *p);

/*
 * For each entry that maps the frame at hpa by a page of 4 KiB, and by one
 * of 2 MiB: take the write right away (trace) or give it back, or clear the
 * entry.  Pages of 2 MiB are cleared in any case.
 */
enum shadow_change {
	CHANGE_TRACE,
	CHANGE_UNTRACE,
	CHANGE_CLEAR
};
void shadow_entries_change(
	struct shadow *s, uint64_t hpa, enum shadow_change change);

/* Make the lists of entries; pages are as kzalloc() left them. */
void shadow_links_init(struct shadow *s);

/* -- want.c ---------------------------------------------------------------- */

enum shadow_kind {
	WANT_NOTHING,
	WANT_TABLE,
	WANT_PAGE
};

struct shadow_want {
	enum shadow_kind kind;
	uint64_t gpa;		 /* of the guest table, or of the page */
	struct shadow_role role; /* of the table */
	uint64_t rights;	 /* PAGEFMT_WRITE, _USER, _NX */
};

/* The role of the root for a mode, and in *gpa the address to find it by. */
struct shadow_role shadow_root_role(
	const struct shadow_mode *mode, uint64_t *gpa);

/* Fill in what follows from p->role and p->gpa, but for p->guest. */
void shadow_page_shape(const struct shadow *s, struct shadow_page *p);

/* The index in p, a table of its level, of the entry for gva. */
unsigned shadow_index(const struct shadow_page *p, uint64_t gva);

/* The guest entry that entry i of p follows, fetched once; 0: none. */
uint64_t shadow_guest_entry(const struct shadow_page *p, unsigned i);

/* What entry i of p may be, if its guest entry is `guest`. */
void shadow_want(const struct shadow_page *p, unsigned i, uint64_t guest,
	struct shadow_want *want);

/*
 * The entry value for a wanted page at a table of `level` (1 or 2), traced
 * frames not writable; 0: no memory there, or no page of this size fits.
 * alloc: make memory that is not there yet.
 */
uint64_t shadow_page_value(struct shadow *s, const struct shadow_want *want,
	unsigned level, bool alloc);

/* The same for a page of 4 KiB that gmem has at hpa. */
uint64_t shadow_small_value(
	const struct shadow *s, uint64_t gpa, uint64_t hpa, uint64_t rights);

/* The entry value for a table. */
uint64_t shadow_table_value(const struct shadow_page *p,
	const struct shadow_want *want, const struct shadow_page *child);

/* The want of p's entry turned into a table of small pages over it. */
void shadow_want_split(const struct shadow_page *p, struct shadow_want *want);

/* -- page.c ---------------------------------------------------------------- */

/* The table for (gpa, role), if there is one, or made now; NULL: no memory. */
struct shadow_page *shadow_page_find(
	struct shadow *s, uint64_t gpa, const struct shadow_role *role);
struct shadow_page *shadow_page_get(
	struct shadow *s, uint64_t gpa, const struct shadow_role *role);

/* Forget a table: nothing points to it, its frame is traced no longer. */
void shadow_page_drop(struct shadow *s, struct shadow_page *p);

/* Is p a root that a vCPU may be running on? */
bool shadow_page_current(const struct shadow *s, const struct shadow_page *p);

/* Is p a root?  Roots have no entries that point to them. */
static inline bool
shadow_page_is_root(const struct shadow_page *p)
{
	return p->role.level == 4 || (p->role.flags & ROLE_NARROW);
}

/* The head of the list that holds the tables of a frame, among others. */
static inline struct list *
shadow_frame_list(const struct shadow *s, uint64_t gpa)
{
	uint64_t hash = (gpa >> 12) * 0x9e3779b97f4a7c15ull;

	return &s->by_frame[hash >> s->hash_shift];
}

/* Does p shadow a table that lies in the frame at gpa? */
static inline bool
shadow_page_traces(const struct shadow_page *p, uint64_t gpa)
{
	return (p->guest_gpa ^ gpa) >> 12 == 0;
}

/* -- protect.c ------------------------------------------------------------- */

/* Is the frame at gpa traced?  And is one in its 2 MiB? */
bool shadow_frame_traced(const struct shadow *s, uint64_t gpa);
bool shadow_region_traced(const struct shadow *s, uint64_t gpa);

/* p, whose guest table was not shadowed before, is now; or no longer is. */
void shadow_trace_begin(struct shadow *s, const struct shadow_page *p);
void shadow_trace_end(struct shadow *s, const struct shadow_page *p);

/* -- fill.c ---------------------------------------------------------------- */

/* Fill in what p's guest table allows now without making anything new. */
void shadow_page_fill(struct shadow *s, struct shadow_page *p);

/* The same for entries [from, to). */
void shadow_entries_fill(
	struct shadow *s, struct shadow_page *p, unsigned from, unsigned to);

#endif
