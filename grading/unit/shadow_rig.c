/* SPDX-License-Identifier: MIT */
/* See shadow_rig.h. */
#include "grading/unit/shadow_rig.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

#define PAGE_MASK (PAGE_SIZE - 1)

static void
rig_written(struct gmem_watch *watch, uint64_t gpa, uint64_t len)
{
	shadow_written(&container_of(watch, struct rig, watch)->s, gpa, len);
}

void
rig_init(struct rig *r, size_t kib)
{
	memset(r, 0, sizeof(*r));
	gmem_init(&r->gmem);
	if (gmem_add(&r->gmem, 0, RIG_RAM, GMEM_RAM) ||
		shadow_init(&r->s, &r->gmem, kib))
		panic("no memory for the rig");
	r->watch.written = rig_written;
	r->gmem.watch = &r->watch;
	r->mode.walk.phys_bits = 40;
	r->mode.walk.cr0 = CR0_PE;
	r->next_table = 0x100000;
}

void
rig_fini(struct rig *r)
{
	shadow_fini(&r->s);
	gmem_fini(&r->gmem);
}

void
rig_flush(struct rig *r)
{
	memset(r->tlb, 0, sizeof(r->tlb));
}

void
rig_invlpg(struct rig *r, uint64_t gva)
{
	(void)gva;
	rig_flush(r);
}

/* What the CPU will walk from is what shadow_root() says. */
static void
rig_root(struct rig *r)
{
	uint64_t hpa = shadow_root(&r->s, &r->mode);
	const struct shadow_page *p = r->s.current[r->mode.view];

	if (!hpa || !p)
		panic("no root");
	if (hpa != virt_to_phys(p->entry))
		panic("shadow_root() gave 0x%llx, where its root is not",
			(unsigned long long)hpa);
}

void
rig_load_cr3(struct rig *r, uint64_t cr3)
{
	r->mode.walk.cr3 = cr3;
	rig_root(r);
	rig_flush(r);
}

void
rig_long(struct rig *r, uint64_t cr3)
{
	r->mode.walk.cr0 = CR0_PE | CR0_PG | CR0_WP;
	r->mode.walk.cr4 = CR4_PAE;
	r->mode.walk.efer = EFER_LME | EFER_LMA | EFER_NXE;
	rig_load_cr3(r, cr3);
}

void
rig_pae(struct rig *r, uint64_t cr3)
{
	r->mode.walk.cr0 = CR0_PE | CR0_PG | CR0_WP;
	r->mode.walk.cr4 = CR4_PAE;
	r->mode.walk.efer = EFER_NXE;
	rig_load_cr3(r, cr3);
}

void
rig_32(struct rig *r, uint64_t cr3, bool pse)
{
	r->mode.walk.cr0 = CR0_PE | CR0_PG | CR0_WP;
	r->mode.walk.cr4 = pse ? CR4_PSE : 0;
	r->mode.walk.efer = 0;
	rig_load_cr3(r, cr3);
}

/* -- The CPU --------------------------------------------------------------- */

/* Bits that must be 0 in an entry of the CPU's tables. */
static void
cpu_check_reserved(const struct rig *r, uint64_t entry, bool pdpte)
{
	uint64_t bad = 0x7ff0000000000000ull;

	/* in ring 3 the CPU's EFER is the host's, which has NXE */
	if (!(r->mode.walk.efer & EFER_NXE) && r->mode.view == VIEW_NATIVE)
		bad |= PAGEFMT_NX;
	if (pdpte)
		bad |= PAGEFMT_NX | 0x1e6;
	if ((entry & PAGEFMT_PRESENT) && (entry & bad))
		panic("the CPU finds reserved bits in 0x%llx",
			(unsigned long long)entry);
}

