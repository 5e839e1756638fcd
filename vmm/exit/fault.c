/* SPDX-License-Identifier: MIT */
/*
 * Accesses that the MMU engine must judge, and exceptions that the CPU
 * engine intercepts.
 *
 * What the guest touches outside its memory behaves as on a PC's bus: reads
 * give ones, writes are lost, a device that is there answers.  The CPU only
 * says that such an access was tried: the decoder and the emulator make it.
 */
#include "kernel/abi/errno.h"
#include "vmm/board.h"
#include "vmm/emul/exec.h"
#include "vmm/engine.h"
#include "vmm/gwalk.h"
#include "vmm/segment.h"
#include "vmm/vm.h"

#define VEC_MC 18

struct fault_emul {
	struct emul emul;
	struct vcpu *vcpu;
	enum verdict verdict; /* after EMUL_FAULT */
};

static uint32_t
fault_access(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_CPL);
	return vcpu->state.cpl == 3 ? ACCESS_USER : 0;
}

static int
fault_ram(struct vcpu *vcpu, uint64_t gva, unsigned size, bool write,
	uint64_t *value, enum verdict *verdict)
{
	uint32_t error, access = fault_access(vcpu);
	uint64_t where;
	int err;

	if (write)
		err = gva_write(vcpu, gva, value, size, access, &error, &where);
	else
		err = gva_read(vcpu, gva, value, size, access, &error, &where);
	if (err == -EFAULT)
		*verdict = vcpu_page_fault(vcpu, error, where);
	else if (err == -ENOMEM)
		*verdict = vcpu_stop(vcpu, "the host has no memory left");
	else if (err == -EINVAL)
		*verdict = vcpu_fault(vcpu, VEC_GP, 0);
	return err;
}

/* An access within one page that is not RAM. */
static int
fault_bus(struct vcpu *vcpu, uint64_t gva, unsigned size, bool write,
	uint64_t *value)
{
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	struct gwalk walk;
	uint32_t access = fault_access(vcpu) | (write ? ACCESS_WRITE : 0);
	int err = gwalk(&vcpu->vm->gmem, &mode, gva, access, &walk);

	if (!err)
		board_mmio(vcpu->vm, walk.gpa, size, write, value);
	return err;
}

/* An access of any kind; one that is cut by a page goes byte by byte. */
static int
fault_memory(struct fault_emul *f, uint64_t gva, unsigned size, bool write,
	uint64_t *value)
{
	int err = fault_ram(f->vcpu, gva, size, write, value, &f->verdict);

	if (err != -ENXIO)
		return err;
	if ((gva ^ (gva + size - 1)) >> 12 == 0)
		return fault_bus(f->vcpu, gva, size, write, value);
	for (unsigned i = 0; i < size; i++) {
		uint64_t byte = *value >> 8 * i & 0xff;

		err = fault_memory(f, gva + i, 1, write, &byte);
		if (err)
			return err;
		*value &= ~(0xffull << 8 * i);
		*value |= (byte & 0xff) << 8 * i;
	}
	return 0;
}

static int
fault_op(struct emul *emul, unsigned seg, uint64_t offset, unsigned size,
	bool write, uint64_t *value)
{
	struct fault_emul *f = container_of(emul, struct fault_emul, emul);
	uint64_t gva;
	uint8_t vector;

	vector = segment_linear(f->vcpu, seg, offset, size, write, &gva);
	if (!vector)
		return fault_memory(f, gva, size, write, value);
	f->verdict = vcpu_fault(f->vcpu, vector, 0);
	return -EFAULT;
}

static int
fault_op_read(struct emul *emul, unsigned seg, uint64_t offset, unsigned size,
	uint64_t *value)
{
	*value = 0;
	return fault_op(emul, seg, offset, size, false, value);
}

static int
fault_op_write(struct emul *emul, unsigned seg, uint64_t offset, unsigned size,
	uint64_t value)
{
	return fault_op(emul, seg, offset, size, true, &value);
}

static const struct emul_ops fault_ops = {
	.read = fault_op_read,
	.write = fault_op_write,
};

/* Perform the instruction that made the access, in software. */
static enum verdict
fault_emulate(struct vcpu *vcpu, const struct vmexit *x)
{
	struct fault_emul f = {
		.emul = { .ops = &fault_ops,
			.gpr = vcpu->regs.gpr,
			.rflags = &vcpu->regs.rflags,
			.rip = vcpu->regs.rip },
		.vcpu = vcpu,
	};
	struct insn insn;

	if (fetch_insn(vcpu, &insn) != 0) {
		vcpu_changed(vcpu, VCPU_FLUSH_TLB); /* as for VMEXIT_STALE */
		return VERDICT_AGAIN;
	}
	switch (emul_exec(&f.emul, &insn)) {
	case EMUL_DONE:
		return vcpu_done(vcpu, insn.len);
	case EMUL_AGAIN:
		return VERDICT_AGAIN;
	case EMUL_FAULT:
		return f.verdict;
	default:
		return vcpu_stop(vcpu,
			"'%s' at 0x%llx touches 0x%llx, where no memory is: "
			"not emulated",
			insn_name(insn.op), (unsigned long long)vcpu->regs.rip,
			(unsigned long long)x->fault.gpa);
	}
}

/* Nothing, a device or a ROM lies there. */
static enum verdict
fault_no_ram(struct vcpu *vcpu, const struct vmexit *x)
{
	const char *by = NULL;

	if (x->fault.access & ACCESS_WALK)
		by = "the page tables";
	else if (vcpu->events.next.kind != EVENT_NONE)
		by = "the delivery of an event";
	if (by)
		return vcpu_stop(vcpu,
			"%s at 0x%llx: 0x%llx is no memory, needed by %s",
			x->fault.access & ACCESS_WRITE ? "write" : "read",
			(unsigned long long)vcpu->regs.rip,
			(unsigned long long)x->fault.gpa, by);
	/* the bus gives ones, and FF FF is no instruction */
	if (x->fault.access & ACCESS_EXEC)
		return vcpu_fault(vcpu, VEC_UD, 0);
	return fault_emulate(vcpu, x);
}

static enum verdict
exit_fault(struct vcpu *vcpu, const struct vmexit *x)
{
	struct mmu *mmu = vcpu->vm->mmu;
	uint32_t error = 0;

	switch (mmu->ops->fault(mmu, vcpu, x, &error)) {
	case MMU_FIXED:
		return VERDICT_AGAIN;
	case MMU_GUEST_FAULT:
		return vcpu_page_fault(vcpu, error, x->fault.gva);
	case MMU_MMIO:
		return vcpu_look(vcpu, fault_no_ram(vcpu, x));
	case MMU_PT_WRITE:
		return fault_emulate(vcpu, x);
	default:
		return vcpu_stop(vcpu,
			"the host has no memory left for the guest's page "
			"at 0x%llx",
			(unsigned long long)x->fault.gpa);
	}
}

EXIT_HANDLER(VMEXIT_FAULT, exit_fault);

/*
 * An exception that was intercepted only to be seen (the engine says which
 * and why) goes to the guest.
 */
static enum verdict
exit_exception(struct vcpu *vcpu, const struct vmexit *x)
{
	if (x->exception.vector == VEC_MC)
		return vcpu_stop(vcpu, "the host's CPU has a machine check");
	if (x->exception.vector == VEC_PF)
		return vcpu_page_fault(
			vcpu, x->exception.error, x->exception.address);
	return vcpu_fault(vcpu, x->exception.vector, x->exception.error);
}

EXIT_HANDLER(VMEXIT_EXCEPTION, exit_exception);
