/* SPDX-License-Identifier: MIT */
/*
 * A guest for tests of the emulator: 64 KiB of memory at linear address 0,
 * with a GDT, an IDT, a TSS and stacks at fixed places, and a register state
 * in long mode or in 32-bit protected mode.  Pages can be taken away.
 *
 * The including file has cmocka and the C library already.
 */
#ifndef GRADING_UNIT_EXEC_HELP_H
#define GRADING_UNIT_EXEC_HELP_H

#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"
#include "vmm/segment.h"

#define MEMORY	0x10000u
#define GDT	0x1000u
#define LDT	0x1800u
#define IDT	0x2000u
#define TSS	0x3000u
#define DATA	0x4000u
#define STACK0	0x6000u /* top of the stack of ring 0 */
#define STACK3	0x8000u /* top of the stack of ring 3 */
#define IST1	0xa000u
#define HANDLER 0xc000u
#define CODE	0xe000u

/* Selectors, of descriptors that guest_start() makes. */
#define SEL_CODE0  0x08u /* of the mode that runs */
#define SEL_DATA0  0x10u
#define SEL_CODE3  0x1bu
#define SEL_DATA3  0x23u
#define SEL_TSS	   0x28u /* 16 bytes in long mode */
#define SEL_LDT	   0x38u /* likewise */
#define SEL_CONF   0x48u /* conforming code of ring 0 */
#define SEL_ABSENT 0x50u /* data that is not present */
#define SEL_GATE   0x58u /* a call gate, where a test makes one */
#define SEL_CODE32 0x68u /* 32-bit code of ring 0 */
#define SEL_END	   0x70u

struct guest {
	struct emul emul;
	struct vcpu_regs regs;
	struct vcpu_state state;
	uint8_t memory[MEMORY];
	uint64_t absent;	 /* a bit for each page that is not there */
	uint64_t read_only;	 /* likewise */
	uint64_t supervisor;	 /* likewise: not for ACCESS_USER */
	uint64_t user;		 /* likewise: not for EMUL_IMPLICIT (SMAP) */
	bool moved;		 /* a cmpxchg finds other contents */
	uint64_t invalidated;	 /* by INVLPG, last */
	uint32_t implicit;	 /* accesses that were so */
	enum emul_result result; /* of the last step */
};

static struct guest *
to_guest(struct emul *e)
{
	return (struct guest *)((char *)e - offsetof(struct guest, emul));
}

static inline enum emul_result
guest_touch(struct guest *g, uint64_t gva, unsigned size, uint32_t access)
{
	uint32_t error = access & (ACCESS_WRITE | ACCESS_USER);

	if (access & EMUL_IMPLICIT) {
		assert_false(access & ACCESS_USER);
		g->implicit++;
	}
	for (uint64_t at = gva; at < gva + size; at++) {
		uint64_t page = at < MEMORY ? 1ull << (at >> 12) : 0;

		if (!page || (g->absent & page))
			return emul_page_fault(&g->emul, error, at);
		if (((g->read_only & page) && (access & ACCESS_WRITE)) ||
			((g->supervisor & page) && (access & ACCESS_USER)) ||
			((g->user & page) && (access & EMUL_IMPLICIT)))
			return emul_page_fault(
				&g->emul, error | ACCESS_PRESENT, at);
	}
	return EMUL_NEXT;
}

static inline enum emul_result
guest_read(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	struct guest *g = to_guest(e);
	enum emul_result r = guest_touch(g, gva, size, access);

	if (r == EMUL_NEXT)
		memcpy(data, g->memory + gva, size);
	return r;
}

static inline enum emul_result
guest_write(struct emul *e, uint64_t gva, const void *data, unsigned size,
	uint32_t access)
{
	struct guest *g = to_guest(e);
	enum emul_result r = guest_touch(g, gva, size, access | ACCESS_WRITE);

	if (r == EMUL_NEXT)
		memcpy(g->memory + gva, data, size);
	return r;
}

static inline enum emul_result
guest_cmpxchg(struct emul *e, uint64_t gva, const void *old, const void *new,
	unsigned size, uint32_t access)
{
	struct guest *g = to_guest(e);

	if (g->moved || memcmp(g->memory + gva, old, size) != 0)
		return EMUL_AGAIN;
	return guest_write(e, gva, new, size, access);
}

static inline enum emul_result
guest_invlpg(struct emul *e, uint64_t gva)
{
	to_guest(e)->invalidated = gva;
	return EMUL_NEXT;
}

static const struct emul_ops guest_ops = {
	.read = guest_read,
	.write = guest_write,
	.cmpxchg = guest_cmpxchg,
	.invlpg = guest_invlpg,
};

static inline uint64_t
guest_get(const struct guest *g, uint64_t gva, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, g->memory + gva, size);
	return value;
}

static inline void
guest_put(struct guest *g, uint64_t gva, uint64_t value, unsigned size)
{
	memcpy(g->memory + gva, &value, size);
}

/* attr as in struct vseg; limit in bytes, or pages if it is granular. */
static inline uint64_t
descriptor(uint32_t base, uint32_t limit, uint16_t attr)
{
	return (uint64_t)(base & 0xff000000) << 32 |
		(uint64_t)(attr & 0xf00) << 44 |
		(uint64_t)(limit & 0xf0000) << 32 |
		(uint64_t)(attr & 0xff) << 40 |
		(uint64_t)(base & 0xffffff) << 16 | (limit & 0xffff);
}

