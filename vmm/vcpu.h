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
#include "vmm/trace.h"
#include "vmm/vmexit.h"

#include <stdbool.h>
#include <stdint.h>

struct cpu_engine;
struct thread;
struct vm;

/* General registers, numbered as instructions do. */
enum gpr {
	GPR_RAX,
	GPR_RCX,
	GPR_RDX,
	GPR_RBX,
	GPR_RSP,
	GPR_RBP,
	GPR_RSI,
	GPR_RDI,
	GPR_R8,
	GPR_R9,
	GPR_R10,
	GPR_R11,
	GPR_R12,
	GPR_R13,
	GPR_R14,
	GPR_R15,
	GPRS
};

struct vcpu_regs {
	uint64_t gpr[GPRS];
	uint64_t rip;
	uint64_t rflags;
};

/* Segment registers, numbered as instructions do. */
enum vseg_nr {
	SEG_ES,
	SEG_CS,
	SEG_SS,
	SEG_DS,
	SEG_FS,
	SEG_GS,
	SEGS
};

/*
 * attr holds bits 47:40 (type, S, DPL, P) and 55:52 (AVL, L, D/B, G) of the
 * descriptor, packed into 12 bits; P clear: not usable.  limit is in bytes.
 */
struct vseg {
	uint16_t sel;
	uint16_t attr;
	uint32_t limit;
	uint64_t base;
};

#define VSEG_TYPE     0x00fu
#define VSEG_S	      0x010u
#define VSEG_DPL      0x060u
#define VSEG_PRESENT  0x080u
#define VSEG_AVL      0x100u
#define VSEG_LONG     0x200u
#define VSEG_DB	      0x400u
#define VSEG_GRANULAR 0x800u
#define VSEG_CODE32   0xc9bu /* flat, accessed, ring 0 */
#define VSEG_DATA32   0xc93u
#define VSEG_CODE64   0xa9bu
#define VSEG_TSS_BUSY 0x08bu
#define VSEG_LDT      0x082u

struct vtable {
	uint64_t base;
	uint16_t limit;
};

/* Groups of struct vcpu_state, for vcpu_need() and vcpu_changed(). */
#define VCPU_CODE   0x01u /* seg[SEG_CS], cpl */
#define VCPU_SEGS   0x02u /* the other segments, tr, ldtr */
#define VCPU_TABLES 0x04u /* gdtr, idtr */
#define VCPU_MODE   0x08u /* cr0, cr4, efer */
#define VCPU_PAGING 0x10u /* cr2, cr3 */
#define VCPU_DRS    0x20u /* dr[], dr6, dr7 */
#define VCPU_MSRS   0x40u /* star to tsc_offset */
#define VCPU_ALL    0x7fu

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
};

/* vcpu.requests: what to do before the guest runs again. */
#define VCPU_FLUSH_TLB 0x1u /* forget every translation of this vCPU */

struct vcpu {
	struct vcpu_regs regs;
	struct vcpu_state state;
	uint32_t valid;	   /* groups that state holds */
	uint32_t dirty;	   /* groups that the guest has not seen yet */
	uint32_t requests; /* VCPU_ bits; own thread only */

	/*
	 * Look around before the guest runs on: set by anybody with
	 * vcpu_kick(), by the own thread as it likes.  Cleared before the
	 * looking, so nothing is missed.
	 */
	bool kicked;

	const struct cpu_engine *engine;
	struct vm *vm;
	struct thread *thread; /* who runs it; guarded by vm->lock */
	struct waitq wake;     /* where it sleeps in HLT; with vm->lock */
	bool halted;	       /* sleeping in HLT; guarded by vm->lock */

	struct vevents events;
	struct event fault;	  /* what vcpu_fault() noted */
	uint8_t insn_len;	  /* what vcpu_done() noted */
	struct fetch_cache fetch; /* the last page that code was read from */
	struct trace trace;
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
 * What vcpu_run() is made of.  vcpu_look: after a kick, let due devices act
 * and hold a guest that floods its console; false: the VM is stopping.
 * vcpu_block: sleep until event_pending(), a kick or the end.
 * vcpu_trap_step: queue the debug trap of TF.
 */
bool vcpu_look(struct vcpu *vcpu);
void vcpu_block(struct vcpu *vcpu);
void vcpu_trap_step(struct vcpu *vcpu);

/* 16, 32 or 64: the size of the code that runs (enum cpu_mode). */
int vcpu_mode(struct vcpu *vcpu);

/*
 * Describe the registers, for /vm/N/regs; appends at *pos.  Shows what was
 * last fetched: a vCPU that stops fetches everything; of one that runs, the
 * general registers at the last exit are right and the rest may be old.
 */
void vcpu_format_regs(struct vcpu *vcpu, char *buf, size_t size, size_t *pos);

#endif
