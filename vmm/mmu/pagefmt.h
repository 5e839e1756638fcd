/* SPDX-License-Identifier: MIT */
/*
 * Page-table formats as data.  A walker that knows no format walks them all:
 * the guest's own tables, and the nested tables that the CPU walks.
 *
 * Levels count from 1, the lowest.  A table of level n maps, in each entry,
 * 2^(12 + (n - 1) * index_bits) bytes.
 */
#ifndef VMM_MMU_PAGEFMT_H
#define VMM_MMU_PAGEFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGEFMT_LEVELS 4

struct pagefmt {
	const char *name;
	uint8_t levels;
	uint8_t entry_bytes; /* 4 or 8 */
	uint8_t index_bits;
	uint8_t va_bits;	  /* that it translates; above: see canonical */
	bool canonical;		  /* upper bits must repeat the highest one */
	uint8_t leaf_levels;	  /* bit n: the leaf bit counts at level n */
	uint8_t no_rights;	  /* bit n: entries of level n hold no rights */
	uint64_t present;	  /* any of these makes an entry present */
	uint64_t write, user, nx; /* rights; 0: there is no such bit */
	uint64_t read, exec;	  /* rights of their own; 0: present, !nx */
	uint64_t accessed, dirty, leaf;
	uint64_t global; /* of a leaf; 0: none */
	uint64_t root;	 /* the bits of CR3 that are the root's address */
	uint64_t addr;	 /* the bits of an entry that are an address */
	/* Bits that must be 0, by level: in a pointer to a table, in a leaf. */
	uint64_t reserved[PAGEFMT_LEVELS + 1];
	uint64_t reserved_leaf[PAGEFMT_LEVELS + 1];
	bool pse36; /* a leaf of level 2 has address bits 39:32 in 20:13 */
	/* Where a leaf has its memory type, and bit n: type n is none. */
	uint8_t type_shift, wrong_types; /* wrong_types 0: no such field */
};

/* What of a CPU and its mode decides which entries are well formed. */
struct pagefmt_cpu {
	uint8_t phys_bits; /* width of a physical address, 32 to 52 */
	bool nx;	   /* bit 63 is a right (EFER.NXE) */
	bool gib_pages;	   /* there are pages of 1 GiB */
	bool exec_only;	   /* EPT: an entry may allow execution alone */
};

/* What is wrong with a present entry. */
enum pagefmt_wrong {
	PAGEFMT_FINE,
	PAGEFMT_RESERVED,   /* reserved bits are set */
	PAGEFMT_UNREADABLE, /* writable, or executable, and not readable */
	PAGEFMT_TYPE	    /* no such memory type */
};

/* Bits of an entry that the x86 formats share. */
#define PAGEFMT_PRESENT	 0x001ull
#define PAGEFMT_WRITE	 0x002ull
#define PAGEFMT_USER	 0x004ull
#define PAGEFMT_ACCESSED 0x020ull
#define PAGEFMT_DIRTY	 0x040ull
#define PAGEFMT_LEAF	 0x080ull /* PS, above level 1 */
#define PAGEFMT_GLOBAL	 0x100ull
#define PAGEFMT_NX	 (1ull << 63)
#define PAGEFMT_ADDR	 0x000ffffffffff000ull

/* Bits of an EPT entry (SDM 3C, 28.2.2 and 28.2.4). */
#define EPTE_READ	0x001ull
#define EPTE_WRITE	0x002ull
#define EPTE_EXEC	0x004ull
#define EPTE_TYPE_SHIFT 3	 /* a leaf's memory type, 5:3 */
#define EPTE_IGNORE_PAT 0x040ull /* a leaf's: the guest's PAT has no say */
#define EPTE_LEAF	0x080ull
#define EPTE_ACCESSED	0x100ull /* if the EPT pointer enables them */
#define EPTE_DIRTY	0x200ull

/*
 * 32-bit paging without and with 4 MiB pages (CR4.PSE), PAE paging, 4-level
 * paging; the last is also the format of AMD's nested tables (APM 2,
 * 15.25.5), whose walk counts as a user access.
 */
extern const struct pagefmt pagefmt_32;
extern const struct pagefmt pagefmt_32_pse;
extern const struct pagefmt pagefmt_pae;
extern const struct pagefmt pagefmt_4level;

/* Intel's nested tables. */
extern const struct pagefmt pagefmt_ept;

/* Log2 of the bytes that an entry of this level maps. */
static inline unsigned
pagefmt_shift(const struct pagefmt *fmt, unsigned level)
{
	return 12 + (level - 1) * fmt->index_bits;
}

/* Byte offset, in its table of this level, of the entry for va. */
static inline uint64_t
pagefmt_offset(const struct pagefmt *fmt, unsigned level, uint64_t va)
{
	uint64_t vpn = va & ((1ull << fmt->va_bits) - 1);

	vpn >>= pagefmt_shift(fmt, level);
	return (vpn & ((1ull << fmt->index_bits) - 1)) * fmt->entry_bytes;
}

/* Does a present entry of this level map a page? */
static inline bool
pagefmt_is_leaf(const struct pagefmt *fmt, unsigned level, uint64_t entry)
{
	return level == 1 ||
		((fmt->leaf_levels >> level & 1) && (entry & fmt->leaf));
}

/* The memory type of a leaf whose format has one. */
static inline unsigned
pagefmt_type(const struct pagefmt *fmt, uint64_t entry)
{
	return entry >> fmt->type_shift & 7;
}

/* Bits that must be 0 in a present entry of a level, a leaf or not. */
uint64_t pagefmt_reserved(const struct pagefmt *fmt,
	const struct pagefmt_cpu *cpu, unsigned level, bool leaf);

/* Is a present entry of a level well formed? */
enum pagefmt_wrong pagefmt_check(const struct pagefmt *fmt,
	const struct pagefmt_cpu *cpu, unsigned level, uint64_t entry);

/*
 * The same in words: one line without an end, "reserved bits 0x78 are set";
 * empty for an entry that is well formed.
 */
void pagefmt_explain(const struct pagefmt *fmt, const struct pagefmt_cpu *cpu,
	unsigned level, uint64_t entry, char *buf, size_t size);

/*
 * The bits of a present entry in letters, at most PAGEFMT_FLAGS_MAX with the
 * NUL.  Rights: r/w writable, u/s user, x/- executable; of EPT r, w, x each
 * or -.  Then a accessed, d dirty, P large page, G global, as far as the
 * level has them; and of a leaf of EPT its memory type, and +PAT where the
 * guest's PAT has a say.
 */
#define PAGEFMT_FLAGS_MAX 24
void pagefmt_flags(const struct pagefmt *fmt, unsigned level, uint64_t entry,
	char buf[PAGEFMT_FLAGS_MAX]);

/* The address of the page that a leaf of this level maps. */
uint64_t pagefmt_leaf_addr(
	const struct pagefmt *fmt, unsigned level, uint64_t entry);

#endif
