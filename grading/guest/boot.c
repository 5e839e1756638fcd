/* SPDX-License-Identifier: MIT */
/* The command line, out of either boot description. */
#include "grading/guest/guest.h"

#define MB2_MAGIC 0x36d76289

#define MB2_TAG_END    0
#define MB2_TAG_MODULE 3

/* The beginning of struct hvm_start_info (Xen, arch-x86/hvm/start_info.h). */
struct pvh_info {
	uint32_t magic, version, flags, modules;
	uint64_t module_list, command_line; /* physical; 0: none */
};
_Static_assert(offsetof(struct pvh_info, command_line) == 24, "start_info.h");

/* A tag (Multiboot2, 3.6.1); of a module, with its name behind it (3.6.6). */
struct mb2_tag {
	uint32_t type, size;
};

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end;
	char name[];
};

extern uint32_t guest_boot_magic, guest_boot_info;

static int
text_equal(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/*
 * As for the kernel, it is a module with a name (kernel/boot/multiboot2.c);
 * who made the CD put a NUL at its end (tools/emulator/bochs.sh).
 */
static const char *
multiboot2_command_line(uintptr_t info)
{
	uintptr_t end = info + *(const uint32_t *)info;
	uintptr_t at = info + 8;

	while (at < end) {
		const struct mb2_tag *tag = (const void *)at;
		const struct mb2_module *module = (const void *)at;

		if (tag->type == MB2_TAG_END)
			break;
		if (tag->type == MB2_TAG_MODULE &&
			text_equal(module->name, "cmdline"))
			return (const char *)(uintptr_t)module->start;
		at += (tag->size + 7) & ~7u;
	}
	return "";
}

const char *
guest_command_line(void)
{
	const struct pvh_info *pvh = (const void *)(uintptr_t)guest_boot_info;

	if (guest_boot_magic == MB2_MAGIC)
		return multiboot2_command_line(guest_boot_info);
	if (pvh->command_line == 0)
		return "";
	return (const char *)(uintptr_t)pvh->command_line;
}
