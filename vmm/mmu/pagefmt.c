/* SPDX-License-Identifier: MIT */
/*
 * The x86 page-table formats (APM 2, 5.2 and 5.3; SDM 3A, 4.3 to 4.5).
 *
 * Bits above the CPU's physical-address width and NX without EFER.NXE are
 * reserved too; the walker adds those, for they are no matter of format.
 */
#include "vmm/mmu/pagefmt.h"

/* A 4 MiB page has bit 21 reserved; its address goes up to bit 39. */
#define RESERVED_4M 0x200000ull
#define RESERVED_2M 0x1fe000ull	  /* 20:13; 12 is PAT */
#define RESERVED_1G 0x3fffe000ull /* 29:13 */
/* A PDPTE of PAE has no rights, no accessed bit and no leaf. */
#define RESERVED_PDPTE 0x7ff00000000001e6ull | PAGEFMT_NX
#define RESERVED_PAE   0x7ff0000000000000ull

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
	.root = PAGEFMT_ADDR,
	.addr = PAGEFMT_ADDR,
	.reserved = { [4] = PAGEFMT_LEAF },
	.reserved_leaf = { [2] = RESERVED_2M, [3] = RESERVED_1G },
};

uint64_t
pagefmt_leaf_addr(const struct pagefmt *fmt, unsigned level, uint64_t entry)
{
	uint64_t mask = (1ull << pagefmt_shift(fmt, level)) - 1;
	uint64_t addr = entry & fmt->addr & ~mask;

	if (fmt->pse36 && level == 2)
		addr |= (entry >> 13 & 0xff) << 32;
	return addr;
}
