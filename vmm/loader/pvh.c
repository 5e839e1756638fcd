/* SPDX-License-Identifier: MIT */
/*
 * PVH: a kernel is an ELF file whose Xen note of type 18 holds the physical
 * address of its 32-bit entry.  EBX points to a start-info structure with
 * the memory map, the command line and the modules: the initrd, and what the
 * caller has to say beside it.
 * Droste's own kernel boots like this, and so does a Linux vmlinux.
 *
 * Left out: ACPI tables, so the RSDP is 0; guests find a PC's legacy
 * devices where they always were.
 *
 * Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "vmm/gmem.h"
#include "vmm/loader/loader.h"

#define PVH_RANK      1
#define PVH_MAGIC     0x336ec578
#define PVH_VERSION   1 /* with a memory map */
#define PVH_MEM_RAM   1 /* numbered as E820 does */
#define PVH_MEM_OTHER 2

struct pvh_start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t module_count;
	uint64_t modules;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;
	uint32_t memmap_count;
	uint32_t reserved;
};
_Static_assert(sizeof(struct pvh_start_info) == 56, "PVH layout");

struct pvh_module {
	uint64_t gpa;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};
_Static_assert(sizeof(struct pvh_module) == 32, "PVH layout");

struct pvh_memory {
	uint64_t gpa;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};
_Static_assert(sizeof(struct pvh_memory) == 24, "PVH layout");

/*
 * The entry that the note says: 4 or 8 bytes.  1, 0 when there is no such
 * note, or -errno.
 */
static int
pvh_entry(struct load *ld, struct elf *elf, uint64_t *entry)
{
	int64_t got;

	*entry = 0;
	got = elf_note(elf, ELF_NOTE_XEN, ELF_NOTE_XEN_PHYS32_ENTRY, entry,
		sizeof(*entry));
	if (got == -ENOENT)
		return 0;
	if (got < 0)
		return load_error(ld, (int)got, "kernel: %s", elf->why);
	if ((got != 4 && got != 8) || *entry > UINT32_MAX)
		return load_error(ld, -ENOEXEC,
			"kernel: the PVH note holds no 32-bit address");
	return 1;
}

static int
pvh_probe(struct load *ld)
{
	struct elf elf;
	uint64_t entry;

	if (elf_open(&elf, ld->kernel))
		return 0;
	return pvh_entry(ld, &elf, &entry);
}

static int
pvh_memory_map(struct load *ld, struct pvh_start_info *info)
{
	struct pvh_memory map[GMEM_SLOTS];
	enum gmem_kind kind;
	unsigned n = 0;

	memset(map, 0, sizeof(map));
	while (n < GMEM_SLOTS &&
		gmem_map_entry(ld->gmem, n, &map[n].gpa, &map[n].size, &kind)) {
		map[n].type = kind == GMEM_RAM ? PVH_MEM_RAM : PVH_MEM_OTHER;
		n++;
	}
	info->memmap_count = n;
	return load_info(ld, map, n * sizeof(map[0]), &info->memmap);
}

/* A module of the caller's: its bytes and its name. */
static int
pvh_add_module(struct load *ld, struct pvh_module *to)
{
	const struct load_module *from = ld->module;
	int err = load_info(ld, from->bytes, from->size, &to->gpa);

	to->size = from->size;
	if (!err)
		err = load_info(
			ld, from->name, strlen(from->name) + 1, &to->cmdline);
	return err;
}

static int
pvh_modules(struct load *ld, struct pvh_start_info *info)
{
	struct pvh_module modules[2];
	unsigned n = 0;
	int err = 0;

	memset(modules, 0, sizeof(modules));
	if (ld->initrd && ld->initrd->size) {
		modules[n].gpa = ld->initrd_gpa;
		modules[n++].size = ld->initrd->size;
	}
	if (ld->module)
		err = pvh_add_module(ld, &modules[n++]);
	info->module_count = n;
	if (err || n == 0)
		return err;
	return load_info(ld, modules, n * sizeof(modules[0]), &info->modules);
}

static int
pvh_info(struct load *ld, uint64_t *gpa)
{
	struct pvh_start_info info = { .magic = PVH_MAGIC,
		.version = PVH_VERSION };
	int err;

	err = load_info(
		ld, ld->cmdline, strlen(ld->cmdline) + 1, &info.cmdline);
	if (!err)
		err = pvh_memory_map(ld, &info);
	if (!err)
		err = pvh_modules(ld, &info);
	return err ? err : load_info(ld, &info, sizeof(info), gpa);
}

static int
pvh_load(struct load *ld)
{
	uint64_t entry, info;
	struct elf elf;
	int err;

	err = elf_open(&elf, ld->kernel);
	if (err)
		return load_error(ld, err, "kernel: %s", elf.why);
	err = pvh_entry(ld, &elf, &entry);
	if (err <= 0)
		return err ? err
			   : load_error(ld, -ENOEXEC,
				     "kernel: its PVH note went away");
	err = load_elf_segments(ld, &elf);
	if (!err)
		err = load_initrd(ld);
	if (!err)
		err = pvh_info(ld, &info);
	if (err)
		return err;
	if (entry < ld->kernel_start || entry >= ld->kernel_end)
		return load_error(ld, -ENOEXEC,
			"kernel: the PVH entry 0x%lx lies in no segment",
			entry);
	load_cpu(ld, (uint32_t)entry, 0, (uint32_t)info);
	return 0;
}

LOADER(pvh, PVH_RANK, pvh_probe, pvh_load);
