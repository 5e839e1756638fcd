/* SPDX-License-Identifier: MIT */
/*
 * Page tables: entries changed by every kind of store, invalidated, used.
 *
 * After a change the old translation is given up before anybody may use it,
 * so that what a TLB still knows is nobody's business.
 */
#include "grading/differ/guest.h"

#define RIGHTS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D | PTE_NX)

/* A new value for an entry that leads to `address`. */
static uint64_t
pick_entry(uint64_t address)
{
	uint64_t entry = address | (dice_next(&dice) & RIGHTS & ~PTE_NX);

	if (dice_below(&dice, 4))
		entry |= PTE_P;
	if (dice_below(&dice, 8) == 0)
		entry |= PTE_NX;
	if (dice_below(&dice, 12) == 0)
		entry |= 1ull << (51 - dice_below(&dice, 3)); /* reserved */
	return entry;
}

static void
put_invlpg(uint64_t gva)
{
	put_load(RBX, gva);
	PUT("\x0f\x01\x3b");
}

static void
put_flush(void)
{
	PUT("\x0f\x20\xda\x0f\x22\xda"); /* mov %cr3, %rdx; mov %rdx, %cr3 */
}

/* Store `value` at RBX's address in one of many ways. */
static void
put_store(uint64_t where, uint64_t value)
{
	put_load(RAX, value);
	put_load(RBX, where);
	switch (dice_below(&dice, 8)) {
	case 0:
		PUT("\x48\x87\x03"); /* xchg */
		break;
	case 1: /* two halves; what is in between is not used */
		PUT("\x89\x03\x48\xc1\xe8\x20\x89\x43\x04");
		break;
	case 2:
		PUT("\x48\x89\xdf\x48\xab"); /* stosq */
		break;
	case 3: /* compare and swap with what is there */
		PUT("\x48\x89\xc1\x48\x8b\x03\xf0\x48\x0f\xb1\x0b");
		break;
	case 4:
		PUT("\x50\x8f\x03"); /* push, pop to memory */
		break;
	case 5:
		PUT("\xf0\x48\x09\x03"); /* lock or */
		break;
	default:
		PUT("\x48\x89\x03");
		break;
	}
}

static void
put_use(uint64_t gva)
{
	put_load(RBX, gva + 8 * dice_below(&dice, PAGE / 8));
	if (dice_below(&dice, 2))
		PUT("\x48\x89\x13"); /* mov %rdx, (%rbx) */
	else
		PUT("\x48\x8b\x13");
}

static void
emit_entry(void)
{
	uint64_t i = dice_below(&dice, DATA_PAGES);
	uint64_t page =
		(uint64_t)test_data + dice_below(&dice, DATA_PAGES) * PAGE;
	unsigned root = (unsigned)dice_below(&dice, 2);

	put_store((uint64_t)&test_pt[root][i], pick_entry(page));
	put_invlpg(SMALL_GVA + i * PAGE);
	put_use(SMALL_GVA + i * PAGE);
}

static void
emit_large(void)
{
	unsigned root = (unsigned)dice_below(&dice, 2);

	put_store((uint64_t)&test_pd[root][2],
		pick_entry((uint64_t)test_data | PTE_PS));
	put_invlpg(LARGE_GVA);
	put_use(LARGE_GVA + dice_below(&dice, DATA_PAGES) * PAGE);
}

/*
 * Accessed from the start: whether a walk that fails below sets the bit,
 * CPUs differ.
 */
static void
emit_directory(void)
{
	unsigned root = (unsigned)dice_below(&dice, 2);
	uint64_t table = (uint64_t)test_pt[dice_below(&dice, 2)];

	put_store((uint64_t)&test_pd[root][1],
		(pick_entry(table) & ~PTE_D) | PTE_A);
	put_flush();
	put_use(SMALL_GVA + dice_below(&dice, DATA_PAGES) * PAGE);
}

static void
emit_cr3(void)
{
	put_load(RAX,
		(uint64_t)test_pml4[dice_below(&dice, 2)] |
			(dice_next(&dice) & 0x18));
	PUT("\x0f\x22\xd8");
	put_use(SMALL_GVA + dice_below(&dice, DATA_PAGES) * PAGE);
}

static void
emit_invlpg(void)
{
	put_invlpg(item_address());
}

static void
emit_use(void)
{
	put_use(item_address() & ~(PAGE - 1));
}

/* EFER.NXE makes bit 63 reserved; ERRATUM: QEMU keeps its TLB. */
static void
emit_nxe(void)
{
	put_load(RCX, MSR_EFER);
	/* rdmsr; xor $0x800, %eax; wrmsr */
	PUT("\x0f\x32\x35\x00\x08\x00\x00\x0f\x30");
	put_flush();
	put_use(SMALL_GVA + dice_below(&dice, DATA_PAGES) * PAGE);
}

const struct item items_paging[] = {
	{ "entry", 6, 0, emit_entry },
	{ "large", 3, 0, emit_large },
	{ "directory", 3, 0, emit_directory },
	{ "cr3", 4, 0, emit_cr3 },
	{ "invlpg", 1, 0, emit_invlpg },
	{ "use", 3, 0, emit_use },
	{ "nxe", 1, 0, emit_nxe },
	{ 0 },
};
