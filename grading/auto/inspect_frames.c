/* SPDX-License-Identifier: MIT */
/*
 * Which frames are in use, by the records of kernel/mem/pmm.c: an array with
 * 16 bytes for each frame, of which byte 12 is its state.  See inspect.h.
 *
 * The counters of the kernel are not asked: they could be wrong where the
 * records are right.
 */
#include "grading/auto/inspect.h"

#include <string.h>

#define RECORD	   16u /* bytes */
#define STATE	   12u
#define STATE_USED 2u

/* A word of the kernel's memory. */
static bool
word_read(const struct memory *m, uint64_t root, uint64_t va, uint64_t *word)
{
	struct translation to;
	uint64_t words[FRAME_WORDS];

	if (!memory_translate(m, root, va, &to) ||
		!m->read(m, to.addr & ~(FRAME - 1), words))
		return false;
	*word = words[va % FRAME / 8];
	return true;
}

/* How many of the records in one page are of frames in use; n: of how many. */
static uint64_t
page_count(const uint64_t *words, uint64_t n)
{
	const uint8_t *bytes = (const uint8_t *)words;
	uint64_t used = 0;

	for (uint64_t i = 0; i < n; i++)
		used += bytes[i * RECORD + STATE] == STATE_USED;
	return used;
}

void
inspect_frames(const struct memory *m, uint64_t root, const struct image *image,
	struct text *t)
{
	const uint64_t a_page = FRAME / RECORD;
	uint64_t records, count, used = 0, words[FRAME_WORDS];
	struct translation to;

	if (!word_read(m, root, image->frames, &records) ||
		!word_read(m, root, image->frame_count, &count) ||
		records % FRAME != 0 || count > FRAMES_MAX) {
		text_addf(t, "the frame records cannot be read\n");
		return;
	}
	for (uint64_t i = 0; i < count; i += a_page) {
		if (!memory_translate(m, root, records + i * RECORD, &to) ||
			!m->read(m, to.addr & ~(FRAME - 1), words)) {
			text_addf(t, "the frame records cannot be read\n");
			return;
		}
		used += page_count(
			words, count - i < a_page ? count - i : a_page);
	}
	text_addf(t, "frames in use: %llu\n", (unsigned long long)used);
}
