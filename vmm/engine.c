/* SPDX-License-Identifier: MIT */
/* Choosing engines out of the linker sets; engine.h has the contract. */
#include "vmm/engine.h"

#include "kernel/lib/string.h"

LINKSET_DECLARE(struct cpu_engine *const, cpu_engines);
LINKSET_DECLARE(struct mmu_engine *const, mmu_engines);

static const struct cpu_engine *
cpu_engine_named(const char *name)
{
	const struct cpu_engine *const *it;

	linkset_for_each (it, cpu_engines)
		if (strcmp((*it)->name, name) == 0)
			return *it;
	return NULL;
}

const struct cpu_engine *
cpu_engine_find(const char *name, const char **why)
{
	const struct cpu_engine *const *it, *best = NULL;

	if (name) {
		best = cpu_engine_named(name);
		*why = best ? best->probe() : "there is no such CPU engine";
		return *why ? NULL : best;
	}
	*why = "this kernel has no CPU engine";
	linkset_for_each (it, cpu_engines) {
		const char *refusal = (*it)->probe();

		if (refusal && !best)
			*why = refusal;
		else if (!refusal && (!best || (*it)->rank > best->rank))
			best = *it;
	}
	return best;
}

static const struct mmu_engine *
mmu_engine_named(const char *name)
{
	const struct mmu_engine *const *it;

	linkset_for_each (it, mmu_engines)
		if (strcmp((*it)->name, name) == 0)
			return *it;
	return NULL;
}

const struct mmu_engine *
mmu_engine_find(
	const struct cpu_engine *cpu, const char *name, const char **why)
{
	*why = "this kernel has no MMU engine for the CPU engine";
	if (name)
		*why = mmu_engine_named(name)
			? "the CPU engine does not go with this MMU engine"
			: "there is no such MMU engine";
	for (const char *const *mmu = cpu->mmus; *mmu; mmu++) {
		const struct mmu_engine *found = mmu_engine_named(*mmu);
		const char *refusal = NULL;

		if (!found || (name && strcmp(name, *mmu) != 0))
			continue;
		if (found->probe)
			refusal = found->probe();
		if (!refusal)
			return found;
		*why = refusal;
	}
	return NULL;
}
