/* SPDX-License-Identifier: MIT */
/* Made-up states; made.h. */
#include "grading/drivers/emulate/made.h"

#define PAGE_WORDS 512

/* Selectors of the LDT, whose entries made_tables() writes. */
#define LOCAL_DATA3   0x07u
#define LOCAL_STACK0  0x0cu /* of 16 bits */
#define LOCAL_STACK3  0x17u /* likewise */
#define LOCAL_BASED   0x1fu /* data, not at 0 */
#define LOCAL_EXECUTE 0x27u /* code that cannot be read */
#define LOCAL_SYSTEM  0x2fu /* a TSS, a gate, anything */

static const uint16_t selectors[] = { 0, 1, 2, 3, 0, 3, SEL_CODE0, SEL_DATA0,
	SEL_CODE3, SEL_DATA3, SEL_TSS, SEL_LDT, SEL_CONF, SEL_CONF | 3,
	SEL_ABSENT, SEL_CODE32, SEL_END, SEL_DATA0 | 3, SEL_CODE0 | 3, 0x4,
	0xfff8, LOCAL_DATA3, LOCAL_STACK0, LOCAL_STACK3, LOCAL_BASED,
	LOCAL_EXECUTE, LOCAL_SYSTEM };

static uint16_t
pick_selector(struct dice *d)
{
	return selectors[dice_below(
		d, sizeof(selectors) / sizeof(selectors[0]))];
}

static bool
is_long(const struct guest *g)
{
	return g->state.efer & EFER_LMA;
}

/* -- Tables ---------------------------------------------------------------- */

static void
local_descriptor(struct guest *g, uint16_t sel, uint64_t raw)
{
	guest_put(g, LDT + (sel & ~7u), raw, 8);
}

static void
made_tables(struct guest *g, struct dice *d)
{
	/* nobody looks at the first entry of the GDT, so it may hold any */
	guest_descriptor(g, 0, descriptor(0, 0xfffff, 0xcf3));
	for (unsigned sel = SEL_CODE0; sel <= SEL_DATA3; sel += 8)
		if (dice_percent(d, 15)) /* not accessed */
			g->memory[GDT + (sel & ~7u) + 5] &= 0xfe;
	local_descriptor(g, LOCAL_DATA3, descriptor(0x5a0000, 0xfffff, 0xcf3));
	local_descriptor(g, LOCAL_STACK0, descriptor(0, 0xffff, 0x093));
	local_descriptor(g, LOCAL_STACK3, descriptor(0, 0xffff, 0x0f3));
	local_descriptor(g, LOCAL_BASED,
		descriptor((uint32_t)dice_next(d), 0x12345, 0x4f3));
	local_descriptor(
		g, LOCAL_EXECUTE, descriptor(0xa50000, 0xfffff, 0xcf9));
	local_descriptor(g, LOCAL_SYSTEM,
		descriptor(0x3c0000, 0xff, 0x0e0 | (dice_next(d) & 0xf)));
	if (dice_percent(d, 50))
		g->state.ldtr = (struct vseg){ SEL_LDT, 0x082, 0xff, LDT };
}

static void
made_table(const struct guest *g, struct dice *d, struct vtable *table)
{
	table->base = (uint64_t)((int64_t)dice_next(d) >> 17);
	if (!is_long(g))
		table->base &= 0xffffffff;
	table->limit = (uint16_t)dice_next(d);
}

/* The stacks of the TSS, not all aligned, and its map of the ports. */
static void
made_tss(struct guest *g, struct dice *d)
{
	if (is_long(g)) {
		guest_put(g, TSS + 4, STACK0 - dice_below(d, 16), 8);
		for (unsigned i = 0; i < 7; i++)
			guest_put(g, TSS + 0x24 + 8 * i,
				IST1 + 0x100 * i + dice_below(d, 16), 8);
		if (dice_percent(d, 5))
			guest_put(g, TSS + 4, 1ull << 55, 8);
	}
	if (dice_percent(d, 50))
		return;
	guest_put(g, TSS + 0x66, 0x68, 2);
	for (unsigned i = 0x68; i < 0x200; i++)
		g->memory[TSS + i] = (uint8_t)(dice_next(d) & dice_next(d));
}

