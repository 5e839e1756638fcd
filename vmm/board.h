/* SPDX-License-Identifier: MIT */
/*
 * The board: the VM's side of the device bus, with the lock that all device
 * models are under, the guest's clock, and the way to its console.
 *
 * vm->bus lies in a board, which vm_configure() makes and vm_destroy() frees.
 * The vCPU's thread comes here with the guest's accesses and before each
 * entry; other threads come with console input.
 *
 * Lock order: board, then console, then vm->lock.
 */
#ifndef VMM_BOARD_H
#define VMM_BOARD_H

#include "kernel/cpu/spinlock.h"
#include "vmm/dev/vbus.h"

#include <stdbool.h>
#include <stdint.h>

struct vmcon;
struct vm;

struct board {
	struct vbus bus; /* guarded by lock */
	struct spinlock lock;
	struct vm *vm;
	struct vmcon *console; /* counted; NULL: output is lost */
	uint64_t power_on;     /* time_now() when guest time was 0 */
};

/*
 * Give a VM that has none its devices: sets vm->bus.  Returns 0, -ENOMEM, or
 * the error of a device.
 */
int board_create(struct vm *vm);

/* Free the devices; vm->bus may be NULL.  No vCPU runs any more. */
void board_destroy(struct vm *vm);

/*
 * Wire the serial port to a console (a reference is taken), before the VM
 * starts.
 */
void board_set_console(struct vm *vm, struct vmcon *console);

/* Guest time 0 is now: when the VM starts. */
void board_power_on(struct vm *vm);

/*
 * Whoever waits for the console, board_throttle() too, looks again.  Without
 * vm->lock; vm->bus may be NULL.
 */
void board_wake(struct vm *vm);

/*
 * The VM is to stop, or has stopped: whoever waits for its console looks
 * again.  vm_stop() calls it after setting vm->stopping, and whoever sets
 * VM_STOPPED after that; without vm->lock.  vm->bus may be NULL.
 */
void board_stopping(struct vm *vm);

/*
 * The guest's access to a port or to device memory; size 1, 2, 4 (or 8:
 * memory).  *value is written, or read and 0-extended.  Returns 0, or -ENXIO
 * where nobody answers (reads give ones).  Takes the lock.
 */
int board_io(struct vm *vm, uint16_t port, unsigned size, bool write,
	uint64_t *value);
int board_mmio(struct vm *vm, uint64_t gpa, unsigned size, bool write,
	uint64_t *value);

/*
 * Let the devices whose time has come act.  Cheap when there is none: call
 * it before each entry, then look at vbus_irq_pending(vm->bus).
 */
void board_tick(struct vm *vm);

/*
 * The CPU takes a pending interrupt: its vector, or -ENOENT if it went away.
 */
int board_irq_ack(struct vm *vm);

/*
 * time_now() at which board_tick() has something to do, or WAITQ_FOREVER:
 * how long a halted vCPU may sleep.
 */
uint64_t board_deadline(struct vm *vm);

/*
 * Hold the calling vCPU thread as long as somebody reads the console and has
 * not caught up.  Call it with no lock held, before each entry: it is a test
 * of one word when there is room.  Returns 0, also when *until is set (by
 * someone who then calls board_wake() or board_stopping()), or -EINTR when the
 * thread is to end.
 */
int board_throttle(struct vm *vm, const bool *until);

/* The console has input: move what the guest's device can take. */
void board_console_input(struct vm *vm);

#endif
