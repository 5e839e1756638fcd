/* SPDX-License-Identifier: MIT */
/*
 * The boot description: what the boot protocol (PVH or Multiboot2) said,
 * copied out of the loader's memory and in one form.  All else in the kernel
 * reads this and knows no protocol.
 */
#ifndef KERNEL_BOOT_BOOT_H
#define KERNEL_BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_MEMORY_MAX	 32   /* memory ranges that are kept */
#define BOOT_CMDLINE_MAX 8192 /* bytes of the command line, with the NUL */

struct bootmem {
	uint64_t start, size; /* bytes, host-physical */
	bool ram;	      /* usable; else reserved, ACPI or unknown */
};

struct bootinfo {
	const char *protocol; /* "pvh" or "multiboot2" */
	struct bootmem memory[BOOT_MEMORY_MAX];
	size_t memory_count;
	uint64_t initrd_start, initrd_size; /* host-physical; size 0: none */
	uint64_t rsdp; /* host-physical address of the ACPI RSDP, or 0 */
	char cmdline[BOOT_CMDLINE_MAX]; /* words before cmd= */
	const char *commands; /* all behind "cmd=", or NULL; in cmdline */
};

/* The description of this boot; valid from the first line of kmain on. */
const struct bootinfo *boot_info(void);

/*
 * Is `word` on the command line?  For "name=value" words pass "name=": the
 * value (up to the next blank, size bytes with the NUL at most) is copied.
 */
bool boot_option(const char *name, char *value, size_t size);

/* Read the protocol's structures; called by entry.S's C half only. */
void boot_pvh(struct bootinfo *info, uint64_t start_info);
void boot_multiboot2(struct bootinfo *info, uint64_t mbi);

/*
 * Add a memory range behind those that are there.  Ranges without a byte, and
 * those beyond BOOT_MEMORY_MAX, are dropped.
 */
void boot_add_memory(
	struct bootinfo *info, uint64_t start, uint64_t size, bool ram);

/*
 * Copy a command line, up to its NUL or `max` bytes, and cut it at "cmd=".  A
 * second call replaces what the first one copied.
 */
void boot_set_cmdline(struct bootinfo *info, const char *cmdline, size_t max);

#define BOOT_MAGIC_MULTIBOOT2 0x36d76289u

/* Entered by entry.S: magic is EAX of the loader, info its EBX. */
void boot_main(uint32_t magic, uint64_t info) __attribute__((noreturn));

/* The rest of the kernel's life: main.c. */
void kmain(void) __attribute__((noreturn));

#endif
