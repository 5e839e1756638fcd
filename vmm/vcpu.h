/* SPDX-License-Identifier: MIT */
/*
 * A virtual CPU: the guest's architectural state in neutral words, its
 * pending events and its counters.  A host thread runs it, so the host's
 * scheduler schedules VMs.  A CPU engine embeds this struct in its own.
 *
 * State is fetched in groups.  regs is right whenever the guest is not
 * running.  The groups of state are right after vcpu_need() and reach the
 * guest after vcpu_changed(): a VMCB or VMCS keeps them in between, and most
 * exits want none.  Only the vCPU's own thread calls these, or whoever sets
 * up a vCPU that has not started.
 */
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include "kernel/proc/waitq.h"
#include "vmm/event.h"
#include "vmm/fetch.h"
#include "vmm/regs.h"
#include "vmm/trace.h"
#include "vmm/vmexit.h"
#include "vmm/walks.h"
#include "vmm/x86.h"

#include <stdbool.h>
#include <stdint.h>

struct cpu_engine;
struct thread;
struct vm;

/* Groups of struct vcpu_state, for vcpu_need() and vcpu_changed(). */
#define VCPU_CODE   0x01u /* seg[SEG_CS], cr3 */
#define VCPU_SEGS   0x02u /* the other segments, tr, ldtr */
#define VCPU_TABLES 0x04u /* gdtr, idtr */
#define VCPU_MODE   0x08u /* cr0, cr4, efer */
#define VCPU_CR2    0x10u /* cr2 */
#define VCPU_DRS    0x20u /* dr[], dr6, dr7 */
#define VCPU_MSRS   0x40u /* star to cr8 */
#define VCPU_CPL    0x80u /* cpl */
#define VCPU_ALL    0xffu

struct vcpu_state {
	struct vseg seg[SEGS], tr, ldtr;
	uint8_t cpl;
	struct vtable gdtr, idtr;
	uint64_t cr0, cr4, efer; /* efer as the guest knows it: no SVME */
	uint64_t cr2, cr3;
	uint64_t dr[4], dr6, dr7;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip, pat;
	uint64_t tsc_offset; /* guest TSC - host TSC */
	uint64_t cr8;	     /* its own group is that of the MSRs */
};

/* In vcpu.dirty beside the groups: forget every translation of this vCPU. */
#define VCPU_FLUSH_TLB 0x80000000u

/* Likewise: nested tables have lost something.  Forget all that came of them.
 */
#define VCPU_FLUSH_NESTED 0x40000000u

/* A write that was left to the guest: where, at which exit, how often. */
struct vcpu_tries {
	uint64_t rip, gva, exits;
	unsigned count;
};

struct vcpu {
	struct vcpu_regs regs;
	struct vcpu_state state;
	uint32_t valid; /* groups that state holds */
	uint32_t dirty; /* groups that the guest has not seen yet, requests */

	/*
	 * Set by vcpu_kick(): the engine does not enter the guest but says
	 * VMEXIT_HOST, and vcpu_look() clears it before it looks around, so
	 * nothing is missed.
	 */
	bool kicked;

	const struct cpu_engine *engine;
	struct vm *vm;
	struct thread *thread; /* who runs it; guarded by vm->lock */
	struct waitq wake;     /* where it sleeps in HLT; with vm->lock */
	bool halted;	       /* sleeping in HLT; guarded by vm->lock */

	const struct insn *insn; /* of VMEXIT_EMULATE */
	struct vevents events;
	struct event fault;	 /* what vcpu_fault() noted */
	uint8_t insn_len;	 /* what vcpu_done() noted */
	struct vcpu_tries tries; /* of exit/traced.c */
	struct trace trace;
	struct walks walks;	  /* of the guest's page tables */
	struct fetch_cache fetch; /* decoded instructions */
};

/* Make groups of state right; those already right cost nothing. */
void vcpu_fetch(struct vcpu *vcpu, uint32_t groups);

