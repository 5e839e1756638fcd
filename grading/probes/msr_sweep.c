/* SPDX-License-Identifier: MIT */
/*
 * Every MSR of the ranges that CPUs use: what is not the guest's own faults,
 * on reading and on writing, and what is has a value that the manual or this
 * machine explains.  None shows the host's.
 */
/* exits: 80000 */
#include "grading/probes/lib/probe.h"

#define ANY (~0ul)

/* The guest's own, and which bits of their first value may be set. */
static const struct {
	uint32_t msr;
	uint64_t may;
} known[] = {
	{ 0x00000010, ANY },	    /* TSC */
	{ 0x0000001b, 0xfffff900 }, /* APIC base, of a CPU with APIC */
	{ 0x0000008b, 0 },	    /* microcode level */
	{ 0x000000fe, 0 },	    /* MTRRs: none */
	{ 0x00000174, 0 },	    /* SYSENTER */
	{ 0x00000175, 0 }, { 0x00000176, 0 },
	{ 0x00000179, 0 },		      /* machine check banks: none */
	{ 0x0000017a, 0 }, { 0x000001a0, 1 }, /* misc. enable */
	{ 0x00000277, 0x0707070707070707 },   /* PAT */
	{ 0xc0000080, 0xd01 },		      /* EFER: SCE LME LMA NXE */
	{ 0xc0000081, 0 },		      /* STAR ... */
	{ 0xc0000082, 0 }, { 0xc0000083, 0 }, { 0xc0000084, 0 },
	{ 0xc0000100, 0 },					 /* FS, GS */
	{ 0xc0000101, 0 }, { 0xc0000102, 0 }, { 0xc0010015, 0 }, /* HWCR */
	{ 0xc0010114, 0x18 }, /* VM_CR: SVM is off and locked */
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static unsigned
find(uint32_t msr)
{
	unsigned i = 0;

	while (i < KNOWN && known[i].msr != msr)
		i++;
	return i;
}

static void
check(bool holds, uint32_t msr, uint64_t value, const char *what)
{
	if (holds)
		return;
	guest_print(what);
	guest_print(" MSR ");
	guest_print_hex(msr);
	guest_print(" value ");
	guest_print_hex(value);
	guest_print("\n");
	CHECK(!"an MSR is not as it should be");
}

static void
sweep(uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t msr = first + i;
		unsigned k = find(msr);
		volatile uint64_t value = 0, vector;

		vector = TRAPS(value = rdmsr(msr));
		if (k < KNOWN) {
			check(vector == VEC_GP || !(value & ~known[k].may), msr,
				value, "read");
			continue;
		}
		check(vector == VEC_GP, msr, value, "read");
		vector = TRAPS(wrmsr(msr, 0x5555));
		check(vector == VEC_GP, msr, 0x5555, "write");
	}
}

int
main(void)
{
	sweep(0, 0x2000);
	sweep(0x40000000, 0x100);
	sweep(0xc0000000, 0x2000);
	sweep(0xc0010000, 0x200);
	sweep(0xfffffff0, 0x10);
	CHECK_IS(TRAPS(rdmsr(0xc0010117)), VEC_GP); /* VM_HSAVE_PA */
	return 0;
}
