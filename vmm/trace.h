/* SPDX-License-Identifier: MIT */
/*
 * What a vCPU did: counters for each exit reason, and a ring of the last
 * exits, decoded when somebody reads it.
 */
#ifndef VMM_TRACE_H
#define VMM_TRACE_H

#include "vmm/emul/decode.h"
#include "vmm/event.h"
#include "vmm/regs.h"
#include "vmm/vmexit.h"

#include <stddef.h>
#include <stdint.h>

#define TRACE_RING 64 /* exits remembered; a power of two */

struct trace_entry {
	uint64_t rip, rax, rcx, rdx;
	struct vmexit x;
};
_Static_assert(sizeof(struct trace_entry) == 64, "indexed by a shift");

struct trace {
	uint64_t exits; /* in all */
	uint64_t count[VMEXIT_REASONS];
	uint64_t injected[EVENT_KINDS]; /* by enum event_kind */
	uint64_t windows;		/* interrupt windows asked for */
	uint64_t flushes;		/* of all guest translations */
	/*
	 * Exits without a world switch, which are in count, too; and those of
	 * VMEXIT_EMULATE by instruction: with a switch, without.
	 */
	uint64_t ahead[VMEXIT_REASONS];
	uint64_t emulated[INSN_OP_COUNT][2];
	struct trace_entry ring[TRACE_RING]; /* number exits % 64 is next */
};

/*
 * The entry that the next exit goes into: the oldest of the ring, which is
 * lost.  The engine fills its x, trace_exit() the rest.
 */
static inline struct trace_entry *
trace_next(struct trace *t)
{
	return &t->ring[t->exits % TRACE_RING];
}

/* Count the exit in the entry and remember it; the only place that does. */
static inline void
trace_exit(struct trace *t, struct trace_entry *e, const struct vcpu_regs *regs)
{
	t->exits++;
	t->count[e->x.reason]++;
	e->rip = regs->rip;
	e->rax = regs->gpr[GPR_RAX];
	e->rcx = regs->gpr[GPR_RCX];
	e->rdx = regs->gpr[GPR_RDX];
}

/*
 * Called before trace_exit() by an engine that decodes instructions: x comes
 * of one.  ahead: the engine came upon it without entering the guest.
 */
static inline void
trace_insn(struct trace *t, const struct vmexit *x, bool ahead)
{
	t->ahead[x->reason] += ahead;
	if (x->reason == VMEXIT_EMULATE)
		t->emulated[x->insn.op][ahead]++;
}

/*
 * One line of text for an exit: "io out8 port 0xf4 = 0x0 at 0x100042".
 * Appends at *pos.  Pure.
 */
void trace_format_exit(
	const struct trace_entry *e, char *buf, size_t size, size_t *pos);

/*
 * /vm/N/exits: a line "REASON COUNT" for each reason that occurred, then
 * "total COUNT", then what was injected, "looked-ahead REASON COUNT" for the
 * exits without a world switch, and "emulated NAME COUNT AHEAD" for each
 * instruction: with one and without.  /vm/N/trace: the ring, oldest first.
 * Both append at *pos; read while the vCPU runs they may show an entry half
 * old, half new.
 */
void trace_format_counts(
	const struct trace *t, char *buf, size_t size, size_t *pos);
void trace_format_ring(
	const struct trace *t, char *buf, size_t size, size_t *pos);

#endif
