/* SPDX-License-Identifier: MIT */
/*
 * The device bus (vbus.h): who answers at which address.
 *
 * Ranges are few and fixed once the devices are there, so they lie in one
 * small array in order of address.  They never overlap.  The guest chooses
 * address and size of each access; what reaches a model has been cut to its
 * range and to the width that it takes.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"

static int
vbus_claim(struct vbus *bus, const struct vbus_range *range)
{
	unsigned i, at = 0;

	if (!range->len || range->len - 1 > UINT64_MAX - range->base)
		return -EINVAL;
	if (bus->range_count == VBUS_RANGES_MAX)
		return -ENOSPC;
	for (i = 0; i < bus->range_count; i++) {
		const struct vbus_range *r = &bus->ranges[i];

		if (r->space != range->space)
			continue;
		if (r->base <= range->base + (range->len - 1) &&
			range->base <= r->base + (r->len - 1))
			return -EBUSY;
	}
	while (at < bus->range_count && bus->ranges[at].base <= range->base)
		at++;
	memmove(&bus->ranges[at + 1], &bus->ranges[at],
		(bus->range_count - at) * sizeof(*range));
	bus->ranges[at] = *range;
	bus->range_count++;
	return 0;
}

int
vbus_claim_ports(struct device *dev, uint16_t base, uint16_t len, uint8_t width,
	vbus_access_fn *access)
{
	const struct vbus_range range = { .space = VBUS_PORT,
		.width = width,
		.base = base,
		.len = len,
		.dev = dev,
		.access = access };

	if (base + len > 0x10000)
		return -EINVAL;
	return vbus_claim(dev->bus, &range);
}

int
vbus_claim_mmio(struct device *dev, uint64_t gpa, uint64_t len, uint8_t width,
	vbus_access_fn *access)
{
	const struct vbus_range range = { .space = VBUS_MMIO,
		.width = width,
		.base = gpa,
		.len = len,
		.dev = dev,
		.access = access };

	return vbus_claim(dev->bus, &range);
}

static const struct vbus_range *
vbus_lookup(const struct vbus *bus, enum vbus_space space, uint64_t address)
{
	unsigned i;

	for (i = 0; i < bus->range_count; i++) {
		const struct vbus_range *r = &bus->ranges[i];

		if (r->base > address)
			break;
		if (r->space == space && address - r->base < r->len)
			return r;
	}
	return NULL;
}

static uint64_t
vbus_mask(unsigned size)
{
	return size >= 8 ? UINT64_MAX : (1ull << size * 8) - 1;
}

/*
 * Perform the first piece of an access: the largest power of two that the
 * range at `address` takes, or one byte of nothing.  Returns its size and
 * whether somebody answered.
 */
static unsigned
vbus_piece(struct vbus *bus, enum vbus_space space, uint64_t address,
	struct vaccess *access, bool *answered)
{
	const struct vbus_range *r = vbus_lookup(bus, space, address);
	unsigned size = access->size;

	if (!r) {
		access->value = 0xff;
		return 1;
	}
	access->offset = address - r->base;
	while (size > r->width || size > r->len - access->offset)
		size /= 2;
	access->size = (uint8_t)size;
	access->value &= vbus_mask(size);
	r->access(r->dev, access);
	access->value &= vbus_mask(size);
	*answered = true;
	return size;
}

static int
vbus_access(struct vbus *bus, enum vbus_space space, uint64_t address,
	unsigned size, bool write, uint64_t *value)
{
	uint64_t in = *value, out = 0;
	bool answered = false;
	unsigned done = 0, piece;

	while (done < size) {
		unsigned left = size - done;
		struct vaccess a = { .write = write,
			.value = write ? in >> done * 8 : 0 };

		/* 3 bytes may be left: pieces are powers of two */
		a.size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
		if (space == VBUS_PORT && address + done > 0xffff) {
			a.value = 0xff;
			piece = 1;
		} else {
			piece = vbus_piece(
				bus, space, address + done, &a, &answered);
		}
		out |= a.value << done * 8;
		done += piece;
	}
	if (!write)
		*value = out;
	return answered ? 0 : -ENXIO;
}

int
vbus_io(struct vbus *bus, uint16_t port, unsigned size, bool write,
	uint64_t *value)
{
	return vbus_access(bus, VBUS_PORT, port, size, write, value);
}

int
vbus_mmio(struct vbus *bus, uint64_t gpa, unsigned size, bool write,
	uint64_t *value)
{
	return vbus_access(bus, VBUS_MMIO, gpa, size, write, value);
}