/* Walk; false: not present.  Rights as in struct rig_tlb. */
static bool
cpu_walk(struct rig *r, uint64_t gva, uint64_t *hpa, uint64_t *rights)
{
	bool wide = r->mode.wide || (r->mode.walk.efer & EFER_LMA);
	const uint64_t *table = r->s.current[r->mode.view]->entry;

	*rights = G_W | G_U;
	for (unsigned level = wide ? 4 : 3;; level--) {
		unsigned shift = 12 + 9 * (level - 1);
		unsigned mask = !wide && level == 3 ? 3 : 511;
		uint64_t entry = table[gva >> shift & mask];
		bool pdpte = !wide && level == 3;

		cpu_check_reserved(r, entry, pdpte);
		if (!(entry & PAGEFMT_PRESENT))
			return false;
		if (!pdpte)
			*rights &= entry | G_NX;
		*rights |= entry & G_NX;
		if (level == 1 || (level == 2 && (entry & G_PS))) {
			*hpa = (entry & PAGEFMT_ADDR) +
				(gva & ((1ull << shift) - 1) & ~PAGE_MASK);
			return true;
		}
		table = phys_to_virt(entry & PAGEFMT_ADDR);
	}
}

/* Do the rights allow the access?  The CPU's CR0.WP is always set. */
static bool
cpu_allows(const struct rig *r, uint64_t rights, uint32_t access)
{
	bool paging = r->mode.walk.cr0 & CR0_PG;
	bool user = access & ACCESS_USER;

	if (r->mode.view != VIEW_NATIVE)
		user = true;
	if ((access & ACCESS_WRITE) && !(rights & G_W))
		return false;
	if ((access & ACCESS_EXEC) && (rights & G_NX))
		return false;
	if (user)
		return rights & G_U;
	if (!(rights & G_U) || !paging)
		return true;
	if (access & ACCESS_EXEC)
		return !(r->mode.walk.cr4 & CR4_SMEP);
	return !(r->mode.walk.cr4 & CR4_SMAP) || r->mode.walk.ac;
}

static struct rig_tlb *
cpu_tlb(struct rig *r, uint64_t gva)
{
	return &r->tlb[(gva >> 12 ^ gva >> 21) % RIG_TLB];
}

/* Translate as the CPU does: by the TLB, else by a walk. */
static bool
cpu_translate(struct rig *r, uint64_t gva, uint32_t access, uint64_t *hpa,
	bool *by_tlb)
{
	struct rig_tlb *tlb = cpu_tlb(r, gva);
	uint64_t page = gva & ~PAGE_MASK, rights;

	*by_tlb = tlb->valid && tlb->gva == page &&
		cpu_allows(r, tlb->rights, access);
	if (*by_tlb) {
		*hpa = tlb->hpa;
		return true;
	}
	if (!cpu_walk(r, gva, hpa, &rights))
		return false;
	*tlb = (struct rig_tlb){ page, *hpa, rights, true };
	return cpu_allows(r, rights, access);
}

/* The guest-physical page behind a host frame. */
static uint64_t
rig_gpa_of(struct rig *r, uint64_t hpa)
{
	for (unsigned i = 0; i < r->gmem.n_slots; i++) {
		const struct gmem_slot *slot = &r->gmem.slot[i];

		for (uint64_t at = 0; at < slot->size; at += PAGE_SIZE)
			if (gmem_peek(&r->gmem, slot->gpa + at) ==
				phys_to_virt(hpa))
				return slot->gpa + at;
	}
	panic("0x%llx is no memory of the guest", (unsigned long long)hpa);
}

/* One exit for a fault; true: try again. */
static bool
rig_exit(
	struct rig *r, uint64_t gva, uint32_t access, struct rig_result *result)
{
	r->faults++;
	if (++result->exits > 50)
		panic("the same fault for ever");
	switch (shadow_fault(&r->s, &r->mode, gva, access, &result->error)) {
	case MMU_FIXED:
		return true;
	case MMU_GUEST_FAULT:
		result->kind = RIG_FAULT;
		return false;
	case MMU_MMIO:
		result->kind = RIG_MMIO;
		return false;
	case MMU_PT_WRITE:
		result->kind = RIG_TRACED;
		return false;
	default:
		result->kind = RIG_NO_MEMORY;
		return false;
	}
}

