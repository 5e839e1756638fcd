/* SPDX-License-Identifier: MIT */
/*
 * Completing an exit: what instruction was it, and how long?
 *
 * Where the CPU does not say, the code at RIP is read, and it is checked that
 * it can have caused the exit.  Code that does not fit (it was changed, or a
 * stale translation was used to run it) makes the exit a VMEXIT_STALE:
 * nothing is done by guess.
 */
#ifndef VMM_RESOLVE_H
#define VMM_RESOLVE_H

#include "vmm/vcpu.h"

/* The general case, with the decoder. */
void insn_resolve_slow(struct vcpu *vcpu, struct vmexit *x);

/* CPUID as a little-endian word. */
#define OPCODE_CPUID 0xa20f

/*
 * The common case, 64-bit code of a page that was read before: is it CPUID?
 * The checks are those of walks_find(), spelled out because an exit may
 * cost little.
 */
static inline bool
insn_resolve_cpuid(struct vcpu *vcpu, struct vmexit *x)
{
	const struct walk *w = vcpu->walks.code;
	uint64_t offset = vcpu->regs.rip - w->page64;

	if (x->reason != VMEXIT_CPUID || offset > 4096 - 2 ||
		!(vcpu->state.seg[SEG_CS].attr & VSEG_LONG) ||
		vcpu->state.cr3 != w->cr3 || !walk_same(w))
		return false;
	if (*(const uint16_t *)(w->host + offset) != OPCODE_CPUID)
		return false;
	x->insn_len = 2;
	return true;
}

/* Fill insn_len and the operands of an exit that came without; VCPU_CODE is
 * valid. */
static inline void
insn_resolve(struct vcpu *vcpu, struct vmexit *x)
{
	if (!insn_resolve_cpuid(vcpu, x))
		insn_resolve_slow(vcpu, x);
}

#endif
