/* SPDX-License-Identifier: MIT */
/*
 * Exits that are not about an instruction of the guest: the host's own
 * interrupts, interrupt windows, and code that changed under an exit.
 */
#include "vmm/vcpu.h"

#include "kernel/abi/errno.h"
#include "vmm/emul/decode.h"
#include "vmm/engine.h"
#include "vmm/gwalk.h"

#define STALE_MAX 8 /* exits at one place that lead nowhere */

/*
 * The host took an interrupt, as a rule its timer's: time has passed, so
 * devices may be due.  Or somebody kicked the vCPU.
 */
static enum verdict
exit_host(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	return vcpu_look(vcpu, VERDICT_AGAIN);
}

EXIT_HANDLER(VMEXIT_HOST, exit_host);

/* The guest can take an interrupt now: event_deliver() sees to it. */
static enum verdict
exit_window(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	vcpu->events.window = false;
	vcpu->events.waiting = true;
	vcpu->engine->irq_window(vcpu, false);
	return VERDICT_AGAIN;
}

EXIT_HANDLER(VMEXIT_WINDOW, exit_window);

/* Were the last exits all this one, at this RIP? */
static bool
stale_again(const struct vcpu *vcpu)
{
	const struct trace *t = &vcpu->trace;

	for (unsigned i = 1; i <= STALE_MAX; i++) {
		const struct trace_entry *e =
			&t->ring[(t->exits - i) % TRACE_RING];

		if (e->x.reason != VMEXIT_STALE || e->rip != vcpu->regs.rip)
			return false;
	}
	return true;
}

/* The linear address of RIP + offset. */
static uint64_t
stale_linear(const struct vcpu *vcpu, size_t offset, int mode)
{
	uint64_t linear = vcpu->regs.rip + offset;

	if (mode != CPU_MODE_64)
		linear = (uint32_t)(linear + vcpu->state.seg[SEG_CS].base);
	return linear;
}

/*
 * What the CPU cannot have executed: an instruction whose end is not to be
 * fetched is a page fault there, and all else is undefined.  (QEMU refuses
 * some by their privilege before it has fetched all of them.)
 */
static enum verdict
stale_fault(struct vcpu *vcpu)
{
	int mode = vcpu_mode(vcpu);
	uint8_t code[INSN_MAX_LEN];
	size_t n = fetch_code(vcpu, code, sizeof(code));
	uint32_t access = ACCESS_EXEC, error;
	struct insn insn;
	uint64_t gva;

	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl == 3)
		access |= ACCESS_USER;
	if (n < sizeof(code) &&
		insn_decode(code, n, (enum cpu_mode)mode, &insn) == -ENODATA &&
		gva_read(vcpu, stale_linear(vcpu, n, mode), code, 1, access,
			&error, &gva) == -EFAULT)
		return vcpu_page_fault(vcpu, error, gva);
	return vcpu_fault(vcpu, VEC_UD, 0);
}

/*
 * The instruction that trapped is not what lies at RIP now.  Either the code
 * was changed meanwhile, or the CPU executed it by a translation that the
 * guest's tables no longer have.  Without that translation the CPU will see
 * what we see: exit for the new code, or fault.  If it goes on to see
 * something else, it and the decoder are not of one mind about what these
 * bytes mean.
 */
static enum verdict
exit_stale(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	if (stale_again(vcpu))
		return stale_fault(vcpu);
	vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	return VERDICT_AGAIN;
}

EXIT_HANDLER(VMEXIT_STALE, exit_stale);
