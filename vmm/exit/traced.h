/* SPDX-License-Identifier: MIT */
/*
 * Writes that the guest may make and the CPU must not: to traced page tables.
 */
#ifndef VMM_EXIT_TRACED_H
#define VMM_EXIT_TRACED_H

#include "vmm/vcpu.h"

/* The handler's part for a VMEXIT_FAULT that is MMU_PT_WRITE. */
enum verdict exit_traced_write(struct vcpu *vcpu, const struct vmexit *x);

#endif
