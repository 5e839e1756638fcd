/* SPDX-License-Identifier: MIT */
/*
 * Segments, descriptor tables, far transfers, changes of privilege; and what
 * x86 hides from a VMM in ring 3.
 */
#include "grading/differ/guest.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* ERRATUM: not 3, for QEMU loads it into SS in ring 0 */
static const uint16_t selectors[] = { 0, SEL_CODE, SEL_DATA, SEL_CODE32,
	SEL_UDATA, SEL_UCODE, SEL_TSS, SEL_ABSENT, SEL_BASED, SEL_BASED | 3,
	SEL_LDT, 0x78, 0x07, 0x0f };

/* ERRATUM: QEMU goes to 32-bit code without a look at its limit. */
static uint16_t
code_selector(void)
{
	uint16_t sel = selectors[dice_below(&dice, LEN(selectors))];

	return sel == SEL_CODE32 ? SEL_ABSENT : sel;
}

static void
put_load_selector(enum gpr gpr)
{
	put_load(gpr, selectors[dice_below(&dice, LEN(selectors))]);
}

/* One that is not null, for FS and GS. */
static void
put_load_base(void)
{
	put_load(RAX, selectors[1 + dice_below(&dice, LEN(selectors) - 1)]);
}

static void
emit_segment(void)
{
	static const uint8_t segments[] = { 0, 3, 4, 5, 4, 5 };

	put_load_base();
	put(0x8e);
	put((uint8_t)(0xc0 | segments[dice_below(&dice, 6)] << 3));
}

static void
emit_segment_ss(void)
{
	put_load_selector(RAX);
	PUT("\x8e\xd0");
}

static void
emit_segment_pop(void)
{
	put_load_base();
	put(0x50);
	put(0x0f);
	put(dice_below(&dice, 2) ? 0xa1 : 0xa9); /* pop %fs, %gs */
}

/* Through the segments whose bases count. */
static void
emit_segment_access(void)
{
	put_load(RBX, item_address());
	put(dice_below(&dice, 2) ? 0x64 : 0x65);
	PUT("\x48\x8b\x03");
}

static void
emit_fsgsbase(void)
{
	put_load(RAX, dice_next(&dice) >> 17);
	PUT("\xf3\x48\x0f\xae");
	put((uint8_t)(0xc0 | dice_below(&dice, 4) << 3)); /* RD, WR of FS, GS */
}

static void
emit_lldt(void)
{
	put_load_selector(RAX);
	PUT("\x0f\x00\xd0");
}

/* ERRATUM: QEMU loads 0 into TR. */
static void
emit_ltr(void)
{
	put_load(RAX, selectors[1 + dice_below(&dice, 8)]);
	if (dice_below(&dice, 2))
		put_load(RAX, SEL_TSS2);
	PUT("\x0f\x00\xd8");
}

/* The same tables, shorter by what is for tests alone. */
static void
emit_tables(void)
{
	bool of_idt = dice_below(&dice, 2);

	/* sub $16, %rsp; movw $limit, 6(%rsp); base at 8(%rsp) */
	PUT("\x48\x83\xec\x10\x66\xc7\x44\x24\x06");
	put(of_idt ? 0xff
		   : (dice_below(&dice, 2) ? GDT_SIZE - 1 : SEL_ABSENT - 1));
	put(of_idt ? 0x0f : 0x00);
	put_load(RAX, of_idt ? (uint64_t)idt : (uint64_t)gdt);
	PUT("\x48\x89\x44\x24\x08\x0f\x01");
	put(of_idt ? 0x5c : 0x54); /* lidt, lgdt 6(%rsp) */
	PUT("\x24\x06\x48\x83\xc4\x10");
}

/* An IRETQ frame: to where the program goes on, or with something wrong. */
static void
emit_iret(void)
{
	bool user = dice_below(&dice, 2);
	uint64_t cs = user ? SEL_UCODE : SEL_CODE;
	uint64_t ss = user ? SEL_UDATA : dice_below(&dice, 2) ? SEL_DATA : 0;
	uint64_t flags =
		(dice_next(&dice) & 0xcd5) | 2; /* no TF, AC, NT, IOPL */

	flags = (flags & ~0x400ull) | 0x200;
	if (dice_below(&dice, 4) == 0)
		cs = code_selector();
	if (dice_below(&dice, 4) == 0)
		ss = selectors[dice_below(&dice, LEN(selectors))];
	if (dice_below(&dice, 4) == 0)
		flags &= ~0x200ull;
	put_load(RAX, ss);
	put(0x50);
	put_load(RAX, (user ? STACK_USER : STACK_KERN) - 256);
	put(0x50);
	put_load(RAX, flags);
	put(0x50);
	put_load(RAX, cs);
	put(0x50);
	put_load_next(RAX, user);
	PUT("\x50\x48\xcf");
}

