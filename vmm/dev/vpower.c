/* SPDX-License-Identifier: MIT */
/*
 * The ports by which a guest ends its machine, each as the real or the
 * emulated machine has it that guests know:
 *
 *   0x64   keyboard controller: command 0xfe pulses the reset line
 *   0x92   system control port A: bit 0 resets; bit 1, the A20 gate, is kept
 *          and does nothing, since no address wraps here
 *   0xcf9  PIIX3 reset control: bit 2 resets
 *   0xf4   debug exit: the value is the status, modulo 128
 *   0x505  pvpanic: reading says what it knows, writing says what happened
 *   0x604  ACPI PM1a control: sleep type 0 with sleep enable powers off
 *
 * A machine here is not started again: a reset ends it too, and says so.
 * There is no keyboard: the controller's status is that of an idle one.
 *
 * kernel/abi/vm.h; QEMU docs/specs/pvpanic; ACPI 4.8.3.2; PIIX3, 2.5.7.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/vm.h"
#include "kernel/lib/list.h"
#include "vmm/state.h"

#define PORT_KEYBOARD	   0x64
#define KEYBOARD_RESET	   0xfe
#define KEYBOARD_IDLE	   0x1c /* self-test passed, keyboard not locked */
#define PORT_CONTROL_A	   0x92
#define CONTROL_A_RESET	   0x01
#define CONTROL_A_A20	   0x02
#define PORT_RESET_CONTROL 0xcf9
#define RESET_CONTROL_CPU  0x04
#define RESET_CONTROL_ALL  0x0e
#define PM1A_SLEEP	   0x3c00 /* sleep enable and sleep type */
#define DEBUG_EXIT_WIDTH   4
#define DEBUG_EXIT_MASK	   0x7f

struct vpower {
	struct device dev;
	uint8_t control_a;
	uint8_t reset_control;
	uint16_t pm1a;
};

#define to_vpower(dev_) container_of(dev_, struct vpower, dev)

static void
vpower_stop(struct device *dev, enum vbus_stop reason, unsigned status)
{
	dev->bus->owner->stop(dev->bus, reason, status);
}

static void
vpower_access_keyboard(struct device *dev, struct vaccess *access)
{
	if (!access->write)
		access->value = KEYBOARD_IDLE;
	else if (access->value == KEYBOARD_RESET)
		vpower_stop(dev, VBUS_STOP_RESET, 0);
}

static void
vpower_access_control_a(struct device *dev, struct vaccess *access)
{
	struct vpower *power = to_vpower(dev);

	if (!access->write) {
		access->value = power->control_a;
		return;
	}
	power->control_a = access->value & CONTROL_A_A20;
	if (access->value & CONTROL_A_RESET)
		vpower_stop(dev, VBUS_STOP_RESET, 0);
}

static void
vpower_access_reset_control(struct device *dev, struct vaccess *access)
{
	struct vpower *power = to_vpower(dev);

	if (!access->write) {
		access->value = power->reset_control;
		return;
	}
	power->reset_control =
		access->value & RESET_CONTROL_ALL & ~RESET_CONTROL_CPU;
	if (access->value & RESET_CONTROL_CPU)
		vpower_stop(dev, VBUS_STOP_RESET, 0);
}

static void
vpower_access_debug_exit(struct device *dev, struct vaccess *access)
{
	if (access->write)
		vpower_stop(dev, VBUS_STOP_EXIT,
			(unsigned)access->value & DEBUG_EXIT_MASK);
	else
		access->value = 0;
}

static void
vpower_access_panic(struct device *dev, struct vaccess *access)
{
	if (!access->write)
		access->value = VM_PANIC_PANICKED;
	else if (access->value & VM_PANIC_PANICKED)
		vpower_stop(dev, VBUS_STOP_PANIC, 0);
}

/* A 16-bit register that may be written by bytes, low one first. */
static void
vpower_access_pm1a(struct device *dev, struct vaccess *access)
{
	struct vpower *power = to_vpower(dev);
	unsigned shift = 8 * (unsigned)access->offset;
	uint16_t mask = access->size == 2 ? 0xffff : (uint16_t)(0xff << shift);

	if (!access->write) {
		access->value = power->pm1a >> shift;
		return;
	}
	power->pm1a = (power->pm1a & ~mask) |
		((uint16_t)(access->value << shift) & mask);
	if ((power->pm1a & PM1A_SLEEP) == VM_ACPI_POWEROFF)
		vpower_stop(dev, VBUS_STOP_POWEROFF, 0);
	power->pm1a &= ~VM_ACPI_POWEROFF; /* sleep enable reads as 0 */
}

static int
vpower_init(struct device *dev)
{
	static const struct {
		uint16_t port;
		uint8_t len, width;
		vbus_access_fn *access;
	} claims[] = {
		{ PORT_KEYBOARD, 1, 1, vpower_access_keyboard },
		{ PORT_CONTROL_A, 1, 1, vpower_access_control_a },
		{ PORT_RESET_CONTROL, 1, 1, vpower_access_reset_control },
		{ VM_PORT_DEBUG_EXIT, DEBUG_EXIT_WIDTH, DEBUG_EXIT_WIDTH,
			vpower_access_debug_exit },
		{ VM_PORT_PANIC, 1, 1, vpower_access_panic },
		{ VM_PORT_ACPI_PM1A, 2, 2, vpower_access_pm1a },
	};
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(claims) / sizeof(claims[0]) && !err; i++)
		err = vbus_claim_ports(dev, claims[i].port, claims[i].len,
			claims[i].width, claims[i].access);
	return err;
}

static void
vpower_reset(struct device *dev)
{
	struct vpower *power = to_vpower(dev);

	power->control_a = CONTROL_A_A20;
	power->reset_control = 0;
	power->pm1a = 0;
}

static void
vpower_save(struct device *dev, struct state_writer *w)
{
	struct vpower *power = to_vpower(dev);

	state_put_u8(w, power->control_a);
	state_put_u8(w, power->reset_control);
	state_put_u16(w, power->pm1a);
}

static int
vpower_load(struct device *dev, struct state_reader *r)
{
	struct vpower loaded = { .dev = to_vpower(dev)->dev };

	loaded.control_a = state_get_u8(r);
	loaded.reset_control = state_get_u8(r);
	loaded.pm1a = state_get_u16(r);
	state_require(r, !(loaded.control_a & ~CONTROL_A_A20));
	state_require(r,
		!(loaded.reset_control &
			~(RESET_CONTROL_ALL & ~RESET_CONTROL_CPU)));
	state_require(r, !(loaded.pm1a & VM_ACPI_POWEROFF));
	if (r->bad)
		return -EINVAL;
	*to_vpower(dev) = loaded;
	return 0;
}

static const struct device_ops vpower_ops = {
	.name = "vpower",
	.size = sizeof(struct vpower),
	.init = vpower_init,
	.reset = vpower_reset,
	.save = vpower_save,
	.load = vpower_load,
};

DEVICE(vpower_ops);
