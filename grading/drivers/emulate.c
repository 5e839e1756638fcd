/* SPDX-License-Identifier: MIT */
/*
 * Lab 03 on the host: instructions that a deprivileged guest may not execute
 * itself, done by the emulator on made-up states, in 64-bit and 32-bit mode,
 * at ring 0 and ring 3 (grading/unit/exec_help.h has the guest).
 *
 * Said is all that the guest can see: how it ended, the exception with its
 * error code, every register that changed, and a sum over memory.
 */
/* links: vmm/segment.c vmm/emul/decode.c vmm/emul/decode_operand.c
 * vmm/emul/insn.c vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c
 * vmm/emul/exec.c vmm/emul/exec_arith.c vmm/emul/exec_bit.c
 * vmm/emul/exec_exit.c vmm/emul/exec_move.c vmm/emul/exec_operand.c
 * vmm/emul/exec_stack.c vmm/emul/exec_string.c vmm/emul/exec_system.c
 * vmm/emul/deliver.c vmm/emul/iret.c vmm/emul/segload.c
 * vmm/emul/syscall.c vmm/emul/transfer.c */
#include "grading/drivers/lib/driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the guest's header has from the unit tests' library. */
#define assert_true(x)			assert(x)
#define assert_false(x)			assert(!(x))
#define assert_int_equal(a, b)		assert((uint64_t)(a) == (uint64_t)(b))
#define assert_memory_equal(a, b, size) assert(memcmp(a, b, size) == 0)

#include "grading/unit/exec_help.h"

#define SPELLINGS  18
#define PAGE_WORDS 512

/* What a scenario does. */
struct how {
	const char *text[SPELLINGS]; /* instructions, in hexadecimal digits */
	int modes;		     /* 64, 32, or 0 for both */
	bool events;		     /* deliver events instead */
	bool frames;		     /* RSP points at what IRET or RETF pops */
	bool selectors;		     /* AX, and memory, hold selectors */
	uint64_t cr4;		     /* bits that may be set */
	unsigned steps;
};

static const uint16_t selectors[] = { 0, 1, 3, SEL_CODE0, SEL_DATA0, SEL_CODE3,
	SEL_DATA3, SEL_TSS, SEL_LDT, SEL_CONF, SEL_CONF | 3, SEL_ABSENT,
	SEL_CODE32, SEL_END, SEL_DATA0 | 3, SEL_CODE0 | 3, 0x4, 0xfff8 };

static uint16_t
pick_selector(struct dice *d)
{
	return selectors[dice_below(
		d, sizeof(selectors) / sizeof(selectors[0]))];
}

/* -- A state --------------------------------------------------------------- */

/* What IRET and RETF find: RIP, CS, flags, RSP, SS. */
static void
make_frame(struct guest *g, struct dice *d, unsigned size)
{
	uint64_t at = g->regs.gpr[GPR_RSP];
	uint64_t frame[5] = { HANDLER + dice_below(d, 256), pick_selector(d),
		0x202 | (dice_next(d) & 0x3cd7), STACK3 - dice_below(d, 64) * 8,
		pick_selector(d) };

	if (dice_percent(d, 60)) {
		bool user = g->state.cpl || dice_percent(d, 50);

		frame[1] = user ? SEL_CODE3 : SEL_CODE0;
		frame[4] = user ? SEL_DATA3 : SEL_DATA0;
	}
	if (dice_percent(d, 8))
		frame[0] |= 1ull << 55;
	for (unsigned i = 0; i < 5; i++)
		guest_put(g, at + i * size, frame[i], size);
}

static void
make_gates(struct guest *g, struct dice *d)
{
	for (unsigned v = 0; v < 256; v++) {
		uint16_t sel =
			dice_percent(d, 80) ? SEL_CODE0 : pick_selector(d);

		guest_gate(g, (uint8_t)v, dice_percent(d, 50) ? 0xe : 0xf,
			dice_percent(d, 50) ? 3 : 0, dice_percent(d, 20), sel,
			HANDLER + v * 8);
		if (dice_percent(d, 10)) /* not present */
			g->memory[IDT +
				v * (g->state.efer & EFER_LMA ? 16 : 8) + 5] &=
				0x7f;
	}
}

