/* SPDX-License-Identifier: MIT */
/*
 * Debug registers (APM 2, 13.1.1): all accesses exit, and DR0 to DR3 reach
 * the CPU only while DR7 enables one of them.  Under VMX the exit comes before
 * any check of the CPU's (SDM 3C, 25.1.3), so all of them are made here.
 */
#include "vmm/vcpu.h"
#include "vmm/x86.h"

#define DR6_SETTABLE 0x0000e00full /* B0 to B3, BD, BS, BT */
#define DR7_SETTABLE 0xffff23ffull
#define DR7_GD	     0x00002000ull
#define DR6_BD	     0x00002000ull

/* DR4 and DR5 are DR6 and DR7, unless CR4.DE says otherwise. */
static unsigned
dr_alias(unsigned dr)
{
	return dr == 4 || dr == 5 ? dr + 2 : dr;
}

static enum verdict
dr_write(struct vcpu *vcpu, unsigned dr, uint64_t value)
{
	struct vcpu_state *s = &vcpu->state;

	if (dr < 4) {
		s->dr[dr] = value;
	} else if (value >> 32) {
		return vcpu_fault(vcpu, VEC_GP, 0);
	} else if (dr == 6) {
		s->dr6 = (value & DR6_SETTABLE) | DR6_FIXED;
	} else {
		s->dr7 = (value & DR7_SETTABLE) | DR7_FIXED;
	}
	vcpu_changed(vcpu, VCPU_DRS);
	return VERDICT_NEXT;
}

static uint64_t
dr_read(const struct vcpu_state *s, unsigned dr)
{
	if (dr < 4)
		return s->dr[dr];
	return dr == 6 ? s->dr6 : s->dr7;
}

static enum verdict
exit_dr(struct vcpu *vcpu, const struct vmexit *x)
{
	unsigned dr = dr_alias(x->dr.dr);
	uint64_t *gpr = &vcpu->regs.gpr[x->dr.gpr];
	uint64_t value = *gpr;

	vcpu_need(vcpu, VCPU_DRS | VCPU_MODE | VCPU_CPL);
	if (vcpu->state.cpl != 0)
		return vcpu_fault(vcpu, VEC_GP, 0);
	if (dr != x->dr.dr && (vcpu->state.cr4 & CR4_DE))
		return vcpu_fault(vcpu, VEC_UD, 0);
	if (vcpu->state.dr7 & DR7_GD) {
		vcpu->state.dr7 &= ~DR7_GD;
		vcpu->state.dr6 |= DR6_BD;
		vcpu_changed(vcpu, VCPU_DRS);
		return vcpu_fault(vcpu, VEC_DB, 0);
	}
	if (vcpu_mode(vcpu) != 64)
		value = (uint32_t)value;
	if (x->dr.write)
		return dr_write(vcpu, dr, value);
	*gpr = dr_read(&vcpu->state, dr);
	return VERDICT_NEXT;
}

EXIT_HANDLER(VMEXIT_DR, exit_dr);
