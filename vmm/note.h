/* SPDX-License-Identifier: MIT */
/* What can be said of a guest that seems to do nothing. */
#ifndef VMM_NOTE_H
#define VMM_NOTE_H

#include <stddef.h>

struct vm;

/*
 * Lines `note TEXT` for /vm/N/status, if there is reason for any; appends at
 * *pos.  The VM's devices must not go away meanwhile.  Of a guest that runs
 * it may tell what was true a moment ago.
 */
void vm_format_notes(struct vm *vm, char *buf, size_t size, size_t *pos);

#endif
