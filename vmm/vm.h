/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine: it owns its memory, its vCPUs, its devices and its MMU
 * instance, and points to the const engines that run it.
 *
 * Life: vm_create() makes an empty machine (VM_NEW); vm_configure() gives it
 * engines and memory; the loader fills memory and vCPU; vm_start() makes a
 * host thread that runs it (VM_RUNNING) until vm_stop() or vm_kill()
 * (VM_STOPPED); vm_destroy() frees all it owns (VM_DEAD).  The struct itself
 * is counted: an open file of /vm/N/ may outlive the machine.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/proc/waitq.h"
#include "vmm/gmem.h"
#include "vmm/vcpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpuid_policy;
struct mmu;
struct mmu_engine;
struct vbus;

#define VM_NAME_MAX	 16
#define VM_VCPUS_MAX	 1
#define VM_REASON_MAX	 160
#define VM_MEMORY_MIN	 (2ull << 20) /* bytes of guest RAM */
#define VM_MEMORY_MAX	 (64ull << 30)
#define VM_STATUS_FAILED 255 /* stopped by the VMM, not by the guest */

enum vm_state {
	VM_NEW,	    /* being set up */
	VM_RUNNING, /* its threads run */
	VM_STOPPED, /* they have ended; memory and devices are still there */
	VM_DEAD	    /* nothing is left but this struct */
};

/* Somebody wants to look into a running machine (visit.c). */
enum vm_visit {
	VISIT_NONE,
	VISIT_WANTED, /* its thread is to hold still */
	VISIT_INSIDE  /* it does */
};

struct vm {
	int id; /* N of /vm/N, from 1, never used twice */
	const struct cpu_engine *engine; /* NULL before vm_configure() */
	struct mmu *mmu;		 /* owned */
	struct gmem gmem;
	struct vcpu *vcpu[VM_VCPUS_MAX]; /* owned */
	unsigned n_vcpus;
	struct vbus *bus; /* owned: devices and interrupt controller */
	struct cpuid_policy *cpuid; /* owned: what CPUID says */
	uint64_t tsc_offset;	    /* guest TSC - host TSC */
	uint32_t shadow_kib; /* of shadow page tables at most; 0: a share */
	bool small_pages;    /* guest memory is single frames: 4 KiB pages */
	bool check;	     /* the MMU engine is to check its own rules */

	struct spinlock lock;
	/* guarded by lock */
	enum vm_state state;
	unsigned running; /* vCPU threads that may touch what it owns */
	bool stopping;	  /* set once: every vCPU leaves its loop */
	int status;	  /* of the guest: debug exit, power-off 0, or failed */
	bool failed;	  /* the VMM ended it: reason says why */
	char reason[VM_REASON_MAX]; /* one line, empty while it runs */
	struct waitq stopped;	    /* woken when state becomes VM_STOPPED */
	enum vm_visit visit;
	struct waitq visited; /* woken when visit changes, and at the end */

	/* guarded by the table's lock */
	unsigned refs;
	struct list link; /* all VMs, by id */
};

/*
 * Make an empty VM with one reference, the caller's, and one of the table.
 * Returns NULL when memory is short.
 */
struct vm *vm_create(void);

/* References.  vm_put() frees the struct with the last. */
struct vm *vm_get(struct vm *vm);
void vm_put(struct vm *vm);

/*
 * The VM of that number with a new reference, or NULL; and the number of the
 * first VM above `after`, or 0: for listing.
 */
struct vm *vm_find(int id);
int vm_next(int after);

/*
 * Give a new VM its engines (by name, NULL: the best), RAM (bytes), vCPU and
 * devices.  Once, in VM_NEW.  Returns 0; -ENODEV, -EINVAL, -ENOMEM, -EBUSY,
 * and vm->reason says what was wrong.
 */
int vm_configure(
	struct vm *vm, const char *engine, const char *mmu, uint64_t memory);

/*
 * Run it: the vCPUs' threads start.  The VM must be configured and loaded.
 * Returns 0, -EINVAL in another state, -ENOMEM.
 */
int vm_start(struct vm *vm);

/*
 * End it: every vCPU leaves its loop soon.  The first call's words stay.
 * status is the guest's (0 to 127), failed says that it was not the guest's
 * wish.  Any thread; the vCPU's own too.
 */
void vm_stop(struct vm *vm, int status, bool failed, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* End it from outside, whatever the guest does: vm_stop("killed"). */
void vm_kill(struct vm *vm);

/*
 * Between these two the machine holds still: its vCPU's state is all valid
 * and its counters, memory and devices do not change by its own doing.  In
 * any state; one visitor at a time (for the files of /vm/N the directory's
 * lock sees to that), not the vCPU's own thread.  begin waits for the guest to
 * leave the CPU, and returns 0, or -EINTR: do not look, do not end.
 */
int vm_visit_begin(struct vm *vm);
void vm_visit_end(struct vm *vm);

/* Wait until it does not run.  Returns 0 or -EINTR. */
int vm_wait(struct vm *vm);

/*
 * Free all it owns, to the last frame, and take it out of the table.
 * Returns 0, or -EBUSY while it runs.  May sleep.
 */
int vm_destroy(struct vm *vm);

/*
 * Note why something failed, for /vm/N/status, in a state where nothing
 * runs; returns err.
 */
int vm_error(struct vm *vm, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
