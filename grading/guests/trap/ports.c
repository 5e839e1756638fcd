/* SPDX-License-Identifier: MIT */
/* Ports: string I/O, the I/O map of the TSS; what ring 3 may not do. */
#include "grading/guests/trap/work.h"

#define STEPS	     40
#define RFLAGS_FIXED 0x2u
#define IOPL_SHIFT   12
#define PORT_SCRATCH 0x3ff /* of the first serial port: keeps a byte */
#define PORT_NOTHING 0x80
#define TSS_SIZE     104u
#define MAP_SIZE     33u /* ports 0 to 0xff, and the byte behind */
#define TSS_RIGHTS   0x89u

static uint8_t bytes[256];

static uint32_t
sum(const uint8_t *at, unsigned n)
{
	uint32_t value = 0x811c9dc5;

	while (n--)
		value = (value ^ *at++) * 0x01000193;
	return value;
}

/* -- String I/O ------------------------------------------------------------ */

static void
string_out(void)
{
	uint32_t n = roll_below(40), at = roll_below(64) + 64, count = n;
	const uint8_t *from = bytes + at;

	if (roll_below(2)) {
		__asm__ volatile("rep outsb"
				 : "+S"(from), "+c"(count)
				 : "d"(PORT_SCRATCH)
				 : "memory");
	} else {
		__asm__ volatile("std; rep outsb; cld"
				 : "+S"(from), "+c"(count)
				 : "d"(PORT_SCRATCH)
				 : "memory");
	}
	tell("rep outsb, % bytes: esi + %, ecx %, scratch %", n,
		(uint32_t)from - (uint32_t)bytes, count, inb(PORT_SCRATCH));
}

static void
string_in(void)
{
	uint32_t n = roll_below(40), at = roll_below(64) + 64, count = n;
	uint8_t *to = bytes + at;

	outb(PORT_SCRATCH, (uint8_t)roll());
	if (roll_below(2)) {
		__asm__ volatile("rep insb"
				 : "+D"(to), "+c"(count)
				 : "d"(PORT_SCRATCH)
				 : "memory");
	} else {
		__asm__ volatile("std; rep insb; cld"
				 : "+D"(to), "+c"(count)
				 : "d"(PORT_SCRATCH)
				 : "memory");
	}
	tell("rep insb, % bytes: edi + %, ecx %, sum %", n,
		(uint32_t)to - (uint32_t)bytes, count,
		sum(bytes, sizeof(bytes)));
}

/* One element, in all three widths, with a segment of its own. */
static void
string_segment(void)
{
	uint32_t base = (uint32_t)bytes + roll_below(128);
	const uint8_t *at = (const uint8_t *)(uintptr_t)roll_below(64);
	const uint8_t *from = at;

	descriptor_set(MINE, base, 0xfffff, 0xc093);
	__asm__ volatile("movl %0, %%fs" : : "r"(MINE * 8));
	__asm__ volatile("outsb %%fs:(%%esi), %%dx"
			 : "+S"(from)
			 : "d"(PORT_SCRATCH)
			 : "memory");
	tell("fs: outsb: esi + %, scratch %", (uint32_t)(from - at),
		inb(PORT_SCRATCH));
	from = bytes;
	__asm__ volatile("outsl; outsw"
			 : "+S"(from)
			 : "d"(PORT_NOTHING)
			 : "memory");
	tell("outsl, outsw: esi + %", (uint32_t)(from - bytes));
}

/* -- The I/O map ----------------------------------------------------------- */

static void
port_user(void)
{
	static const struct code codes[] = {
		{ "inb imm", { 0xe4, 0 }, 2 },
		{ "inw imm", { 0x66, 0xe5, 0 }, 3 },
		{ "inl imm", { 0xe5, 0 }, 2 },
		{ "inb dx", { 0xec }, 1 },
		{ "outb dx", { 0xee }, 1 },
		{ "outl dx", { 0xef }, 1 },
	};
	unsigned which = roll_below(6);
	struct code code = codes[which];
	uint32_t port = which < 4 ? roll_below(0x100) : PORT_NOTHING;
	uint32_t iopl = roll_below(6) ? 0 : roll_below(4), vector;

	if (which < 3)
		code.bytes[code.len - 1] = (uint8_t)port;
	vector = code_user(&code, RFLAGS_FIXED | iopl << IOPL_SHIFT, 0, port);
	tell("iopl %, map % %", iopl, ((uint8_t *)tss)[TSS_SIZE + port / 8],
		((uint8_t *)tss)[TSS_SIZE + port / 8 + 1]);
	tell_trap(code.name, port, vector);
}

