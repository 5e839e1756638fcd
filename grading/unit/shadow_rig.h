/* SPDX-License-Identifier: MIT */
/*
 * A CPU that runs on shadow tables, for tests on the host: it walks them as
 * hardware does, with a TLB that forgets only when it must, and goes to the
 * shadow code at each fault.  And a guest's hand for writing page tables.
 *
 * The rig itself fails a test (by panic) when the shadow breaks a rule that
 * no test need say: a reserved bit set, a store to a traced table that passes
 * unseen, an access outside guest memory, the same fault for ever.
 */
#ifndef GRADING_UNIT_SHADOW_RIG_H
#define GRADING_UNIT_SHADOW_RIG_H

#include "vmm/mmu/shadow/shadow.h"
#include "vmm/x86.h"

#define RIG_TLB	 64
#define RIG_RAM	 (8ull << 20)
#define RIG_PML4 0x1000ull /* where rig_long() has its tables' root */

/* Entry bits for a guest's tables. */
#define G_P   PAGEFMT_PRESENT
#define G_W   PAGEFMT_WRITE
#define G_U   PAGEFMT_USER
#define G_A   PAGEFMT_ACCESSED
#define G_D   PAGEFMT_DIRTY
#define G_PS  PAGEFMT_LEAF
#define G_NX  PAGEFMT_NX
#define G_PWU (G_P | G_W | G_U)

struct rig_tlb {
	uint64_t gva, hpa, rights; /* rights: W and U of all, NX of any */
	bool valid;
};

struct rig {
	struct gmem gmem;
	struct gmem_watch watch;
	struct shadow s;
	struct shadow_mode mode;
	struct rig_tlb tlb[RIG_TLB];
	uint64_t next_table; /* the guest's frames for tables, growing */
	unsigned faults;     /* exits in all */
};

enum rig_kind {
	RIG_OK,
	RIG_FAULT, /* the guest gets a #PF */
	RIG_MMIO,
	RIG_TRACED, /* software must do the write */
	RIG_NO_MEMORY
};

struct rig_result {
	enum rig_kind kind;
	uint32_t error; /* RIG_FAULT */
	uint64_t gpa;	/* RIG_OK: where it landed */
	unsigned exits; /* that the access took */
	bool tlb;	/* RIG_OK: by a remembered translation */
};

/* RAM from 0 to RIG_RAM, shadows of kib KiB, the CPU after reset. */
void rig_init(struct rig *r, size_t kib);
void rig_fini(struct rig *r);

/* Paging modes; the CR3 load flushes the TLB as hardware does. */
void rig_long(struct rig *r, uint64_t cr3);
void rig_pae(struct rig *r, uint64_t cr3);
void rig_32(struct rig *r, uint64_t cr3, bool pse);
void rig_load_cr3(struct rig *r, uint64_t cr3);
void rig_flush(struct rig *r);
void rig_invlpg(struct rig *r, uint64_t gva);

/*
 * Access gva as a program: access holds ACCESS_WRITE, _USER, _EXEC.  Hidden
 * faults are handled on the way.
 */
struct rig_result rig_access(struct rig *r, uint64_t gva, uint32_t access);

/*
 * Store 8 bytes (aligned) as a kernel does.  A traced store is emulated, and
 * the result is still RIG_TRACED.
 */
struct rig_result rig_store(struct rig *r, uint64_t gva, uint64_t value);

/* Guest memory by its physical address, as the VMM writes and reads it. */
void rig_poke(struct rig *r, uint64_t gpa, uint64_t value);
uint64_t rig_peek(struct rig *r, uint64_t gpa);
void rig_poke32(struct rig *r, uint64_t gpa, uint32_t value);

/*
 * Map gva to gpa in the 4-level tables at root by an entry of `level`, with
 * flags (G_P included); tables on the way are made, with all rights.  Returns
 * the guest-physical address of the entry.
 */
uint64_t rig_map(struct rig *r, uint64_t root, uint64_t gva, uint64_t gpa,
	unsigned level, uint64_t flags);

/* The address of the entry of a level; the tables must be there. */
uint64_t rig_entry(struct rig *r, uint64_t root, uint64_t gva, unsigned level);

/* Panic with the reason unless shadow_check() is content. */
void rig_check(struct rig *r);

#endif