static inline void
guest_descriptor(struct guest *g, uint16_t sel, uint64_t raw)
{
	guest_put(g, GDT + (sel & ~7u), raw, 8);
}

/* A gate of the IDT: type 0xe or 0xf. */
static inline void
guest_gate(struct guest *g, uint8_t vector, uint8_t type, unsigned dpl,
	unsigned ist, uint16_t sel, uint64_t offset)
{
	bool lm = g->state.efer & EFER_LMA;
	uint64_t at = IDT + vector * (lm ? 16u : 8u);

	guest_put(g, at,
		(offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)ist << 32 |
			(uint64_t)(0x80 | dpl << 5 | type) << 40 |
			(offset & 0xffff0000) << 32,
		8);
	if (lm)
		guest_put(g, at + 8, offset >> 32, 8);
}

/* Go to a privilege level, with CS, SS and stack as the tables have them. */
static inline void
guest_ring(struct guest *g, unsigned cpl)
{
	bool lm = g->state.efer & EFER_LMA;
	struct vseg *seg = g->state.seg;

	g->state.cpl = (uint8_t)cpl;
	for (unsigned i = 0; i < SEGS; i++)
		seg[i] = (struct vseg){ cpl ? SEL_DATA3 : SEL_DATA0,
			(uint16_t)(0xc93 | cpl << 5), 0xffffffff, 0 };
	seg[SEG_CS].sel = cpl ? SEL_CODE3 : SEL_CODE0;
	seg[SEG_CS].attr = (uint16_t)((lm ? 0xa9b : 0xc9b) | cpl << 5);
	g->regs.gpr[GPR_RSP] = cpl ? STACK3 - 64 : STACK0 - 64;
}

static inline void
guest_start(struct guest *g, int mode)
{
	bool lm = mode == 64;
	uint16_t code = lm ? 0xa9b : 0xc9b;

	memset(g, 0, sizeof(*g));
	g->emul = (struct emul){ .regs = &g->regs,
		.state = &g->state,
		.ops = &guest_ops,
		.cr4_offered = ~0ull };
	g->regs.rip = CODE;
	g->regs.rflags = 0x202;
	g->state.cr0 = 0x80050033;
	g->state.cr4 = lm ? CR4_PAE : 0;
	g->state.efer = lm ? EFER_LME | EFER_LMA | EFER_SCE : 0;
	guest_descriptor(g, SEL_CODE0, descriptor(0, 0xfffff, code));
	guest_descriptor(g, SEL_DATA0, descriptor(0, 0xfffff, 0xc93));
	guest_descriptor(g, SEL_CODE3, descriptor(0, 0xfffff, code | 0x60));
	guest_descriptor(g, SEL_DATA3, descriptor(0, 0xfffff, 0xcf3));
	guest_descriptor(g, SEL_TSS, descriptor(TSS, 0x1ff, 0x089));
	guest_descriptor(g, SEL_LDT, descriptor(LDT, 0xff, 0x082));
	guest_descriptor(g, SEL_CONF, descriptor(0, 0xfffff, code | 4));
	guest_descriptor(g, SEL_ABSENT, descriptor(0, 0xfffff, 0xc13));
	guest_descriptor(g, SEL_CODE32, descriptor(0, 0xfffff, 0xc9b));
	g->state.gdtr = (struct vtable){ GDT, SEL_END - 1 };
	g->state.idtr = (struct vtable){ IDT, lm ? 0xfff : 0x7ff };
	g->state.tr = (struct vseg){ SEL_TSS, 0x08b, 0x1ff, TSS };
	if (lm) {
		guest_put(g, TSS + 4, STACK0, 8);
		guest_put(g, TSS + 0x24, IST1, 8);
	} else {
		guest_put(g, TSS + 4, STACK0, 4);
		guest_put(g, TSS + 8, SEL_DATA0, 4);
	}
	guest_put(g, TSS + 0x66, 0x1ff, 2); /* no map of ports */
	guest_ring(g, 0);
}

/* Execute the instruction that these bytes spell, as "0f 01 d8". */
static inline enum emul_result
guest_step(struct guest *g, const char *text)
{
	const struct vseg *cs = &g->state.seg[SEG_CS];
	bool lm = (g->state.efer & EFER_LMA) && (cs->attr & VSEG_LONG);
	uint8_t bytes[32];
	struct insn insn;
	size_t n = 0;
	char *end;

	for (;; text = end) {
		unsigned long value = strtoul(text, &end, 16);

		if (end == text)
			break;
		assert_true(n < sizeof(bytes));
		bytes[n++] = (uint8_t)value;
	}
	assert_int_equal(insn_decode(bytes, n,
				 lm			      ? 64
					 : cs->attr & VSEG_DB ? 32
							      : 16,
				 &insn),
		0);
	assert_int_equal(insn.len, n);
	g->emul.changed = 0;
	g->emul.shadow = false;
	g->result = emul_exec(&g->emul, &insn);
	return g->result;
}

/* The same; it must fault just so, and change nothing. */
static inline void
guest_faults(struct guest *g, const char *text, uint8_t vector, uint32_t error)
{
	struct vcpu_regs regs = g->regs;
	struct vcpu_state state = g->state;

	assert_int_equal(guest_step(g, text), EMUL_FAULT);
	assert_int_equal(g->emul.fault.vector, vector);
	assert_int_equal(g->emul.fault.error, error);
	assert_memory_equal(&regs, &g->regs, sizeof(regs));
	assert_memory_equal(&state, &g->state, sizeof(state));
}

#endif
