/* SPDX-License-Identifier: MIT */
/* Making a program: its code, out of items, and the memory that it finds. */
#include "grading/differ/guest.h"

#define ITEMS_MIN  8
#define ITEM_BYTES 90 /* the longest */

_Static_assert(ITEMS_MAX *ITEM_BYTES < PAGE, "a program fits a page");

struct program program;
struct dice dice;
uint8_t program_code[PAGE] __attribute__((aligned(4096)));
static uint16_t here;
/* where put_load_next() left room, to be filled in at the item's end */
static uint16_t next_at;
static bool next_user;

void
put(uint8_t byte)
{
	program_code[here++] = byte;
}

void
put_bytes(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put((uint8_t)bytes[i]);
}

void
put_32(uint64_t value)
{
	for (int i = 0; i < 32; i += 8)
		put((uint8_t)(value >> i));
}

void
put_64(uint64_t value)
{
	put_32(value);
	put_32(value >> 32);
}

void
put_load(enum gpr gpr, uint64_t value)
{
	put(0x48);
	put((uint8_t)(0xb8 + gpr));
	put_64(value);
}

void
put_load_next(enum gpr gpr, bool user)
{
	put_load(gpr, 0);
	next_at = (uint16_t)(here - 8);
	next_user = user;
}

static void
put_next(void)
{
	uint64_t address = (next_user ? CODE_USER : CODE_KERN) + here;

	for (unsigned i = 0; next_at && i < 8; i++)
		program_code[next_at + i] = (uint8_t)(address >> 8 * i);
	next_at = 0;
}

static bool
item_allowed(const struct item *item)
{
	return !((item->flags & ITEM_HIDDEN) && !options.hidden) &&
		!((item->flags & ITEM_UNSTEPPED) && program.stepped) &&
		!((item->flags & ITEM_NO_SMAP) && program.smap);
}

/* One of a table, by weight. */
static const struct item *
item_pick(const struct item *table)
{
	unsigned sum = 0;
	uint64_t r;

	for (const struct item *i = table; i->name; i++)
		sum += item_allowed(i) ? i->weight : 0;
	r = dice_below(&dice, sum);
	for (const struct item *i = table;; i++) {
		unsigned weight = item_allowed(i) ? i->weight : 0;

		if (r < weight)
			return i;
		r -= weight;
	}
}

static void
program_put_items(void)
{
	static const struct item *const tables[] = { items_plain, items_system,
		items_segment, items_paging };

	for (unsigned i = 0; i < program.n_items; i++) {
		const struct item *item =
			item_pick(tables[dice_below(&dice, 4)]);

		program.start[i] = here;
		program.name[i] = item->name;
		item->emit();
		put_next();
	}
	program.start[program.n_items] = here;
	program.name[program.n_items] = "end";
	PUT("\xcd\x40"); /* int $VEC_END */
}

/* Rights of a page of data: present as a rule. */
static uint64_t
page_rights(void)
{
	uint64_t r = dice_next(&dice) >> 20;
	uint64_t rights = r & (PTE_W | PTE_U | PTE_A | PTE_D);

	if (r & 0x700)
		rights |= PTE_P;
	if ((r & 0x1800) == 0)
		rights |= PTE_NX;
	return rights;
}

uint64_t
program_word(unsigned i)
{
	return i * 0x0101010101010101ull ^ program.number;
}

static void
program_make_memory(void)
{
	uint64_t data = (uint64_t)test_data;
	uint64_t *words = (uint64_t *)test_data;

	for (unsigned i = 0; i < DATA_PAGES * PAGE / 8; i++)
		words[i] = program_word(i);
	for (unsigned i = 0; i < PAGE; i++)
		stack_user[i] = stack_kernel[i] = (uint8_t)program.number;
	for (unsigned r = 0; r < 2; r++) {
		for (unsigned i = 0; i < DATA_PAGES; i++)
			test_pt[r][i] = (data + i * PAGE) | page_rights();
		test_pd[r][1] =
			(uint64_t)test_pt[r] | PTE_P | PTE_W | PTE_U | PTE_A;
		test_pd[r][2] = data | PTE_PS | page_rights();
	}
	write_cr3(read_cr3());
}

/* For a disassembler: each item and its bytes. */
static void
program_print(void)
{
	for (unsigned i = 0; i < program.n_items; i++) {
		char byte[] = " 00";

		guest_print(program.name[i]);
		guest_print(" =");
		for (unsigned k = program.start[i]; k < program.start[i + 1];
			k++) {
			byte[1] = "0123456789abcdef"[program_code[k] >> 4];
			byte[2] = "0123456789abcdef"[program_code[k] & 15];
			guest_print(byte);
		}
		guest_print("\n");
	}
}

void
program_make(uint64_t n)
{
	static const uint8_t filler = 0xcc;

	dice.state = options.seed;
	dice.state = dice_next(&dice) + n;
	program = (struct program){ .number = n };
	program.n_items =
		ITEMS_MIN + (unsigned)dice_below(&dice, ITEMS_MAX - ITEMS_MIN);
	program.user = dice_below(&dice, 2);
	program.stepped = dice_below(&dice, 5) == 0 && options.stepped;
	program.smap = dice_below(&dice, 3) == 0;
	here = 0;
	for (unsigned i = 0; i < PAGE; i++)
		program_code[i] = filler;
	program_put_items();
	program_make_memory();
	if (options.verbose)
		program_print();
}
