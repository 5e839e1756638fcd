/* SPDX-License-Identifier: MIT */
/* What instruction caused an exit; resolve.h has the idea and the contracts. */
#include "vmm/resolve.h"

#include "vmm/emul/decode.h"
#include "vmm/gwalk.h"
#include "vmm/segment.h"

#define OPCODE_HLT	0xf4
#define OPCODE_0F	0x0f
#define OPCODE_0F_CPUID 0xa2
#define OPCODE_0F_WRMSR 0x30
#define OPCODE_0F_RDMSR 0x32

/*
 * RDMSR, WRMSR and HLT are frequent, and need no decoder to be recognised as
 * long as they have no prefix.
 */
static uint8_t
insn_resolve_common(struct vcpu *vcpu, const struct vmexit *x)
{
	uint8_t code[2];

	if (fetch_code(vcpu, code, sizeof(code)) != sizeof(code))
		return 0;
	if (x->reason == VMEXIT_HLT)
		return code[0] == OPCODE_HLT ? 1 : 0;
	if (x->reason == VMEXIT_CPUID)
		return code[0] == OPCODE_0F && code[1] == OPCODE_0F_CPUID ? 2
									  : 0;
	return code[0] == OPCODE_0F &&
			code[1] ==
				(x->msr.write ? OPCODE_0F_WRMSR
					      : OPCODE_0F_RDMSR)
		? 2
		: 0;
}

/* The operand of LMSW: a register, or two bytes of memory. */
static bool
insn_resolve_lmsw(struct vcpu *vcpu, struct vmexit *x, const struct insn *insn)
{
	const struct insn_operand *op = &insn->operand[0];
	uint64_t ea, gva, fault_gva;
	uint32_t error;

	x->cr.kind = CR_LMSW;
	if (op->kind == INSN_KIND_REG) {
		x->cr.value = (uint16_t)vcpu->regs.gpr[op->reg];
		return true;
	}
	ea = insn_ea(insn, op, vcpu->regs.gpr, vcpu->regs.rip + insn->len);
	return segment_linear(vcpu, op->mem.seg, ea, sizeof(x->cr.value), false,
		       &gva) == 0 &&
		gva_read(vcpu, gva, &x->cr.value, sizeof(x->cr.value), 0,
			&error, &fault_gva) == 0;
}

/* The operand of SMSW: a register, or two bytes of memory to write. */
static bool
insn_resolve_smsw(struct vcpu *vcpu, struct vmexit *x, const struct insn *insn)
{
	const struct insn_operand *op = &insn->operand[0];
	uint64_t ea;

	x->cr.kind = CR_SMSW;
	x->cr.size = 0;
	if (op->kind == INSN_KIND_REG) {
		x->cr.gpr = op->reg;
		x->cr.size = insn->opsize;
		return true;
	}
	ea = insn_ea(insn, op, vcpu->regs.gpr, vcpu->regs.rip + insn->len);
	return segment_linear(vcpu, op->mem.seg, ea, sizeof(uint16_t), true,
		       &x->cr.gva) == 0;
}

static bool
insn_resolve_cr(struct vcpu *vcpu, struct vmexit *x, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	bool write = x->cr.kind != CR_READ;

	if (insn->op == INSN_LMSW)
		return write && x->cr.cr == 0 &&
			insn_resolve_lmsw(vcpu, x, insn);
	if (insn->op == INSN_SMSW)
		return !write && x->cr.cr == 0 &&
			insn_resolve_smsw(vcpu, x, insn);
	if (insn->op == INSN_CLTS) {
		x->cr.kind = CR_CLTS;
		return write && x->cr.cr == 0;
	}
	if (insn->op != INSN_MOV_CR)
		return false;
	if (!write && x->cr.cr == 0) /* docs/errata.md, Q23 */
		x->cr.cr = op[1].reg;
	x->cr.gpr = op[write].reg;
	return op[!write].kind == INSN_KIND_CR && op[!write].reg == x->cr.cr;
}

static bool
insn_resolve_dr(struct vmexit *x, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	bool write = x->dr.write;

	if (insn->op != INSN_MOV_DR)
		return false;
	x->dr.gpr = op[write].reg;
	return op[!write].kind == INSN_KIND_DR && op[!write].reg == x->dr.dr;
}

static bool
insn_resolve_io(struct vmexit *x, const struct insn *insn)
{
	static const uint16_t ops[2][2] = { { INSN_IN, INSN_OUT },
		{ INSN_INS, INSN_OUTS } };

	if (insn->op != ops[x->io.string][x->io.write])
		return false;
	if (!x->io.string)
		return true;
	x->io.rep = insn->prefixes & (INSN_REP | INSN_REPNE);
	x->io.adsize = insn->adsize;
	x->io.seg = SEG_ES;
	if (x->io.write)
		x->io.seg = insn->operand[1].mem.seg;
	return insn->operand[x->io.write].size == x->io.size;
}

/* Can this instruction have caused the exit?  Fills in its operands. */
static bool
insn_resolve_with(struct vcpu *vcpu, struct vmexit *x, const struct insn *insn)
{
	switch (x->reason) {
	case VMEXIT_CPUID:
		return insn->op == INSN_CPUID;
	case VMEXIT_HLT:
		return insn->op == INSN_HLT;
	case VMEXIT_MSR:
		return insn->op == (x->msr.write ? INSN_WRMSR : INSN_RDMSR);
	case VMEXIT_HYPERCALL:
		return insn->op == INSN_VMMCALL || insn->op == INSN_VMCALL;
	case VMEXIT_INSN:
		/* QEMU gives INVD the exit code of WBINVD */
		if (x->insn.op == INSN_WBINVD && insn->op == INSN_INVD)
			x->insn.op = INSN_INVD;
		return insn->op == x->insn.op;
	case VMEXIT_CR:
		return insn_resolve_cr(vcpu, x, insn);
	case VMEXIT_DR:
		return insn_resolve_dr(x, insn);
	case VMEXIT_IO:
		return insn_resolve_io(x, insn);
	default:
		return false;
	}
}

#define REASONS_COMMON                                                         \
	(1u << VMEXIT_CPUID | 1u << VMEXIT_MSR | 1u << VMEXIT_HLT)
#define REASONS_INSN                                                           \
	(REASONS_COMMON | 1u << VMEXIT_HYPERCALL | 1u << VMEXIT_INSN |         \
		1u << VMEXIT_CR | 1u << VMEXIT_DR | 1u << VMEXIT_IO)

void
insn_resolve_slow(struct vcpu *vcpu, struct vmexit *x)
{
	uint32_t reason = 1u << x->reason;
	const struct insn *insn;

	if (!(reason & REASONS_INSN))
		return;
	if (reason & REASONS_COMMON) {
		x->insn_len = insn_resolve_common(vcpu, x);
		if (x->insn_len)
			return;
	}
	if (fetch_insn(vcpu, &insn) == 0 && insn_resolve_with(vcpu, x, insn))
		x->insn_len = insn->len;
	else
		x->reason = VMEXIT_STALE;
}
