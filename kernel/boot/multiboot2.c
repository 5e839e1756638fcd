/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2, the boot protocol of GRUB: a list of tags, each 8-byte aligned
 * (Multiboot2 specification, 3.6).  The first module is the initrd.  GRUB takes
 * a command line apart into words and puts it together again, so a loader that
 * wants it to arrive byte for byte passes it as a module named "cmdline".
 */
#include "kernel/boot/boot.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

enum {
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_MODULE = 3,
	MB2_TAG_MEMORY = 6,
	MB2_TAG_RSDP_OLD = 14,
	MB2_TAG_RSDP_NEW = 15,
};

#define MB2_MEMORY_RAM	   1
#define MB2_MODULE_CMDLINE "cmdline"

struct mb2_tag {
	uint32_t type, size; /* size: bytes with this header */
};

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end; /* physical */
	char cmdline[];
};

struct mb2_memory {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
	struct {
		uint64_t start, size;
		uint32_t type, reserved;
	} entry[];
};

static void
mb2_read_memory(struct bootinfo *info, const struct mb2_memory *memory)
{
	size_t count =
		(memory->tag.size - sizeof(*memory)) / sizeof(memory->entry[0]);

	for (size_t i = 0; i < count; i++)
		boot_add_memory(info, memory->entry[i].start,
			memory->entry[i].size,
			memory->entry[i].type == MB2_MEMORY_RAM);
}

static void
mb2_read_module(struct bootinfo *info, const struct mb2_module *module)
{
	if (strcmp(module->cmdline, MB2_MODULE_CMDLINE) == 0) {
		boot_set_cmdline(info, phys_to_virt(module->start),
			module->end - module->start);
	} else if (info->initrd_size == 0) {
		info->initrd_start = module->start;
		info->initrd_size = module->end - module->start;
	}
}

static void
mb2_read_tag(struct bootinfo *info, const struct mb2_tag *tag)
{
	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		boot_set_cmdline(info, (const char *)(tag + 1),
			tag->size - sizeof(*tag));
		break;
	case MB2_TAG_MODULE:
		mb2_read_module(info, (const void *)tag);
		break;
	case MB2_TAG_MEMORY:
		mb2_read_memory(info, (const void *)tag);
		break;
	case MB2_TAG_RSDP_OLD:
	case MB2_TAG_RSDP_NEW:
		info->rsdp = virt_to_phys(tag + 1);
		break;
	}
}

/*
 * A copy of the RSDP lies inside the tag list, which is not kept: the ACPI
 * code runs before the memory of the list is handed out (kernel/main.c), so
 * the address stays good for as long as it is needed.
 */
void
boot_multiboot2(struct bootinfo *info, uint64_t mbi)
{
	uint32_t total = *(const uint32_t *)phys_to_virt(mbi);
	uint32_t offset = 8;

	info->protocol = "multiboot2";
	while (offset + sizeof(struct mb2_tag) <= total) {
		const struct mb2_tag *tag = phys_to_virt(mbi + offset);

		if (tag->type == MB2_TAG_END || tag->size < sizeof(*tag))
			break;
		mb2_read_tag(info, tag);
		offset += (tag->size + 7) & ~7u;
	}
}
