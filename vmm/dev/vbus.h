/* SPDX-License-Identifier: MIT */
/*
 * The bus of a virtual machine: what every device model sits on.
 *
 * A model knows the bus and nothing else of the VM: the bus brings it the
 * guest's accesses, carries its interrupt lines to the interrupt controller,
 * tells it the guest's time, and hands what leaves the machine (console
 * bytes, the wish to power off) to the owner.  So the same file runs in the
 * VMM and in a unit test on the host.
 *
 * A file that ends with DEVICE(ops) is a device of every VM.
 *
 * Locking: the bus has no lock.  The owner (the VM) serialises all calls,
 * those from the vcpu's thread as well as those from others (console input);
 * model hooks and owner hooks run with that lock held and must not sleep.
 * Only vbus_irq_pending() and vbus_deadline() may be called without it: they
 * read one word, and the owner's kick makes a sleeper look again.
 */
#ifndef VMM_DEV_VBUS_H
#define VMM_DEV_VBUS_H

#include "kernel/lib/linkset.h"
#include "kernel/lib/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VBUS_RANGES_MAX	  32 /* port and MMIO ranges of one VM together */
#define VBUS_IRQCHIPS_MAX 4
#define VBUS_LINES	  24	     /* interrupt lines: 16 of ISA, 8 more */
#define VBUS_NEVER	  UINT64_MAX /* a deadline that does not come */

struct device;
struct state_reader;
struct state_writer;
struct vbus;

/* One access of the guest, as a model sees it. */
struct vaccess {
	uint64_t offset; /* from the start of the range that was claimed */
	uint8_t size;	 /* 1, 2, 4 or 8 bytes, at most the range's width */
	bool write;
	uint64_t value; /* written, or to be filled in; 0-extended */
};

typedef void vbus_access_fn(struct device *dev, struct vaccess *access);

/* What a model does; hooks that may be NULL say so. */
struct device_ops {
	const char *name; /* unique: finds the device and its saved state */
	size_t size; /* of the model's struct, which begins with a device */
	int (*init)(struct device *dev);   /* claim ranges; 0 or -errno */
	void (*fini)(struct device *dev);  /* may be NULL: nothing to undo */
	void (*reset)(struct device *dev); /* to the state after power-on */
	/* Time has come to the device's deadline.  NULL: it sets none. */
	void (*tick)(struct device *dev, uint64_t now);
	/* Console input; returns how many bytes it took.  NULL: no console. */
	size_t (*input)(struct device *dev, const uint8_t *bytes, size_t n);
	void (*save)(struct device *dev, struct state_writer *w);
	/* Check everything; -EINVAL leaves the device as it was. */
	int (*load)(struct device *dev, struct state_reader *r);
};

/* An interrupt controller is a device that also does this. */
struct irqchip_ops {
	/* An interrupt line changes; lines that it has not are ignored. */
	void (*set)(struct device *dev, unsigned line, bool level);
	/* The CPU takes the interrupt: its vector, 0 to 255. */
	int (*ack)(struct device *dev);
};

/* The general part of a model's struct: its first member. */
struct device {
	const struct device_ops *ops;
	struct vbus *bus;
	struct list link;
	uint64_t deadline; /* guest ns of the next tick(), or VBUS_NEVER */
	uint32_t intr;	   /* an irqchip's bit in vbus.intr, else 0 */
};

struct device_model {
	const struct device_ops *ops;
};

