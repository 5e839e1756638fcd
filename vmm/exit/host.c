/* SPDX-License-Identifier: MIT */
/*
 * Exits that are not about an instruction of the guest: the host's own
 * interrupts, interrupt windows, and code that changed under an exit.
 */
#include "vmm/vcpu.h"

#include "vmm/engine.h"

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

/*
 * The instruction that trapped is not what lies at RIP now.  Either the code
 * was changed meanwhile, or the CPU executed it by a translation that the
 * guest's tables no longer have.  Without that translation the CPU will see
 * what we see: exit for the new code, or fault.
 */
static enum verdict
exit_stale(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	return VERDICT_AGAIN;
}

EXIT_HANDLER(VMEXIT_STALE, exit_stale);
