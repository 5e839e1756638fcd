/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator against any code, any state and hostile memory:
 * reads give anything, accesses fail at any time.  What must hold:
 *
 *   - the work is bounded;
 *   - unless the instruction was done, registers and state are as before, but
 *     for the iterations of a repeated string instruction;
 *   - ring 3 gets more privilege through gates, interrupts and SYSCALL alone,
 *     and neither table registers nor privileged exits at all;
 *   - memory is reached with the rights of the privilege level that is in
 *     force, and by addresses that exist.
 *
 * The input: 16 bytes of settings, the instruction, then what memory answers.
 */
/* links: vmm/segment.c vmm/emul/decode.c vmm/emul/decode_operand.c
 * vmm/emul/insn.c vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c
 * vmm/emul/exec.c vmm/emul/exec_arith.c vmm/emul/exec_bit.c
 * vmm/emul/exec_exit.c vmm/emul/exec_move.c vmm/emul/exec_operand.c
 * vmm/emul/exec_stack.c vmm/emul/exec_string.c vmm/emul/exec_system.c
 * vmm/emul/deliver.c vmm/emul/iret.c vmm/emul/segload.c
 * vmm/emul/syscall.c vmm/emul/transfer.c vmm/event_merge.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"
#include "vmm/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SETTINGS 16
#define MOST	 (4 * EMUL_PIECE + 128) /* accesses of one instruction */
/* VIF, VIP, and those with a name */
#define RFLAGS_ANY                                                             \
	(0x180000ull | RFLAGS_ARITH | RFLAGS_TF | RFLAGS_IF | RFLAGS_DF |      \
		RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC |  \
		RFLAGS_ID)

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "broken: %s\n", #condition);           \
			abort();                                               \
		}                                                              \
	} while (0)

struct fuzz {
	struct emul emul;
	struct vcpu_regs regs;
	struct vcpu_state state;
	const uint8_t *data; /* what memory answers */
	size_t size, at;
	unsigned accesses;
	bool faulted;
};

static struct fuzz *
to_fuzz(struct emul *e)
{
	return (struct fuzz *)((char *)e - offsetof(struct fuzz, emul));
}

/* The next byte of the input, which begins anew at its end. */
static uint8_t
fuzz_byte(struct fuzz *f)
{
	return f->size ? f->data[f->at++ % f->size] : 0;
}

static uint64_t
fuzz_u64(struct fuzz *f)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | fuzz_byte(f);
	return value;
}

/* One access: is it made rightly, and does it work? */
static enum emul_result
fuzz_access(struct emul *e, uint64_t gva, unsigned size, uint32_t access)
{
	struct fuzz *f = to_fuzz(e);
	bool user = access & ACCESS_USER;

	MUST(!f->faulted);
	MUST(++f->accesses <= MOST);
	MUST(size >= 1 && size <= 16);
	MUST(!(access & ~(ACCESS_WRITE | ACCESS_USER | EMUL_IMPLICIT)));
	MUST(!user || !(access & EMUL_IMPLICIT));
	MUST(user == (f->state.cpl == 3) || (access & EMUL_IMPLICIT));
	MUST(is_canonical(gva));
	MUST((f->state.efer & EFER_LMA) || gva >> 32 == 0);
	f->faulted = true;
	switch (fuzz_byte(f)) {
	case 0:
		return emul_page_fault(e, fuzz_byte(f), gva);
	case 1:
		return emul_fault(e, VEC_GP, 0);
	case 2:
		return EMUL_STOP;
	case 3:
		return EMUL_AGAIN;
	default:
		f->faulted = false;
		return EMUL_NEXT;
	}
}

static enum emul_result
fuzz_read(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	enum emul_result r = fuzz_access(e, gva, size, access);

	for (unsigned i = 0; r == EMUL_NEXT && i < size; i++)
		((uint8_t *)data)[i] = fuzz_byte(to_fuzz(e));
	return r;
}

