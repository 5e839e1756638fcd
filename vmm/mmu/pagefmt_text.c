/* SPDX-License-Identifier: MIT */
/* Page-table entries in words and letters; pagefmt.h has the contracts. */
#include "kernel/lib/printf.h"
#include "vmm/mmu/pagefmt.h"

void
pagefmt_explain(const struct pagefmt *fmt, const struct pagefmt_cpu *cpu,
	unsigned level, uint64_t entry, char *buf, size_t size)
{
	bool leaf = pagefmt_is_leaf(fmt, level, entry);
	uint64_t bits = entry & pagefmt_reserved(fmt, cpu, level, leaf);

	buf[0] = '\0';
	switch (pagefmt_check(fmt, cpu, level, entry)) {
	case PAGEFMT_FINE:
		break;
	case PAGEFMT_RESERVED:
		snprintf(buf, size, "reserved bits 0x%llx are set",
			(unsigned long long)bits);
		break;
	case PAGEFMT_UNREADABLE:
		snprintf(buf, size, "%s but not readable",
			entry & fmt->write ? "writable" : "executable");
		break;
	case PAGEFMT_TYPE:
		snprintf(buf, size, "memory type %u does not exist",
			pagefmt_type(fmt, entry));
		break;
	}
}

static const char *const pagefmt_types[] = { "UC", "WC", "?2", "?3", "WT", "WP",
	"WB", "?7" };

/* Rights in letters; none where the level has none. */
static void
pagefmt_rights(const struct pagefmt *fmt, uint64_t entry, char *buf)
{
	bool write = entry & fmt->write;
	bool exec = (entry & (fmt->exec | fmt->nx)) == fmt->exec;

	if (fmt->read) {
		buf[0] = entry & fmt->read ? 'r' : '-';
		buf[1] = write ? 'w' : '-';
	} else {
		buf[0] = write ? 'w' : 'r';
		buf[1] = entry & fmt->user ? 'u' : 's';
	}
	buf[2] = exec ? 'x' : '-';
	buf[3] = '\0';
}

void
pagefmt_flags(const struct pagefmt *fmt, unsigned level, uint64_t entry,
	char buf[PAGEFMT_FLAGS_MAX])
{
	bool leaf = pagefmt_is_leaf(fmt, level, entry);
	size_t pos = 3;

	if (fmt->no_rights >> level & 1) {
		buf[0] = '\0';
		return;
	}
	pagefmt_rights(fmt, entry, buf);
	str_append(buf, PAGEFMT_FLAGS_MAX, &pos, "%s%s%s%s",
		entry & fmt->accessed ? "a" : "",
		leaf && (entry & fmt->dirty) ? "d" : "",
		leaf && level > 1 ? "P" : "",
		leaf && (entry & fmt->global) ? "G" : "");
	if (leaf && fmt->wrong_types)
		str_append(buf, PAGEFMT_FLAGS_MAX, &pos, " %s%s",
			pagefmt_types[pagefmt_type(fmt, entry)],
			entry & EPTE_IGNORE_PAT ? "" : "+PAT");
}
