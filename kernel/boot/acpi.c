/* SPDX-License-Identifier: MIT */
/*
 * Finding and reading the MADT; acpi.h.  Both boot protocols say where the RSDP
 * is; the firmware area is not searched, which in a VM without one would be
 * thousands of exits.
 */
#include "kernel/boot/acpi.h"

#include "kernel/boot/boot.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
} __attribute__((packed));

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} __attribute__((packed));

struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic, flags;
} __attribute__((packed));

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2
};

struct madt_entry {
	uint8_t type, length;
	union {
		struct {
			uint8_t processor, apic_id;
			uint32_t flags;
		} __attribute__((packed)) lapic;
		struct {
			uint8_t id, reserved;
			uint32_t address, gsi_base;
		} __attribute__((packed)) ioapic;
		struct {
			uint8_t bus, source;
			uint32_t gsi;
			uint16_t flags;
		} __attribute__((packed)) override;
	};
} __attribute__((packed));

#define MADT_LAPIC_ENABLED 1u
#define MADT_ACTIVE_LOW	   3u /* flags bits 1-0 */
#define MADT_LEVEL	   3u /* flags bits 3-2 */

/* The first tables map this much; nothing of ACPI lies above on a PC. */
#define ACPI_MAP_END 0x100000000ull

static struct acpi_info info;

const struct acpi_info *
acpi_info(void)
{
	return &info;
}

static const struct acpi_madt *
madt_find(uint64_t rsdp)
{
	const struct acpi_rsdp *root = phys_to_virt(rsdp);
	const struct acpi_header *rsdt = phys_to_virt(root->rsdt);
	const uint8_t *entries = (const uint8_t *)(rsdt + 1);
	size_t count = (rsdt->length - sizeof(*rsdt)) / 4;

	for (size_t i = 0; i < count; i++) {
		uint32_t hpa;

		memcpy(&hpa, entries + 4 * i, sizeof(hpa));
		if (memcmp(phys_to_virt(hpa), "APIC", 4) == 0)
			return phys_to_virt(hpa);
	}
	return NULL;
}

static void
madt_read_entry(const struct madt_entry *entry)
{
	struct acpi_route *route;

	switch (entry->type) {
	case MADT_LAPIC:
		if (entry->lapic.flags & MADT_LAPIC_ENABLED &&
			info.cpu_count < CPU_MAX)
			info.apic_id[info.cpu_count++] = entry->lapic.apic_id;
		break;
	case MADT_IOAPIC:
		if (entry->ioapic.gsi_base == 0)
			info.ioapic = entry->ioapic.address;
		break;
	case MADT_OVERRIDE:
		if (entry->override.source >= IRQ_ISA_COUNT)
			break;
		route = &info.route[entry->override.source];
		route->line = (uint8_t)entry->override.gsi;
		route->active_low =
			(entry->override.flags & 3) == MADT_ACTIVE_LOW;
		route->level = (entry->override.flags >> 2 & 3) == MADT_LEVEL;
		break;
	}
}

void
acpi_init(void)
{
	uint64_t rsdp = boot_info()->rsdp;
	const struct acpi_madt *madt;
	const uint8_t *at, *end;

	for (unsigned i = 0; i < IRQ_ISA_COUNT; i++)
		info.route[i].line = (uint8_t)i;
	if (!rsdp || rsdp >= ACPI_MAP_END)
		return;
	madt = madt_find(rsdp);
	if (!madt)
		return;
	info.lapic = madt->lapic;
	at = (const uint8_t *)(madt + 1);
	end = (const uint8_t *)madt + madt->header.length;
	while (at + 2 <= end && at[1] >= 2 && at + at[1] <= end) {
		madt_read_entry((const struct madt_entry *)at);
		at += at[1];
	}
	info.found = info.lapic && info.ioapic && info.cpu_count > 0;
}
