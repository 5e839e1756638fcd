/* SPDX-License-Identifier: MIT */
/*
 * The x86 page-table formats (APM 2, 5.2 and 5.3; SDM 3A, 4.3 to 4.5), and
 * the one of extended page tables (SDM 3C, 28.2).
 *
 * Bits above the CPU's physical-address width and NX without EFER.NXE are
 * reserved too: pagefmt_reserved() adds those, for they are no matter of
 * format.
 */
#include "vmm/mmu/pagefmt.h"

/* A 4 MiB page has bit 21 reserved; its address goes up to bit 39. */
#define RESERVED_4M 0x200000ull
#define RESERVED_2M 0x1fe000ull	  /* 20:13; 12 is PAT */
#define RESERVED_1G 0x3fffe000ull /* 29:13 */
/* A PDPTE of PAE has no rights, no accessed bit and no leaf. */
#define RESERVED_PDPTE 0x7ff00000000001e6ull | PAGEFMT_NX
#define RESERVED_PAE   0x7ff0000000000000ull
/* EPT: a pointer to a table has no memory type; a leaf has no PAT bit. */
#define RESERVED_EPT	0x78ull
#define RESERVED_EPT_2M 0x1ff000ull
#define RESERVED_EPT_1G 0x3ffff000ull
#define WRONG_EPT_TYPES (1u << 2 | 1u << 3 | 1u << 7)

const struct pagefmt pagefmt_32 = {
	.name = "32-bit",
	.levels = 2,
	.entry_bytes = 4,
	.index_bits = 10,
	.va_bits = 32,
	.present = PAGEFMT_PRESENT,
	.write = PAGEFMT_WRITE,
	.user = PAGEFMT_USER,
	.accessed = PAGEFMT_ACCESSED,
	.dirty = PAGEFMT_DIRTY,
	.leaf = PAGEFMT_LEAF,
	.global = PAGEFMT_GLOBAL,
	.root = 0xfffff000,
	.addr = 0xfffff000,
};

const struct pagefmt pagefmt_32_pse = {
	.name = "32-bit PSE",
	.levels = 2,
	.entry_bytes = 4,
	.index_bits = 10,
	.va_bits = 32,
	.leaf_levels = 1 << 2,
	.present = PAGEFMT_PRESENT,
	.write = PAGEFMT_WRITE,
	.user = PAGEFMT_USER,
	.accessed = PAGEFMT_ACCESSED,
	.dirty = PAGEFMT_DIRTY,
	.leaf = PAGEFMT_LEAF,
	.global = PAGEFMT_GLOBAL,
	.root = 0xfffff000,
	.addr = 0xfffff000,
	.reserved_leaf = { [2] = RESERVED_4M },
	.pse36 = true,
};

const struct pagefmt pagefmt_pae = {
	.name = "PAE",
	.levels = 3,
	.entry_bytes = 8,
	.index_bits = 9,
	.va_bits = 32,
	.leaf_levels = 1 << 2,
	.no_rights = 1 << 3,
	.present = PAGEFMT_PRESENT,
	.write = PAGEFMT_WRITE,
	.user = PAGEFMT_USER,
	.nx = PAGEFMT_NX,
	.accessed = PAGEFMT_ACCESSED,
	.dirty = PAGEFMT_DIRTY,
	.leaf = PAGEFMT_LEAF,
	.global = PAGEFMT_GLOBAL,
	.root = 0xffffffe0,
	.addr = PAGEFMT_ADDR,
	.reserved = { [1] = RESERVED_PAE,
		[2] = RESERVED_PAE,
		[3] = RESERVED_PDPTE },
	.reserved_leaf = { [1] = RESERVED_PAE,
		[2] = RESERVED_PAE | RESERVED_2M },
};