static inline void
vcpu_need(struct vcpu *vcpu, uint32_t groups)
{
	if (groups & ~vcpu->valid)
		vcpu_fetch(vcpu, groups & ~vcpu->valid);
}

/*
 * State of these groups was changed: the guest gets it before it runs.  The
 * groups must have been made right with vcpu_need() (a new vCPU's all are).
 */
static inline void
vcpu_changed(struct vcpu *vcpu, uint32_t groups)
{
	vcpu->dirty |= groups;
}

/* CR0, CR4 or EFER changed: as vcpu_changed(VCPU_MODE), and all it implies. */
void vcpu_mode_changed(struct vcpu *vcpu);

/*
 * The state of a CPU after reset (APM 2, 14.1.3): a loader changes what its
 * boot protocol says.  All groups are then valid and dirty.
 */
void vcpu_reset(struct vcpu *vcpu);

/*
 * Run the guest until it stops; in the vCPU's own thread.  The reason is in
 * the VM then.
 */
void vcpu_run(struct vcpu *vcpu);

/*
 * Leave the guest or its HLT soon and look for events.  Any context,
 * interrupt handlers included; takes vm->lock.
 */
void vcpu_kick(struct vcpu *vcpu);
void vcpu_kick_locked(struct vcpu *vcpu); /* vm->lock is held */

/*
 * Before each entry: have the most urgent event delivered, or ask for a
 * window.  Returns false when the CPU has shut down (triple fault).
 */
static inline bool
event_prepare(struct vcpu *vcpu)
{
	return !vcpu->events.waiting || event_deliver(vcpu);
}

/*
 * Note an exception for VERDICT_FAULT, and return that verdict:
 *	return vcpu_fault(vcpu, VEC_GP, 0);
 * The error code is ignored for vectors without one.
 */
enum verdict vcpu_fault(struct vcpu *vcpu, uint8_t vector, uint32_t error);

/* The same for a page fault: error code and CR2. */
enum verdict vcpu_page_fault(struct vcpu *vcpu, uint32_t error, uint64_t gva);

/*
 * An exit that came without insn_len: the instruction was decoded and has
 * been done.  Notes its length and returns VERDICT_NEXT.
 */
enum verdict vcpu_done(struct vcpu *vcpu, uint8_t insn_len);

/*
 * End the VM as failed with one line that says why, and return VERDICT_STOP.
 */
enum verdict vcpu_stop(struct vcpu *vcpu, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Look around, after a kick, when time has passed, or when the guest used a
 * device: let due devices act, see to interrupts, hold a guest that floods
 * its console.  Returns verdict, or VERDICT_STOP when the VM is stopping.
 */
enum verdict vcpu_look(struct vcpu *vcpu, enum verdict verdict);

/* Let a visitor look at a vCPU that holds still (vm_visit_begin()). */
void vcpu_receive(struct vcpu *vcpu);

/*
 * Parts of vcpu_run().  vcpu_block: sleep until event_pending() or the end.
 * vcpu_end_insn: clear RF, queue the debug trap of TF.  vcpu_trap_step: queue
 * that one in any case.
 */
void vcpu_block(struct vcpu *vcpu);
void vcpu_end_insn(struct vcpu *vcpu);
void vcpu_trap_step(struct vcpu *vcpu);

/* 16, 32 or 64: the size of the code that runs (enum cpu_mode). */
static inline int
vcpu_mode(struct vcpu *vcpu)
{
	uint16_t attr;

	vcpu_need(vcpu, VCPU_CODE | VCPU_MODE);
	attr = vcpu->state.seg[SEG_CS].attr;
	if ((vcpu->state.efer & EFER_LMA) && (attr & VSEG_LONG))
		return 64;
	return attr & VSEG_DB ? 32 : 16;
}

/*
 * Describe the registers, for /vm/N/regs; appends at *pos.  The caller visits
 * the VM (vm_visit_begin()).
 */
void vcpu_format_regs(struct vcpu *vcpu, char *buf, size_t size, size_t *pos);

#endif
