/* SPDX-License-Identifier: MIT */
/*
 * Shadow paging against a guest that writes its page tables at will: as pages,
 * as each other, into themselves, beyond its memory, with reserved bits; that
 * changes its paging mode, its roots and its rights, and uses what it mapped.
 *
 * After each step every invariant is looked at (shadow_check()), and each
 * access is judged twice: by the CPU model on the shadow tables (shadow_rig.h,
 * which knows more rules), and by a walk of the guest's own tables.  Both must
 * say the same: the page, or the fault with its error code.
 *
 * The input: a byte of settings, then steps of five bytes.
 */
/* links: grading/unit/shadow_rig.c vmm/mmu/shadow/entry.c
 * vmm/mmu/shadow/want.c vmm/mmu/shadow/page.c vmm/mmu/shadow/protect.c
 * vmm/mmu/shadow/fill.c vmm/mmu/shadow/write.c vmm/mmu/shadow/check.c
 * vmm/gwalk.c vmm/mmu/pagewalk.c vmm/gmem.c vmm/gmem_copy.c
 * vmm/mmu/pagefmt.c grading/unit/fake_kernel.c */
/* runs: 1000 */
#include <stdlib.h>

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/lib/printf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEP   5
#define STEPS  48
#define TABLES 8  /* frames from RIG_PML4 on that are roots and tables */
#define INDEX  16 /* entries of each that are used */
#define ROM    0xffff0000ull

/* What an input byte means as an index: the ends, and the self-map's kin. */
static unsigned
any_index(const struct rig *r, uint8_t byte)
{
	unsigned i = byte % INDEX;
	bool wide = gwalk_format(&r->mode.walk) == &pagefmt_4level;

	if (wide && i == INDEX - 1)
		return 511;
	return wide && i == INDEX - 2 ? 256 : i;
}

static uint64_t
any_frame(uint8_t byte)
{
	static const uint64_t others[] = { 0, 0x200000, 0x400000, 0x5ff000,
		RIG_RAM - 0x1000, RIG_RAM, ROM, 1ull << 39 };

	if (byte % 16 < TABLES)
		return RIG_PML4 + byte % 16 * 0x1000ull;
	return others[byte % 16 - TABLES];
}

static uint64_t
any_flags(uint8_t byte)
{
	uint64_t flags = byte & (G_W | G_U | G_A | G_D);

	if ((byte & 0x19) != 0x01)
		flags |= G_P;
	if (byte & 0x10)
		flags |= G_PS;
	if ((byte & 0x88) == 0x80)
		flags |= G_NX;
	if (byte == 0xff)
		flags |= 1ull << 51;
	return flags;
}

/* An address that the tables in use may map. */
static uint64_t
any_gva(const struct rig *r, const uint8_t *b)
{
	uint64_t gva = 0;

	if (gwalk_format(&r->mode.walk) == &pagefmt_4level) {
		gva = (uint64_t)any_index(r, b[0]) << 39 |
			(uint64_t)any_index(r, b[0] >> 4) << 30 |
			(uint64_t)any_index(r, b[1]) << 21 |
			(uint64_t)any_index(r, b[1] >> 4) << 12;
		return gva >> 47 & 1 ? gva | 0xffffull << 48 : gva;
	}
	return (uint64_t)(b[0] & 3) << 30 | (uint64_t)(b[0] >> 4) << 21 |
		(uint64_t)(b[1] & 15) << 12;
}

/* -- Steps -- */

static void
step_write_entry(struct rig *r, const uint8_t *b)
{
	uint64_t table = RIG_PML4 + b[0] % TABLES * 0x1000ull;
	uint64_t value = any_frame(b[2]) | any_flags(b[3]);
	unsigned i = any_index(r, b[1]);
	const struct pagefmt *fmt = gwalk_format(&r->mode.walk);

	if (fmt && fmt->entry_bytes == 4)
		rig_poke32(r, table + 4 * i, (uint32_t)value);
	else
		rig_poke(r, table + 8 * i, value);
}

static void
step_mode(struct rig *r, const uint8_t *b)
{
	uint64_t root = RIG_PML4 + b[1] % TABLES * 0x1000ull;

	r->mode.view = b[2] % VIEWS;
	r->mode.wide = r->mode.view != VIEW_NATIVE;
	r->mode.walk.ac = b[2] & 0x40;
	switch (b[0] % 8) {
	case 0:
		rig_pae(r, root + (b[1] & 0x20));
		break;
	case 1:
		rig_32(r, root, b[1] & 0x80);
		break;
	case 2:
		r->mode.walk.cr0 = CR0_PE;
		r->mode.walk.cr4 = r->mode.walk.efer = 0;
		rig_load_cr3(r, root);
		break;
	default:
		rig_long(r, root);
		break;
	}
	if (b[3] & 1)
		r->mode.walk.cr0 &= ~CR0_WP;
	if (b[3] & 2)
		r->mode.walk.cr4 |= CR4_SMEP;
	if (b[3] & 4)
		r->mode.walk.cr4 |= CR4_SMAP;
	if (b[3] & 8)
		r->mode.walk.efer &= ~EFER_NXE;
	rig_load_cr3(r, root);
}

