/* SPDX-License-Identifier: MIT */
/*
 * PVH, the boot protocol of Xen that QEMU's -kernel speaks too, and that our
 * own VMM offers its guests.  EBX holds the physical address of a start-info
 * structure (Xen, public/arch-x86/hvm/start_info.h).
 */
#include "kernel/boot/boot.h"

#include "kernel/abi/vm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

#define PVH_MAGIC      0x336ec578u
#define PVH_MEMORY_RAM 1

struct pvh_start_info {
	uint32_t magic;
	uint32_t version; /* the memory map is there from version 1 on */
	uint32_t flags;
	uint32_t module_count;
	uint64_t modules;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;
	uint32_t memmap_entries;
	uint32_t reserved;
};
_Static_assert(sizeof(struct pvh_start_info) == 56, "PVH start info");

struct pvh_module {
	uint64_t start, size, cmdline, reserved;
};

struct pvh_memory {
	uint64_t start, size;
	uint32_t type, reserved;
};
_Static_assert(sizeof(struct pvh_memory) == 24, "PVH memory map entry");

/* The first module is the initrd, but for those that we know by name. */
static void
pvh_read_module(struct bootinfo *info, const struct pvh_module *module)
{
	if (module->cmdline &&
		strcmp(phys_to_virt(module->cmdline), VM_CPUID_MODULE) == 0) {
		cpuid_set_table(phys_to_virt(module->start),
			module->size / sizeof(struct vm_cpuid));
	} else if (info->initrd_size == 0) {
		info->initrd_start = module->start;
		info->initrd_size = module->size;
	}
}

void
boot_pvh(struct bootinfo *info, uint64_t start_info)
{
	const struct pvh_start_info *start = phys_to_virt(start_info);

	info->protocol = "pvh";
	if (start->magic != PVH_MAGIC)
		panic("boot: no PVH start info at %#lx", start_info);
	if (start->version < 1)
		panic("boot: PVH version %u has no memory map", start->version);
	if (start->cmdline)
		boot_set_cmdline(
			info, phys_to_virt(start->cmdline), BOOT_CMDLINE_MAX);
	info->rsdp = start->rsdp;
	const struct pvh_module *module = phys_to_virt(start->modules);
	const struct pvh_memory *map = phys_to_virt(start->memmap);

	for (uint32_t i = 0; i < start->module_count; i++)
		pvh_read_module(info, &module[i]);
	for (uint32_t i = 0; i < start->memmap_entries; i++)
		boot_add_memory(info, map[i].start, map[i].size,
			map[i].type == PVH_MEMORY_RAM);
}
