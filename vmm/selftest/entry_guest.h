/* SPDX-License-Identifier: MIT */
/* The guest with which the self-tests of VM entry begin: entry_guest.c. */
#ifndef VMM_SELFTEST_ENTRY_GUEST_H
#define VMM_SELFTEST_ENTRY_GUEST_H

#include <stdbool.h>

struct vcpu;
struct vm;

/* Does this CPU have that pair of engines, so that there can be a guest? */
bool entry_guest_possible(const char *engine, const char *mmu);

/*
 * A VM of that pair with one vCPU, and the guest in its memory; NULL if memory
 * is short.  entry_guest_destroy() frees it, and takes NULL too.
 */
struct vm *entry_guest_create(const char *engine, const char *mmu);
void entry_guest_destroy(struct vm *vm);

/*
 * Reset the vCPU, and make it the guest's: flat segments, privilege 0, at its
 * first CPUID; in 64-bit mode if `wide`, else in protected mode and unpaged.
 * RFLAGS is as after reset, EFER has nothing but what the mode is made of.
 */
void entry_guest_set_state(struct vcpu *vcpu, bool wide);

/*
 * Run the vCPU up to its first CPUID, so that the engine has entered it once
 * and all is mapped that it touches.  Returns whether it got there.
 */
bool entry_guest_run(struct vm *vm);

#endif