/* Put a model into every VM. */
#define DEVICE(ops_)                                                           \
	LINKSET(struct device_model, device_models, device_##ops_)             \
	= { .ops = &(ops_) }

enum vbus_stop {
	VBUS_STOP_EXIT,	    /* the debug-exit port; with the guest's status */
	VBUS_STOP_POWEROFF, /* ACPI S5 */
	VBUS_STOP_RESET,    /* the guest reset itself */
	VBUS_STOP_PANIC	    /* the guest's kernel says that it panicked */
};

/* What the bus asks of the VM that it is in.  Every hook must be there. */
struct vbus_owner_ops {
	/* Guest time: nanoseconds since power-on; never goes back. */
	uint64_t (*now)(struct vbus *bus);
	/* The calendar at power-on: seconds since 1970, UTC. */
	uint64_t (*boot_time)(struct vbus *bus);
	/* An interrupt is pending: wake or interrupt the vcpu if need be. */
	void (*kick)(struct vbus *bus);
	/* End the machine once the present access is done.  First call wins. */
	void (*stop)(struct vbus *bus, enum vbus_stop reason, unsigned status);
	/*
	 * The guest prints.  Always taken: an owner that has no room keeps
	 * the vcpu from running on after this access.
	 */
	void (*console_out)(struct vbus *bus, uint8_t byte);
	/*
	 * The device can take console input again: vbus_console_in() may be
	 * called at once.
	 */
	void (*console_room)(struct vbus *bus);
};

enum vbus_space {
	VBUS_PORT,
	VBUS_MMIO
};

struct vbus_range {
	enum vbus_space space;
	uint8_t width;	    /* largest access that the handler takes */
	uint64_t base, len; /* base + len - 1 does not wrap */
	struct device *dev;
	vbus_access_fn *access;
};

struct vbus_irqchip {
	struct device *dev;
	const struct irqchip_ops *ops;
};

/* Embedded in the VM. */
struct vbus {
	const struct vbus_owner_ops *owner;
	struct list devices; /* in order of creation */
	struct vbus_range ranges[VBUS_RANGES_MAX];
	unsigned range_count;
	struct vbus_irqchip irqchips[VBUS_IRQCHIPS_MAX];
	unsigned irqchip_count;
	uint32_t intr;	   /* which irqchips have an interrupt for the CPU */
	uint64_t deadline; /* the earliest of all devices' */
};

/* For the VM. */

/*
 * Make a bus with one device of every model, all in their power-on state.
 * Returns 0, or the error of the first device that failed (-ENOMEM, -EBUSY
 * for ranges that overlap, -ENOSPC for too many); then nothing is left.
 */
int vbus_init(struct vbus *bus, const struct vbus_owner_ops *owner);

/* Free all devices.  Also after a failed vbus_init() on a zeroed bus. */
void vbus_fini(struct vbus *bus);

/* All devices to their power-on state. */
void vbus_reset(struct vbus *bus);

/*
 * Perform a guest's access of size 1, 2, 4 or 8 bytes.  *value is what is
 * written or receives what is read, 0-extended.  An access that is wider
 * than a handler takes or that straddles ranges is split into the largest
 * pieces that fit, lowest address first.  Where nobody answers, reads give
 * ones and writes are dropped.  Returns 0, or -ENXIO when no byte of it was
 * claimed.
 */
int vbus_io(struct vbus *bus, uint16_t port, unsigned size, bool write,
	uint64_t *value);
int vbus_mmio(struct vbus *bus, uint64_t gpa, unsigned size, bool write,
	uint64_t *value);

/* Is there an interrupt for the CPU?  No lock needed. */
static inline bool
vbus_irq_pending(const struct vbus *bus)
{
	return __atomic_load_n(&bus->intr, __ATOMIC_RELAXED);
}

/*
 * The CPU takes an interrupt: its vector, or -ENOENT when there is none any
 * more.  Call it only when the vector will be delivered: the controller
 * counts it as in service from now on.
 */
int vbus_irq_ack(struct vbus *bus);

/* Guest ns at which vbus_tick() is due, or VBUS_NEVER.  No lock needed. */
static inline uint64_t
vbus_deadline(const struct vbus *bus)
{
	return __atomic_load_n(&bus->deadline, __ATOMIC_RELAXED);
}

/* Call the tick hook of every device whose deadline has come. */
void vbus_tick(struct vbus *bus);

/* Console input for the guest; returns how many of n bytes were taken. */
size_t vbus_console_in(struct vbus *bus, const uint8_t *bytes, size_t n);

/* All devices' states, one after another; w->full says if they fitted. */
void vbus_save(struct vbus *bus, struct state_writer *w);

/*
 * The reverse, on a bus with the same devices.  -EINVAL for anything that
 * vbus_save() cannot have written; the VM is then unusable until reset.
 */
int vbus_load(struct vbus *bus, struct state_reader *r);

/* The device of that name, or NULL. */
struct device *vbus_find(struct vbus *bus, const char *name);

/* For the models. */

/*
 * Let access() answer for ports base to base + len - 1, at most width bytes
 * at once.  For init hooks.  Returns 0, -EINVAL for an empty range or one
 * that wraps, -EBUSY if someone has a part of it, -ENOSPC.
 */
int vbus_claim_ports(struct device *dev, uint16_t base, uint16_t len,
	uint8_t width, vbus_access_fn *access);
int vbus_claim_mmio(struct device *dev, uint64_t gpa, uint64_t len,
	uint8_t width, vbus_access_fn *access);

/* Set the level of an interrupt line below VBUS_LINES. */
void vbus_irq_set(struct vbus *bus, unsigned line, bool level);

/* Register an interrupt controller (init hook); 0 or -ENOSPC. */
int vbus_add_irqchip(struct device *dev, const struct irqchip_ops *ops);

/* The controller's output to the CPU changes. */
void vbus_intr_set(struct device *dev, bool level);

/* Ask for tick() at guest time ns; VBUS_NEVER cancels. */
void vbus_deadline_set(struct device *dev, uint64_t ns);

/* Guest time in nanoseconds. */
uint64_t vbus_now(struct vbus *bus);

#endif
