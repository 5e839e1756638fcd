/* SPDX-License-Identifier: MIT */
/*
 * The device bus (vbus.h): its devices' lives, interrupts, time and state.
 *
 * Interrupt output and deadline are kept as one word each, up to date at all
 * times, because they are read before every entry into the guest while
 * everything else here is off that path.
 *
 * The order of devices is that of the linker set, and so the same in every
 * VM of one kernel image.  Saved state relies on it.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "vmm/state.h"

LINKSET_DECLARE(struct device_model, device_models);

/* Devices and their lives. */

static int
vbus_create(struct vbus *bus, const struct device_ops *ops)
{
	struct device *dev = kzalloc(ops->size);
	int err;

	if (!dev)
		return -ENOMEM;
	dev->ops = ops;
	dev->bus = bus;
	dev->deadline = VBUS_NEVER;
	err = ops->init(dev);
	if (err) {
		kfree(dev);
		return err;
	}
	list_append(&bus->devices, &dev->link);
	return 0;
}

int
vbus_init(struct vbus *bus, const struct vbus_owner_ops *owner)
{
	const struct device_model *model;
	int err;

	memset(bus, 0, sizeof(*bus));
	bus->owner = owner;
	bus->deadline = VBUS_NEVER;
	list_init(&bus->devices);
	linkset_for_each (model, device_models) {
		err = vbus_create(bus, model->ops);
		if (err) {
			vbus_fini(bus);
			return err;
		}
	}
	vbus_reset(bus);
	return 0;
}

void
vbus_fini(struct vbus *bus)
{
	struct list *link;

	if (!bus->devices.next)
		return;
	while ((link = list_pop(&bus->devices))) {
		struct device *dev = list_entry(link, struct device, link);

		if (dev->ops->fini)
			dev->ops->fini(dev);
		kfree(dev);
	}
	bus->range_count = bus->irqchip_count = 0;
	bus->intr = 0;
	bus->deadline = VBUS_NEVER;
}

void
vbus_reset(struct vbus *bus)
{
	struct list *link;

	list_for_each (link, &bus->devices) {
		struct device *dev = list_entry(link, struct device, link);

		dev->ops->reset(dev);
	}
}

struct device *
vbus_find(struct vbus *bus, const char *name)
{
	struct list *link;

	list_for_each (link, &bus->devices) {
		struct device *dev = list_entry(link, struct device, link);

		if (!strcmp(dev->ops->name, name))
			return dev;
	}
	return NULL;
}

/* Interrupts. */

int
vbus_add_irqchip(struct device *dev, const struct irqchip_ops *ops)
{
	struct vbus *bus = dev->bus;

	if (bus->irqchip_count == VBUS_IRQCHIPS_MAX)
		return -ENOSPC;
	dev->intr = 1u << bus->irqchip_count;
	bus->irqchips[bus->irqchip_count++] =
		(struct vbus_irqchip){ .dev = dev, .ops = ops };
	return 0;
}

void
vbus_irq_set(struct vbus *bus, unsigned line, bool level)
{
	unsigned i;

	for (i = 0; i < bus->irqchip_count; i++)
		bus->irqchips[i].ops->set(bus->irqchips[i].dev, line, level);
}

void
vbus_intr_set(struct device *dev, bool level)
{
	struct vbus *bus = dev->bus;
	uint32_t intr = level ? bus->intr | dev->intr : bus->intr & ~dev->intr;
	bool rises = intr & ~bus->intr;

	__atomic_store_n(&bus->intr, intr, __ATOMIC_RELAXED);
	if (rises)
		bus->owner->kick(bus);
}

int
vbus_irq_ack(struct vbus *bus)
{
	unsigned i;

	for (i = 0; i < bus->irqchip_count; i++) {
		const struct vbus_irqchip *chip = &bus->irqchips[i];

		if (bus->intr & chip->dev->intr)
			return chip->ops->ack(chip->dev);
	}
	return -ENOENT;
}

/* Time. */

uint64_t
vbus_now(struct vbus *bus)
{
	return bus->owner->now(bus);
}

void
vbus_deadline_set(struct device *dev, uint64_t ns)
{
	struct vbus *bus = dev->bus;
	uint64_t first = VBUS_NEVER;
	struct list *link;

	dev->deadline = ns;
	list_for_each (link, &bus->devices) {
		struct device *it = list_entry(link, struct device, link);

		if (it->deadline < first)
			first = it->deadline;
	}
	__atomic_store_n(&bus->deadline, first, __ATOMIC_RELAXED);
}

void
vbus_tick(struct vbus *bus)
{
	uint64_t now = vbus_now(bus);
	struct list *link;

	list_for_each (link, &bus->devices) {
		struct device *dev = list_entry(link, struct device, link);

		if (dev->deadline <= now)
			dev->ops->tick(dev, now);
	}
}

/* Console input goes to the first device that takes any. */

size_t
vbus_console_in(struct vbus *bus, const uint8_t *bytes, size_t n)
{
	struct list *link;

	list_for_each (link, &bus->devices) {
		struct device *dev = list_entry(link, struct device, link);

		if (dev->ops->input)
			return dev->ops->input(dev, bytes, n);
	}
	return n;
}

/*
 * Saved state: the number of devices, then of each its name's length, its
 * name, the length of its state in bytes, its state.
 */

void
vbus_save(struct vbus *bus, struct state_writer *w)
{
	uint32_t count = 0;
	struct list *link;

	list_for_each (link, &bus->devices)
		count++;
	state_put_u32(w, count);
	list_for_each (link, &bus->devices) {
		struct device *dev = list_entry(link, struct device, link);
		size_t name = strlen(dev->ops->name), length, start;
		struct state_writer patch;

		state_put_u8(w, (uint8_t)name);
		state_put_bytes(w, dev->ops->name, name);
		length = w->len;
		state_put_u32(w, 0);
		start = w->len;
		dev->ops->save(dev, w);
		if (w->full)
			return;
		state_writer_init(&patch, w->buf + length, sizeof(uint32_t));
		state_put_u32(&patch, (uint32_t)(w->len - start));
	}
}

/* Load dev from the stream: its name must come next. */
static void
vbus_load_device(struct device *dev, struct state_reader *r)
{
	char name[UINT8_MAX + 1] = "";
	struct state_reader part;
	uint32_t length;

	state_get_bytes(r, name, state_get_u8(r));
	state_require(r, !strcmp(name, dev->ops->name));
	length = state_get_u32(r);
	state_require(r, length <= r->len - r->at);
	if (r->bad)
		return;
	state_reader_init(&part, r->buf + r->at, length);
	state_require(r, !dev->ops->load(dev, &part));
	state_require(r, !part.bad && part.at == part.len);
	r->at += length;
}

int
vbus_load(struct vbus *bus, struct state_reader *r)
{
	uint32_t count = 0;
	struct list *link;

	list_for_each (link, &bus->devices)
		count++;
	state_require(r, state_get_u32(r) == count);
	list_for_each (link, &bus->devices) {
		if (r->bad)
			break;
		vbus_load_device(list_entry(link, struct device, link), r);
	}
	return r->bad ? -EINVAL : 0;
}
