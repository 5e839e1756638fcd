/* SPDX-License-Identifier: MIT */
/*
 * Trap-and-emulate, seen from inside the engine: the guest's kernel runs
 * directly on the CPU, but in ring 3, so that every privileged instruction
 * traps (Popek and Goldberg, 1974; Bugnion, Nieh, Tsafrir, "Hardware and
 * Software Support for Virtualization", chapter 2).
 *
 *	area.h		the trampoline: what of the host is mapped meanwhile
 *	entry.S	the world switch
 *	trampoline.c	the trampoline's place, and each CPU's part of it
 *	ring3.c		the engine's record, creation, events
 *	ring3_state.c	from virtual state to what the real CPU gets: pure
 *	ring3_run.c	the switch's C half
 *	ring3_exit.c	from a trap frame to struct vmexit
 *	ring3_ahead.c	instructions that need no switch, for one is near
 *
 * What the guest believes (struct vcpu_state) and what the CPU holds differ:
 *
 *	what		virtual			real
 *	----------------------------------------------------------------
 *	CPL		0 to 3			3
 *	IF, IOPL	the guest's		1, 0
 *	CS, SS		the guest's		ours, of the same mode
 *	DS, ES		the guest's		null outside 64-bit code: copies
 *	CR3		the guest's		the shadow root of virtual CPL
 *	IDT, GDT, TSS	the guest's		the trampoline's
 *	EFER.SCE	the guest's		0: SYSCALL traps too
 *	TSC, CPUID	the host's		they cannot be made to trap
 *
 * Whatever would show or change the difference traps, but for what x86 hides:
 * see the table in the docs of what Robin and Irvine (2000) found.
 */
#ifndef VMM_CPU_RING3_RING3_H
#define VMM_CPU_RING3_RING3_H

#include "kernel/lib/list.h"
#include "kernel/mem/paging.h"
#include "vmm/cpu/ring3/area.h"
#include "vmm/emul/decode.h"
#include "vmm/vcpu.h"

#include <stdbool.h>
#include <stdint.h>

/* What a world switch puts into the CPU; worked out when state changes. */
struct ring3_real {
	const char *refused; /* why the CPU cannot run it, or NULL */
	uint16_t cs, ss;
	bool segments; /* not 64-bit code: selectors and descriptors count */
	bool no_fpu;   /* FPU instructions trap: CR0.TS, CR0.EM */
	uint64_t fpu;  /* of CR0, then: MP, EM, TS */
	bool no_tsc;   /* so does RDTSC: CR4.TSD, or a TSC of its own */
	uint16_t sel[SEGS];
	uint64_t desc[SEGS];
};

/*
 * Where the guest was entered at rip, the next privileged instruction came
 * at `to`, a few instructions on; to 0: they were too many.
 */
struct ring3_gap {
	uint64_t rip, to;
};

#define RING3_GAPS 32

struct ring3 {
	struct vcpu vcpu;
	struct ring3_real real;
	uint64_t root;	  /* hpa of the shadow root in use */
	unsigned window;  /* where the trampoline is for this guest */
	bool irq_window;  /* VMEXIT_WINDOW is wanted */
	bool shutdown;	  /* the delivery of an event ended in a triple fault */
	unsigned ahead;	  /* instructions to look at before entering */
	uint64_t ticks;	  /* of the host's timer that this thread has seen */
	uint64_t entered; /* RIP when the guest was entered last */
	struct ring3_gap gap[RING3_GAPS]; /* by RIP's low bits */
	struct ring3_gap *bridge;	  /* the one being passed, or NULL */
	unsigned bridge_left;		  /* instructions that it may take */
};

#define to_ring3(vcpu_) container_of(vcpu_, struct ring3, vcpu)

/* A host CPU's part of the trampoline, at the host's own addresses. */
struct ring3_cpu {
	struct ring3_area *area;
	uint64_t *gdt;
	unsigned window;	  /* that its tables are made for */
	uint64_t switches;	  /* of threads, when host_efer was read */
	const struct ring3 *last; /* whose segments are in the GDT */
	bool on;
};

/* How many instructions in a row may be done without entering the guest. */
#define RING3_AHEAD 32

/* How many that do not trap may be done between two that do, if that near. */
#define RING3_BRIDGE	   6
#define RING3_BRIDGE_BYTES 48

/* Flags that the guest owns as they are in the real RFLAGS. */
#define RING3_FLAGS_NATIVE 0x254dd5ull

/* -- trampoline.c --------------------------------------------------------- */

/* Was there memory for it at boot? */
bool ring3_trampoline_ready(void);

/*
 * This CPU's part, its tables made for a window; interrupts are off for as
 * long as it is used.
 */
struct ring3_cpu *ring3_cpu_prepare(unsigned window);

/* Is a linear address in a window? */
static inline bool
ring3_in_window(unsigned window, uint64_t address)
{
	return address >> WINDOW_SHIFT ==
		window_address(window, 0) >> WINDOW_SHIFT;
}

/* -- ring3_state.c -------------------------------------------------------- */

/* What the CPU gets for a virtual state.  Pure. */
void ring3_real_make(struct ring3_real *real, const struct vcpu_state *state,
	unsigned window);

/* RFLAGS for the CPU, and what the guest's are after it ran.  Pure. */
uint64_t ring3_flags_real(uint64_t guest);
uint64_t ring3_flags_guest(uint64_t guest, uint64_t real);

/* -- ring3_run.c ---------------------------------------------------------- */

void ring3_load(struct vcpu *vcpu, uint32_t groups);
void ring3_store(struct vcpu *vcpu, uint32_t groups);
void ring3_run(struct vcpu *vcpu, struct vmexit *x);

/* Move the trampoline to another window. */
void ring3_move(struct ring3 *r);

/* -- ring3_exit.c --------------------------------------------------------- */

/*
 * What the frame in area says happened.  False: nothing that anybody must
 * know, run again.
 */
bool ring3_exit_read(
	struct ring3 *r, const struct ring3_area *area, struct vmexit *x);

enum ring3_class {
	RING3_TRAPS, /* *x is the exit that it makes */
	RING3_PLAIN,
	RING3_NOTHING /* it cannot be read */
};

/* What is the next instruction?  It is in vcpu.insn, unless RING3_NOTHING. */
enum ring3_class ring3_classify(struct ring3 *r, struct vmexit *x);

/* The next instruction is to be done in software, whatever it is. */
bool ring3_step(struct ring3 *r, struct vmexit *x);

/* -- ring3_ahead.c -------------------------------------------------------- */

/* Is there an exit to report without entering the guest? */
bool ring3_ahead(struct ring3 *r, struct vmexit *x);

/* A privileged instruction has trapped: learn how far it is from the last. */
void ring3_learn(struct ring3 *r);

/* entry.S */
void ring3_enter(uint64_t area, struct vcpu_regs *regs, uint64_t window);
extern const char ring3_trampoline[], ring3_trampoline_end[];

#endif