const struct pagefmt pagefmt_4level = {
	.name = "4-level",
	.levels = 4,
	.entry_bytes = 8,
	.index_bits = 9,
	.va_bits = 48,
	.canonical = true,
	.leaf_levels = 1 << 2 | 1 << 3,
	.present = PAGEFMT_PRESENT,
	.write = PAGEFMT_WRITE,
	.user = PAGEFMT_USER,
	.nx = PAGEFMT_NX,
	.accessed = PAGEFMT_ACCESSED,
	.dirty = PAGEFMT_DIRTY,
	.leaf = PAGEFMT_LEAF,
	.global = PAGEFMT_GLOBAL,
	.root = PAGEFMT_ADDR,
	.addr = PAGEFMT_ADDR,
	.reserved = { [4] = PAGEFMT_LEAF },
	.reserved_leaf = { [2] = RESERVED_2M, [3] = RESERVED_1G },
};

/*
 *	 63 62     52 51        12 11 10 9 8 7 6   5 3  2 1 0
 *	|ve| ignored | address    |     |D|A|1|IPAT|type|X W R|	 leaf
 *	|  | ignored | address    |     | |A|0|   0     |X W R|	 pointer
 *
 * A and D count if the EPT pointer enables them.  At level 1 bit 7 means
 * nothing.
 */
const struct pagefmt pagefmt_ept = {
	.name = "EPT",
	.levels = 4,
	.entry_bytes = 8,
	.index_bits = 9,
	.va_bits = 48,
	.leaf_levels = 1 << 2 | 1 << 3,
	.present = EPTE_READ | EPTE_WRITE | EPTE_EXEC,
	.write = EPTE_WRITE,
	.read = EPTE_READ,
	.exec = EPTE_EXEC,
	.accessed = EPTE_ACCESSED,
	.dirty = EPTE_DIRTY,
	.leaf = EPTE_LEAF,
	.root = PAGEFMT_ADDR,
	.addr = PAGEFMT_ADDR,
	.reserved = { [2] = RESERVED_EPT,
		[3] = RESERVED_EPT,
		[4] = RESERVED_EPT | EPTE_LEAF },
	.reserved_leaf = { [2] = RESERVED_EPT_2M, [3] = RESERVED_EPT_1G },
	.type_shift = EPTE_TYPE_SHIFT,
	.wrong_types = WRONG_EPT_TYPES,
};

uint64_t
pagefmt_reserved(const struct pagefmt *fmt, const struct pagefmt_cpu *cpu,
	unsigned level, bool leaf)
{
	uint64_t bits = leaf ? fmt->reserved_leaf[level] : fmt->reserved[level];

	if (fmt->entry_bytes == 8) {
		bits |= PAGEFMT_ADDR & ~((1ull << cpu->phys_bits) - 1);
		if (!cpu->nx)
			bits |= fmt->nx;
		if (leaf && level == 3 && !cpu->gib_pages)
			bits |= fmt->leaf;
	}
	return bits;
}

/* May an entry be written, or executed, that may not be read? */
static bool
pagefmt_unreadable(const struct pagefmt *fmt, const struct pagefmt_cpu *cpu,
	uint64_t entry)
{
	return !(entry & fmt->read) &&
		((entry & fmt->write) || !cpu->exec_only);
}

enum pagefmt_wrong
pagefmt_check(const struct pagefmt *fmt, const struct pagefmt_cpu *cpu,
	unsigned level, uint64_t entry)
{
	bool leaf = pagefmt_is_leaf(fmt, level, entry);

	if (entry & pagefmt_reserved(fmt, cpu, level, leaf))
		return PAGEFMT_RESERVED;
	if (fmt->read && pagefmt_unreadable(fmt, cpu, entry))
		return PAGEFMT_UNREADABLE;
	if (leaf && fmt->wrong_types >> pagefmt_type(fmt, entry) & 1)
		return PAGEFMT_TYPE;
	return PAGEFMT_FINE;
}

uint64_t
pagefmt_leaf_addr(const struct pagefmt *fmt, unsigned level, uint64_t entry)
{
	uint64_t mask = (1ull << pagefmt_shift(fmt, level)) - 1;
	uint64_t addr = entry & fmt->addr & ~mask;

	if (fmt->pse36 && level == 2)
		addr |= (entry >> 13 & 0xff) << 32;
	return addr;
}
