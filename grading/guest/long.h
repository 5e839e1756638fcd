/* SPDX-License-Identifier: MIT */
/*
 * 64-bit mode as long.S makes it for a guest's main(): ring 0, interrupts off,
 * an identity map of the first 4 GiB (2 MiB pages, all rights but ring 3's), a
 * stack of 16 KiB, and handlers for all vectors (trap.h).  What main() returns
 * is the machine's status.
 */
#ifndef GRADING_GUEST_LONG_H
#define GRADING_GUEST_LONG_H

#include <stdint.h>

#define PAGE 4096ul
#define MIB  (1ul << 20)

/* Selectors of the GDT, in the order that SYSRET wants. */
#define SEL_CODE   0x08
#define SEL_DATA   0x10
#define SEL_CODE32 0x18
#define SEL_UDATA  0x23
#define SEL_UCODE  0x2b
#define SEL_TSS	   0x30
#define SEL_FREE   0x40 /* six entries for the guest itself */
#define GDT_SIZE   0x70

#define PTE_P  0x001ul
#define PTE_W  0x002ul
#define PTE_U  0x004ul
#define PTE_A  0x020ul
#define PTE_D  0x040ul
#define PTE_PS 0x080ul
#define PTE_NX (1ul << 63)

extern uint64_t gdt[GDT_SIZE / 8];
extern uint64_t guest_pml4[512], guest_pdpt[512];
extern uint64_t guest_pd[4][512]; /* of a GiB each */

int main(void);

#endif
