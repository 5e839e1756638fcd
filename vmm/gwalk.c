/* SPDX-License-Identifier: MIT */
/*
 * What the CPU makes of a walk of the guest's page tables: error codes,
 * rights, accessed and dirty bits.
 *
 * Each entry is fetched once and judged from that one value, so a guest that
 * changes its tables meanwhile gets the result of one of its states.  Left
 * out on purpose: protection keys and shadow stacks (not offered to guests),
 * and the PDPTE registers of PAE paging (read from memory at each walk).
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
gwalk_allowed(const struct gwalk_mode *mode, const struct pagewalk *path,
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

/* Set accessed bits along the path, and dirty on a written leaf. */
static int
gwalk_set_ad(struct gmem *gmem, const struct pagefmt *fmt,
	const struct pagewalk *path, uint32_t access)
{
	for (unsigned i = 0; i < path->steps; i++) {
		const struct pagewalk_step *step = &path->step[i];
		uint64_t bits = fmt->accessed;
		int err;

		if (fmt->no_rights >> step->level & 1)
			continue;
		if (i + 1 == path->steps && (access & ACCESS_WRITE))
			bits |= fmt->dirty;
		if ((step->entry & bits) == bits)
			continue;
		err = gmem_set_bits(
			gmem, step->addr, fmt->entry_bytes, step->entry, bits);
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
	const struct pagefmt_cpu cpu = gwalk_cpu(mode);

	out->error = gwalk_error(mode, access);
	switch (pagewalk(gmem, fmt, &cpu, mode->cr3, gva, &out->path)) {
	case PAGEWALK_PAGE:
		break;
	case PAGEWALK_WRONG:
		out->error |= ACCESS_PRESENT | ACCESS_RSVD;
		return -EFAULT;
	case PAGEWALK_NO_MEMORY:
		return -ENOMEM;
	default:
		return -EFAULT;
	}
	if (!gwalk_allowed(mode, &out->path, access)) {
		out->error |= ACCESS_PRESENT;
		return -EFAULT;
	}
	out->gpa = out->path.addr;
	if (!(access & GWALK_SET_AD))
		return 0;
	return gwalk_set_ad(gmem, fmt, &out->path, access);
}

int
gwalk(struct gmem *gmem, const struct gwalk_mode *mode, uint64_t gva,
	uint32_t access, struct gwalk *out)
{
	const struct pagefmt *fmt = gwalk_format(mode);
	int err;

	memset(out, 0, sizeof(*out));
	if (!fmt) {
		out->gpa = gva & 0xffffffff;
		out->path.page_size = 4096;
		out->path.write = out->path.user = out->path.exec = true;
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
