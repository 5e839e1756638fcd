/* SPDX-License-Identifier: MIT */
/*
 * The board (board.h): locks around the bus, and the bus's owner hooks in
 * terms of the VM.
 *
 * The vCPU's thread reads the bus's two words of news without the lock.  It
 * may miss what another thread does at that moment, but not for long: a
 * pending interrupt comes with a kick, which makes the vCPU look again.
 */
#include "vmm/board.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/list.h"
#include "kernel/mem/kheap.h"
#include "kernel/proc/waitq.h"
#include "vmm/vm.h"
#include "vmm/vmcon.h"

/* The calendar of a machine without a clock: the first of January 2020. */
#define BOARD_EPOCH 1577836800ull

#define to_board(bus_) container_of(bus_, struct board, bus)

static uint64_t
board_now(struct vbus *bus)
{
	return time_now() - to_board(bus)->power_on;
}

static uint64_t
board_boot_time(struct vbus *bus)
{
	return BOARD_EPOCH + to_board(bus)->power_on / NS_PER_SEC;
}

static void
board_kick(struct vbus *bus)
{
	struct vm *vm = to_board(bus)->vm;

	if (vm->n_vcpus)
		vcpu_kick(vm->vcpu[0]);
}

static void
board_stop(struct vbus *bus, enum vbus_stop reason, unsigned status)
{
	struct vm *vm = to_board(bus)->vm;

	switch (reason) {
	case VBUS_STOP_EXIT:
		vm_stop(vm, (int)status, false, "exit with status %u", status);
		break;
	case VBUS_STOP_POWEROFF:
		vm_stop(vm, 0, false, "powered off");
		break;
	case VBUS_STOP_RESET:
		vm_stop(vm, VM_STATUS_FAILED, true, "the guest reset itself");
		break;
	case VBUS_STOP_PANIC:
		vm_stop(vm, VM_STATUS_FAILED, true,
			"the guest's kernel panicked");
		break;
	}
}

static void
board_console_out(struct vbus *bus, uint8_t byte)
{
	struct vmcon *con = to_board(bus)->console;

	/* a crowded console must stop the vCPU before it prints much more */
	if (con && vmcon_print(con, byte))
		board_kick(bus);
}

/* Move input from the console to the device; the board's lock is held. */
static void
board_console_room(struct vbus *bus)
{
	struct vmcon *con = to_board(bus)->console;
	uint8_t bytes[16];
	size_t n;

	if (!con)
		return;
	do {
		n = vmcon_peek_input(con, bytes, sizeof(bytes));
		n = n ? vbus_console_in(bus, bytes, n) : 0;
		vmcon_take_input(con, n);
	} while (n);
}

static const struct vbus_owner_ops board_owner_ops = {
	.now = board_now,
	.boot_time = board_boot_time,
	.kick = board_kick,
	.stop = board_stop,
	.console_out = board_console_out,
	.console_room = board_console_room,
};

int
board_create(struct vm *vm)
{
	struct board *board = kzalloc(sizeof(*board));
	int err;

	if (!board)
		return -ENOMEM;
	spin_init(&board->lock, "board");
	board->vm = vm;
	board->power_on = time_now();
	err = vbus_init(&board->bus, &board_owner_ops);
	if (err) {
		kfree(board);
		return err;
	}
	vm->bus = &board->bus;
	return 0;
}

void
board_destroy(struct vm *vm)
{
	struct board *board;

	if (!vm->bus)
		return;
	board = to_board(vm->bus);
	vm->bus = NULL;
	vbus_fini(&board->bus);
	vmcon_put(board->console);
	kfree(board);
}

void
board_set_console(struct vm *vm, struct vmcon *console)
{
	struct board *board = to_board(vm->bus);

	vmcon_put(board->console);
	board->console = vmcon_get(console);
}

void
board_power_on(struct vm *vm)
{
	struct board *board = to_board(vm->bus);

	spin_lock(&board->lock);
	board->power_on = time_now();
	vbus_reset(&board->bus);
	board_console_room(&board->bus);
	spin_unlock(&board->lock);
}

void
board_wake(struct vm *vm)
{
	struct vmcon *con = vm->bus ? to_board(vm->bus)->console : NULL;

	if (con)
		vmcon_wake(con);
}

void
board_stopping(struct vm *vm)
{
	struct vmcon *con = vm->bus ? to_board(vm->bus)->console : NULL;

	if (con && __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) >= VM_STOPPED)
		vmcon_end(con, true);
	board_wake(vm);
}

int
board_io(struct vm *vm, uint16_t port, unsigned size, bool write,
	uint64_t *value)
{
	struct board *board = to_board(vm->bus);
	int err;

	spin_lock(&board->lock);
	err = vbus_io(&board->bus, port, size, write, value);
	spin_unlock(&board->lock);
	return err;
}

int
board_mmio(
	struct vm *vm, uint64_t gpa, unsigned size, bool write, uint64_t *value)
{
	struct board *board = to_board(vm->bus);
	int err;

	spin_lock(&board->lock);
	err = vbus_mmio(&board->bus, gpa, size, write, value);
	spin_unlock(&board->lock);
	return err;
}

void
board_tick(struct vm *vm)
{
	struct board *board = to_board(vm->bus);
	uint64_t deadline = vbus_deadline(vm->bus);

	if (deadline == VBUS_NEVER || board_now(vm->bus) < deadline)
		return;
	spin_lock(&board->lock);
	vbus_tick(&board->bus);
	spin_unlock(&board->lock);
}

int
board_irq_ack(struct vm *vm)
{
	struct board *board = to_board(vm->bus);
	int vector;

	spin_lock(&board->lock);
	vector = vbus_irq_ack(&board->bus);
	spin_unlock(&board->lock);
	return vector;
}

uint64_t
board_deadline(struct vm *vm)
{
	uint64_t deadline = vbus_deadline(vm->bus);
	uint64_t power_on = to_board(vm->bus)->power_on;

	if (deadline > WAITQ_FOREVER - power_on)
		return WAITQ_FOREVER;
	return power_on + deadline;
}

int
board_throttle(struct vm *vm, const bool *until)
{
	struct vmcon *con = to_board(vm->bus)->console;

	return con ? vmcon_throttle(con, until) : 0;
}

void
board_console_input(struct vm *vm)
{
	struct board *board = to_board(vm->bus);

	spin_lock(&board->lock);
	board_console_room(&board->bus);
	spin_unlock(&board->lock);
}
