/* SPDX-License-Identifier: MIT */
/* Modules and the command line, out of either boot description. */
#include "grading/guest/guest.h"

#define MB2_MAGIC 0x36d76289

#define MB2_TAG_END    0
#define MB2_TAG_MODULE 3

/*
 * The beginning of struct hvm_start_info, and struct hvm_modlist_entry (Xen,
 * arch-x86/hvm/start_info.h).  Addresses are physical; 0: there is none.
 */
struct pvh_info {
	uint32_t magic, version, flags, modules;
	uint64_t module_list, command_line;
};
_Static_assert(offsetof(struct pvh_info, command_line) == 24, "start_info.h");

struct pvh_module {
	uint64_t start, size, name, reserved;
};

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

static const void *
multiboot2_module(uintptr_t info, const char *name, size_t *size)
{
	uintptr_t end = info + *(const uint32_t *)info;
	uintptr_t at = info + 8;

	while (at < end) {
		const struct mb2_tag *tag = (const void *)at;
		const struct mb2_module *module = (const void *)at;

		if (tag->type == MB2_TAG_END)
			break;
		if (tag->type == MB2_TAG_MODULE &&
			text_equal(module->name, name)) {
			*size = module->end - module->start;
			return (const void *)(uintptr_t)module->start;
		}
		at += (tag->size + 7) & ~7u;
	}
	return NULL;
}

static const void *
pvh_module(const struct pvh_info *info, const char *name, size_t *size)
{
	const struct pvh_module *module = (const void *)info->module_list;

	for (uint32_t i = 0; i < info->modules; i++, module++)
		if (module->name != 0 &&
			text_equal((const char *)module->name, name)) {
			*size = module->size;
			return (const void *)module->start;
		}
	return NULL;
}

const void *
guest_module(const char *name, size_t *size)
{
	uintptr_t info = guest_boot_info;

	return guest_boot_magic == MB2_MAGIC
		? multiboot2_module(info, name, size)
		: pvh_module((const void *)info, name, size);
}

/*
 * By Multiboot2 it is, as for the kernel, a module with a name
 * (kernel/boot/multiboot2.c); who made the CD put a NUL at its end
 * (tools/emulator/bochs.sh).
 */
const char *
guest_command_line(void)
{
	const struct pvh_info *pvh = (const void *)(uintptr_t)guest_boot_info;
	const char *line;
	size_t size;

	line = guest_boot_magic == MB2_MAGIC ? guest_module("cmdline", &size)
					     : (const char *)pvh->command_line;
	return line != NULL ? line : "";
}
