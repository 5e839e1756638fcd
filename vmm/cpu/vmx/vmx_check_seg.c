/* SPDX-License-Identifier: MIT */
/*
 * The checks on the guest's segment registers (SDM 3C, 26.3.1.2), the longest
 * part of all.  Access rights:
 *
 *	 31  17  16   15  14  13  12  11   8  7   6 5  4   3  0
 *	| zero | un- | G |D/B| L |AVL| zero | P | DPL | S | type |
 *	       usable
 *
 * In virtual-8086 mode they are all alike; else CS must always be right, and
 * the others where they are usable.
 */
#include "vmm/cpu/vmx/vmx_check.h"

#include "vmm/regs.h"
#include "vmm/x86.h"

#define RIGHTS_TYPE	0xfu
#define RIGHTS_S	0x10u
#define RIGHTS_PRESENT	0x80u
#define RIGHTS_LONG	0x2000u
#define RIGHTS_DB	0x4000u
#define RIGHTS_GRANULAR 0x8000u
#define RIGHTS_RESERVED 0xfffe0f00u
#define RIGHTS_V86	0xf3u
#define TYPE_ACCESSED	0x1u
#define TYPE_READABLE	0x2u /* of code */
#define TYPE_CODE	0x8u
#define TYPE_DATA_RW	3
#define TYPE_STACK_DOWN 7
#define TYPE_CONFORMING 0xcu /* code, and conforming */
#define TYPE_TSS16_BUSY 3
#define TYPE_TSS_BUSY	11
#define TYPE_LDT	2
#define SELECTOR_LDT	4u
#define SELECTOR_RPL	3u
#define HIGH_HALF	0xffffffff00000000ull
#define SECTION		"26.3.1.2"

/* One segment register, and where its fields are in the image. */
struct vmx_seg {
	const struct vmx_entry *e;
	struct vmx_broken *b;
	unsigned nr; /* enum vseg_nr, VMCS_LDTR, VMCS_TR */
	uint64_t selector, limit, base;
	uint32_t rights;
};

#define SEG_SLOT(part, nr) ((enum vmcs_slot)(SLOT_GUEST_ES_##part + (nr)))

/* RULE() for a part of a segment register. */
#define SEG_RULE(s, holds, part, rule)                                         \
	vmx_rule((s)->e, (s)->b, holds, SEG_SLOT(part, (s)->nr), rule, SECTION)

static struct vmx_seg
vmx_seg(const struct vmx_entry *e, struct vmx_broken *b, unsigned nr)
{
	const uint64_t *slot = e->v->slot;

	return (struct vmx_seg){
		.e = e,
		.b = b,
		.nr = nr,
		.selector = slot[SEG_SLOT(SELECTOR, nr)],
		.limit = slot[SEG_SLOT(LIMIT, nr)],
		.base = slot[SEG_SLOT(BASE, nr)],
		.rights = (uint32_t)slot[SEG_SLOT(RIGHTS, nr)],
	};
}

static bool
seg_usable(const struct vmx_seg *s)
{
	return !(s->rights & RIGHTS_UNUSABLE);
}

static uint32_t
seg_type(const struct vmx_seg *s)
{
	return s->rights & RIGHTS_TYPE;
}

static uint32_t
seg_dpl(const struct vmx_seg *s)
{
	return s->rights >> 5 & 3;
}

static bool
vmx_unrestricted(const struct vmx_entry *e)
{
	return vmx_proc2(e, PROC2_UNRESTRICTED);
}

/* What is asked of each descriptor that is used. */
static void
seg_check_form(const struct vmx_seg *s, bool system)
{
	bool granular = s->rights & RIGHTS_GRANULAR;

	SEG_RULE(s, !(s->rights & RIGHTS_S) == system, RIGHTS,
		system ? "S must be clear" : "S must be set");
	SEG_RULE(s, s->rights & RIGHTS_PRESENT, RIGHTS, "P must be set");
	SEG_RULE(s, !(s->rights & RIGHTS_RESERVED), RIGHTS,
		"reserved bits are set");
	SEG_RULE(s, (s->limit & 0xfff) == 0xfff || !granular, RIGHTS,
		"G is set, and bits 11:0 of the limit are not");
	SEG_RULE(s, !(s->limit & 0xfff00000) || granular, RIGHTS,
		"G is clear, and bits 31:20 of the limit are not");
}

static void
seg_check_v86(const struct vmx_seg *s)
{
	SEG_RULE(s, s->base == s->selector << 4, BASE,
		"in virtual-8086 mode it is 16 times the selector");
	SEG_RULE(s, s->limit == 0xffff, LIMIT,
		"in virtual-8086 mode it is 0xffff");
	SEG_RULE(s, s->rights == RIGHTS_V86, RIGHTS,
		"in virtual-8086 mode they are 0xf3");
}

