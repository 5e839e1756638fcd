/* SPDX-License-Identifier: MIT */
/*
 * The emulator's memory is that of the guest.  What is not RAM behaves as on
 * a PC's bus: a device that is there answers, other reads give ones, other
 * writes are lost.
 */
#include "vmm/emulate.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "vmm/board.h"
#include "vmm/cpuid.h"
#include "vmm/engine.h"
#include "vmm/gwalk.h"
#include "vmm/vm.h"

struct vcpu_emul {
	struct emul emul;
	struct vcpu *vcpu;
};

static struct vcpu *
emulate_vcpu(struct emul *e)
{
	return container_of(e, struct vcpu_emul, emul)->vcpu;
}

/* EMUL_IMPLICIT is GWALK_IMPLICIT: checked here, so that neither knows both. */
_Static_assert(EMUL_IMPLICIT == GWALK_IMPLICIT, "one bit, two names");

static enum emul_result
emulate_failed(struct emul *e, int err, uint32_t error, uint64_t address)
{
	if (err == -EFAULT)
		return emul_page_fault(e, error, address);
	if (err == -EINVAL) /* no canonical address: seldom got this far */
		return emul_fault(e, VEC_GP, 0);
	vcpu_stop(emulate_vcpu(e), "the host has no memory left");
	return EMUL_STOP;
}

/* An access within one page that is not RAM. */
static enum emul_result
emulate_bus(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	struct vcpu *vcpu = emulate_vcpu(e);
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	struct gwalk walk;
	uint64_t value = 0;
	int err = gwalk(&vcpu->vm->gmem, &mode, gva, access, &walk);

	if (err)
		return emulate_failed(e, err, walk.error, gva);
	memcpy(&value, data, size);
	board_mmio(vcpu->vm, walk.gpa, size, access & ACCESS_WRITE, &value);
	memcpy(data, &value, size);
	vcpu->kicked = true; /* a device may want to interrupt */
	return EMUL_NEXT;
}

/*
 * An access of any kind.  What is not RAM and is cut by a page, or too large
 * for a device, goes byte by byte.
 */
static enum emul_result
emulate_access(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	struct vcpu *vcpu = emulate_vcpu(e);
	enum emul_result r = EMUL_NEXT;
	uint64_t address = gva;
	uint32_t error = 0;
	int err;

	if (access & ACCESS_WRITE)
		err = gva_write(
			vcpu, gva, data, size, access, &error, &address);
	else
		err = gva_read(vcpu, gva, data, size, access, &error, &address);
	if (err != -ENXIO)
		return err ? emulate_failed(e, err, error, address) : EMUL_NEXT;
	if (size <= 8 && (gva ^ (gva + size - 1)) >> 12 == 0)
		return emulate_bus(e, gva, data, size, access);
	for (unsigned i = 0; r == EMUL_NEXT && i < size; i++)
		r = emulate_access(e, gva + i, (uint8_t *)data + i, 1, access);
	return r;
}

static enum emul_result
emulate_read(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	uint64_t address;
	uint32_t error;
	int err;

	if (access & ACCESS_WRITE) {
		err = gva_probe_write(
			emulate_vcpu(e), gva, size, access, &error, &address);
		if (err && err != -ENXIO)
			return emulate_failed(e, err, error, address);
	}
	return emulate_access(e, gva, data, size, access & ~ACCESS_WRITE);
}

static enum emul_result
emulate_write(struct emul *e, uint64_t gva, const void *data, unsigned size,
	uint32_t access)
{
	uint8_t copy[16]; /* a device may answer into what it is given */

	memcpy(copy, data, size);
	return emulate_access(e, gva, copy, size, access | ACCESS_WRITE);
}

/*
 * A VM has one vCPU, and devices write memory in its thread: nobody comes
 * between the comparison and the write.
 */
static enum emul_result
emulate_cmpxchg(struct emul *e, uint64_t gva, const void *old, const void *new,
	unsigned size, uint32_t access)
{
	uint8_t now[16];
	enum emul_result r =
		emulate_read(e, gva, now, size, access | ACCESS_WRITE);

	if (r != EMUL_NEXT)
		return r;
	if (memcmp(now, old, size) != 0)
		return EMUL_AGAIN;
	return emulate_write(e, gva, new, size, access);
}

