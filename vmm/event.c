/* SPDX-License-Identifier: MIT */
/*
 * The queue of events before each entry.
 *
 * An interrupt leaves its controller only when it will be delivered, because
 * from then on the controller holds it to be in service.
 */
#include "vmm/event.h"

#include "vmm/board.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

static bool
event_irq_waits(const struct vcpu *vcpu)
{
	return vcpu->events.irq_taken >= 0 || vbus_irq_pending(vcpu->vm->bus);
}

void
event_queue(struct vcpu *vcpu, uint8_t vector, uint32_t error)
{
	struct vevents *e = &vcpu->events;
	struct event ev = {
		.kind = EVENT_EXCEPTION,
		.vector = vector,
		.has_error = event_has_error(vector),
		.error = error,
	};

	if (e->next.kind == EVENT_IRQ) {
		e->irq_taken = e->next.vector;
	} else if (e->next.kind == EVENT_EXCEPTION) {
		switch (event_merge(e->next.vector, vector)) {
		case MERGE_SECOND:
			break;
		case MERGE_DOUBLE:
			ev.vector = VEC_DF;
			ev.has_error = true;
			ev.error = 0;
			break;
		case MERGE_SHUTDOWN:
			e->shutdown = true;
			break;
		}
	}
	e->next = ev;
	e->waiting = true;
}

void
event_interrupted(struct vcpu *vcpu, const struct event *ev)
{
	vcpu->events.next = *ev;
	vcpu->events.waiting = true;
}

static void
event_inject(struct vcpu *vcpu, const struct event *ev)
{
	vcpu->engine->inject(vcpu, ev);
	vcpu->trace.injected[ev->kind]++;
}

/* The guest can take an interrupt now: give it the one that waits. */
static void
event_inject_irq(struct vcpu *vcpu)
{
	struct event ev = { .kind = EVENT_IRQ };
	int vector = vcpu->events.irq_taken;

	vcpu->events.irq_taken = -1;
	if (vector < 0)
		vector = board_irq_ack(vcpu->vm);
	if (vector < 0)
		return;
	ev.vector = (uint8_t)vector;
	event_inject(vcpu, &ev);
}

static void
event_set_window(struct vcpu *vcpu, bool on)
{
	if (vcpu->events.window == on)
		return;
	vcpu->events.window = on;
	vcpu->engine->irq_window(vcpu, on);
	if (on)
		vcpu->trace.windows++;
}

bool
event_deliver(struct vcpu *vcpu)
{
	struct vevents *e = &vcpu->events;
	bool open = (vcpu->regs.rflags & RFLAGS_IF) && !e->shadow;

	e->waiting = false;
	if (e->shutdown)
		return false;
	if (e->next.kind != EVENT_NONE) {
		event_inject(vcpu, &e->next);
		e->next.kind = EVENT_NONE;
	} else if (open && event_irq_waits(vcpu)) {
		event_inject_irq(vcpu);
	}
	event_set_window(vcpu, event_irq_waits(vcpu));
	return true;
}

bool
event_pending(struct vcpu *vcpu)
{
	return vcpu->events.next.kind != EVENT_NONE ||
		((vcpu->regs.rflags & RFLAGS_IF) && event_irq_waits(vcpu));
}
