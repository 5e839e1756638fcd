/* SPDX-License-Identifier: MIT */
/*
 * Guest-physical memory: one table of slots says what lies where.  The
 * guest's memory map, and the nested tables, are views of it.
 *
 * RAM is made of 2 MiB chunks that the host allocates, zeroed, when first
 * touched; where the host has no 2 MiB block left, or a slot does not cover
 * the whole chunk, of single frames.  All of it is freed at destruction.
 *
 * Guests are adversaries: every address here is checked, and lengths may be
 * anything.  gmem_read_u64() and its kin fetch once.
 *
 * Nothing here locks: the vCPU's thread calls it, or the loader before.
 */
#ifndef VMM_GMEM_H
#define VMM_GMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GMEM_SLOTS	     8
#define GMEM_MAX	     (1ull << 40) /* no slot ends beyond this */
#define GMEM_LEGACY_START    0xa0000ull
#define GMEM_LEGACY_END	     0x100000ull
#define GMEM_MMIO_HOLE_START 0xc0000000ull /* RAM goes on above 4 GiB */
#define GMEM_MMIO_HOLE_END   0x100000000ull

enum gmem_kind {
	GMEM_NONE, /* nothing: reads all ones, writes are lost */
	GMEM_RAM,
	GMEM_ROM, /* RAM that the guest cannot write */
	GMEM_MMIO /* a device model's registers */
};

struct gmem_slot {
	uint64_t gpa;  /* multiple of 4 KiB */
	uint64_t size; /* multiple of 4 KiB, not 0 */
	enum gmem_kind kind;
	/*
	 * RAM and ROM: an entry for each 2 MiB that the slot touches.  0: not
	 * there yet; an hpa: a whole chunk; an hpa | GMEM_SPLIT: that of a
	 * frame with 512 hpas, 0 where none is there yet.
	 */
	uint64_t *chunks;
};

#define GMEM_SPLIT 1ull

/* Frames that a guest's RAM leaves to the host whatever happens. */
#define GMEM_HOST_RESERVE 256

/*
 * Somebody who must know of the VMM's own writes to guest memory: shadow page
 * tables, which follow tables that lie there.
 */
struct gmem_watch {
	void (*written)(struct gmem_watch *watch, uint64_t gpa, uint64_t len);
};

struct gmem {
	unsigned n_slots;
	struct gmem_slot slot[GMEM_SLOTS]; /* the largest RAM slot is first */
	size_t frames; /* held for the guest, tables included */
	uint64_t ram;  /* bytes of RAM slots */
	bool small; /* of single frames alone: no page is larger than 4 KiB */
	struct gmem_watch *watch; /* told of each write; or NULL */
};

void gmem_init(struct gmem *gmem);

/* Free every frame; the slots are gone then. */
void gmem_fini(struct gmem *gmem);

/*
 * Add a slot.  Returns 0; -EINVAL for a bad or overlapping range, -ENOSPC
 * without a free entry, -ENOMEM.
 */
int gmem_add(
	struct gmem *gmem, uint64_t gpa, uint64_t size, enum gmem_kind kind);

/*
 * Add RAM as a PC has it: from 0 up, and what does not fit below
 * GMEM_MMIO_HOLE_START above 4 GiB.  bytes: a multiple of 4 KiB, more than
 * 1 MiB.  Between 640 KiB and 1 MiB, where a PC has its BIOS and video
 * memory, there is RAM too, so that large pages serve, but the memory map
 * does not offer it.
 */
int gmem_add_pc_ram(struct gmem *gmem, uint64_t bytes);

/* The slot that holds gpa, or NULL. */
const struct gmem_slot *gmem_find(const struct gmem *gmem, uint64_t gpa);

/* The host's page behind a guest-physical address. */
struct gmem_page {
	uint64_t hpa;  /* of the page's first byte */
	uint64_t size; /* 4 KiB or 2 MiB; after gmem_widen() also 1 GiB */
	bool writable; /* by the guest */
};

/*
 * The page that holds gpa, as large as the host has it in one piece.
 * Allocates what is not there yet.  Returns 0; -EFAULT outside RAM and ROM,
 * and for a write to ROM; -ENOMEM.
 */
int gmem_page(
	struct gmem *gmem, uint64_t gpa, bool write, struct gmem_page *page);

/*
 * If all of the GiB around gpa is there and lies in one piece, aligned, make
 * the page that gmem_page() has found that GiB.
 */
void gmem_widen(const struct gmem *gmem, uint64_t gpa, struct gmem_page *page);

/*
 * Host address of gpa, and in *len how many bytes from there on are
 * contiguous for the host (at least 1).  Allocates what is not there yet.
 * write: fails on ROM.  Returns NULL with *err: -EFAULT outside RAM and ROM,
 * -ENOMEM.  The pointer lives as long as the slot.
 */
void *gmem_host(
	struct gmem *gmem, uint64_t gpa, bool write, size_t *len, int *err);

/*
 * The same in a few instructions, for what is there already; NULL when it is
 * not.  Good up to the end of the 4 KiB page, for reading.
 */
void *gmem_peek(const struct gmem *gmem, uint64_t gpa);

/*
 * What was written through a pointer of gmem_host() must be said here, after
 * it; gmem_write() does.
 */
static inline void
gmem_written(struct gmem *gmem, uint64_t gpa, uint64_t len)
{
	if (gmem->watch)
		gmem->watch->written(gmem->watch, gpa, len);
}

/*
 * Copy out of and into guest memory; any length, across pages and slots.
 * Returns 0, -EFAULT when a byte lies outside RAM (ROM for reads), or
 * -ENOMEM.  What was copied by then stays.
 */
int gmem_read(struct gmem *gmem, uint64_t gpa, void *dst, size_t len);
int gmem_write(struct gmem *gmem, uint64_t gpa, const void *src, size_t len);

/* Fetch a naturally aligned value, once.  0, -EFAULT (misaligned too). */
int gmem_read_u32(struct gmem *gmem, uint64_t gpa, uint32_t *value);
int gmem_read_u64(struct gmem *gmem, uint64_t gpa, uint64_t *value);

/*
 * Set bits of a naturally aligned entry of 4 or 8 bytes if it still holds
 * old.  Returns 0, -EAGAIN when it does not, -EFAULT.
 */
int gmem_set_bits(struct gmem *gmem, uint64_t gpa, unsigned bytes, uint64_t old,
	uint64_t bits);

/*
 * The memory map as a loader hands it on: entry i in order of address, RAM
 * without the legacy range.  Returns false behind the last.
 */
bool gmem_map_entry(const struct gmem *gmem, unsigned i, uint64_t *gpa,
	uint64_t *size, enum gmem_kind *kind);

#endif
