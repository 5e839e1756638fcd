/* temporary stand-in for the emulator's system instructions */
#include "vmm/cpu/ring3/ring3.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "vmm/emulate.h"
#include "vmm/gwalk.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"
enum emul_result tmp_emulate(struct vcpu *vcpu, const struct insn *insn, struct vmexit *x, enum verdict *v);
bool vcpu_deliver(struct vcpu *vcpu, const struct event *ev, struct emul_fault *f);

static int rd(struct vcpu *v, uint64_t gva, void *p, size_t n)
{ uint32_t e; uint64_t w; return gva_read(v, gva, p, n, 0, &e, &w); }
static int rdi(struct vcpu *v, uint64_t gva, void *p, size_t n)
{ uint32_t e; uint64_t w; return gva_read(v, gva, p, n, GWALK_IMPLICIT, &e, &w); }

static void load_seg(struct vcpu *v, struct vseg *s, uint16_t sel)
{
	uint64_t d = 0, hi = 0;
	s->sel = sel;
	if ((sel & ~3) == 0) { s->attr = 0; s->limit = 0; return; }
	if (rdi(v, v->state.gdtr.base + (sel & ~7), &d, 8)) { kprintf("gdt read\n"); }
	s->attr = (d >> 40 & 0xff) | (d >> 44 & 0xf00);
	s->limit = (d & 0xffff) | (d >> 32 & 0xf0000);
	if (s->attr & VSEG_GRANULAR) s->limit = s->limit << 12 | 0xfff;
	s->base = (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000);
	if (!(s->attr & VSEG_S)) { rdi(v, v->state.gdtr.base + (sel & ~7) + 8, &hi, 8); s->base |= hi << 32; }
}

static uint64_t ea(struct vcpu *v, const struct insn *in, const struct insn_operand *op)
{
	uint64_t a = insn_ea(in, op, v->regs.gpr, v->regs.rip + in->len);
	return insn_linear(in, op, a, v->state.seg[op->mem.seg].base);
}

static void set_cs(struct vcpu *v, uint16_t sel)
{
	load_seg(v, &v->state.seg[SEG_CS], sel);
	v->state.cpl = sel & 3;
	vcpu_changed(v, VCPU_CODE | VCPU_CPL | VCPU_SEGS);
}

static uint64_t opval(struct vcpu *v, const struct insn *in, const struct insn_operand *op)
{
	uint64_t x = 0;
	if (op->kind == INSN_KIND_REG) return v->regs.gpr[op->reg];
	if (op->kind == INSN_KIND_IMM) return op->imm;
	rd(v, ea(v, in, op), &x, op->size ? op->size : 8);
	return x;
}