static void
make_state(struct guest *g, struct dice *d, const struct how *how)
{
	int mode = how->modes ? how->modes : dice_percent(d, 60) ? 64 : 32;

	guest_start(g, mode);
	make_gates(g, d);
	guest_ring(g, dice_percent(d, 40) ? 3 : 0);
	for (unsigned i = 0; i < GPRS; i++)
		if (i != GPR_RSP)
			g->regs.gpr[i] = dice_value(d);
	if (mode == 32)
		for (unsigned i = 0; i < GPRS; i++)
			g->regs.gpr[i] = i < 8 ? (uint32_t)g->regs.gpr[i] : 0;
	g->regs.gpr[GPR_RBX] = DATA + dice_below(d, 512) * 4;
	for (unsigned i = 0; i < PAGE_WORDS; i++)
		guest_put(g, DATA + i * 8, dice_value(d), 8);
	if (how->selectors) {
		g->regs.gpr[GPR_RAX] = pick_selector(d);
		guest_put(g, g->regs.gpr[GPR_RBX], pick_selector(d), 2);
		guest_put(g, g->regs.gpr[GPR_RSP], pick_selector(d), 8);
	}
	g->regs.rflags ^= dice_next(d) & (RFLAGS_ARITH | RFLAGS_IF);
	g->regs.gpr[GPR_RSP] -= dice_below(d, 8) * 4;
	if (dice_percent(d, 40))
		g->regs.rflags |= dice_next(d) & 0x3000; /* IOPL */
	g->state.cr4 |= dice_percent(d, 60) ? CR4_FSGSBASE : 0;
	if (how->cr4)
		g->state.cr4 |= dice_next(d) & how->cr4;
	g->state.seg[SEG_FS].base = dice_next(d) >> 20;
	g->state.seg[SEG_GS].base = dice_next(d) >> 20;
	g->state.kernel_gs_base = dice_next(d) >> 20;
	g->emul.cr4_offered = dice_percent(d, 70) ? ~0ull : 0;
	if (dice_percent(d, 12))
		g->absent = 1ull << (dice_percent(d, 50) ? DATA >> 12 : 5);
	if (dice_percent(d, 12))
		g->read_only = 1ull << (DATA >> 12);
	if (how->frames)
		make_frame(g, d, mode == 64 ? 8 : 4);
}

/* -- What is seen ---------------------------------------------------------- */

static const char *const gpr_names[GPRS] = { "rax", "rcx", "rdx", "rbx", "rsp",
	"rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
	"r15" };

static const char *const seg_names[SEGS] = { "es", "cs", "ss", "ds", "fs",
	"gs" };

static void
say_change(const char *what, uint64_t before, uint64_t after)
{
	if (before != after)
		say("  %s becomes %llx", what, (unsigned long long)after);
}

static void
say_segment(const char *what, const struct vseg *a, const struct vseg *b)
{
	if (a->sel != b->sel || a->attr != b->attr || a->limit != b->limit ||
		a->base != b->base)
		say("  %s becomes %x, attributes %x, limit %x, base %llx", what,
			b->sel, b->attr, b->limit, (unsigned long long)b->base);
}

/* The first eight bytes that changed, where they are, and a sum over all. */
static void
say_memory(const uint8_t *was, const uint8_t *is)
{
	uint64_t word;
	size_t at = 0;

	while (memcmp(was + at, is + at, sizeof(word)) == 0)
		at += sizeof(word);
	memcpy(&word, is + at, sizeof(word));
	say("  memory at %zx becomes %llx, digest %llx", at,
		(unsigned long long)word,
		(unsigned long long)digest(0, is, MEMORY));
}