static enum emul_result
fuzz_write(struct emul *e, uint64_t gva, const void *data, unsigned size,
	uint32_t access)
{
	static volatile uint8_t sink;

	for (unsigned i = 0; i < size; i++) /* all of it must be there */
		sink = ((const uint8_t *)data)[i];
	(void)sink;
	return fuzz_access(e, gva, size, access | ACCESS_WRITE);
}

static enum emul_result
fuzz_cmpxchg(struct emul *e, uint64_t gva, const void *old, const void *new,
	unsigned size, uint32_t access)
{
	enum emul_result r = fuzz_write(e, gva, old, size, access);

	return r == EMUL_NEXT ? fuzz_write(e, gva, new, size, access) : r;
}

static enum emul_result
fuzz_invlpg(struct emul *e, uint64_t gva)
{
	MUST(to_fuzz(e)->state.cpl == 0);
	MUST(is_canonical(gva));
	return EMUL_NEXT;
}

static const struct emul_ops fuzz_ops = {
	.read = fuzz_read,
	.write = fuzz_write,
	.cmpxchg = fuzz_cmpxchg,
	.invlpg = fuzz_invlpg,
};

/* A base that a segment register can have, canonical or of 32 bits. */
static struct vseg
fuzz_segment(struct fuzz *f, bool long_mode)
{
	uint64_t base = fuzz_u64(f);

	return (struct vseg){ .sel = (uint16_t)fuzz_u64(f),
		.attr = fuzz_u64(f) & 0xfff,
		.limit = (uint32_t)fuzz_u64(f),
		.base = long_mode ? (uint64_t)((int64_t)(base << 16) >> 16)
				  : (uint32_t)base };
}

/* A state that a CPU can be in, made from the settings. */
static void
fuzz_start(struct fuzz *f, const uint8_t *settings)
{
	struct vcpu_state *s = &f->state;
	bool lm = settings[0] & 1, protected = lm || settings[0] & 2;

	for (unsigned i = 0; i < GPRS; i++)
		f->regs.gpr[i] = fuzz_u64(f) >> (8 * (settings[1 + i / 4] & 7));
	for (unsigned i = 0; i < SEGS; i++)
		s->seg[i] = fuzz_segment(f, lm);
	s->tr = fuzz_segment(f, lm);
	s->ldtr = fuzz_segment(f, lm);
	s->gdtr.base = s->tr.base + 1;
	s->idtr.base = s->tr.base + 2;
	s->gdtr.limit = (uint16_t)fuzz_u64(f);
	s->idtr.limit = (uint16_t)fuzz_u64(f);
	s->cpl = protected ? settings[5] & 3 : 0;
	s->cr0 = CR0_ET | (protected ? CR0_PE : 0) | (lm ? CR0_PG : 0) |
		(settings[0] & 4 ? CR0_AM : 0);
	s->cr4 = fuzz_u64(f);
	s->efer = lm ? EFER_LME | EFER_LMA : 0;
	s->efer |= settings[0] & 8 ? EFER_SCE : 0;
	s->star = fuzz_u64(f);
	s->sfmask = fuzz_u64(f);
	s->lstar = s->seg[SEG_FS].base;
	s->cstar = s->seg[SEG_GS].base;
	s->kernel_gs_base = s->seg[SEG_ES].base;
	f->regs.rflags = (fuzz_u64(f) & RFLAGS_ANY) | RFLAGS_R1;
	if (!(settings[6] & 1) || lm)
		f->regs.rflags &= ~RFLAGS_VM;
	f->regs.rip = fuzz_u64(f) & 0x7fffffff;
	f->emul.cr4_offered = fuzz_u64(f);
}

/* Only gates, interrupts and SYSCALL lead to more privilege. */
static bool
op_raises(uint16_t op)
{
	return op == INSN_INVALID || op == INSN_CALLF || op == INSN_SYSCALL ||
		(op >= INSN_INT && op <= INSN_INTO);
}

