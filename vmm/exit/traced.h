/* SPDX-License-Identifier: MIT */
/*
 * Writes that the guest may make and the CPU must not: to traced page tables.
 */
#ifndef VMM_EXIT_TRACED_H
#define VMM_EXIT_TRACED_H

#include "vmm/vcpu.h"

/*
 * For a write of VMEXIT_FAULT whose gva is known, before it is judged: if it
 * is a plain store of 8 bytes to a traced table, and allowed, do it, note its
 * length as vcpu_done() does, and return true.
 */
bool exit_traced_store(struct vcpu *vcpu, const struct vmexit *x);

/* The handler's part for a VMEXIT_FAULT that is MMU_PT_WRITE. */
enum verdict exit_traced_write(struct vcpu *vcpu, const struct vmexit *x);

#endif