static void
say_state(const struct guest *was, const struct guest *g)
{
	const struct vcpu_state *a = &was->state, *b = &g->state;

	for (unsigned i = 0; i < GPRS; i++)
		say_change(gpr_names[i], was->regs.gpr[i], g->regs.gpr[i]);
	say_change("rflags", was->regs.rflags, g->regs.rflags);
	say_change("rip", was->regs.rip, g->regs.rip);
	say_change("cpl", a->cpl, b->cpl);
	for (unsigned i = 0; i < SEGS; i++)
		say_segment(seg_names[i], &a->seg[i], &b->seg[i]);
	say_segment("tr", &a->tr, &b->tr);
	say_segment("ldtr", &a->ldtr, &b->ldtr);
	say_change("gdt-base", a->gdtr.base, b->gdtr.base);
	say_change("gdt-limit", a->gdtr.limit, b->gdtr.limit);
	say_change("idt-base", a->idtr.base, b->idtr.base);
	say_change("idt-limit", a->idtr.limit, b->idtr.limit);
	say_change("kernel-gs-base", a->kernel_gs_base, b->kernel_gs_base);
	say_change("page-invalidated", was->invalidated, g->invalidated);
	if (memcmp(was->memory, g->memory, MEMORY) != 0)
		say_memory(was->memory, g->memory);
}

static void
say_result(
	const struct guest *was, const struct guest *g, enum emul_result result)
{
	static const char *const names[] = { "next", "jumped", "again", "fault",
		"exit", "unknown", "stop" };

	say(" %s", names[result]);
	if (result == EMUL_FAULT)
		say("  vector %u, error %x, address %llx", g->emul.fault.vector,
			g->emul.fault.error,
			g->emul.fault.vector == VEC_PF
				? (unsigned long long)g->emul.fault.address
				: 0ull);
	if (result == EMUL_EXIT)
		say("  reason %u", g->emul.exit.reason);
	if (result == EMUL_EXIT && g->emul.exit.reason == VMEXIT_IO)
		say("  port %x, %u bytes, %s", g->emul.exit.io.port,
			g->emul.exit.io.size,
			g->emul.exit.io.write ? "out" : "in");
	if (g->emul.shadow && result != EMUL_FAULT)
		say("  no interrupt before the next instruction");
	say_state(was, g);
}

/* What the bytes are called. */
static const char *
name_of(const struct guest *g, const char *text)
{
	uint8_t bytes[16] = { 0 };
	struct insn insn;
	size_t n = 0;

	for (; *text; text += strcspn(text, " "), text += *text == ' ')
		bytes[n++] = (uint8_t)strtoul(text, NULL, 16);
	if (insn_decode(bytes, n, g->state.efer & EFER_LMA ? 64 : 32, &insn))
		return "?";
	return insn_name((enum insn_op)insn.op);
}

static void
play_step(struct guest *g, struct dice *d, const struct how *how)
{
	static struct guest was;
	unsigned n = 0;
	const char *text;

	while (n < SPELLINGS && how->text[n])
		n++;
	text = how->text[dice_below(d, n)];
	was = *g;
	say("%s (%s), %s, ring %u", name_of(g, text), text,
		g->state.efer & EFER_LMA ? "64 bits" : "32 bits", g->state.cpl);
	say_result(&was, g, guest_step(g, text));
}

static void
play_event(struct guest *g, struct dice *d)
{
	static struct guest was;
	struct event ev = { .kind = EVENT_EXCEPTION,
		.vector = (uint8_t)dice_below(d, 32) };

	if (dice_percent(d, 40)) {
		ev.kind = EVENT_IRQ;
		ev.vector = (uint8_t)(32 + dice_below(d, 224));
	} else if (0x27d00 >> ev.vector & 1) {
		ev.has_error = true;
		ev.error = (uint32_t)dice_next(d);
	}
	was = *g;
	say("event %u, ring %u", ev.vector, g->state.cpl);
	say_result(&was, g, emul_deliver(&g->emul, &ev));
}

static void
play(struct dice *d, const void *arg)
{
	static struct guest g;
	const struct how *how = arg;

	for (unsigned i = 0; i < how->steps; i++) {
		make_state(&g, d, how);
		if (how->events)
			play_event(&g, d);
		else
			play_step(&g, d, how);
	}
}

#define HOW(...)                                                               \
	play, &(const struct how)                                              \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