static void
made_gate(struct guest *g, struct dice *d, uint8_t v)
{
	bool odd = dice_percent(d, 12);
	uint8_t type = odd ? dice_next(d) & 0x1f : 0xe | (dice_next(d) & 1);
	uint16_t sel = dice_percent(d, 80) ? SEL_CODE0 : pick_selector(d);
	uint64_t at = IDT + v * (is_long(g) ? 16u : 8u), offset;
	unsigned ist, dpl;

	if (odd && dice_percent(d, 50))
		type = 5 + (uint8_t)dice_below(d, 3);
	offset = HANDLER + v * 8u;
	if (dice_percent(d, 10))
		offset |= dice_next(d) & 0xffff0000;
	if (is_long(g) && dice_percent(d, 10))
		offset |= (uint64_t)((int64_t)dice_next(d) >> 17) &
			~0xffffffffull;
	ist = dice_percent(d, 30) ? (unsigned)dice_next(d) & 7 : 0;
	dpl = dice_percent(d, 50) ? 3 : 0;
	guest_gate(g, v, type, dpl, ist, sel, offset);
	if (dice_percent(d, 20)) /* bits that mean nothing */
		g->memory[at + 4] |= dice_next(d) & 0xf8;
	if (dice_percent(d, 10)) /* not present */
		g->memory[at + 5] &= 0x7f;
}

void
made_limit(struct guest *g, struct dice *d, unsigned vector)
{
	unsigned size = is_long(g) ? 16 : 8;
	const unsigned ends[] = { 0, size / 2, size - 2, size - 1 };

	if (dice_percent(d, 15))
		g->state.idtr.limit =
			(uint16_t)(vector * size + ends[dice_below(d, 4)]);
	if (is_long(g) && dice_percent(d, 3))
		g->state.idtr.base = 1ull << 55;
}

/* -- Modes and rings ------------------------------------------------------- */

/* 1 and 2 have segments that no table has: only their privilege counts. */
static void
made_ring(struct guest *g, struct dice *d, const struct how *how)
{
	struct vseg *seg = g->state.seg;
	unsigned cpl = 1 + (unsigned)dice_below(d, 2);

	guest_ring(g, dice_percent(d, 40) ? 3 : 0);
	if (how->frames || !dice_percent(d, 10))
		return;
	guest_ring(g, 0);
	g->state.cpl = (uint8_t)cpl;
	for (unsigned i = 0; i < SEGS; i++) {
		seg[i].sel |= cpl;
		seg[i].attr |= (uint16_t)(cpl << 5);
	}
}

/* The same instruction in 32-bit code of long mode, or in real mode. */
static void
made_mode(struct guest *g, struct dice *d, const char *text)
{
	struct vseg *seg = g->state.seg;
	bool only_64 =
		text && (strstr(text, "48 ") || strstr(text, "0f 01 f8"));

	if (is_long(g) && !only_64 && dice_percent(d, 15)) {
		guest_ring(g, 0);
		seg[SEG_CS] = (struct vseg){ SEL_CODE32, 0xc9b, ~0u, 0 };
	}
	if (!is_long(g) && dice_percent(d, 6)) {
		guest_ring(g, 0);
		g->state.cr0 &= ~CR0_PE;
	}
	if (!(seg[SEG_CS].attr & VSEG_LONG))
		for (unsigned i = 0; i < GPRS; i++)
			g->regs.gpr[i] = i < 8 ? (uint32_t)g->regs.gpr[i] : 0;
	g->regs.gpr[GPR_RSP] -= dice_below(d, 8) * 4;
	if (text && text[0] == '6' && text[1] == '7' && dice_percent(d, 50))
		g->regs.gpr[GPR_RBX] = MEMORY - 2; /* BX wraps behind it */
	if (!is_long(g) && dice_percent(d, 10)) {  /* a stack of 16 bits */
		seg[SEG_SS].attr &= (uint16_t)~VSEG_DB;
		g->regs.gpr[GPR_RSP] |= dice_next(d) & 0xffff0000;
	}
}

/* -- A state --------------------------------------------------------------- */

/* What IRET and RETF find: RIP, CS, flags (IRET), parameters, RSP, SS. */
static void
made_frame(struct guest *g, struct dice *d, const char *text)
{
	unsigned size = text[0] == '4' ? 8 : text[0] == '6' ? 2 : 4, n = 0;
	uint64_t at = g->regs.gpr[GPR_RSP] & 0xffff, frame[5];
	bool user = g->state.cpl || dice_percent(d, 50),
	     iret = strstr(text, "cf");
	bool good = dice_percent(d, 60);

	frame[n++] = HANDLER + dice_below(d, 256);
	if (dice_percent(d, 8))
		frame[0] |= 1ull << 55;
	frame[n++] = !good ? pick_selector(d) : user ? SEL_CODE3 : SEL_CODE0;
	if (iret)
		frame[n++] = 0x202 | (dice_next(d) & 0x3cd7);
	frame[n++] = STACK3 - dice_below(d, 64) * 8;
	frame[n++] = !good ? pick_selector(d) : user ? SEL_DATA3 : SEL_DATA0;
	if (good && user && dice_percent(d, 15)) {
		frame[n - 1] = LOCAL_STACK3;
		frame[n - 2] |= dice_next(d) & 0xffff0000;
	}
	for (unsigned i = 0; i < n; i++, at += size) {
		if (i == 2 && strstr(text, "ca 10"))
			at += 16;
		guest_put(g, at, frame[i], size);
	}
}

