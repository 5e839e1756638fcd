/* SPDX-License-Identifier: MIT */
/*
 * Nested entries that mean nothing, planted where a guest's first instruction
 * is fetched: the CPU must refuse each, and the VM must be stopped with the
 * entry named, on AMD and on Intel alike.
 */
#include "kernel/lib/printf.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "vmm/engine.h"
#include "vmm/mmu/nested.h"
#include "vmm/vm.h"

#define RESET_GPA 0xfffffff0ull /* where a CPU begins after reset */
#define MEMORY	  (2ull << 20)

/* Present in both formats: on AMD P, R/W, U/S, on Intel R, W, X. */
#define FINE 7ull

static const struct planted {
	const char *mmu;
	uint64_t set, clear; /* bits of an entry that is fine */
	const char *what;
} planted[] = {
	{ "npt", 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "ept", 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "ept", 0, 1, "writable but not readable" },
	{ "ept", 2 << EPTE_TYPE_SHIFT, 0, "memory type 2 does not exist" },
	{ "ept", 7 << EPTE_TYPE_SHIFT, 0, "memory type 7 does not exist" },
};

/* Run a VM with that entry; does its end name the entry? */
static bool
planted_is_named(struct vm *vm, const struct planted *p)
{
	struct nested *n = to_nested(vm->mmu);
	const uint64_t entry = (FINE | p->set) & ~p->clear;
	char line[64];

	if (pagetable_map(&n->table, RESET_GPA, 1, entry) < 0)
		return false;
	if (vm_start(vm) != 0 || vm_wait(vm) != 0)
		return false;
	snprintf(line, sizeof(line), "misconfiguration: level 1 entry %llx at ",
		(unsigned long long)entry);
	if (strstr(vm->reason, line) && strstr(vm->reason, p->what))
		return true;
	kwarn("%s, %s: the VM ended with '%s'\n", p->mmu, p->what, vm->reason);
	return false;
}

/* Plant p in a VM of its own; *ran says whether this CPU has such tables. */
static bool
plant(const struct planted *p, bool *ran)
{
	struct vm *vm = vm_create();
	bool good = vm;

	if (!vm)
		return false;
	if (vm_configure(vm, NULL, p->mmu, MEMORY) == 0) {
		*ran = true;
		good = planted_is_named(vm, p);
	}
	if (vm_destroy(vm) != 0)
		good = false;
	vm_put(vm);
	return good;
}

static int
nested_misconfiguration_is_named(void)
{
	bool ran = false;

	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		if (!plant(&planted[i], &ran))
			return SELFTEST_FAIL;
	return ran ? SELFTEST_PASS : SELFTEST_SKIP;
}
SELFTEST(nested_misconfiguration_is_named);
