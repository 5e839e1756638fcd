/* SPDX-License-Identifier: MIT */
/*
 * From a trap frame to struct vmexit.
 *
 * Real exceptions come for three reasons.  The guest made one: it gets it.
 * The address space is a shadow: the MMU engine judges.  Or the guest's
 * kernel executed what only ring 0 may: the instruction is decoded, and
 * becomes the exit that it would be on a CPU with virtualization, or one to
 * be emulated.  Which of the three it is, the decoder says.
 */
#include "vmm/cpu/ring3/ring3.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/trap.h"
#include "vmm/emulate.h"
#include "vmm/x86.h"

#define DR6_CAUSES 0xe00full /* B0 to B3, BD, BS, BT */
