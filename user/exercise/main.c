/* SPDX-License-Identifier: MIT */
/* exercise PART SEED: see exercise.h. */
#include "user/exercise/exercise.h"

static const struct part parts[] = {
	{ "memory", part_memory },
	{ "heap", part_heap },
	{ "copy-on-write", part_copy_on_write },
	{ "rights", part_rights },
	{ "faults", part_faults },
	{ "forbidden", part_forbidden },
	{ "preempt", part_preempt },
	{ "registers", part_registers },
	{ "many", part_many },
	{ "exec", part_exec },
	{ "sleep", part_sleep },
	{ "pipes", part_pipes },
	{ "files", part_files },
	{ "directory", part_directory },
	{ "pointers", part_pointers },
};

uint64_t
work_next(struct work *w)
{
	uint64_t z = w->state += 0x9e3779b97f4a7c15ul;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return z ^ z >> 31;
}

uint64_t
work_below(struct work *w, uint64_t n)
{
	return (work_next(w) >> 8) % n;
}

void
work_saw(struct work *w, uint64_t value)
{
	struct work mix = { w->sum ^ value, 0 };

	w->sum = work_next(&mix);
}

int
work_child(struct work *w, void (*fn)(struct work *w))
{
	int pid = fork(), status;

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		fn(w);
		_exit((int)(w->sum & 63));
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void
run(const struct part *part, uint64_t seed)
{
	struct work w = { seed, seed };

	part->fn(&w);
	printf("@ %s %lx\n", part->name, w.sum);
}

int
main(int argc, char **argv)
{
	uint64_t seed;
	bool found = false;

	if (argc != 3 || parse_number(argv[2], &seed) != 0)
		errx(2, "usage: exercise PART|all SEED");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool all = strcmp(argv[1], "all") == 0;

		if (!all && strcmp(argv[1], parts[i].name) != 0)
			continue;
		found = true;
		run(&parts[i], seed);
	}
	if (!found)
		errx(2, "%s: there is no such part", argv[1]);
	return 0;
}
