/* SPDX-License-Identifier: MIT */
/* Running a program: entering it, noting its traps, and where it goes on. */
#include "grading/differ/guest.h"

#define FLAGS_NOTED   (~0x10010ull) /* not AF; ERRATUM: RF, which QEMU lacks */
#define ERROR_PRESENT 1ull
#define ERROR_RSVD    8ull
#define ERROR_IDT     2ull
#define FLAG_TF	      0x100ull
#define FLAGS_START   0x202ull

void
digest_add(const char *name, uint64_t value)
{
	uint64_t h = program.digest;

	h = (h ^ value) * 0x9e3779b97f4a7c15ull;
	program.digest = h ^ h >> 32;
	if (!options.verbose)
		return;
	guest_print("  ");
	guest_print(name);
	guest_print("=");
	guest_print_hex(value);
	guest_print("\n");
}

/*
 * ERRATA: of a reserved bit QEMU 7.2 says that the page is not present, and of
 * a gate 16 times its vector instead of 8 times.
 */
static uint64_t
trap_error(const struct trap_frame *f)
{
	if (f->vector != VEC_PF && (f->error & ERROR_IDT))
		return ERROR_IDT;
	if (f->vector == VEC_PF && (f->error & ERROR_RSVD))
		return f->error | ERROR_PRESENT;
	return f->error;
}

static void
trap_note(const struct trap_frame *f, uint64_t cr2)
{
	const uint64_t *gpr = &f->r15;

	if (options.verbose) {
		guest_print(program.name[program.at]);
		guest_print(program.stepped ? " stepped:\n" : ":\n");
	}
	digest_add("vector", f->vector);
	digest_add("error", trap_error(f));
	if (f->vector == VEC_PF)
		digest_add("cr2", cr2);
	digest_add("rip", f->rip);
	digest_add("cs", f->cs);
	digest_add("rflags", f->rflags & FLAGS_NOTED);
	digest_add("rsp", f->rsp);
	digest_add("ss", f->ss);
	for (unsigned i = 0; i < 15; i++)
		digest_add("gpr", gpr[i]);
}

/* Which item an offset is in; they are in order. */
static unsigned
item_at(uint64_t offset)
{
	unsigned i = program.at;

	while (i < program.n_items && program.start[i + 1] <= offset)
		i++;
	return i;
}

static bool
stack_fits(uint64_t rsp, uint64_t top)
{
	return rsp > top - PAGE + 512 && rsp < top - 64;
}

/* A place in the program's ring to go on at. */
static void
frame_goes_on(struct trap_frame *f, bool user, uint64_t offset)
{
	uint64_t top = user ? STACK_USER : STACK_KERN;

	f->rip = (user ? CODE_USER : CODE_KERN) + offset;
	f->cs = user ? SEL_UCODE : SEL_CODE;
	f->ss = user ? SEL_UDATA : SEL_DATA;
	if (!stack_fits(f->rsp, top))
		f->rsp = top - 512;
	f->rflags &= ~FLAG_TF;
	if (program.stepped)
		f->rflags |= FLAG_TF;
}

/* Mask the timer again: it had one interrupt to give. */
static void
irq_done(void)
{
	outb(0x21, 0xff);
	outb(0x20, 0x20);
}

void
trap_dispatch(struct trap_frame *f)
{
	bool user = (f->cs & 3) == 3, goes_on;
	uint64_t base = user ? CODE_USER : CODE_KERN;
	uint64_t offset = f->rip - base;

	if (f->vector == VEC_IRQ0)
		irq_done();
	if (offset < program.start[program.n_items])
		program.at = item_at(offset);
	trap_note(f, read_cr2());
	if (f->vector == VEC_END)
		trap_leap();
	if (f->vector == VEC_KERNEL)
		user = false;
	goes_on = f->vector == VEC_IRQ0 || f->vector == VEC_DB;
	if (!goes_on || offset > program.start[program.n_items]) {
		if (program.at < program.n_items)
			program.at++;
		offset = program.start[program.at];
	}
	frame_goes_on(f, user, offset);
}

void
program_run(void)
{
	struct trap_frame f;
	uint64_t *gpr = &f.r15;

	for (unsigned i = 0; i < 15; i++)
		gpr[i] = dice_value(&dice);
	f.vector = f.error = 0;
	f.rsp = 0;
	f.rflags = FLAGS_START & ~(dice_below(&dice, 2) ? 0x200ull : 0);
	frame_goes_on(&f, program.user, 0);
	if (trap_arm() == 0)
		trap_go(&f);
}
