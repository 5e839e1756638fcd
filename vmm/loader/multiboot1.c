/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1: a header in the first 8 KiB of the kernel says how to load
 * it: as the ELF file that it is, or by addresses in the header.  The CPU
 * starts in 32-bit protected mode with a magic number in EAX and EBX at an
 * information structure.  Many teaching kernels and test suites boot so.
 *
 * The command line begins with the kernel's name, as boot loaders have it.
 * Left out: video modes, symbols, drives and APM tables.
 *
 * Multiboot specification 0.6.96, chapter 3.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "vmm/gmem.h"
#include "vmm/loader/loader.h"

#define MB_RANK		 2
#define MB_SEARCH	 8192 /* bytes of the file; headers are 4-aligned */
#define MB_MAGIC	 0x1badb002u
#define MB_ALIGN_MODULES 0x00001u
#define MB_MEMORY_INFO	 0x00002u
#define MB_ADDRESSES	 0x10000u
#define MB_REQUIRED	 0x0ffffu /* flags that a loader must know */
#define MB_BOOT_MAGIC	 0x2badb002u
#define MB_INFO_MEMORY	 0x001u
#define MB_INFO_CMDLINE	 0x004u
#define MB_INFO_MODULES	 0x008u
#define MB_INFO_MMAP	 0x040u
#define MB_INFO_LOADER	 0x200u
#define MB_MEM_RAM	 1
#define MB_MEM_OTHER	 2
#define MB_LOW_KIB	 640 /* RAM below the hole of a PC */

struct mb_header {
	uint32_t magic, flags, checksum;
	/* with MB_ADDRESSES; all physical */
	uint32_t header_addr;
	uint32_t load_addr;
	uint32_t load_end_addr; /* 0: to the end of the file */
	uint32_t bss_end_addr;	/* 0: no bss */
	uint32_t entry_addr;
};
_Static_assert(sizeof(struct mb_header) == 32, "Multiboot layout");

struct mb_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper; /* KiB below 640 KiB, above 1 MiB */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
	uint32_t apm_table;
};
_Static_assert(sizeof(struct mb_info) == 72, "Multiboot layout");

struct mb_module {
	uint32_t start, end;
	uint32_t string;
	uint32_t reserved;
};
_Static_assert(sizeof(struct mb_module) == 16, "Multiboot layout");

struct mb_memory {
	uint32_t size; /* of the rest of the entry */
	uint64_t gpa;
	uint64_t length;
	uint32_t type;
} __attribute__((packed));
_Static_assert(sizeof(struct mb_memory) == 24, "Multiboot layout");

/*
 * Find the header in the file: 1 with its offset, 0 when there is none, or
 * the source's error.
 */
static int
mb_find(struct load *ld, struct mb_header *header, uint64_t *offset)
{
	struct elf_source *src = ld->kernel;
	size_t n = src->size < MB_SEARCH ? (size_t)src->size : MB_SEARCH, i;
	struct elf file = { .src = src };
	uint8_t *bytes = kmalloc(n ? n : 1);
	int err;

	if (!bytes)
		return load_error(ld, -ENOMEM, "no memory left to read");
	err = elf_read(&file, bytes, n, 0);
	if (err)
		load_error(ld, err, "kernel: %s", file.why);
	for (i = 0; !err && i + 12 <= n; i += 4) {
		size_t len = n - i < sizeof(*header) ? 12 : sizeof(*header);

		memset(header, 0, sizeof(*header));
		memcpy(header, bytes + i, len);
		if (header->magic != MB_MAGIC ||
			header->magic + header->flags + header->checksum)
			continue;
		if (header->flags & MB_ADDRESSES && len != sizeof(*header))
			continue;
		*offset = i;
		err = 1;
	}
	kfree(bytes);
	return err;
}

static int
mb_probe(struct load *ld)
{
	struct mb_header header;
	uint64_t offset;

	return mb_find(ld, &header, &offset);
}

/* Load by the addresses in the header. */
static int
mb_load_addresses(
	struct load *ld, const struct mb_header *header, uint64_t offset)
{
	uint64_t before = (uint64_t)header->header_addr - header->load_addr;
	uint64_t from, filesz, memsz;

	if (header->header_addr < header->load_addr || before > offset)
		return load_error(ld, -ENOEXEC,
			"kernel: its Multiboot header lies about where it is");
	from = offset - before;
	filesz = ld->kernel->size - from;
	if (header->load_end_addr) {
		uint64_t want =
			(uint64_t)header->load_end_addr - header->load_addr;

		if (header->load_end_addr < header->load_addr || want > filesz)
			return load_error(ld, -ENOEXEC,
				"kernel: its Multiboot header wants more than "
				"the file has");
		filesz = want;
	}
	memsz = filesz;
	if (header->bss_end_addr > header->load_addr &&
		header->bss_end_addr - header->load_addr > memsz)
		memsz = header->bss_end_addr - header->load_addr;
	return load_segment(ld, ld->kernel, "kernel", from, filesz,
		header->load_addr, memsz);
}