static void
check_done(const struct fuzz *f, const struct fuzz *was, uint16_t op)
{
	const struct vcpu_state *s = &f->state, *t = &was->state;

	MUST(s->cpl >= t->cpl || op_raises(op));
	MUST(s->cr0 == t->cr0 && s->cr3 == t->cr3 && s->cr4 == t->cr4);
	MUST(s->efer == t->efer);
	MUST(f->regs.rflags & RFLAGS_R1);
	MUST(!(f->regs.rflags & ~(RFLAGS_ANY | RFLAGS_R1)));
	if (t->cpl == 0)
		return;
	MUST(!memcmp(&s->gdtr, &t->gdtr, sizeof(s->gdtr)));
	MUST(!memcmp(&s->idtr, &t->idtr, sizeof(s->idtr)));
	MUST(!memcmp(&s->tr, &t->tr, sizeof(s->tr)));
	MUST(!memcmp(&s->ldtr, &t->ldtr, sizeof(s->ldtr)));
	MUST(s->kernel_gs_base == t->kernel_gs_base);
	MUST(!((f->regs.rflags ^ was->regs.rflags) & RFLAGS_IOPL) ||
		op == INSN_SYSCALL);
}

static void
check_exit(const struct fuzz *f, const struct insn *insn)
{
	enum vmexit_reason reason = f->emul.exit.reason;

	if (reason == VMEXIT_MSR || reason == VMEXIT_CR ||
		reason == VMEXIT_DR || reason == VMEXIT_HLT)
		MUST(f->state.cpl == 0);
	if (reason != VMEXIT_TASK)
		MUST(f->emul.exit.insn_len == insn->len);
	if (reason == VMEXIT_IO)
		MUST(f->emul.exit.io.size == 1 || f->emul.exit.io.size == 2 ||
			f->emul.exit.io.size == 4);
}

static void
check_undone(
	const struct fuzz *f, const struct fuzz *was, const struct insn *insn)
{
	struct vcpu_regs regs = f->regs;
	bool string = insn->op >= INSN_MOVS && insn->op <= INSN_SCAS;

	if (string && (insn->prefixes & (INSN_REP | INSN_REPNE))) {
		regs.gpr[GPR_RCX] = was->regs.gpr[GPR_RCX];
		regs.gpr[GPR_RSI] = was->regs.gpr[GPR_RSI];
		regs.gpr[GPR_RDI] = was->regs.gpr[GPR_RDI];
		if (insn->op == INSN_LODS)
			regs.gpr[GPR_RAX] = was->regs.gpr[GPR_RAX];
	}
	if (!f->faulted)
		regs.rflags = was->regs.rflags;
	MUST(!memcmp(&regs, &was->regs, sizeof(regs)));
	MUST(!memcmp(&f->state, &was->state, sizeof(f->state)));
}

static void
check(const struct fuzz *f, const struct fuzz *was, const struct insn *insn,
	enum emul_result r)
{
	MUST(r <= EMUL_STOP);
	if (r == EMUL_NEXT || r == EMUL_JUMPED) {
		check_done(f, was, insn->op);
		return;
	}
	if (r == EMUL_EXIT)
		check_exit(f, insn);
	check_undone(f, was, insn);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f, was;
	struct insn insn = { .op = INSN_INVALID };
	struct event ev = { .kind = EVENT_EXCEPTION };
	enum emul_result r;

	if (size < SETTINGS + 1)
		return 0;
	memset(&f, 0, sizeof(f));
	f.emul.regs = &f.regs;
	f.emul.state = &f.state;
	f.emul.ops = &fuzz_ops;
	f.data = data + SETTINGS;
	f.size = size - SETTINGS;
	fuzz_start(&f, data);
	f.at = INSN_MAX_LEN;
	was = f;
	if (data[7] & 1) {
		ev.vector = data[8];
		ev.kind = data[7] & 2 ? EVENT_IRQ : EVENT_EXCEPTION;
		ev.has_error = event_has_error(ev.vector);
		r = emul_deliver(&f.emul, &ev);
	} else {
		if (insn_decode(data + SETTINGS, size - SETTINGS,
			    segment_code_size(&f.state), &insn))
			return 0;
		r = emul_exec(&f.emul, &insn);
	}
	check(&f, &was, &insn, r);
	return 0;
}