struct rig_result
rig_access(struct rig *r, uint64_t gva, uint32_t access)
{
	struct rig_result result = { .kind = RIG_OK };
	uint64_t hpa;

	for (;;) {
		if (!r->s.current[r->mode.view])
			rig_root(r);
		if (r->s.flush)
			rig_flush(r);
		r->s.flush = false;
		if (cpu_translate(r, gva, access, &hpa, &result.tlb))
			break;
		if (!rig_exit(r, gva, access, &result))
			return result;
	}
	result.gpa = rig_gpa_of(r, hpa) + (gva & PAGE_MASK);
	if ((access & ACCESS_WRITE) && shadow_frame_traced(&r->s, result.gpa))
		panic("a store to the table at 0x%llx passed unseen",
			(unsigned long long)result.gpa);
	if ((access & ACCESS_WRITE) &&
		gmem_find(&r->gmem, result.gpa)->kind != GMEM_RAM)
		panic("a store to ROM passed");
	return result;
}

struct rig_result
rig_store(struct rig *r, uint64_t gva, uint64_t value)
{
	struct rig_result result = rig_access(r, gva, ACCESS_WRITE);
	struct gwalk walk;

	if (result.kind == RIG_OK) {
		memcpy(gmem_peek(&r->gmem, result.gpa), &value, sizeof(value));
	} else if (result.kind == RIG_TRACED) {
		if (gwalk(&r->gmem, &r->mode.walk, gva,
			    ACCESS_WRITE | GWALK_SET_AD, &walk))
			panic("a traced store that the guest may not make");
		result.gpa = walk.gpa;
		if (!shadow_store(&r->s, walk.gpa,
			    gmem_peek(&r->gmem, walk.gpa), value))
			rig_poke(r, walk.gpa, value);
	}
	return result;
}

/* -- The guest's memory ---------------------------------------------------- */

void
rig_poke(struct rig *r, uint64_t gpa, uint64_t value)
{
	if (gmem_write(&r->gmem, gpa, &value, sizeof(value)))
		panic("0x%llx is no RAM", (unsigned long long)gpa);
}

void
rig_poke32(struct rig *r, uint64_t gpa, uint32_t value)
{
	if (gmem_write(&r->gmem, gpa, &value, sizeof(value)))
		panic("0x%llx is no RAM", (unsigned long long)gpa);
}

uint64_t
rig_peek(struct rig *r, uint64_t gpa)
{
	uint64_t value;

	if (gmem_read_u64(&r->gmem, gpa, &value))
		panic("0x%llx is no RAM", (unsigned long long)gpa);
	return value;
}

uint64_t
rig_map(struct rig *r, uint64_t root, uint64_t gva, uint64_t gpa,
	unsigned level, uint64_t flags)
{
	uint64_t table = root, at;

	for (unsigned l = 4;; l--) {
		at = table + pagefmt_offset(&pagefmt_4level, l, gva);
		if (l == level)
			break;
		if (!(rig_peek(r, at) & G_P)) {
			rig_poke(r, at, r->next_table | G_PWU);
			r->next_table += PAGE_SIZE;
		}
		table = rig_peek(r, at) & PAGEFMT_ADDR;
	}
	rig_poke(r, at, gpa | flags | (level > 1 ? G_PS : 0));
	return at;
}

uint64_t
rig_entry(struct rig *r, uint64_t root, uint64_t gva, unsigned level)
{
	uint64_t table = root;

	for (unsigned l = 4; l > level; l--)
		table = rig_peek(r,
				table +
					pagefmt_offset(
						&pagefmt_4level, l, gva)) &
			PAGEFMT_ADDR;
	return table + pagefmt_offset(&pagefmt_4level, level, gva);
}

void
rig_check(struct rig *r)
{
	char why[256];

	if (!shadow_check(&r->s, why, sizeof(why)))
		panic("%s", why);
}
