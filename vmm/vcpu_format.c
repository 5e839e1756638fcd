/* SPDX-License-Identifier: MIT */
/* A virtual CPU's registers as text. */
#include "vmm/vcpu.h"

#include "kernel/lib/printf.h"

static const char *const gpr_names[GPRS] = { "rax", "rcx", "rdx", "rbx", "rsp",
	"rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
	"r15" };
static const char *const seg_names[SEGS] = { "es", "cs", "ss", "ds", "fs",
	"gs" };

static void
format_seg(const char *name, const struct vseg *seg, char *buf, size_t size,
	size_t *pos)
{
	str_append(buf, size, pos,
		"%-4s %04x base %016llx limit %08x "
		"attr %03x\n",
		name, seg->sel, (unsigned long long)seg->base, seg->limit,
		seg->attr);
}

void
vcpu_format_regs(struct vcpu *vcpu, char *buf, size_t size, size_t *pos)
{
	const struct vcpu_regs *r = &vcpu->regs;
	const struct vcpu_state *s = &vcpu->state;

	for (unsigned i = 0; i < GPRS; i++)
		str_append(buf, size, pos, "%-3s %016llx%c", gpr_names[i],
			(unsigned long long)r->gpr[i], i % 4 == 3 ? '\n' : ' ');
	str_append(buf, size, pos, "rip %016llx rflags %08llx cpl %u\n",
		(unsigned long long)r->rip, (unsigned long long)r->rflags,
		s->cpl);
	str_append(buf, size, pos,
		"cr0 %08llx cr2 %016llx cr3 %016llx cr4 %08llx efer %04llx\n",
		(unsigned long long)s->cr0, (unsigned long long)s->cr2,
		(unsigned long long)s->cr3, (unsigned long long)s->cr4,
		(unsigned long long)s->efer);
	for (unsigned i = 0; i < SEGS; i++)
		format_seg(seg_names[i], &s->seg[i], buf, size, pos);
	format_seg("tr", &s->tr, buf, size, pos);
	format_seg("ldtr", &s->ldtr, buf, size, pos);
	str_append(buf, size, pos,
		"gdtr base %016llx limit %04x\n"
		"idtr base %016llx limit %04x\n",
		(unsigned long long)s->gdtr.base, s->gdtr.limit,
		(unsigned long long)s->idtr.base, s->idtr.limit);
}
