/* SPDX-License-Identifier: MIT */
/*
 * A two-dimensional walk in words (walk2d.h), for a projector: a line for
 * each reference, at most 80 columns, and what it comes to.
 */
#include "vmm/walk2d.h"

#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

typedef unsigned long long ull;

/* A buffer that is being filled. */
struct text {
	char *buf;
	size_t size, *pos;
};

#define say(t, ...) str_append((t)->buf, (t)->size, (t)->pos, __VA_ARGS__)

static const char *
size_name(uint64_t bytes)
{
	switch (bytes) {
	case 1ull << 12:
		return "4 KiB page";
	case 1ull << 21:
		return "2 MiB page";
	case 1ull << 22:
		return "4 MiB page";
	case 1ull << 30:
		return "1 GiB page";
	default:
		return "paging is off";
	}
}

/* What an entry says: its bits, or why it says nothing. */
static void
ref_flags(const struct walk2d *w, const struct walk2d_ref *ref,
	char buf[PAGEFMT_FLAGS_MAX])
{
	if (!(ref->entry & ref->fmt->present))
		str_copy(buf, "absent", PAGEFMT_FLAGS_MAX);
	else if (ref->guest &&
		pagefmt_check(ref->fmt, &w->guest_cpu, ref->level,
			ref->entry) != PAGEFMT_FINE)
		str_copy(buf, "bad", PAGEFMT_FLAGS_MAX);
	else
		pagefmt_flags(ref->fmt, ref->level, ref->entry, buf);
}

/* An address, or a dash for one that there is none of. */
static void
say_address(const struct text *t, unsigned width, uint64_t address)
{
	if (address == WALK_NOWHERE)
		say(t, " %*s", (int)width, "-");
	else
		say(t, " %*llx", (int)width, (ull)address);
}

static void
say_nested(const struct walk2d *w, const struct text *t)
{
	say(t, " ref  table  level           gpa   entry at hpa  %-16s  bits\n",
		"entry");
	for (unsigned i = 0; i < w->refs; i++) {
		const struct walk2d_ref *ref = &w->ref[i];
		char flags[PAGEFMT_FLAGS_MAX];

		ref_flags(w, ref, flags);
		say(t, "%4u  %-6s %5u", i + 1, ref->guest ? "guest" : w->mmu,
			ref->level);
		say_address(t, 13, ref->gpa);
		say_address(t, 14, ref->hpa);
		say(t, "  %016llx  %s\n", (ull)ref->entry, flags);
	}
}

/* One side of a line: an entry or, without ref, room for it. */
static void
say_side(const struct walk2d *w, const struct text *t,
	const struct walk2d_ref *ref, uint64_t address)
{
	char flags[PAGEFMT_FLAGS_MAX];

	if (!ref) {
		say(t, "%37s", "");
		return;
	}
	ref_flags(w, ref, flags);
	say_address(t, 10, address);
	say(t, ref->guest ? " %016llx %-7s " : " %016llx %s", (ull)ref->entry,
		flags);
}

static const struct walk2d_ref *
ref_of_level(const struct walk2d *w, bool guest, unsigned level)
{
	for (unsigned i = 0; i < w->refs; i++)
		if (w->ref[i].guest == guest && w->ref[i].level == level)
			return &w->ref[i];
	return NULL;
}

static void
say_beside(const struct walk2d *w, const struct text *t)
{
	say(t, "   %11s %-16s %-7s %11s %-16s %s\n", "at gpa", "guest's entry",
		"bits", "at hpa", "the CPU's entry", "bits");
	for (unsigned level = PAGEFMT_LEVELS; level > 0; level--) {
		const struct walk2d_ref *guest = ref_of_level(w, true, level);
		const struct walk2d_ref *host = ref_of_level(w, false, level);

		if (!guest && !host)
			continue;
		say(t, "%2u ", level);
		say_side(w, t, guest, guest ? guest->gpa : 0);
		if (host)
			say_side(w, t, host, host->hpa);
		say(t, "\n");
	}
}

static void
say_guest_fault(const struct walk2d *w, const struct text *t)
{
	const struct walk2d_ref *ref = NULL;
	char why[64] = "it is not present";

	for (unsigned i = 0; i < w->refs; i++)
		if (w->ref[i].guest)
			ref = &w->ref[i];
	if (ref->entry & w->guest->present)
		pagefmt_explain(w->guest, &w->guest_cpu, ref->level, ref->entry,
			why, sizeof(why));
	say(t, "The guest's level %u entry leads nowhere: %s.\n", ref->level,
		why);
	say(t, "An access is a page fault, the guest's own.\n");
}

/* Where it came to. */
static void
say_end(const struct walk2d *w, const struct text *t)
{
	switch (w->end) {
	case WALK2D_GUEST_FAULT:
		say_guest_fault(w, t);
		break;
	case WALK2D_HOST_FAULT:
		say(t,
			"The %s leads nowhere yet: an access exits, and the "
			"VMM fills it in.\n",
			w->mmu);
		break;
	case WALK2D_PAGE:
		say(t, "gva %llx is gpa %llx (%s)\n", (ull)w->gva, (ull)w->gpa,
			size_name(w->guest_page));
		say(t, "and hpa %llx (%s, by the %s)\n", (ull)w->hpa,
			size_name(w->host_page), w->mmu);
		break;
	default:
		break;
	}
}

static void
say_count(const struct walk2d *w, const struct text *t)
{
	unsigned host = w->refs - w->guest_refs;

	if (!w->nested)
		say(t,
			"%u references: the CPU walks the %s alone. "
			"The guest's %u are the VMM's.\n",
			host, w->mmu, w->guest_refs);
	else if (w->end == WALK2D_PAGE && w->least == w->most)
		say(t,
			"%u references = (%u + 1)(%u + 1) - 1: "
			"%u levels of the guest, %u of the %s\n",
			w->refs, w->guest_refs, w->most, w->guest_refs, w->most,
			w->mmu);
	else
		say(t,
			"%u references: %u to the guest's tables, %u to the "
			"%s\n",
			w->refs, w->guest_refs, host, w->mmu);
}

void
walk2d_format(const struct walk2d *w, char *buf, size_t size, size_t *pos)
{
	const struct text t = { buf, size, pos };

	if (w->end == WALK2D_NO_ADDRESS) {
		say(&t,
			"%llx is not canonical: an access is a #GP or #SS "
			"before any walk\n",
			(ull)w->gva);
		return;
	}
	if (w->end == WALK2D_NO_MEMORY) {
		say(&t, "the host has no memory left for the guest's tables\n");
		return;
	}
	say(&t, "%llx by %s paging, CR3 %llx, in the %s:\n", (ull)w->gva,
		w->guest ? w->guest->name : "no", (ull)w->cr3, w->mmu);
	if (w->nested)
		say_nested(w, &t);
	else
		say_beside(w, &t);
	say_end(w, &t);
	say_count(w, &t);
}
