/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator: what the CPU would do with one decoded
 * instruction, done in software on the neutral state of a vCPU.
 *
 * A VMM needs it wherever the guest may not execute an instruction itself:
 * accesses to device memory, writes to traced page tables, and, where the
 * guest's kernel runs deprivileged, everything that is privileged or that
 * would see the real CPU's state.  Privilege is therefore checked against the
 * guest's virtual CPL and IOPL, never against anything real.
 *
 * Memory lies behind emul_ops, so the same files run in the VMM, in the unit
 * tests, and in the differential test against a real CPU.
 *
 * Invariant: unless the result is EMUL_NEXT, EMUL_JUMPED, or EMUL_AGAIN after
 * some iterations of a repeated string instruction, no register and no state
 * has changed.  Memory may have: an instruction that writes two places and
 * faults at the second has written the first, as on hardware.
 *
 * Left out on purpose (EMUL_UNKNOWN): x87 and vector instructions, which have
 * registers of their own, decimal adjustment and the random-number
 * instructions, which never trap, hardware task switches, and virtual-8086
 * mode.  Where CPUs differ because the later ones gave an old encoding a new
 * meaning (TZCNT, LZCNT), the new meaning is taken.
 *
 * SDM 2 and SDM 3A, 5 and 6; APM 3, and APM 2, 4 and 8.
 */
#ifndef VMM_EMUL_EXEC_H
#define VMM_EMUL_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/emul/decode.h"
#include "vmm/event.h"
#include "vmm/vcpu.h"
#include "vmm/vmexit.h"

enum emul_result {
	EMUL_NEXT,    /* done: go on behind the instruction */
	EMUL_JUMPED,  /* done: regs->rip is where to go on */
	EMUL_AGAIN,   /* partly done, or a race lost: execute it again */
	EMUL_FAULT,   /* emul->fault says which exception the guest gets */
	EMUL_EXIT,    /* allowed: emul->exit is for the exit handlers */
	EMUL_UNKNOWN, /* not emulated */
	EMUL_STOP     /* an op refused; it knows why */
};

struct emul;

/* Beside the ACCESS_ bits of vmexit.h: the CPU's own access to a table, not
 * the program's; made with supervisor rights. */
#define EMUL_IMPLICIT 0x2000u

/*
 * Guest memory, by linear address; size is 1 to 16 bytes, the memory is
 * little-endian.  access: ACCESS_USER at CPL 3, EMUL_IMPLICIT.
 *
 * Each returns EMUL_NEXT when done, EMUL_FAULT after emul_fault(), EMUL_STOP,
 * or EMUL_AGAIN when the instruction must be executed again.
 */
struct emul_ops {
	/*
	 * ACCESS_WRITE: it will be written, too; fails as the write would.
	 */
	enum emul_result (*read)(struct emul *e, uint64_t gva, void *data,
		unsigned size, uint32_t access);
	/* All of it or nothing. */
	enum emul_result (*write)(struct emul *e, uint64_t gva,
		const void *data, unsigned size, uint32_t access);
	/*
	 * In one step: if the memory holds *old, write *new; if it does not,
	 * EMUL_AGAIN.
	 */
	enum emul_result (*cmpxchg)(struct emul *e, uint64_t gva,
		const void *old, const void *new, unsigned size,
		uint32_t access);
	/* INVLPG was executed. */
	enum emul_result (*invlpg)(struct emul *e, uint64_t gva);
};

struct emul_fault {
	uint8_t vector;
	uint32_t error;	  /* ignored for vectors without one */
	uint64_t address; /* CR2 of a page fault */
};

/* Whoever has more to know embeds it in a struct of its own. */
struct emul {
	struct vcpu_regs *regs; /* rip is that of the instruction */
	struct vcpu_state *state;
	const struct emul_ops *ops;
	uint64_t cr4_offered; /* bits of CR4 that CPUID offers */

	/* Results; the caller clears them before.  An engine takes over the
	 * groups that are noted as changed, and shadow from a fault, too. */
	uint32_t changed; /* VCPU_ groups of state that were written */
	bool shadow;	  /* no interrupt before the next instruction */
	struct emul_fault fault;
	struct vmexit exit;

	bool ext; /* within: an event is being delivered */
};

/*
 * Execute insn, which was decoded at regs->rip in the mode that state says.
 * A repeated string instruction is done at most EMUL_PIECE times at once.
 *
 * EMUL_EXIT comes for what exit handlers do for every engine (CPUID, MSRs,
 * control and debug registers, ports, HLT, ...): the privilege is checked
 * already.  RIP is left to the caller, but for EMUL_JUMPED.
 */
enum emul_result emul_exec(struct emul *e, const struct insn *insn);

#define EMUL_PIECE 256

/*
 * Deliver an exception or an interrupt of the hardware's through the guest's
 * IDT; regs->rip is where the handler is to go back to.  EMUL_JUMPED, or
 * EMUL_FAULT when the delivery itself faults: see event_merge().  EMUL_EXIT
 * (VMEXIT_TASK) for a task gate, EMUL_UNKNOWN in real mode.
 */
enum emul_result emul_deliver(struct emul *e, const struct event *ev);

/* Note an exception for EMUL_FAULT, and return that. */
enum emul_result emul_fault(struct emul *e, uint8_t vector, uint32_t error);

/* The same for a page fault. */
enum emul_result emul_page_fault(
	struct emul *e, uint32_t error, uint64_t address);

#endif
