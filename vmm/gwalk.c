/* SPDX-License-Identifier: MIT */
/*
 * The software walk of a guest's page tables.
 *
 * Each entry is fetched once and judged from that one value, so a guest that
 * changes its tables meanwhile gets the result of one of its states.  A
 * table outside RAM reads as all ones, as a PC's bus does.  Left out on
 * purpose: protection keys and shadow stacks (not offered to guests), and
 * the PDPTE registers of PAE paging (read from memory at each walk).
 */
#include "vmm/gwalk.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "vmm/gmem.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/x86.h"

const struct pagefmt *
gwalk_format(const struct gwalk_mode *mode)
{
	if (!(mode->cr0 & CR0_PG))
		return NULL;
	if (mode->efer & EFER_LMA)
		return &pagefmt_4level;
	if (mode->cr4 & CR4_PAE)
		return &pagefmt_pae;
	return mode->cr4 & CR4_PSE ? &pagefmt_32_pse : &pagefmt_32;
}

static int
gwalk_read(
	struct gmem *gmem, const struct pagefmt *fmt, struct gwalk_step *step)
{
	uint32_t low = ~0u;
	int err;

	step->entry = ~0ull;
	if (fmt->entry_bytes == 8) {
		err = gmem_read_u64(gmem, step->gpa, &step->entry);
	} else {
		err = gmem_read_u32(gmem, step->gpa, &low);
		step->entry = low;
	}
	return err == -ENOMEM ? err : 0;
}

uint64_t
gwalk_reserved(const struct gwalk_mode *mode, const struct pagefmt *fmt,
	unsigned level, bool leaf)
{
	uint64_t bits = leaf ? fmt->reserved_leaf[level] : fmt->reserved[level];

	if (fmt->entry_bytes == 8) {
		bits |= PAGEFMT_ADDR & ~((1ull << mode->phys_bits) - 1);
		if (!(mode->efer & EFER_NXE))
			bits |= fmt->nx;
		if (leaf && level == 3 && !mode->gib_pages)
			bits |= fmt->leaf;
	}
	return bits;
}

/* What the #PF error code says of the access alone. */
static uint32_t
gwalk_error(const struct gwalk_mode *mode, uint32_t access)
{
	uint32_t error = access & (ACCESS_WRITE | ACCESS_USER);
	bool nx = (mode->efer & EFER_NXE) && (mode->cr4 & CR4_PAE);

	if ((access & ACCESS_EXEC) && (nx || (mode->cr4 & CR4_SMEP)))
		error |= ACCESS_EXEC;
	return error;
}

/* Do the path's rights allow the access? */
static bool
gwalk_allowed(const struct gwalk_mode *mode, const struct gwalk *path,
	uint32_t access)
{
	if ((access & ACCESS_EXEC) && !path->exec)
		return false;
	if (access & ACCESS_USER)
		return path->user && (path->write || !(access & ACCESS_WRITE));
	if ((access & ACCESS_WRITE) && !path->write && (mode->cr0 & CR0_WP))
		return false;
	if (!path->user)
		return true;
	if (access & ACCESS_EXEC)
		return !(mode->cr4 & CR4_SMEP);
	return !(mode->cr4 & CR4_SMAP) ||
		(mode->ac && !(access & GWALK_IMPLICIT));
}

/* Follow the entries down to the leaf; 0, -EFAULT or -ENOMEM. */
static int
gwalk_descend(struct gmem *gmem, const struct gwalk_mode *mode,
	const struct pagefmt *fmt, uint64_t gva, struct gwalk *out)
{
	uint64_t table = mode->cr3 & fmt->root;

	for (unsigned level = fmt->levels;; level--) {
		struct gwalk_step *step = &out->step[out->steps++];
		bool leaf;
		int err;

		step->level = level;
		step->gpa = table + pagefmt_offset(fmt, level, gva);
		err = gwalk_read(gmem, fmt, step);
		if (err)
			return err;
		if (!(step->entry & fmt->present))
			return -EFAULT;
		leaf = pagefmt_is_leaf(fmt, level, step->entry);
		if (step->entry & gwalk_reserved(mode, fmt, level, leaf)) {
			out->error |= ACCESS_PRESENT | ACCESS_RSVD;
			return -EFAULT;
		}
		if (!(fmt->no_rights >> level & 1)) {
			out->write &= !!(step->entry & fmt->write);
			out->user &= !!(step->entry & fmt->user);
			out->exec &= !(step->entry & fmt->nx);
		}
		if (leaf) {
			out->page_size = 1ull << pagefmt_shift(fmt, level);
			out->gpa = pagefmt_leaf_addr(fmt, level, step->entry);
			return 0;
		}
		table = step->entry & fmt->addr;
	}
}

/* Set accessed bits along the path, and dirty on a written leaf. */
static int
gwalk_set_ad(struct gmem *gmem, const struct pagefmt *fmt,
	const struct gwalk *path, uint32_t access)
{
	for (unsigned i = 0; i < path->steps; i++) {
		const struct gwalk_step *step = &path->step[i];
		uint64_t bits = fmt->accessed;
		int err;

		if (fmt->no_rights >> step->level & 1)
			continue;
		if (i + 1 == path->steps && (access & ACCESS_WRITE))
			bits |= fmt->dirty;
		if ((step->entry & bits) == bits)
			continue;
		err = gmem_set_bits(
			gmem, step->gpa, fmt->entry_bytes, step->entry, bits);
		if (err == -EAGAIN || err == -ENOMEM)
			return err;
	}
	return 0;
}

static int
gwalk_once(struct gmem *gmem, const struct gwalk_mode *mode,
	const struct pagefmt *fmt, uint64_t gva, uint32_t access,
	struct gwalk *out)
{
	int err;

	out->steps = 0;
	out->error = gwalk_error(mode, access);
	out->write = out->user = out->exec = true;
	err = gwalk_descend(gmem, mode, fmt, gva, out);
	if (err)
		return err;
	if (!gwalk_allowed(mode, out, access)) {
		out->error |= ACCESS_PRESENT;
		return -EFAULT;
	}
	out->gpa |= gva & (out->page_size - 1);
	return access & GWALK_SET_AD ? gwalk_set_ad(gmem, fmt, out, access) : 0;
}

int
gwalk(struct gmem *gmem, const struct gwalk_mode *mode, uint64_t gva,
	uint32_t access, struct gwalk *out)
{
	const struct pagefmt *fmt = gwalk_format(mode);
	int err;

	memset(out, 0, sizeof(*out));
	out->fmt = fmt;
	if (!fmt) {
		out->gpa = gva & 0xffffffff;
		out->page_size = 4096;
		out->write = out->user = out->exec = true;
		return 0;
	}
	if (fmt->canonical && !is_canonical(gva))
		return -EINVAL;
	if (!fmt->canonical)
		gva &= 0xffffffff;
	if (access & GWALK_IMPLICIT)
		access &= ~ACCESS_USER;
	do
		err = gwalk_once(gmem, mode, fmt, gva, access, out);
	while (err == -EAGAIN); /* another CPU set bits meanwhile */
	return err;
}
