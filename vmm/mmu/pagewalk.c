/* SPDX-License-Identifier: MIT */
/* The walk of page tables; pagewalk.h has the contract. */
#include "vmm/mmu/pagewalk.h"

#include "kernel/abi/errno.h"
#include "kernel/mem/pmm.h"
#include "vmm/gmem.h"

/* Fetch an entry of the guest's; false: no memory left. */
static bool
pagewalk_read_guest(
	struct gmem *gmem, unsigned bytes, uint64_t gpa, uint64_t *entry)
{
	uint32_t low = ~0u;
	int err;

	*entry = ~0ull;
	if (bytes == 8) {
		err = gmem_read_u64(gmem, gpa, entry);
	} else {
		err = gmem_read_u32(gmem, gpa, &low);
		*entry = low;
	}
	return err != -ENOMEM;
}

/* Fetch one of the host's; false: no memory is there. */
static bool
pagewalk_read_host(uint64_t hpa, uint64_t *entry)
{
	*entry = 0;
	if (hpa >= pmm_end())
		return false;
	*entry = __atomic_load_n(
		(const uint64_t *)phys_to_virt(hpa), __ATOMIC_RELAXED);
	return true;
}

static inline void
pagewalk_gather(struct pagewalk *out, unsigned level, uint64_t entry)
{
	const struct pagefmt *fmt = out->fmt;

	if (fmt->no_rights >> level & 1)
		return;
	out->write &= !!(entry & fmt->write);
	out->user &= (entry & fmt->user) == fmt->user;
	out->exec &= (entry & (fmt->exec | fmt->nx)) == fmt->exec;
}

enum pagewalk_end
pagewalk(struct gmem *gmem, const struct pagefmt *fmt,
	const struct pagefmt_cpu *cpu, uint64_t root, uint64_t va,
	struct pagewalk *out)
{
	uint64_t table = root & fmt->root;

	out->fmt = fmt;
	out->steps = 0;
	out->write = out->user = out->exec = true;
	for (unsigned level = fmt->levels;; level--) {
		struct pagewalk_step *step = &out->step[out->steps++];

		step->level = (uint8_t)level;
		step->addr = table + pagefmt_offset(fmt, level, va);
		if (!gmem) {
			if (!pagewalk_read_host(step->addr, &step->entry))
				return PAGEWALK_NOWHERE;
		} else if (!pagewalk_read_guest(gmem, fmt->entry_bytes,
				   step->addr, &step->entry)) {
			return PAGEWALK_NO_MEMORY;
		}
		if (!(step->entry & fmt->present))
			return PAGEWALK_ABSENT;
		if (pagefmt_check(fmt, cpu, level, step->entry) != PAGEFMT_FINE)
			return PAGEWALK_WRONG;
		pagewalk_gather(out, level, step->entry);
		table = step->entry & fmt->addr;
		if (!pagefmt_is_leaf(fmt, level, step->entry))
			continue;
		out->page_size = 1ull << pagefmt_shift(fmt, level);
		out->addr = pagefmt_leaf_addr(fmt, level, step->entry) |
			(va & (out->page_size - 1));
		return PAGEWALK_PAGE;
	}
}
