/* SPDX-License-Identifier: MIT */
/*
 * Shadow entries against the entries of the guest that they stand for; see
 * inspect.h.
 *
 * The guest is Droste itself, so its kernel has all of its memory in a direct
 * map.  Where the shadow has a page of that map, it says where the host has a
 * frame of the guest: by this the guest's tables are read, and frames are
 * compared.  What the shadow does not have just now is not judged.
 */
#include "grading/auto/inspect.h"

#include <string.h>

enum finding {
	NOT_THE_GUESTS,
	MORE_RIGHTS,
	NOT_DIRTY,
	ELSEWHERE,
	TEXT_DIFFERS,
	USER_SEES,
	FINDINGS
};

static const char *const finding_names[FINDINGS] = {
	[NOT_THE_GUESTS] = "shadow pages that the guest's tables do not have",
	[MORE_RIGHTS] = "shadow pages with a right that the guest's give not",
	[NOT_DIRTY] = "shadow pages that may be written, and are not dirty",
	[ELSEWHERE] = "shadow pages that lie elsewhere than they should",
	[TEXT_DIFFERS] = "pages of the guest's text that are not the image's",
	[USER_SEES] = "pages of the kernel's half that virtual user mode sees",
};

struct shadow {
	const struct memory *host;
	struct guest_memory guest; /* as far as the shadow has its direct map */
	uint64_t guest_root;
	const struct image *image;
	bool user; /* it is the root of virtual user mode */
	unsigned pages, compared;
	uint64_t count[FINDINGS], first[FINDINGS];
};

static void
found(struct shadow *s, enum finding f, uint64_t gva, bool is_so)
{
	if (is_so && !s->count[f]++)
		s->first[f] = gva;
}

/* A page of the image's text: what the guest sees is what the host has. */
static void
look_text(struct shadow *s, uint64_t gva, uint64_t hpa)
{
	if (gva < s->image->text || gva >= s->image->text_end)
		return;
	found(s, TEXT_DIFFERS, gva,
		!image_text_is(s->image, s->host, gva, hpa));
}

static void
look(struct shadow *s, uint64_t gva, uint64_t hpa, uint64_t rights)
{
	struct translation its;
	uint64_t frame;
	bool there;

	s->pages++;
	if (s->user) {
		found(s, USER_SEES, gva, true);
		return;
	}
	there = memory_translate(&s->guest.memory, s->guest_root, gva, &its);
	look_text(s, gva, hpa);
	if (!there) {
		found(s, NOT_THE_GUESTS, gva, its.known);
		return;
	}
	s->compared++;
	found(s, MORE_RIGHTS, gva,
		(rights & PTE_W & ~its.rights) ||
			(PTE_NX & its.rights & ~rights));
	found(s, NOT_DIRTY, gva, (rights & PTE_W) && !(its.rights & PTE_D));
	frame = guest_frame(&s->guest, its.addr);
	found(s, ELSEWHERE, gva, frame && frame != hpa);
}

/* The kernel's half; what ring 3 cannot reach is the engine's own. */
static void
walk(struct shadow *s, uint64_t table, unsigned level, uint64_t gva,
	uint64_t rights)
{
	unsigned shift = 12 + 9 * (level - 1);
	uint64_t entry[FRAME_WORDS];

	if (!s->host->read(s->host, table, entry))
		return;
	for (uint64_t i = level == 4 ? FRAME_WORDS / 2 : 0; i < FRAME_WORDS;
		i++) {
		uint64_t at = gva | i << shift;
		uint64_t all = (rights & entry[i] & PTE_W) |
			((rights | entry[i]) & PTE_NX);

		if (!(entry[i] & PTE_P) || !(entry[i] & PTE_U))
			continue;
		if (level > 1 && !(entry[i] & PTE_PS)) {
			walk(s, entry[i] & PTE_ADDR, level - 1, at, all);
			continue;
		}
		for (uint64_t in = 0; in < 1ull << shift; in += FRAME)
			look(s, at + in,
				(entry[i] & PTE_ADDR & ~((1ull << shift) - 1)) +
					in,
				all);
	}
}

static void
tell(const struct shadow *s, enum finding from, enum finding to, struct text *t)
{
	for (enum finding f = from; f < to; f++)
		if (s->count[f])
			text_addf(t, "%s: %llu, the first at %llx\n",
				finding_names[f],
				(unsigned long long)s->count[f],
				(unsigned long long)s->first[f]);
		else
			text_addf(t, "%s: 0\n", finding_names[f]);
}

void
inspect_shadow(const struct memory *m, uint64_t kernel, uint64_t user,
	const struct image *image, struct text *t)
{
	struct shadow s = { .host = m,
		.guest = { .host = m, .root = kernel, .base = KERNEL_HALF },
		.image = image };
	uint64_t words[FRAME_WORDS];
	struct translation to;

	if (!kernel || !user) {
		text_addf(t, "the guest did not run in ring 3\n");
		return;
	}
	guest_memory_init(&s.guest);
	if (!memory_translate(m, kernel, image->root, &to) ||
		!m->read(m, to.addr & ~(FRAME - 1), words)) {
		text_addf(t, "the guest's kernel has no kernel_root\n");
		return;
	}
	s.guest_root = words[image->root % FRAME / 8];
	walk(&s, kernel & PTE_ADDR, 4, 0xffffull << 48, PTE_W);
	text_addf(t, "shadow pages compared with the guest's tables: %s\n",
		s.compared > 50	     ? "many"
			: s.compared ? "few"
				     : "none");
	tell(&s, 0, USER_SEES, t);
	s.user = true;
	walk(&s, user & PTE_ADDR, 4, 0xffffull << 48, PTE_W);
	tell(&s, USER_SEES, FINDINGS, t);
}
