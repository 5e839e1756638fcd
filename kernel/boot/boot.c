/* SPDX-License-Identifier: MIT */
/*
 * From the loader's structures to the boot description.  The loader's memory
 * is not kept: all that matters is copied here before memory is handed out.
 */
#include "kernel/boot/boot.h"

#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/time.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

static struct bootinfo bootinfo;

const struct bootinfo *
boot_info(void)
{
	return &bootinfo;
}

/*
 * Add a range of the machine's memory map, host-physical bytes, behind those
 * that are there, as the loader says it: not rounded, not merged, not sorted.
 * ram: it is RAM, else reserved.  One without a byte, and one for which there
 * is no room (BOOT_MEMORY_MAX), is dropped.  Before paging: one CPU, no lock.
 */
void
boot_add_memory(struct bootinfo *info, uint64_t start, uint64_t size, bool ram)
{
	if (info->memory_count == BOOT_MEMORY_MAX || size == 0)
		return;
	info->memory[info->memory_count++] = (struct bootmem){
		.start = start,
		.size = size,
		.ram = ram,
	};
}

/*
 * "cmd=" counts only as the start of a word, and it is always the last word:
 * what follows belongs to the shell, blanks, quotes and all.
 */
void
boot_set_cmdline(struct bootinfo *info, const char *cmdline, size_t max)
{
	char *line = info->cmdline;
	size_t length = 0;

	while (length < max && length < BOOT_CMDLINE_MAX - 1 && cmdline[length])
		length++;
	memcpy(line, cmdline, length);
	line[length] = '\0';
	info->commands = NULL;
	for (char *at = line; *at; at++) {
		if (strncmp(at, "cmd=", 4) != 0)
			continue;
		if (at != line && at[-1] != ' ')
			continue;
		*at = '\0';
		info->commands = at + 4;
		return;
	}
}

bool
boot_option(const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *at = bootinfo.cmdline;

	while (*at) {
		const char *end = strchr(at, ' ');
		size_t word = end ? (size_t)(end - at) : strlen(at);
		bool pair = name[length - 1] == '=';

		if (strncmp(at, name, length) == 0 &&
			(pair || word == length)) {
			if (pair && value && size > word - length)
				str_copy(value, at + length, word - length + 1);
			return true;
		}
		at += end ? word + 1 : word;
	}
	return false;
}

void
boot_main(uint32_t magic, uint64_t info)
{
	time_mark_boot();
	trap_init();
	cpu_init(0);
	if (magic == BOOT_MAGIC_MULTIBOOT2)
		boot_multiboot2(&bootinfo, info);
	else
		boot_pvh(&bootinfo, info);
	cpuid_init(); /* the description may overrule the instruction */
	cpu_set_control();
	kmain();
}