enum emul_result
tmp_emulate(struct vcpu *vcpu, const struct insn *in, struct vmexit *x, enum verdict *v)
{
	struct vcpu_state *s = &vcpu->state;
	uint64_t *g = vcpu->regs.gpr, q[5], t;
	uint8_t b[10];
	int n = in->opsize;

	*v = VERDICT_NEXT;
	vcpu_done(vcpu, in->len);
	switch (in->op) {
	case INSN_CLI: vcpu->regs.rflags &= ~RFLAGS_IF; return EMUL_NEXT;
	case INSN_STI: vcpu->regs.rflags |= RFLAGS_IF; return EMUL_NEXT;
	case INSN_CLAC: case INSN_STAC: return EMUL_NEXT;
	case INSN_LGDT: case INSN_LIDT: {
		struct vtable *tb = in->op == INSN_LGDT ? &s->gdtr : &s->idtr;
		memset(b, 0, 10);
		rd(vcpu, ea(vcpu, in, &in->operand[0]), b, in->mode == 64 ? 10 : 6);
		memcpy(&tb->limit, b, 2); memcpy(&tb->base, b + 2, 8);
		return EMUL_NEXT; }
	case INSN_LTR: load_seg(vcpu, &s->tr, (uint16_t)opval(vcpu, in, &in->operand[0])); s->tr.attr |= 2; return EMUL_NEXT;
	case INSN_MOV:
		load_seg(vcpu, &s->seg[in->operand[0].reg], (uint16_t)opval(vcpu, in, &in->operand[1]));
		vcpu_changed(vcpu, VCPU_SEGS); return EMUL_NEXT;
	case INSN_JMPF:
		set_cs(vcpu, in->operand[0].sel); vcpu->regs.rip = in->operand[0].imm; vcpu_done(vcpu, 0); return EMUL_JUMPED;
	case INSN_RETF:
		rd(vcpu, g[GPR_RSP], q, 16); g[GPR_RSP] += 16; set_cs(vcpu, (uint16_t)q[1]); vcpu->regs.rip = q[0]; vcpu_done(vcpu, 0); return EMUL_JUMPED;
	case INSN_IRET:
		rd(vcpu, g[GPR_RSP], q, 40); set_cs(vcpu, (uint16_t)q[1]); vcpu->regs.rip = q[0]; vcpu->regs.rflags = q[2]; g[GPR_RSP] = q[3];
		load_seg(vcpu, &s->seg[SEG_SS], (uint16_t)q[4]); vcpu_done(vcpu, 0); return EMUL_JUMPED;
	case INSN_SWAPGS: t = s->kernel_gs_base; s->kernel_gs_base = s->seg[SEG_GS].base; s->seg[SEG_GS].base = t; return EMUL_NEXT;
	case INSN_SYSCALL:
		g[GPR_RCX] = vcpu->regs.rip + 2; g[GPR_R11] = vcpu->regs.rflags; vcpu->regs.rip = s->lstar; vcpu->regs.rflags &= ~s->sfmask;
		s->seg[SEG_CS] = (struct vseg){ (uint16_t)(s->star >> 32) & 0xfffc, VSEG_CODE64, ~0u, 0 };
		s->seg[SEG_SS] = (struct vseg){ (uint16_t)((s->star >> 32) + 8), VSEG_DATA32, ~0u, 0 };
		s->cpl = 0; vcpu_changed(vcpu, VCPU_CODE | VCPU_CPL | VCPU_SEGS); vcpu_done(vcpu, 0); return EMUL_JUMPED;
	case INSN_SYSRET:
		vcpu->regs.rip = g[GPR_RCX]; vcpu->regs.rflags = g[GPR_R11] | 2;
		s->seg[SEG_CS] = (struct vseg){ (uint16_t)((s->star >> 48) + 16) | 3, VSEG_CODE64 | VSEG_DPL, ~0u, 0 };
		s->seg[SEG_SS] = (struct vseg){ (uint16_t)((s->star >> 48) + 8) | 3, VSEG_DATA32 | VSEG_DPL, ~0u, 0 };
		s->cpl = 3; vcpu_changed(vcpu, VCPU_CODE | VCPU_CPL | VCPU_SEGS); vcpu_done(vcpu, 0); return EMUL_JUMPED;
	}
	*v = VERDICT_AGAIN;
	if (s->cpl) { vcpu_fault(vcpu, VEC_GP, 0); return EMUL_FAULT; }
	(void)n;
	switch (in->op) {
	case INSN_HLT: x->reason = VMEXIT_HLT; return EMUL_EXIT;
	case INSN_RDMSR: case INSN_WRMSR: x->reason = VMEXIT_MSR; x->msr.write = in->op == INSN_WRMSR; return EMUL_EXIT;
	case INSN_CLTS: x->reason = VMEXIT_CR; x->cr.cr = 0; x->cr.kind = CR_CLTS; return EMUL_EXIT;
	case INSN_MOV_CR: x->reason = VMEXIT_CR;
		if (in->operand[0].kind == INSN_KIND_CR) { x->cr.kind = CR_WRITE; x->cr.cr = in->operand[0].reg; x->cr.gpr = in->operand[1].reg; }
		else { x->cr.kind = CR_READ; x->cr.cr = in->operand[1].reg; x->cr.gpr = in->operand[0].reg; }
		return EMUL_EXIT;
	case INSN_INVLPG: case INSN_WBINVD: case INSN_INVD: x->reason = VMEXIT_INSN; x->insn.op = in->op; return EMUL_EXIT;
	case INSN_IN: case INSN_OUT: {
		bool w = in->op == INSN_OUT; const struct insn_operand *p = &in->operand[!w];
		memset(&x->io, 0, sizeof(x->io));
		x->reason = VMEXIT_IO; x->io.write = w; x->io.size = in->operand[w].size; x->io.port = (uint16_t)opval(vcpu, in, p);
		return EMUL_EXIT; }
	}
	*v = VERDICT_STOP;
	return EMUL_UNKNOWN;
}

bool
vcpu_deliver(struct vcpu *vcpu, const struct event *ev, struct emul_fault *f)
{
	struct vcpu_state *s = &vcpu->state;
	uint64_t g[2] = { 0, 0 }, fr[6], rsp = vcpu->regs.gpr[GPR_RSP], w;
	uint32_t e; int n = 0; unsigned ist;
	(void)f;
	if (rdi(vcpu, s->idtr.base + ev->vector * 16, g, 16)) kprintf("idt read fails\n");
	ist = g[0] >> 32 & 7;
	if (ist) rdi(vcpu, s->tr.base + 36 + 8 * (ist - 1), &rsp, 8);
	else if (s->cpl) rdi(vcpu, s->tr.base + 4, &rsp, 8);
	rsp &= ~15ull;
	if (ev->has_error) fr[n++] = ev->error;
	fr[n++] = vcpu->regs.rip; fr[n++] = s->seg[SEG_CS].sel; fr[n++] = vcpu->regs.rflags; fr[n++] = vcpu->regs.gpr[GPR_RSP]; fr[n++] = s->seg[SEG_SS].sel;
	rsp -= 8 * n;
	if (gva_write(vcpu, rsp, fr, 8 * n, GWALK_IMPLICIT, &e, &w)) kprintf("stack write fails %lx\n", rsp);
	if (s->cpl) s->seg[SEG_SS] = (struct vseg){ 0, 0, 0, 0 };
	set_cs(vcpu, g[0] >> 16 & 0xfff8);
	s->cpl = 0;
	vcpu->regs.gpr[GPR_RSP] = rsp;
	vcpu->regs.rip = (g[0] & 0xffff) | (g[0] >> 32 & 0xffff0000) | g[1] << 32;
	vcpu->regs.rflags &= ~(RFLAGS_IF | RFLAGS_TF | RFLAGS_RF | RFLAGS_NT);
	return true;
}