/* What is not there, not writable, a program's or not. */
static void
made_pages(struct guest *g, struct dice *d)
{
	static const uint8_t pages[] = { DATA >> 12, 5, GDT >> 12, IDT >> 12 };

	if (dice_percent(d, 12))
		g->absent = 1ull
			<< pages[dice_percent(d, 75) ? dice_below(d, 2)
						     : dice_below(d, 4)];
	if (dice_percent(d, 12))
		g->read_only = 1ull << (DATA >> 12);
	if (dice_percent(d, 6))
		g->supervisor = 1ull << 7;
	if (dice_percent(d, 6))
		g->user = 1ull << 5 | 1ull << 9 | 1ull << 10;
}

static void
made_values(struct guest *g, struct dice *d, const struct how *how)
{
	uint64_t *gpr = g->regs.gpr;

	for (unsigned i = 0; i < GPRS; i++)
		if (i != GPR_RSP)
			gpr[i] = dice_value(d);
	gpr[GPR_RBX] = DATA + dice_below(d, 512) * 4;
	for (unsigned i = 0; i < PAGE_WORDS; i++)
		guest_put(g, DATA + i * 8, dice_value(d), 8);
	guest_put(g, MEMORY - 2, dice_next(d), 2);
	guest_put(g, 0, dice_next(d), 8);
	if (!how->selectors)
		return;
	gpr[GPR_RAX] = (gpr[GPR_RAX] & ~0xffffull) | pick_selector(d);
	guest_put(g, gpr[GPR_RBX], pick_selector(d), 2);
	guest_put(g, gpr[GPR_RSP], pick_selector(d), 8);
}

static enum emul_result
refuse_invlpg(struct emul *e, uint64_t gva)
{
	to_guest(e)->invalidated = gva;
	return EMUL_STOP;
}

static const struct emul_ops refusing_ops = {
	.read = guest_read,
	.write = guest_write,
	.cmpxchg = guest_cmpxchg,
	.invlpg = refuse_invlpg,
};

void
made_state(struct guest *g, struct dice *d, const struct how *how,
	const char *text)
{
	int mode = how->modes ? how->modes : dice_percent(d, 60) ? 64 : 32;
	uint64_t *gpr = g->regs.gpr;

	guest_start(g, mode);
	made_tables(g, d);
	made_tss(g, d);
	for (unsigned v = 0; v < 256; v++)
		made_gate(g, d, (uint8_t)v);
	made_ring(g, d, how);
	made_values(g, d, how);
	made_mode(g, d, text);
	if (how->selectors)
		guest_put(g, gpr[GPR_RSP] & 0xffff, pick_selector(d), 8);
	g->regs.rflags ^= dice_next(d) & (RFLAGS_ARITH | RFLAGS_IF);
	g->regs.rflags |= dice_next(d) & how->rflags;
	if (dice_percent(d, 40))
		g->regs.rflags |= dice_next(d) & 0x3000; /* IOPL */
	g->state.cr4 |= dice_percent(d, 60) ? CR4_FSGSBASE : 0;
	g->state.cr4 |= dice_next(d) & how->cr4;
	g->state.seg[SEG_FS].base = dice_percent(d, 50)
		? dice_below(d, 64) * 16
		: dice_next(d) >> (is_long(g) ? 20 : 32);
	g->state.seg[SEG_GS].base = dice_next(d) >> (is_long(g) ? 20 : 32);
	g->state.kernel_gs_base = dice_next(d) >> 20;
	g->emul.cr4_offered = dice_percent(d, 70) ? ~0ull : 0;
	if (dice_percent(d, 20))
		g->emul.ops = &refusing_ops;
	made_pages(g, d);
	if (how->tables) {
		made_table(g, d, &g->state.gdtr);
		made_table(g, d, &g->state.idtr);
	}
	if (how->frames)
		made_frame(g, d, text);
}
