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
#include <stdint.h>

#define PAGEFMT_LEVELS 4

struct pagefmt {
	const char *name;
	uint8_t levels;
	uint8_t entry_bytes; /* 4 or 8 */
	uint8_t index_bits;
	uint8_t va_bits;     /* that it translates; above: see canonical */
	bool canonical;	     /* upper bits must repeat the highest one */
	uint8_t leaf_levels; /* bit n: the leaf bit counts at level n */
	uint8_t no_rights;   /* bit n: entries of level n hold no rights */
	uint64_t present, write, user, nx; /* nx 0: none */
	uint64_t accessed, dirty, leaf;
	uint64_t root; /* the bits of CR3 that are the root's address */
	uint64_t addr; /* the bits of an entry that are an address */
	/* Bits that must be 0, by level: in a pointer to a table, in a leaf. */
	uint64_t reserved[PAGEFMT_LEVELS + 1];
	uint64_t reserved_leaf[PAGEFMT_LEVELS + 1];
	bool pse36; /* a leaf of level 2 has address bits 39:32 in 20:13 */
};

/* Bits of an entry that the x86 formats share. */
#define PAGEFMT_PRESENT	 0x001ull
#define PAGEFMT_WRITE	 0x002ull
#define PAGEFMT_USER	 0x004ull
#define PAGEFMT_ACCESSED 0x020ull
#define PAGEFMT_DIRTY	 0x040ull
#define PAGEFMT_LEAF	 0x080ull /* PS, above level 1 */
#define PAGEFMT_NX	 (1ull << 63)
#define PAGEFMT_ADDR	 0x000ffffffffff000ull

/*
 * 32-bit paging without and with 4 MiB pages (CR4.PSE), PAE paging, 4-level
 * paging; the last is also the format of AMD's nested tables (APM 2,
 * 15.25.5), whose walk counts as a user access.
 */
extern const struct pagefmt pagefmt_32;
extern const struct pagefmt pagefmt_32_pse;
extern const struct pagefmt pagefmt_pae;
extern const struct pagefmt pagefmt_4level;

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

/* The address of the page that a leaf of this level maps. */
uint64_t pagefmt_leaf_addr(
	const struct pagefmt *fmt, unsigned level, uint64_t entry);

#endif
