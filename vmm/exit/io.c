/* SPDX-License-Identifier: MIT */
/*
 * Port I/O (SDM 1, chapter 19; SDM 2, INS, OUTS).
 *
 * A repeated string instruction is done in bounded pieces: after each the
 * registers stand as after so many iterations, the guest's RIP stays, and
 * the loop runs on; so a count of 2^64 holds up neither the host nor an
 * interrupt, just as on hardware.  Memory is checked before the port is
 * touched, because reading a port may change the device.
 */
#include "kernel/abi/errno.h"
#include "vmm/board.h"
#include "vmm/gwalk.h"
#include "vmm/segment.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define IO_PIECE 256 /* iterations of a string instruction per exit */

static uint64_t
io_mask(unsigned bytes)
{
	return bytes >= 8 ? ~0ull : (1ull << 8 * bytes) - 1;
}

/* Put a value of some bytes into a register as the CPU does. */
static void
io_set_register(uint64_t *reg, unsigned bytes, uint64_t value)
{
	uint64_t mask = bytes == 4 ? ~0ull : io_mask(bytes);

	*reg = (*reg & ~mask) | (value & io_mask(bytes));
}

static enum verdict
io_simple(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t *rax = &vcpu->regs.gpr[GPR_RAX];
	uint64_t value = *rax & io_mask(x->io.size);

	board_io(vcpu->vm, x->io.port, x->io.size, x->io.write, &value);
	if (!x->io.write)
		io_set_register(rax, x->io.size, value);
	return VERDICT_NEXT;
}

/* The verdict for a failed access to the guest's memory. */
static enum verdict
io_memory_failed(struct vcpu *vcpu, int err, uint32_t error, uint64_t fault_gva)
{
	if (err == -EFAULT)
		return vcpu_page_fault(vcpu, error, fault_gva);
	if (err == -ENOMEM)
		return vcpu_stop(vcpu, "the host has no memory left");
	return vcpu_fault(vcpu, VEC_GP, 0);
}

/*
 * One iteration.  Memory that is not there (-ENXIO) reads as ones and takes
 * no writes, as everywhere.
 */
static enum verdict
io_string_once(struct vcpu *vcpu, const struct vmexit *x, uint64_t offset)
{
	uint64_t gva, fault_gva, value = ~0ull;
	unsigned size = x->io.size;
	uint32_t error, access = vcpu->state.cpl == 3 ? ACCESS_USER : 0;
	uint8_t vector;
	int err;

	vector = segment_linear(
		vcpu, x->io.seg, offset, size, !x->io.write, &gva);
	if (vector)
		return vcpu_fault(vcpu, vector, 0);
	if (x->io.write)
		err = gva_read(
			vcpu, gva, &value, size, access, &error, &fault_gva);
	else
		err = gva_probe_write(
			vcpu, gva, size, access, &error, &fault_gva);
	if (err && err != -ENXIO)
		return io_memory_failed(vcpu, err, error, fault_gva);
	value &= io_mask(size);
	board_io(vcpu->vm, x->io.port, size, x->io.write, &value);
	if (x->io.write)
		return VERDICT_NEXT;
	err = gva_write(vcpu, gva, &value, size, access, &error, &fault_gva);
	if (err && err != -ENXIO)
		return io_memory_failed(vcpu, err, error, fault_gva);
	return VERDICT_NEXT;
}

/* Move the index register on by one element. */
static void
io_step(struct vcpu *vcpu, const struct vmexit *x, uint64_t *index)
{
	bool down = vcpu->regs.rflags & RFLAGS_DF;

	io_set_register(index, x->io.adsize,
		down ? *index - x->io.size : *index + x->io.size);
}

static enum verdict
io_string(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t *count = &vcpu->regs.gpr[GPR_RCX];
	uint64_t *index = &vcpu->regs.gpr[x->io.write ? GPR_RSI : GPR_RDI];
	uint64_t mask = io_mask(x->io.adsize);
	bool step = vcpu->regs.rflags & RFLAGS_TF;

	vcpu_need(vcpu, VCPU_CPL);
	for (unsigned i = 0; i < (step ? 1 : IO_PIECE); i++) {
		enum verdict verdict;

		if (x->io.rep && (*count & mask) == 0)
			return VERDICT_NEXT;
		verdict = io_string_once(vcpu, x, *index & mask);
		if (verdict != VERDICT_NEXT)
			return verdict;
		io_step(vcpu, x, index);
		if (!x->io.rep)
			return VERDICT_NEXT;
		io_set_register(count, x->io.adsize, *count - 1);
	}
	if (step && (*count & mask) == 0)
		return VERDICT_NEXT;
	if (step)
		vcpu_trap_step(vcpu); /* behind each iteration */
	return VERDICT_AGAIN;
}

static enum verdict
exit_io(struct vcpu *vcpu, const struct vmexit *x)
{
	enum verdict verdict;

	verdict = x->io.string ? io_string(vcpu, x) : io_simple(vcpu, x);
	return vcpu_look(vcpu, verdict);
}

EXIT_HANDLER(VMEXIT_IO, exit_io);