static void
seg_check_code(const struct vmx_seg *cs, const struct vmx_seg *ss)
{
	uint32_t type = seg_type(cs);
	bool code = (type & TYPE_CODE) && (type & TYPE_ACCESSED);
	bool ia32e = vmx_entry_has(cs->e, ENTRY_GUEST_64);

	SEG_RULE(cs, code || (type == TYPE_DATA_RW && vmx_unrestricted(cs->e)),
		RIGHTS, "no type of accessed code");
	if (!code)
		SEG_RULE(cs, seg_dpl(cs) == 0, RIGHTS,
			"writable code whose DPL is not 0");
	else if ((type & TYPE_CONFORMING) == TYPE_CONFORMING)
		SEG_RULE(cs, seg_dpl(cs) <= seg_dpl(ss), RIGHTS,
			"conforming, with a DPL above that of SS");
	else
		SEG_RULE(cs, seg_dpl(cs) == seg_dpl(ss), RIGHTS,
			"the DPL is not that of SS");
	SEG_RULE(cs,
		!ia32e || !(cs->rights & RIGHTS_LONG) ||
			!(cs->rights & RIGHTS_DB),
		RIGHTS, "L and D are both set");
	seg_check_form(cs, false);
}

static void
seg_check_stack(const struct vmx_seg *ss, const struct vmx_seg *cs)
{
	bool real = !(VMCS_AT(ss->e->v, GUEST_CR0) & CR0_PE);

	SEG_RULE(ss,
		vmx_unrestricted(ss->e) ||
			(ss->selector & SELECTOR_RPL) ==
				(cs->selector & SELECTOR_RPL),
		SELECTOR, "the RPL is not that of CS");
	if (seg_usable(ss))
		SEG_RULE(ss,
			seg_type(ss) == TYPE_DATA_RW ||
				seg_type(ss) == TYPE_STACK_DOWN,
			RIGHTS, "no type of accessed, writable data");
	SEG_RULE(ss,
		vmx_unrestricted(ss->e) ||
			seg_dpl(ss) == (ss->selector & SELECTOR_RPL),
		RIGHTS, "the DPL is not the RPL");
	SEG_RULE(ss,
		seg_dpl(ss) == 0 || (seg_type(cs) != TYPE_DATA_RW && !real),
		RIGHTS, "the DPL is not 0 in real mode");
	if (seg_usable(ss))
		seg_check_form(ss, false);
}

static void
seg_check_data(const struct vmx_seg *s)
{
	uint32_t type = seg_type(s);

	if (!seg_usable(s))
		return;
	SEG_RULE(s, type & TYPE_ACCESSED, RIGHTS, "not accessed");
	SEG_RULE(s, !(type & TYPE_CODE) || (type & TYPE_READABLE), RIGHTS,
		"code that cannot be read");
	SEG_RULE(s,
		vmx_unrestricted(s->e) ||
			(type & TYPE_CONFORMING) == TYPE_CONFORMING ||
			seg_dpl(s) >= (s->selector & SELECTOR_RPL),
		RIGHTS, "the DPL is below the RPL");
	seg_check_form(s, false);
}

/* Bases of CS, SS, DS, ES have 32 bits; those of FS and GS are canonical. */
static void
seg_check_base(const struct vmx_seg *s)
{
	if (s->nr == SEG_FS || s->nr == SEG_GS)
		SEG_RULE(s, is_canonical(s->base), BASE, "not canonical");
	else if (s->nr == SEG_CS || seg_usable(s))
		SEG_RULE(s, !(s->base & HIGH_HALF), BASE,
			"bits 63:32 must be 0");
}

static void
seg_check_task(const struct vmx_seg *tr)
{
	bool ia32e = vmx_entry_has(tr->e, ENTRY_GUEST_64);

	SEG_RULE(tr, !(tr->selector & SELECTOR_LDT), SELECTOR,
		"TI must be clear");
	SEG_RULE(tr, is_canonical(tr->base), BASE, "not canonical");
	SEG_RULE(tr,
		seg_type(tr) == TYPE_TSS_BUSY ||
			(seg_type(tr) == TYPE_TSS16_BUSY && !ia32e),
		RIGHTS, "no type of a busy TSS");
	SEG_RULE(tr, seg_usable(tr), RIGHTS, "must be usable");
	seg_check_form(tr, true);
}

static void
seg_check_ldt(const struct vmx_seg *ldtr)
{
	if (!seg_usable(ldtr))
		return;
	SEG_RULE(ldtr, !(ldtr->selector & SELECTOR_LDT), SELECTOR,
		"TI must be clear");
	SEG_RULE(ldtr, is_canonical(ldtr->base), BASE, "not canonical");
	SEG_RULE(ldtr, seg_type(ldtr) == TYPE_LDT, RIGHTS, "no type of an LDT");
	seg_check_form(ldtr, true);
}

void
vmx_check_segments(const struct vmx_entry *e, struct vmx_broken *b)
{
	bool v86 = VMCS_AT(e->v, GUEST_RFLAGS) & RFLAGS_VM;
	struct vmx_seg seg[VMCS_TR + 1];

	for (unsigned i = 0; i <= VMCS_TR; i++)
		seg[i] = vmx_seg(e, b, i);
	for (unsigned i = SEG_ES; i <= SEG_GS; i++) {
		seg_check_base(&seg[i]);
		if (v86)
			seg_check_v86(&seg[i]);
		else if (i == SEG_CS)
			seg_check_code(&seg[i], &seg[SEG_SS]);
		else if (i == SEG_SS)
			seg_check_stack(&seg[i], &seg[SEG_CS]);
		else
			seg_check_data(&seg[i]);
	}
	seg_check_task(&seg[VMCS_TR]);
	seg_check_ldt(&seg[VMCS_LDTR]);
}
