/* SPDX-License-Identifier: MIT */
/*
 * The whole contract with a way to virtualize a CPU, and with a way to
 * virtualize memory.  Everything above speaks these words alone.
 */
#ifndef VMM_ENGINE_H
#define VMM_ENGINE_H

#include "kernel/lib/linkset.h"
#include "vmm/event.h"
#include "vmm/mmu/pagewalk.h"
#include "vmm/vmexit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vcpu;
struct vm;

/*
 * A CPU engine.  Hooks run in thread context, interrupts on; those with a
 * vCPU in that vCPU's thread, or before it starts and after it ended.  There
 * is no hook to turn virtualization on: threads move between CPUs, so an
 * engine turns it on where a vCPU arrives.
 */
struct cpu_engine {
	const char *name; /* "svm" */
	int rank; /* the present engine with the highest is the default */
	const char *const *mmus; /* MMU engines it takes, best first; NULL */
	/*
	 * The guest's kernel runs in ring 3.  The MMU engine keeps a root for
	 * each virtual privilege, with user pages alone.  CPUID and RDTSC do
	 * not exit: the guest is told the policy in its boot description, and
	 * its TSC is the host's.
	 */
	bool deprivileged;

	/* Can this CPU do it?  NULL, or one line that says why not. */
	const char *(*probe)(void);

	/*
	 * Make and free the engine's struct around a zeroed struct vcpu.
	 * create returns NULL when memory is short.
	 */
	struct vcpu *(*vcpu_create)(struct vm *vm);
	void (*vcpu_destroy)(struct vcpu *vcpu);

	/* Groups (VCPU_SEGS, ...) from the neutral state to the guest... */
	void (*load)(struct vcpu *vcpu, uint32_t groups);
	/* ...and from the guest to the neutral state. */
	void (*store)(struct vcpu *vcpu, uint32_t groups);

	/*
	 * The world switch: load dirty groups, honour requests, run the
	 * guest until it exits, and translate the raw exit into *x.  Nothing
	 * else.  Reports an interrupted delivery by event_interrupted().
	 */
	void (*run)(struct vcpu *vcpu, struct vmexit *x);

	/* Deliver ev at the next run; at most one a run. */
	void (*inject)(struct vcpu *vcpu, const struct event *ev);

	/* Ask for VMEXIT_WINDOW, or withdraw that. */
	void (*irq_window)(struct vcpu *vcpu, bool on);

	/* After VMEXIT_INVALID: one line that says what was wrong. */
	void (*explain)(struct vcpu *vcpu, char *buf, size_t size);

	/* Append lines "WORD COUNT" to /vm/N/exits; NULL: nothing to say. */
	void (*describe)(
		struct vcpu *vcpu, char *buf, size_t size, size_t *pos);
};

#define CPU_ENGINE(engine_)                                                    \
	LINKSET(struct cpu_engine *const, cpu_engines,                         \
		cpu_engine_entry_##engine_)                                    \
	= &(engine_)

/* KiB of page tables that a VM's MMU engine may keep (`shadow KIB`). */
#define SHADOW_KIB_MIN 512
#define SHADOW_KIB_MAX (128 << 10)

/* What an MMU engine found an access to be. */
enum mmu_outcome {
	MMU_FIXED,	 /* it may work now: run again */
	MMU_GUEST_FAULT, /* the guest's own: *error is its #PF error code */
	MMU_MMIO,	 /* no memory there: emulate the access */
	MMU_PT_WRITE,	 /* a write that the guest may make and the CPU must
			    not, as a rule to a traced table: emulate it */
	MMU_NO_MEMORY,	 /* the host has none left */
	MMU_STOPPED	 /* the VM cannot go on: vcpu_stop() said why */
};

/* One VM's instance; an engine embeds it in its own struct. */
struct mmu {
	const struct mmu_engine *ops;
	struct vm *vm;
};

/*
 * An MMU engine.  Hooks with a vCPU run in its thread; the others in any
 * thread while no vCPU of the VM runs, or in the vCPU's.
 */
struct mmu_engine {
	const char *name; /* "npt" */
	bool nested;	  /* the CPU walks two tables: guest page faults do not
			     exit, and root is that of guest-physical memory */

	/* Can this CPU do it?  As for a CPU engine; may be NULL: always. */
	const char *(*probe)(void);

	/* Make and free a VM's instance; NULL when memory is short. */
	struct mmu *(*init)(struct vm *vm);
	void (*fini)(struct mmu *mmu);

	/*
	 * The root that the CPU engine runs vcpu on: a host-physical address,
	 * with the bits that the CPU wants beside it (an EPT pointer has some).
	 */
	uint64_t (*root)(struct mmu *mmu, struct vcpu *vcpu);

	/* The guest loaded CR3, or changed its paging mode; NULL: no care. */
	enum mmu_outcome (*set_cr3)(struct mmu *mmu, struct vcpu *vcpu);

	/* Judge the access of x->fault. */
	enum mmu_outcome (*fault)(struct mmu *mmu, struct vcpu *vcpu,
		const struct vmexit *x, uint32_t *error);

	/*
	 * From now on each root holds `entry` at `index` of its top level, for
	 * the CPU engine's own use, and nothing of the guest's; what held it
	 * before holds nothing.  NULL: the engine cannot serve such a CPU
	 * engine.
	 */
	void (*reserve)(struct mmu *mmu, unsigned index, uint64_t entry);

	/*
	 * After MMU_PT_WRITE for gva: let the guest do such writes itself, and
	 * follow what it makes of them at its next use.  NULL: the engine
	 * never says MMU_PT_WRITE.
	 */
	void (*untrace)(struct mmu *mmu, struct vcpu *vcpu, uint64_t gva);

	/*
	 * If a guest's write to gpa would be MMU_PT_WRITE: store the aligned
	 * word there, whose host address is `to`, and return true.  NULL:
	 * never.
	 */
	bool (*store)(
		struct mmu *mmu, uint64_t gpa, uint64_t *to, uint64_t value);

	/* The memory behind [gpa, gpa + size) goes away or changes rights. */
	void (*unmap)(struct mmu *mmu, uint64_t gpa, uint64_t size);

	/*
	 * Walk this engine's own tables as the CPU does: to a guest-physical
	 * address if nested, else to a guest-virtual one, by the root of the
	 * vCPU now.  Changes nothing.
	 */
	enum pagewalk_end (*walk)(struct mmu *mmu, struct vcpu *vcpu,
		uint64_t addr, struct pagewalk *out);

	/* Append lines "WORD COUNT" to /vm/N/exits; NULL: nothing to say. */
	void (*describe)(struct mmu *mmu, char *buf, size_t size, size_t *pos);
};

#define MMU_ENGINE(engine_)                                                    \
	LINKSET(struct mmu_engine *const, mmu_engines,                         \
		mmu_engine_entry_##engine_)                                    \
	= &(engine_)

/*
 * Find an engine by name; NULL: the best that this CPU can run.  On failure
 * returns NULL and *why is one line that says why.
 */
const struct cpu_engine *cpu_engine_find(const char *name, const char **why);

/* The MMU engine of that name, or the best, that goes with a CPU engine. */
const struct mmu_engine *mmu_engine_find(
	const struct cpu_engine *cpu, const char *name, const char **why);

#endif