/*
 * Left out on purpose: a kernel with SMAP and without SMEP that executes a
 * user page.  In ring 3 there is no page that can be executed and not read.
 */
static bool
left_out(const struct rig *r, uint32_t access, const struct gwalk *walk)
{
	uint64_t cr4 = r->mode.walk.cr4;

	return r->mode.view == VIEW_KERNEL && (access & ACCESS_EXEC) &&
		walk->path.fmt && walk->path.user && (cr4 & CR4_SMAP) &&
		!(cr4 & CR4_SMEP) && !r->mode.walk.ac;
}

/* What the guest's own tables say of an access. */
static struct rig_result
judge(struct rig *r, uint64_t gva, uint32_t access)
{
	struct rig_result want = { .kind = RIG_OK };
	const struct gmem_slot *slot;
	struct gwalk walk;

	if (gwalk_format(&r->mode.walk) != &pagefmt_4level)
		gva &= 0xffffffff;
	if (gwalk(&r->gmem, &r->mode.walk, gva, access, &walk)) {
		want.kind = RIG_FAULT;
		want.error = walk.error;
		return want;
	}
	want.gpa = walk.gpa;
	slot = gmem_find(&r->gmem, walk.gpa);
	if (!slot || left_out(r, access, &walk) ||
		((access & ACCESS_WRITE) && slot->kind != GMEM_RAM))
		want.kind = RIG_MMIO;
	return want;
}

static void
must_agree(struct rig *r, uint64_t gva, uint32_t access,
	const struct rig_result *want, const struct rig_result *got)
{
	/* a write that only software can do is one that the guest may do */
	bool same = got->kind == want->kind ||
		(got->kind == RIG_TRACED && want->kind == RIG_OK &&
			(access & ACCESS_WRITE));

	if (got->kind == RIG_FAULT)
		same = same && got->error == want->error;
	if (got->kind == RIG_OK)
		same = same && got->gpa == want->gpa;
	if (!same)
		panic("0x%llx, access 0x%x, view %u: %u, error 0x%x, page "
		      "0x%llx; by the guest's tables %u, 0x%x, 0x%llx",
			(unsigned long long)gva, access, r->mode.view,
			got->kind, got->error, (unsigned long long)got->gpa,
			want->kind, want->error, (unsigned long long)want->gpa);
}

static void
step_access(struct rig *r, const uint8_t *b)
{
	static const uint32_t kinds[] = { 0, ACCESS_WRITE, ACCESS_EXEC };
	uint64_t gva = any_gva(r, b);
	uint32_t access = kinds[b[2] % 3];
	struct rig_result want, got, after;

	if (r->mode.view == VIEW_USER ||
		(r->mode.view == VIEW_NATIVE && (b[2] & 0x80)))
		access |= ACCESS_USER;
	rig_invlpg(r, gva);
	want = judge(r, gva, access);
	got = rig_access(r, gva, access);
	/* its accessed bits may have changed the very tables that it needs */
	after = judge(r, gva, access);
	if (after.kind == want.kind && after.gpa == want.gpa)
		must_agree(r, gva, access, &want, &got);
	if (got.kind == RIG_TRACED && (b[3] & 1)) {
		uint64_t value = any_frame(b[3] >> 1) | any_flags(b[3]);

		rig_poke(r, want.gpa & ~7ull, value);
	}
}

static void
step_forget(struct rig *r, const uint8_t *b)
{
	uint64_t gpa = any_frame(b[1]);

	if (b[0] & 1)
		shadow_untrace(&r->s, gpa);
	else
		shadow_unmap(&r->s, gpa, (1ull + b[2]) << 12);
	rig_flush(r);
}

static void
step(struct rig *r, const uint8_t *b)
{
	switch (b[0] % 8) {
	case 0:
	case 1:
	case 2:
		step_write_entry(r, b + 1);
		break;
	case 3:
		step_mode(r, b + 1);
		break;
	case 4:
		if (b[1] % 4 == 3) {
			step_forget(r, b + 1);
			break;
		}
		/* fall through */
	default:
		step_access(r, b + 1);
		break;
	}
}

/* Four levels that lead everywhere, so that most inputs get somewhere. */
static void
tables_init(struct rig *r)
{
	for (unsigned t = 0; t < TABLES; t++)
		for (unsigned i = 0; i < INDEX; i++)
			rig_poke(r, RIG_PML4 + t * 0x1000ull + 8 * i,
				any_frame((uint8_t)(t + i)) | G_PWU);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;

	fake_reset();
	rig_init(&r, SHADOW_KIB_MIN);
	if (gmem_add(&r.gmem, ROM, 0x10000, GMEM_ROM))
		abort();
	if (size && (data[0] & 1))
		shadow_reserve(&r.s, 448, 0x7000 | G_P | G_W);
	r.mode.walk.gib_pages = size && (data[0] & 2); /* the CPU has them */
	tables_init(&r);
	rig_long(&r, RIG_PML4);
	for (size_t i = 1; i + STEP < size && i < STEP * STEPS; i += STEP) {
		step(&r, data + i);
		rig_check(&r);
	}
	rig_fini(&r);
	if (fake_frames_used)
		panic("%lu frames are lost", (unsigned long)fake_frames_used);
	return 0;
}