const struct scenario scenarios[] = {
	{ "load-tables",
		HOW(.text = { "0f 01 13", "0f 01 1b" }, .steps = 200) },
	{ "store-tables",
		HOW(.text = { "0f 01 03", "0f 01 0b" }, .steps = 200) },
	{ "task-register",
		HOW(.text = { "0f 00 d8", "0f 00 1b" }, .selectors = true,
			.steps = 200) },
	{ "local-table",
		HOW(.text = { "0f 00 d0", "0f 00 13" }, .selectors = true,
			.steps = 200) },
	{ "store-registers",
		HOW(.text = { "0f 00 c0", "0f 00 c8", "0f 01 e0", "0f 00 03",
			    "0f 01 23" },
			.steps = 150) },
	{ "swapgs", HOW(.text = { "0f 01 f8" }, .modes = 64, .steps = 60) },
	{ "segment-bases",
		HOW(.text = { "f3 48 0f ae c0", "f3 48 0f ae c8",
			    "f3 48 0f ae d0", "f3 48 0f ae d8" },
			.modes = 64, .steps = 150) },
	{ "interrupt-flag", HOW(.text = { "fa", "fb" }, .steps = 120) },
	{ "access-flag", HOW(.text = { "0f 01 ca", "0f 01 cb" }, .steps = 80) },
	{ "invlpg",
		HOW(.text = { "0f 01 3b", "0f 01 7b 40", "64 0f 01 3b",
			    "65 0f 01 7b 40" },
			.steps = 120) },
	{ "software-interrupts",
		HOW(.text = { "cd 80", "cd 0d", "cc", "f1", "cd 20" },
			.steps = 200) },
	{ "overflow-trap", HOW(.text = { "ce" }, .modes = 32, .steps = 80) },
	{ "move-segment",
		HOW(.text = { "8e d8", "8e c0", "8e e0", "8e e8", "8e 1b" },
			.selectors = true, .steps = 250) },
	{ "move-stack-segment",
		HOW(.text = { "8e d0", "8e 13" }, .selectors = true,
			.steps = 200) },
	{ "pop-segment",
		HOW(.text = { "0f a1", "0f a9" }, .selectors = true,
			.steps = 150) },
	{ "verify",
		HOW(.text = { "0f 00 e0", "0f 00 e8", "0f 02 c8", "0f 03 c8" },
			.selectors = true, .steps = 200) },
	{ "exceptions-64", HOW(.modes = 64, .events = true, .steps = 200) },
	{ "exceptions-32", HOW(.modes = 32, .events = true, .steps = 200) },
	{ "iret-64",
		HOW(.text = { "48 cf" }, .modes = 64, .frames = true,
			.steps = 250) },
	{ "iret-32",
		HOW(.text = { "cf" }, .modes = 32, .frames = true,
			.steps = 250) },
	{ "far-return",
		HOW(.text = { "cb", "48 cb", "ca 10 00" }, .frames = true,
			.modes = 64, .steps = 200) },
	{ "ports",
		HOW(.text = { "e4 60", "e6 80", "ec", "ee", "ed", "ef" },
			.steps = 200) },
	{ "privileged",
		HOW(.text = { "f4", "0f 30", "0f 32", "0f 20 c0", "0f 22 d8",
			    "0f 06", "0f 21 f8", "0f 23 f8", "0f 08", "0f 09",
			    "0f 22 e0", "0f 31", "0f 33", "0f 01 f9",
			    "0f 21 e0", "0f 01 d0", "0f 01 d1" },
			.cr4 = CR4_DE | CR4_TSD | CR4_PCE | CR4_OSXSAVE,
			.steps = 400) },
	{ "for-anyone",
		HOW(.text = { "0f a2", "0f 01 c1", "0f 31", "0f 01 d9" },
			.steps = 80) },
	{ "system-calls",
		HOW(.text = { "0f 05", "48 0f 07" }, .modes = 64,
			.steps = 120) },
	{ "everything",
		HOW(.text = { "0f 01 13", "0f 00 d8", "0f 01 ca", "fa", "fb",
			    "0f 01 3b", "cd 80", "8e d8", "8e d0", "0f 00 e0",
			    "cf", "ee", "f4", "0f 00 c8" },
			.selectors = true, .frames = true, .steps = 1200) },
	{ NULL, NULL, NULL },
};