/* Load as an ELF file; *entry is its entry's physical address. */
static int
mb_load_elf(struct load *ld, uint64_t *entry)
{
	struct elf_segment seg;
	struct elf elf;
	unsigned i;
	int err;

	err = elf_open(&elf, ld->kernel);
	if (err)
		return load_error(ld, err,
			"kernel: Multiboot without addresses, and %s", elf.why);
	*entry = elf.entry;
	for (i = 0; i < elf.phnum; i++) {
		err = elf_segment(&elf, i, &seg);
		if (err)
			return load_error(ld, err, "kernel: %s", elf.why);
		if (seg.type == ELF_PT_LOAD && elf.entry >= seg.vaddr &&
			elf.entry - seg.vaddr < seg.memsz)
			*entry = seg.paddr + (elf.entry - seg.vaddr);
	}
	return load_elf_segments(ld, &elf);
}

static int
mb_memory_map(struct load *ld, struct mb_info *info)
{
	struct mb_memory map[GMEM_SLOTS];
	enum gmem_kind kind;
	uint64_t gpa, length;
	unsigned n;
	int err;

	for (n = 0; n < GMEM_SLOTS; n++) {
		if (!gmem_map_entry(ld->gmem, n, &gpa, &length, &kind))
			break;
		map[n].size = sizeof(map[n]) - sizeof(map[n].size);
		map[n].gpa = gpa;
		map[n].length = length;
		map[n].type = kind == GMEM_RAM ? MB_MEM_RAM : MB_MEM_OTHER;
		if (kind == GMEM_RAM && gpa == 1 << 20) {
			length >>= 10;
			info->mem_upper = length < UINT32_MAX ? (uint32_t)length
							      : UINT32_MAX;
		}
	}
	info->mem_lower = MB_LOW_KIB;
	info->flags |= MB_INFO_MEMORY | MB_INFO_MMAP;
	info->mmap_length = n * sizeof(map[0]);
	err = load_info(ld, map, info->mmap_length, &gpa);
	info->mmap_addr = (uint32_t)gpa;
	return err;
}

/* "name cmdline", in one string. */
static int
mb_cmdline(struct load *ld, struct mb_info *info)
{
	size_t size = strlen(ld->name) + strlen(ld->cmdline) + 2;
	char *text = kmalloc(size);
	uint64_t gpa = 0;
	int err;

	if (!text)
		return load_error(ld, -ENOMEM, "no memory left to load");
	snprintf(text, size, "%s%s%s", ld->name, ld->cmdline[0] ? " " : "",
		ld->cmdline);
	err = load_info(ld, text, strlen(text) + 1, &gpa);
	kfree(text);
	info->flags |= MB_INFO_CMDLINE;
	info->cmdline = (uint32_t)gpa;
	return err;
}

static int
mb_info(struct load *ld, uint64_t *info_gpa)
{
	static const char loader[] = "Droste";
	struct mb_info info = { .flags = MB_INFO_LOADER };
	struct mb_module module = { 0 };
	uint64_t gpa = 0;
	int err = mb_memory_map(ld, &info);

	if (!err)
		err = mb_cmdline(ld, &info);
	if (!err)
		err = load_info(ld, loader, sizeof(loader), &gpa);
	info.boot_loader_name = (uint32_t)gpa;
	if (!err && ld->initrd && ld->initrd->size) {
		module.start = (uint32_t)ld->initrd_gpa;
		module.end = (uint32_t)(ld->initrd_gpa + ld->initrd->size);
		module.string = info.boot_loader_name + sizeof(loader) - 1;
		err = load_info(ld, &module, sizeof(module), &gpa);
		info.flags |= MB_INFO_MODULES;
		info.mods_count = 1;
		info.mods_addr = (uint32_t)gpa;
	}
	return err ? err : load_info(ld, &info, sizeof(info), info_gpa);
}

static int
mb_load(struct load *ld)
{
	struct mb_header header;
	uint64_t offset, entry, info;
	int err = mb_find(ld, &header, &offset);

	if (err <= 0)
		return err ? err
			   : load_error(ld, -ENOEXEC,
				     "kernel: its Multiboot header went away");
	if (header.flags & MB_REQUIRED & ~(MB_ALIGN_MODULES | MB_MEMORY_INFO))
		return load_error(ld, -ENOEXEC,
			"kernel: its Multiboot header asks for what is not "
			"offered (flags 0x%x)",
			header.flags);
	entry = header.entry_addr;
	err = header.flags & MB_ADDRESSES
		? mb_load_addresses(ld, &header, offset)
		: mb_load_elf(ld, &entry);
	if (!err)
		err = load_initrd(ld);
	if (!err)
		err = mb_info(ld, &info);
	if (err)
		return err;
	if (entry < ld->kernel_start || entry >= ld->kernel_end ||
		entry > UINT32_MAX)
		return load_error(ld, -ENOEXEC,
			"kernel: its entry 0x%lx lies in no segment below 4 "
			"GiB",
			entry);
	load_cpu(ld, (uint32_t)entry, MB_BOOT_MAGIC, (uint32_t)info);
	return 0;
}

LOADER(multiboot1, MB_RANK, mb_probe, mb_load);
