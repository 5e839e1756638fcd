/* SPDX-License-Identifier: MIT */
/* Reading the guest's code; fetch.h has the idea and the contracts. */
#include "vmm/fetch.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/emul/decode.h"
#include "vmm/gwalk.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/segment.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/* The linear address of RIP + offset. */
static uint64_t
fetch_linear(struct vcpu *vcpu, size_t offset)
{
	uint64_t rip = vcpu->regs.rip + offset;

	if (vcpu_mode(vcpu) == 64)
		return rip;
	return (uint32_t)(vcpu->state.seg[SEG_CS].base + (uint32_t)rip);
}

/*
 * Remember a walk: where each entry lies and what it held.  Slots that the
 * walk did not use point at their own entry, so that the check needs no
 * count.  An entry of 4 bytes is remembered with its neighbour.
 */
static void
fetch_remember(struct vcpu *vcpu, uint64_t page, const struct gwalk *walk,
	const uint8_t *code)
{
	struct fetch_cache *f = &vcpu->fetch;
	const struct gmem *gmem = &vcpu->vm->gmem;

	f->code = NULL;
	for (unsigned i = 0; i < FETCH_STEPS; i++) {
		const struct gwalk_step *step = &walk->step[i];

		f->slot[i] = &f->entry[i];
		if (i >= walk->steps)
			continue;
		f->slot[i] = gmem_peek(gmem, step->gpa & ~7ull);
		if (!f->slot[i])
			return;
		f->entry[i] = *f->slot[i];
		if (memcmp((const uint8_t *)&f->entry[i] + (step->gpa & 7),
			    &step->entry, walk->fmt->entry_bytes) != 0)
			return; /* changed since the walk */
	}
	f->page = page;
	f->cr3 = vcpu->state.cr3;
	f->epoch = gmem->epoch;
	f->code = code;
}

/* Walk to the page of code at a linear address; NULL: it is not there. */
static const uint8_t *
fetch_walk(struct vcpu *vcpu, uint64_t page, struct gwalk *walk)
{
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	uint32_t access = ACCESS_EXEC;

	vcpu_need(vcpu, VCPU_CODE);
	if (vcpu->state.cpl == 3)
		access |= ACCESS_USER;
	if (gwalk(&vcpu->vm->gmem, &mode, page, access, walk) != 0)
		return NULL;
	return gmem_peek(&vcpu->vm->gmem, walk->gpa);
}

static inline bool
fetch_still(const struct vcpu *vcpu, uint64_t page)
{
	const struct fetch_cache *f = &vcpu->fetch;

	return f->code && f->page == page && f->cr3 == vcpu->state.cr3 &&
		f->epoch == vcpu->vm->gmem.epoch &&
		*f->slot[0] == f->entry[0] && *f->slot[1] == f->entry[1] &&
		*f->slot[2] == f->entry[2] && *f->slot[3] == f->entry[3];
}

/*
 * The code at RIP, and in *n how many bytes of it the page holds; NULL when
 * it cannot be read.
 */
static const uint8_t *
fetch_peek(struct vcpu *vcpu, size_t *n)
{
	uint64_t linear = fetch_linear(vcpu, 0);
	uint64_t page = page_round_down(linear);
	size_t offset = linear - page;
	struct gwalk walk;
	const uint8_t *code;

	vcpu_need(vcpu, VCPU_PAGING);
	*n = PAGE_SIZE - offset;
	if (fetch_still(vcpu, page))
		return vcpu->fetch.code + offset;
	code = fetch_walk(vcpu, page, &walk);
	if (!code)
		return NULL;
	fetch_remember(vcpu, page, &walk, code);
	return code + offset;
}

size_t
fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n)
{
	size_t here, there = 0;
	const uint8_t *code = fetch_peek(vcpu, &here);
	struct gwalk walk;

	if (!code)
		return 0;
	if (here > n)
		here = n;
	memcpy(buf, code, here);
	if (here == n)
		return n;
	code = fetch_walk(vcpu, fetch_linear(vcpu, here), &walk);
	if (code) {
		there = n - here;
		memcpy(buf + here, code, there);
	}
	return here + there;
}

int
fetch_insn(struct vcpu *vcpu, struct insn *insn)
{
	uint8_t code[INSN_MAX_LEN];
	size_t n = fetch_code(vcpu, code, sizeof(code));
	int err;

	if (n == 0)
		return -EFAULT;
	err = insn_decode(code, n, vcpu_mode(vcpu), insn);
	return err == -ENODATA ? -EFAULT : err;
}

/* Most exits are of these, and need no decoder to be recognised. */
static uint8_t
insn_resolve_common(struct vcpu *vcpu, const struct vmexit *x)
{
	size_t n;
	const uint8_t *code = fetch_peek(vcpu, &n);
	uint16_t opcode;

	if (!code || n < sizeof(opcode))
		return 0;
	memcpy(&opcode, code, sizeof(opcode));
	if (x->reason == VMEXIT_CPUID)
		return opcode == 0xa20f ? 2 : 0;
	if (x->reason == VMEXIT_MSR)
		return opcode == (x->msr.write ? 0x300f : 0x320f) ? 2 : 0;
	return (opcode & 0xff) == 0xf4 ? 1 : 0; /* HLT */
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

static bool
insn_resolve_cr(struct vcpu *vcpu, struct vmexit *x, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	bool write = x->cr.kind != CR_READ;

	if (insn->op == INSN_LMSW)
		return write && x->cr.cr == 0 &&
			insn_resolve_lmsw(vcpu, x, insn);
	if (insn->op == INSN_CLTS) {
		x->cr.kind = CR_CLTS;
		return write && x->cr.cr == 0;
	}
	if (insn->op != INSN_MOV_CR)
		return false;
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
insn_resolve(struct vcpu *vcpu, struct vmexit *x)
{
	uint32_t reason = 1u << x->reason;
	struct insn insn;

	if (!(reason & REASONS_INSN))
		return;
	if (reason & REASONS_COMMON) {
		x->insn_len = insn_resolve_common(vcpu, x);
		if (x->insn_len)
			return;
	}
	if (fetch_insn(vcpu, &insn) == 0 && insn_resolve_with(vcpu, x, &insn))
		x->insn_len = insn.len;
	else
		x->reason = VMEXIT_STALE;
}