static void
emit_far(void)
{
	bool user = dice_below(&dice, 3) == 0;
	uint64_t cs = user ? SEL_UCODE : SEL_CODE;

	if (dice_below(&dice, 3) == 0)
		cs = code_selector();
	put_load(RAX, cs);
	put(0x50);
	put_load_next(RAX, user);
	put(0x50);
	if (dice_below(&dice, 2))
		PUT("\x48\xff\x2c\x24"); /* ljmp *(%rsp) */
	else
		PUT("\x48\xcb"); /* lretq */
}

static void
emit_syscall(void)
{
	PUT("\x0f\x05");
}

static void
emit_sysret(void)
{
	bool user = dice_below(&dice, 4) != 0;

	PUT("\x49\xc7\xc3"); /* mov $flags, %r11 */
	put_32((dice_next(&dice) & 0xac5) | 2);
	put_load_next(RCX, user);
	PUT("\x48\x0f\x07");
}

static void
emit_sysenter(void)
{
	PUT("\x0f\x34");
}

/* -- What x86 hides: Robin and Irvine's, and their kin -- */

/* Null can be loaded in ring 3, too, and with it the base goes. */
static void
emit_segment_null(void)
{
	static const char *const codes[] = { "\x8e\xe0", "\x8e\xe8",
		"\x8e\xd8" };

	put_load(RAX, dice_below(&dice, 4));
	put_bytes(codes[dice_below(&dice, 3)], 2); /* FS, GS, DS */
}

static void
emit_pushf(void)
{
	PUT("\x9c\x58\x48\x25\xef\xff\xff\xff"); /* AF is in no digest */
}

static void
emit_popf(void)
{
	put_load(RAX, (dice_next(&dice) & 0xec5) | 2);
	PUT("\x50\x9d\xfc");
}

static void
emit_segment_read(void)
{
	static const char *const codes[] = { "\x8c\xc8", "\x8c\xd8", "\x8c\xd0",
		"\x8c\xe0" };

	put_bytes(codes[dice_below(&dice, 4)], 2);
}

static void
emit_segment_push(void)
{
	put(0x0f);
	put(dice_below(&dice, 2) ? 0xa0 : 0xa8);
	put(0x58);
}

static void
emit_lar(void)
{
	static const char *const codes[] = { "\x0f\x02\xd0", "\x0f\x03\xd0",
		"\x0f\x00\xe0", "\x0f\x00\xe8" };

	put_load_selector(RAX);
	put_bytes(codes[dice_below(&dice, 4)], 3);
}

static void
emit_table_read(void)
{
	static const char *const codes[] = { "\x0f\x01\x04\x24",
		"\x0f\x01\x0c\x24", "\x0f\x00\x04\x24", "\x0f\x00\x0c\x24",
		"\x0f\x01\x24\x24", "\x0f\x01\xe0\x90" };

	PUT("\x48\x83\xec\x10");
	put_bytes(codes[dice_below(&dice, 6)], 4);
	PUT("\x58\x59");
}

const struct item items_segment[] = {
	{ "segment", 4, 0, emit_segment },
	{ "segment-ss", 2, 0, emit_segment_ss },
	{ "segment-pop", 2, 0, emit_segment_pop },
	{ "segment-access", 2, 0, emit_segment_access },
	{ "fsgsbase", 2, 0, emit_fsgsbase },
	{ "lldt", 2, 0, emit_lldt },
	{ "ltr", 2, 0, emit_ltr },
	{ "tables", 2, 0, emit_tables },
	{ "iret", 8, ITEM_NO_SMAP, emit_iret },
	{ "far", 4, ITEM_NO_SMAP, emit_far },
	{ "syscall", 3, 0, emit_syscall },
	{ "sysret", 3, 0, emit_sysret },
	{ "sysenter", 1, 0, emit_sysenter },
	{ "segment-null", 1, ITEM_HIDDEN, emit_segment_null },
	{ "pushf", 2, ITEM_HIDDEN, emit_pushf },
	{ "popf", 2, ITEM_HIDDEN, emit_popf },
	{ "segment-read", 2, ITEM_HIDDEN, emit_segment_read },
	{ "segment-push", 1, ITEM_HIDDEN, emit_segment_push },
	{ "lar", 2, ITEM_HIDDEN, emit_lar },
	{ "table-read", 2, ITEM_HIDDEN, emit_table_read },
	{ 0 },
};