static void
map_make(void)
{
	uint8_t *map = (uint8_t *)tss + TSS_SIZE;
	uint32_t size = roll_below(4) ? MAP_SIZE : roll_below(MAP_SIZE);

	for (unsigned i = 0; i < MAP_SIZE; i++)
		map[i] = roll_below(2) ? 0 : (uint8_t)(roll() & roll());
	descriptor_set(
		SEL_TSS / 8, (uint32_t)tss, TSS_SIZE + size - 1, TSS_RIGHTS);
	tell_trap("ltr, map of", size, TRAPS("ltr %w0", "r"(SEL_TSS)));
	for (unsigned i = 0; i < 6; i++)
		port_user();
}

void
part_ports(void)
{
	static void (*const steps[])(
		void) = { string_out, string_in, string_segment, map_make };

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)roll();
	for (unsigned i = 0; i < STEPS; i++)
		steps[roll_below(4)]();
}

/* -- What is privileged ---------------------------------------------------- */

/* But INVD and WBINVD, which QEMU 10 allows to ring 3 (docs/errata.md, Q25). */
static const struct code privileged[] = {
	{ "cli", { 0xfa }, 1 },
	{ "sti, cli", { 0xfb, 0xfa }, 2 },
	{ "hlt", { 0xf4 }, 1 },
	{ "clts", { 0x0f, 0x06 }, 2 },
	{ "mov cr0", { 0x0f, 0x20, 0xc0 }, 3 },
	{ "mov to cr3", { 0x0f, 0x22, 0xd8 }, 3 },
	{ "mov dr7", { 0x0f, 0x21, 0xf8 }, 3 },
	{ "lgdt", { 0x0f, 0x01, 0x15, 0, 0, 0x10, 0 }, 7 },
	{ "lidt", { 0x0f, 0x01, 0x1d, 0, 0, 0x10, 0 }, 7 },
	{ "lldt", { 0x0f, 0x00, 0xd0 }, 3 },
	{ "ltr", { 0x0f, 0x00, 0xd8 }, 3 },
	{ "lmsw", { 0x0f, 0x01, 0xf0 }, 3 },
	{ "invlpg", { 0x0f, 0x01, 0x38 }, 3 },
	{ "mov to cr4", { 0x0f, 0x22, 0xe0 }, 3 },
	{ "rdmsr", { 0x0f, 0x32 }, 2 },
	{ "wrmsr", { 0x0f, 0x30 }, 2 },
	{ "mov to es", { 0x8e, 0xc0 }, 2 },
	{ "mov to ss", { 0x8e, 0xd0 }, 2 },
	{ "push es, pop es", { 0x06, 0x07 }, 2 },
	{ "ljmp to the kernel", { 0xea, 0, 0, 0, 0, 8, 0 }, 7 },
	{ "mov from fs:0", { 0x64, 0xa0, 0, 0, 0, 0 }, 6 },
	{ "nothing", { 0x90 }, 1 },
};

#define PRIVILEGED (sizeof(privileged) / sizeof(privileged[0]))

void
part_privileged(void)
{
	static const uint32_t selectors[] = { 0, SEL_DATA, SEL_UDATA, SEL_UCODE,
		SEL_ABSENT, SEL_SMALL, SEL_NONE, SEL_UDATA & ~3u };

	for (unsigned i = 0; i < STEPS * 2; i++) {
		const struct code *code = &privileged[roll_below(PRIVILEGED)];
		uint32_t iopl = roll_below(4), eax = selectors[roll_below(8)];
		uint32_t fs = roll_below(2) ? SEL_DATA : SEL_UDATA, vector;

		/* IRET takes away what ring 3 may not have */
		__asm__ volatile("movl %0, %%fs" : : "r"(fs));
		vector = code_user(
			code, RFLAGS_FIXED | iopl << IOPL_SHIFT, eax, 0);
		tell("iopl %, eax %, fs %", iopl, eax, fs);
		tell_trap(code->name, 0, vector);
		if (vector == NO_TRAP)
			tell("eax %, ss %", code_eax, trap.ss);
	}
}
