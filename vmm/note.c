/* SPDX-License-Identifier: MIT */
/*
 * What can be said of a guest that seems to do nothing.
 *
 * A guest with its interrupts off that halts, or that only computes while an
 * interrupt waits, is on the machine what it is here: dead, as a rule.  Under
 * a VMM that runs its kernel in ring 3 there is one more way to get there:
 * POPF leaves IF alone in ring 3, and does not trap (docs/sensitive.md).  The
 * VMM cannot know that one was executed.  It knows when IF was last cleared.
 */
#include "vmm/note.h"

#include "kernel/lib/printf.h"
#include "vmm/dev/vbus.h"
#include "vmm/emul/decode.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/* The last exit of the ring that is a CLI; NULL: there is none. */
static const struct trace_entry *
note_find_cli(const struct trace *t)
{
	uint64_t n = t->exits < TRACE_RING ? t->exits : TRACE_RING;

	for (uint64_t i = 1; i <= n; i++) {
		const struct trace_entry *e =
			&t->ring[(t->exits - i) % TRACE_RING];

		if (e->x.reason == VMEXIT_EMULATE && e->x.insn.op == INSN_CLI)
			return e;
	}
	return NULL;
}

/* Was each exit of the ring one that the guest has no part in? */
static bool
note_only_computes(const struct trace *t)
{
	for (unsigned i = 0; i < TRACE_RING; i++)
		if (t->ring[i].x.reason != VMEXIT_HOST)
			return false;
	return t->exits >= TRACE_RING;
}

static void
note_explain_ring3(const struct vcpu *vcpu, char *buf, size_t size, size_t *pos)
{
	const struct trace_entry *cli = note_find_cli(&vcpu->trace);

	str_append(buf, size, pos, "note ");
	if (cli)
		str_append(buf, size, pos, "CLI at 0x%llx cleared IF; ",
			(unsigned long long)cli->rip);
	str_append(buf, size, pos,
		"POPF cannot have set it again: in ring 3 it leaves IF alone, "
		"and does not trap\n");
}

void
vm_format_notes(struct vm *vm, char *buf, size_t size, size_t *pos)
{
	struct vcpu *vcpu = vm->n_vcpus ? vm->vcpu[0] : NULL;
	bool halted, computes;

	if (!vcpu)
		return;
	spin_lock(&vm->lock);
	halted = vm->state == VM_RUNNING && vcpu->halted;
	computes = vm->state == VM_RUNNING && !halted &&
		note_only_computes(&vcpu->trace);
	spin_unlock(&vm->lock);
	if ((vcpu->regs.rflags & RFLAGS_IF) || !(halted || computes))
		return;
	if (halted)
		str_append(buf, size, pos,
			"note halted with interrupts off before 0x%llx: "
			"nothing can wake it\n",
			(unsigned long long)vcpu->regs.rip);
	else if (vbus_irq_pending(vm->bus))
		str_append(buf, size, pos,
			"note computes with interrupts off near 0x%llx, while "
			"one waits\n",
			(unsigned long long)vcpu->regs.rip);
	else
		return;
	if (vm->engine->deprivileged)
		note_explain_ring3(vcpu, buf, size, pos);
}
