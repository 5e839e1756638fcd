/* SPDX-License-Identifier: MIT */
/*
 * Nested entries that mean nothing, at each level and of each size of page,
 * planted on the way to a guest's first instruction: the CPU must refuse each,
 * and the VM must be stopped with the entry named, on AMD and on Intel alike.
 */
#include "kernel/lib/printf.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/engine.h"
#include "vmm/mmu/nested.h"
#include "vmm/vm.h"

/*
 * Where the guest begins: behind the CPU's code segment at reset, but not at
 * the reset vector, which a debugger may watch (docs/errata.md, B8).
 */
#define FIRST_RIP 0x1000ull
#define FIRST_GPA (0xffff0000ull + FIRST_RIP)
#define MEMORY	  (2ull << 20)

/* Present in both formats: on AMD P, R/W, U/S, on Intel R, W, X. */
#define FINE 7ull

#define TYPE(n) ((uint64_t)(n) << EPTE_TYPE_SHIFT)

static const struct planted {
	const char *mmu;
	uint8_t leaf;	     /* level of the page that is mapped */
	uint8_t level;	     /* level of the entry that is spoilt, by */
	uint64_t set, clear; /* bits */
	const char *what;
} planted[] = {
	{ "npt", 1, 1, 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "npt", 1, 2, 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "npt", 2, 2, 1ull << 13, 0, "reserved bits 0x2000 are set" },
	{ "ept", 1, 1, 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "ept", 1, 1, 0, 1, "writable but not readable" },
	{ "ept", 1, 1, 0, 5, "writable but not readable" },
	{ "ept", 1, 1, TYPE(2), 0, "memory type 2 does not exist" },
	{ "ept", 1, 1, TYPE(3), 0, "memory type 3 does not exist" },
	{ "ept", 1, 1, TYPE(7), 0, "memory type 7 does not exist" },
	{ "ept", 1, 2, 0x08, 0, "reserved bits 0x8 are set" },
	{ "ept", 1, 2, 0, 1, "writable but not readable" },
	{ "ept", 1, 3, 0x40, 0, "reserved bits 0x40 are set" },
	{ "ept", 1, 3, 0, 1, "writable but not readable" },
	{ "ept", 1, 4, 0x80, 0, "reserved bits 0x80 are set" },
	{ "ept", 1, 4, 1ull << 51, 0, "reserved bits 0x8000000000000 are set" },
	{ "ept", 2, 2, TYPE(3), 0, "memory type 3 does not exist" },
	/* not bit 12: docs/errata-bochs.md, "bit 12" */
	{ "ept", 2, 2, 1ull << 13, 0, "reserved bits 0x2000 are set" },
	{ "ept", 3, 3, 1ull << 29, 0, "reserved bits 0x20000000 are set" },
	{ "ept", 3, 3, 0, 1, "writable but not readable" },
};

/* The entry of p, on the way to the first instruction. */
static uint64_t *
planted_entry(struct nested *n, const struct planted *p)
{
	const struct pagefmt *fmt = n->table.fmt;
	struct pagewalk walk;

	pagewalk(NULL, fmt, &n->cpu, n->table.root, FIRST_GPA, &walk);
	return phys_to_virt(walk.step[fmt->levels - p->level].addr);
}

/* Run a VM with that entry; does its end name the entry?  It is mended. */
static bool
planted_is_named(struct vm *vm, const struct planted *p)
{
	struct nested *n = to_nested(vm->mmu);
	uint64_t *entry, fine;
	char line[64];
	bool ended;

	if (pagetable_map(&n->table, FIRST_GPA, p->leaf, FINE) < 0)
		return false;
	entry = planted_entry(n, p);
	fine = *entry;
	*entry = (fine | p->set) & ~p->clear;
	snprintf(line, sizeof(line),
		"misconfiguration: level %u entry %llx at ", p->level,
		(unsigned long long)*entry);
	vm->vcpu[0]->regs.rip = FIRST_RIP;
	ended = vm_start(vm) == 0 && vm_wait(vm) == 0;
	*entry = fine; /* the tables are freed by it */
	if (ended && strstr(vm->reason, line) && strstr(vm->reason, p->what))
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
