/* SPDX-License-Identifier: MIT */
/* Memory: areas, the heap, copies on write, rights. */
#include "user/exercise/exercise.h"

#define AREAS 8
#define STEPS 200

struct area {
	uint64_t *at;
	size_t pages;
};

static uint64_t *
area_word(struct work *w, const struct area *a)
{
	return a->at + work_below(w, a->pages * PAGE / 8);
}

static void
area_make(struct work *w, struct area *a)
{
	a->pages = 1 + work_below(w, 6);
	a->at = mmap(NULL, a->pages * PAGE, PROT_READ | PROT_WRITE);
	if (a->at == MAP_FAILED)
		err(1, "mmap");
}

void
part_memory(struct work *w)
{
	struct area area[AREAS] = { { NULL, 0 } };

	for (unsigned i = 0; i < STEPS; i++) {
		struct area *a = &area[work_below(w, AREAS)];

		if (!a->at) {
			area_make(w, a);
			work_saw(w, *area_word(w, a)); /* zero */
		} else if (work_below(w, 100) < 15) {
			if (munmap(a->at, a->pages * PAGE) != 0)
				err(1, "munmap");
			a->at = NULL;
		} else if (work_below(w, 100) < 60) {
			*area_word(w, a) = work_next(w);
		} else {
			work_saw(w, *area_word(w, a));
		}
	}
}

void
part_heap(struct work *w)
{
	char *block[32] = { NULL };

	for (unsigned i = 0; i < 400; i++) {
		unsigned n = (unsigned)work_below(w, 32);
		size_t size = 1 + work_below(w, 9000);

		if (block[n])
			work_saw(w, (uint64_t)(unsigned char)block[n][0]);
		block[n] = xrealloc(block[n], size);
		block[n][0] = block[n][size - 1] = (char)work_next(w);
	}
	for (unsigned n = 0; n < 32; n++)
		free(block[n]);
}

static uint64_t *shared_pages;

static void
child_writes(struct work *w)
{
	for (unsigned i = 0; i < 40; i++) {
		uint64_t *word = shared_pages + work_below(w, 8 * PAGE / 8);

		work_saw(w, *word);
		*word = work_next(w);
		work_saw(w, *word);
	}
}

void
part_copy_on_write(struct work *w)
{
	shared_pages = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE);
	if (shared_pages == MAP_FAILED)
		err(1, "mmap");
	for (unsigned i = 0; i < 8 * PAGE / 8; i++)
		shared_pages[i] = work_next(w);
	for (unsigned round = 0; round < 5; round++) {
		work_next(w);
		work_saw(w, (uint64_t)work_child(w, child_writes));
		/* what the child wrote is not ours */
		for (unsigned i = 0; i < 8 * PAGE / 8; i += 7)
			work_saw(w, shared_pages[i]);
		shared_pages[work_below(w, PAGE)] = work_next(w);
	}
}

static volatile char *target;

static void
child_writes_target(struct work *w)
{
	(void)w;
	*target = 1;
}

static void
child_reads_target(struct work *w)
{
	work_saw(w, (uint64_t)*target);
}

static void
child_runs_target(struct work *w)
{
	(void)w;
	((void (*)(void))(uint64_t)target)();
}

/* What each kind of page allows. */
void
part_rights(struct work *w)
{
	static void (*const tries[])(struct work *) = { child_reads_target,
		child_writes_target, child_runs_target };
	static const int prots[] = { PROT_READ, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_EXEC };

	for (unsigned i = 0; i < 12; i++) {
		int prot = prots[work_below(w, 3)];
		unsigned try = (unsigned)work_below(w, 3);

		target = mmap(NULL, PAGE, prot);
		if (target == MAP_FAILED)
			err(1, "mmap");
		if (try == 2 && (prot & PROT_EXEC))
			try = 0;
		work_saw(w, (uint64_t)work_child(w, tries[try]));
	}
}
