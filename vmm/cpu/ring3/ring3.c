/* SPDX-License-Identifier: MIT */
/*
 * The ring3 engine: what it is, what a vCPU owns, and how it gets its events.
 *
 * The CPU knows nothing of the guest's IDT, so events are delivered in
 * software, by the emulator, at once.  A fault on the way (no stack there, no
 * gate) is an exception that arose during the delivery of another, and merges
 * with it by the rules of event.h.
 */
#include "vmm/cpu/ring3/ring3.h"

#include "kernel/lib/printf.h"
#include "kernel/mem/kheap.h"
#include "vmm/emulate.h"
#include "vmm/engine.h"
#include "vmm/vm.h"

static const char *
ring3_probe(void)
{
	if (!ring3_trampoline_ready())
		return "no memory was left at boot for its trampoline";
	return NULL;
}

static struct vcpu *
ring3_vcpu_create(struct vm *vm)
{
	struct ring3 *r = kzalloc(sizeof(*r));

	if (!r)
		return NULL;
	r->vcpu.vm = vm;
	r->window = WINDOW_COUNT - 1;
	ring3_move(r);
	return &r->vcpu;
}

static void
ring3_vcpu_destroy(struct vcpu *vcpu)
{
	kfree(to_ring3(vcpu));
}

static void
ring3_inject(struct vcpu *vcpu, const struct event *ev)
{
	struct vevents *e = &vcpu->events;
	struct event now = *ev, fault;
	enum emul_result r;

	while ((r = vcpu_deliver(vcpu, &now, &fault)) == EMUL_FAULT) {
		event_interrupted(vcpu, &now);
		event_queue(vcpu, fault.vector, fault.error);
		if (e->shutdown)
			break;
		now = e->next;
	}
	e->next.kind = EVENT_NONE;
	if (e->shutdown)
		to_ring3(vcpu)->shutdown = true;
	else if (r != EMUL_JUMPED && r != EMUL_STOP)
		vcpu_stop(vcpu,
			"event with vector %u at 0x%llx: a task gate, or real "
			"mode, which is not supported",
			now.vector, (unsigned long long)vcpu->regs.rip);
}

static void
ring3_irq_window(struct vcpu *vcpu, bool on)
{
	to_ring3(vcpu)->irq_window = on;
}

static void
ring3_explain(struct vcpu *vcpu, char *buf, size_t size)
{
	const char *refused = to_ring3(vcpu)->real.refused;

	snprintf(buf, size, "ring3 cannot run this state: %s",
		refused ? refused : "there is no memory for its page tables");
}

static const char *const ring3_mmus[] = { "shadow", "flat", NULL };

static const struct cpu_engine ring3_engine = {
	.name = "ring3",
	.rank = 1,
	.mmus = ring3_mmus,
	.deprivileged = true,
	.probe = ring3_probe,
	.vcpu_create = ring3_vcpu_create,
	.vcpu_destroy = ring3_vcpu_destroy,
	.load = ring3_load,
	.store = ring3_store,
	.run = ring3_run,
	.inject = ring3_inject,
	.irq_window = ring3_irq_window,
	.explain = ring3_explain,
};

CPU_ENGINE(ring3_engine);
