/* SPDX-License-Identifier: MIT */
/*
 * The software walk of a guest's page tables: what the CPU would make of a
 * guest-virtual address (APM 2, chapter 5; SDM 3A, chapter 4).
 *
 * Knows no paging, 32-bit, PAE and 4-level paging, each walked by the one
 * walker (vmm/mmu/pagewalk.h), and judges as hardware does: present, write,
 * user, execute, NX, WP, SMEP, SMAP and reserved bits.  Pure.
 */
#ifndef VMM_GWALK_H
#define VMM_GWALK_H

#include "vmm/mmu/pagewalk.h"
#include "vmm/vmexit.h"
#include "vmm/x86.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gmem;
struct vcpu;

/* The state that shapes a walk. */
struct gwalk_mode {
	uint64_t cr0, cr3, cr4, efer;
	bool ac;	   /* RFLAGS.AC: SMAP lets explicit accesses through */
	bool gib_pages;	   /* the CPU knows pages of 1 GiB */
	uint8_t phys_bits; /* width of a physical address, 32 to 52 */
};

struct gwalk {
	uint64_t gpa;	/* the address's translation */
	uint32_t error; /* after -EFAULT: the #PF error code */
	/* How it was found; path.fmt NULL: paging is off. */
	struct pagewalk path;
};

/* Flag beside ACCESS_ bits: set accessed and dirty bits as the CPU does. */
#define GWALK_SET_AD 0x1000u
/* An access that is not the program's own (to a TSS, a GDT): as CPL 0. */
#define GWALK_IMPLICIT 0x2000u

/* The format of the guest's tables; NULL: paging is off. */
const struct pagefmt *gwalk_format(const struct gwalk_mode *mode);

/* What of a mode decides which entries are well formed. */
static inline struct pagefmt_cpu
gwalk_cpu(const struct gwalk_mode *mode)
{
	return (struct pagefmt_cpu){
		.phys_bits = mode->phys_bits,
		.nx = mode->efer & EFER_NXE,
		.gib_pages = mode->gib_pages,
	};
}

/* pagefmt_reserved() under a mode. */
static inline uint64_t
gwalk_reserved(const struct gwalk_mode *mode, const struct pagefmt *fmt,
	unsigned level, bool leaf)
{
	const struct pagefmt_cpu cpu = gwalk_cpu(mode);

	return pagefmt_reserved(fmt, &cpu, level, leaf);
}

/*
 * Translate gva for an access of ACCESS_WRITE, ACCESS_USER, ACCESS_EXEC and
 * GWALK_ bits.  Returns 0 with *out filled; -EFAULT when the guest gets a
 * page fault (out->error); -EINVAL for an address that is not canonical
 * (#GP or #SS); -ENOMEM when the host has no memory left.
 */
int gwalk(struct gmem *gmem, const struct gwalk_mode *mode, uint64_t gva,
	uint32_t access, struct gwalk *out);

/* The mode of a vCPU now; needs VCPU_CRS. */
struct gwalk_mode vcpu_gwalk_mode(struct vcpu *vcpu);

/*
 * Copy between a buffer and guest-virtual memory, as an access of the
 * program at its CPL (access: ACCESS_USER, ACCESS_EXEC, GWALK_ bits;
 * ACCESS_WRITE is added by the write).  Across pages.  Returns 0; -EFAULT
 * with the #PF to deliver in *error and *fault_gva; -EINVAL not canonical;
 * -ENXIO a page that is no RAM; -ENOMEM.  A write changes nothing unless all
 * of it is possible.
 */
int gva_read(struct vcpu *vcpu, uint64_t gva, void *dst, size_t len,
	uint32_t access, uint32_t *error, uint64_t *fault_gva);
int gva_write(struct vcpu *vcpu, uint64_t gva, const void *src, size_t len,
	uint32_t access, uint32_t *error, uint64_t *fault_gva);

/* Would gva_write() succeed?  The same results, and nothing is changed. */
int gva_probe_write(struct vcpu *vcpu, uint64_t gva, size_t len,
	uint32_t access, uint32_t *error, uint64_t *fault_gva);

#endif
