/* SPDX-License-Identifier: MIT */
/*
 * Instructions that an engine has decoded and that the emulator is to do:
 * where the guest's kernel runs deprivileged, all that trap and that other
 * engines leave to the CPU.
 */
#include "vmm/emulate.h"
#include "vmm/vcpu.h"

static enum verdict
exit_emulate(struct vcpu *vcpu, const struct vmexit *x)
{
	const struct insn *insn = vcpu->insn;
	enum verdict verdict;
	struct vmexit exit;

	(void)x;
	switch (vcpu_emulate(vcpu, insn, &exit, &verdict)) {
	case EMUL_EXIT:
		vcpu_done(vcpu, insn->len);
		return exit_table[exit.reason](vcpu, &exit);
	case EMUL_UNKNOWN:
		if (vcpu->events.shadow) {
			/* then an interrupt comes before it, not behind it */
			vcpu->events.shadow = false;
			return VERDICT_AGAIN;
		}
		return vcpu_stop(vcpu, "'%s' at 0x%llx is not emulated",
			insn_name((enum insn_op)insn->op),
			(unsigned long long)vcpu->regs.rip);
	default:
		return verdict;
	}
}

EXIT_HANDLER(VMEXIT_EMULATE, exit_emulate);
