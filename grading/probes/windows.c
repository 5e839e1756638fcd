/* SPDX-License-Identifier: MIT */
/*
 * The addresses that Droste's VMM keeps for its own use while a guest runs in
 * ring 3 (kernel/mem/paging.h): the guest's all the same, for data, code,
 * tables and stacks, one after another and many at once.
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

/* As there; a probe has names of its own for the bits of entries. */
#define WINDOW_COUNT 16
#define WINDOW(n, offset)                                                      \
	(0xffffe00000000000ul + ((uint64_t)(n) << 39) + (offset))

#define MARK 0x1122334455667788ul

static uint8_t *page;

/* In each window the same table of the guest's: its page, and more RAM. */
static void
map_all(void)
{
	page_map(WINDOW(0, 0), (uint64_t)page, PTE_P | PTE_W | PTE_U, 1);
	page_map(WINDOW(0, 0x20000), (uint64_t)page_alloc(),
		PTE_P | PTE_W | PTE_U, 1);
	page_map(WINDOW(0, 0x22000), (uint64_t)page_alloc(), PTE_P | PTE_W, 1);
	for (unsigned i = 1; i < WINDOW_COUNT; i++)
		guest_pml4[WINDOW(i, 0) >> 39 & 511] =
			guest_pml4[WINDOW(0, 0) >> 39 & 511];
	write_cr3(read_cr3());
}

static void
check_nothing(void)
{
	for (unsigned i = 0; i < WINDOW_COUNT; i++)
		for (uint64_t at = 0; at < 0x40000; at += 0x1000) {
			uint64_t gva = WINDOW(i, at);

			CHECK_IS(TRAPS(read64(gva)), VEC_PF);
			CHECK_IS(trap.error, 0);
			CHECK_IS(trap_cr2, gva);
		}
}

static void
check_data_and_code(unsigned i)
{
	uint64_t at = WINDOW(i, 0);
	uint64_t next = WINDOW((i + 1) % WINDOW_COUNT, 0x20000);
	uint64_t n = 64;

	write64(at + 8, MARK + i);
	CHECK_IS(*(uint64_t *)(page + 8), MARK + i);
	CHECK_IS(TRAPS(((void (*)(void))at)()), NO_TRAP);
	__asm__ volatile("rep movsb"
			 : "+S"(at), "+D"(next), "+c"(n)
			 :
			 : "memory");
	CHECK_IS(read64(WINDOW(i, 0x20008)), MARK + i);
}

/* Tables and stacks of the CPU's own. */
static void
check_system(unsigned i)
{
	struct gate *gates = (struct gate *)WINDOW(i, 0x20000);
	uint64_t stack = WINDOW((i + 3) % WINDOW_COUNT, 0x23000);

	for (unsigned v = 0; v < 256; v++)
		gates[v] = idt[v];
	idt_load(4095, (uint64_t)gates);
	tss.ist[0] = stack;
	gates[VEC_UD].ist = 1;
	CHECK_IS(TRAPS(__asm__ volatile("ud2")), VEC_UD);
	CHECK_IS(read64(stack - 40), trap.rip);
	CHECK_IS(TRAPS(((void (*)(void))WINDOW(i, 16))()), VEC_BP);
	idt_init();
}

USER_CODE(user_reads, "mov (%rax), %rbx");

int
main(void)
{
	page = page_alloc();
	page[0] = 0xc3;	 /* ret */
	page[16] = 0xcc; /* int3 */
	check_nothing();
	map_all();
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < WINDOW_COUNT; i++) {
			check_data_and_code(i);
			check_system(i);
		}
	CHECK_IS(USER_RUN(user_reads), VEC_PF); /* of address 0 or so */
	return 0;
}
