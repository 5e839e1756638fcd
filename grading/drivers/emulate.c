/* SPDX-License-Identifier: MIT */
/*
 * Lab 03 on the host: instructions that a deprivileged guest may not execute
 * itself, done by the emulator on made-up states, in 64-bit and 32-bit mode,
 * at ring 0 and ring 3 (grading/unit/exec_help.h has the guest).
 *
 * Said is all that the guest can see: how it ended, the exception with its
 * error code, every register that changed, and a sum over memory.  A register
 * that is written but not noted in emul.changed is one that the engine does not
 * take over, so the guest goes on with the old one.
 */
/* links: grading/drivers/emulate/made.c vmm/segment.c vmm/emul/decode.c
 * vmm/emul/decode_operand.c vmm/emul/insn.c vmm/emul/optab.c
 * vmm/emul/optab_0f.c vmm/emul/optab_ext.c vmm/emul/exec.c
 * vmm/emul/exec_arith.c vmm/emul/exec_bit.c vmm/emul/exec_exit.c
 * vmm/emul/exec_move.c vmm/emul/exec_operand.c vmm/emul/exec_stack.c
 * vmm/emul/exec_string.c vmm/emul/exec_system.c vmm/emul/deliver.c
 * vmm/emul/iret.c vmm/emul/segload.c vmm/emul/syscall.c vmm/emul/transfer.c */
#include "grading/drivers/emulate/made.h"

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

/* Of what was done the engine sees the groups that are noted as changed. */
static void
take_over(const struct guest *was, struct guest *g)
{
	const struct vcpu_state *old = &was->state;
	struct vcpu_state *s = &g->state;
	uint32_t noted = g->emul.changed;

	for (unsigned i = 0; i < SEGS; i++)
		if (!(noted & (i == SEG_CS ? VCPU_CODE : VCPU_SEGS)))
			s->seg[i] = old->seg[i];
	if (!(noted & VCPU_SEGS)) {
		s->tr = old->tr;
		s->ldtr = old->ldtr;
	}
	if (!(noted & VCPU_TABLES)) {
		s->gdtr = old->gdtr;
		s->idtr = old->idtr;
	}
	if (!(noted & VCPU_MSRS))
		s->kernel_gs_base = old->kernel_gs_base;
	if (!(noted & VCPU_CPL))
		s->cpl = old->cpl;
}

static void
say_result(const struct guest *was, struct guest *g, enum emul_result result)
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
	if (g->emul.shadow)
		say("  no interrupt before the next instruction");
	if (result == EMUL_NEXT || result == EMUL_JUMPED)
		take_over(was, g);
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

/* Vectors that the spellings of INT ask for. */
static const uint8_t asked[] = { 1, 3, 4, 0xd, 0x20, 0x80 };

static void
play_step(struct guest *g, struct dice *d, const struct how *how)
{
	static struct guest was;
	unsigned n = 0;
	const char *text, *mode;

	while (n < SPELLINGS && how->text[n])
		n++;
	text = how->text[dice_below(d, n)];
	made_state(g, d, how, text);
	if (!how->tables)
		made_limit(g, d, asked[dice_below(d, sizeof(asked))]);
	was = *g;
	mode = !(g->state.efer & EFER_LMA) ? "32 bits"
		: g->state.seg[SEG_CS].attr & VSEG_LONG
		? "64 bits"
		: "32 bits in long mode";
	if (!(g->state.cr0 & CR0_PE))
		mode = "real mode";
	say("%s (%s), %s, ring %u", name_of(g, text), text, mode, g->state.cpl);
	say_result(&was, g, guest_step(g, text));
}

static void
play_event(struct guest *g, struct dice *d, const struct how *how)
{
	static struct guest was;
	struct event ev = { .kind = EVENT_EXCEPTION,
		.vector = (uint8_t)dice_below(d, 32) };

	made_state(g, d, how, NULL);
	if (dice_percent(d, 40)) {
		ev.kind = EVENT_IRQ;
		ev.vector = (uint8_t)(32 + dice_below(d, 224));
	} else if (0x27d00 >> ev.vector & 1) {
		ev.has_error = true;
		ev.error = (uint32_t)dice_next(d);
	}
	made_limit(g, d, ev.vector);
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
		if (how->events)
			play_event(&g, d, how);
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
		HOW(.text = { "0f 01 13", "0f 01 1b", "66 0f 01 13",
			    "66 0f 01 1b", "64 0f 01 13", "67 0f 01 17" },
			.steps = 300) },
	{ "store-tables",
		HOW(.text = { "0f 01 03", "0f 01 0b", "66 0f 01 03",
			    "66 0f 01 0b", "64 0f 01 0b", "67 0f 01 07" },
			.tables = true, .steps = 300) },
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
	{ "access-flag",
		HOW(.text = { "0f 01 ca", "0f 01 cb" }, .rflags = RFLAGS_AC,
			.steps = 100) },
	{ "invlpg",
		HOW(.text = { "0f 01 3b", "0f 01 7b 40", "64 0f 01 3b",
			    "65 0f 01 7b 40", "0f 01 38" },
			.steps = 200) },
	{ "software-interrupts",
		HOW(.text = { "cd 80", "cd 0d", "cc", "f1", "cd 20" },
			.steps = 400) },
	{ "overflow-trap", HOW(.text = { "ce" }, .modes = 32, .steps = 150) },
	{ "move-segment",
		HOW(.text = { "8e d8", "8e c0", "8e e0", "8e e8", "8e 1b" },
			.selectors = true, .steps = 300) },
	{ "move-stack-segment",
		HOW(.text = { "8e d0", "8e 13" }, .selectors = true,
			.steps = 400) },
	{ "pop-segment",
		HOW(.text = { "0f a1", "0f a9" }, .selectors = true,
			.steps = 150) },
	{ "verify",
		HOW(.text = { "0f 00 e0", "0f 00 e8", "0f 02 c8", "0f 03 c8",
			    "0f 00 23", "0f 02 0b" },
			.selectors = true, .steps = 400) },
	{ "exceptions-64", HOW(.modes = 64, .events = true, .steps = 400) },
	{ "exceptions-32", HOW(.modes = 32, .events = true, .steps = 400) },
	{ "iret-64",
		HOW(.text = { "48 cf", "48 cf", "cf" }, .modes = 64,
			.frames = true, .steps = 400) },
	{ "iret-32",
		HOW(.text = { "cf", "cf", "66 cf" }, .modes = 32,
			.frames = true, .steps = 400) },
	{ "far-return",
		HOW(.text = { "cb", "48 cb", "ca 10 00", "48 ca 10 00" },
			.frames = true, .modes = 64, .steps = 400) },
	{ "ports",
		HOW(.text = { "e4 60", "e6 80", "ec", "ee", "ed", "ef" },
			.steps = 200) },
	{ "privileged",
		HOW(.text = { "f4", "0f 30", "0f 32", "0f 20 c0", "0f 22 d8",
			    "0f 06", "0f 21 f8", "0f 23 f8", "0f 08", "0f 09",
			    "0f 22 e0", "0f 31", "0f 33", "0f 01 f9",
			    "0f 21 e0", "0f 21 e8", "0f 23 e0", "0f 23 e8",
			    "0f 21 f0", "0f 01 d0", "0f 01 d1" },
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