static enum emul_result
emulate_invlpg(struct emul *e, uint64_t gva)
{
	(void)gva; /* forgetting more is allowed: vmm/exit/invlpg.c */
	vcpu_changed(emulate_vcpu(e), VCPU_FLUSH_TLB);
	return EMUL_NEXT;
}

static const struct emul_ops emulate_ops = {
	.read = emulate_read,
	.write = emulate_write,
	.cmpxchg = emulate_cmpxchg,
	.invlpg = emulate_invlpg,
};

static void
emulate_init(struct vcpu_emul *v, struct vcpu *vcpu)
{
	struct emul *e = &v->emul;

	v->vcpu = vcpu;
	e->regs = &vcpu->regs;
	e->state = &vcpu->state;
	e->ops = &emulate_ops;
	e->cr4_offered = vcpu->vm->cpuid->cr4;
	e->changed = 0;
	e->shadow = false;
	e->ext = false;
	vcpu_need(vcpu, VCPU_ALL);
}

/*
 * IRET has been done.  RF and TF as it loads them are for the instruction to
 * come; it is TF as it was before that makes it trap itself (SDM 3B,
 * 17.3.1.4).
 */
static enum verdict
emulate_returned(struct vcpu *vcpu, uint64_t flags_before)
{
	vcpu->events.shadow >>= 1;
	if (flags_before & RFLAGS_TF)
		vcpu_trap_step(vcpu);
	return VERDICT_AGAIN;
}

enum emul_result
vcpu_emulate(struct vcpu *vcpu, const struct insn *insn, struct vmexit *exit,
	enum verdict *verdict)
{
	const struct vcpu_regs before = vcpu->regs;
	struct vcpu_emul v;
	struct emul *e = &v.emul;
	enum emul_result r;

	emulate_init(&v, vcpu);
	r = emul_exec(e, insn);
	vcpu_changed(vcpu, e->changed);
	if (e->shadow)
		vcpu->events.shadow = EVENT_SHADOW_BEGIN;
	vcpu->events.no_step = e->shadow && insn->op != INSN_STI &&
		(before.rflags & RFLAGS_TF);
	*verdict = VERDICT_AGAIN;
	if (r == EMUL_EXIT)
		*exit = e->exit;
	else if (r == EMUL_NEXT)
		*verdict = vcpu_done(vcpu, insn->len);
	else if (r == EMUL_AGAIN && (before.rflags & RFLAGS_TF) &&
		before.gpr[GPR_RCX] != vcpu->regs.gpr[GPR_RCX])
		vcpu_trap_step(vcpu); /* behind one iteration of many */
	else if (r == EMUL_JUMPED && insn->op == INSN_IRET)
		*verdict = emulate_returned(vcpu, before.rflags);
	else if (r == EMUL_JUMPED)
		*verdict = vcpu_done(vcpu, 0);
	else if (r == EMUL_FAULT && e->fault.vector == VEC_PF)
		*verdict =
			vcpu_page_fault(vcpu, e->fault.error, e->fault.address);
	else if (r == EMUL_FAULT)
		*verdict = vcpu_fault(vcpu, e->fault.vector, e->fault.error);
	else if (r == EMUL_STOP)
		*verdict = VERDICT_STOP;
	return r;
}

enum emul_result
vcpu_deliver(struct vcpu *vcpu, const struct event *ev, struct event *fault)
{
	struct vcpu_emul v;
	struct emul *e = &v.emul;
	enum emul_result r;

	emulate_init(&v, vcpu);
	r = emul_deliver(e, ev);
	vcpu_changed(vcpu, e->changed);
	fault->vector = e->fault.vector;
	fault->error = e->fault.error;
	if (r == EMUL_FAULT && e->fault.vector == VEC_PF)
		vcpu_page_fault(vcpu, e->fault.error, e->fault.address);
	return r;
}
