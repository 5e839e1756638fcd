/* SPDX-License-Identifier: MIT */
/*
 * The trampoline: all of the host that is mapped while a guest runs.
 *
 * It fills the first pages of a window (kernel/mem/paging.h), so it lies at
 * the same addresses in the host's address space and in the guest's, and the
 * code that loads CR3 goes on.  In a window:
 *
 *	0x00000	R-X	a stub for each vector, the two halves of the switch
 *	0x02000	R--	the IDT of window 0, then that of window 1, ...
 *	0x20000	RW-	of CPU 0: its GDT (1 page), its area (2 pages),
 *			then the same of CPU 1, ...
 *
 * All of it is for supervisors only, and the guest runs in ring 3.
 *
 * The area of a CPU holds its TSS and the frame that an exit leaves:
 *
 *	high	...		what the switch needs, see struct ring3_area
 *		ss rsp rflags cs rip	the CPU, to the stack that the TSS names
 *		error vector		the CPU or the stub
 *	low	rdi rdx rcx rax		the stub			<- frame
 */
#ifndef VMM_CPU_RING3_AREA_H
#define VMM_CPU_RING3_AREA_H

#define TRAMPOLINE_CODE_PAGES 2
#define TRAMPOLINE_IDT	      0x02000
#define TRAMPOLINE_CPU	      0x20000
#define TRAMPOLINE_CPU_SIZE   0x04000 /* a page of it stays empty */
#define TRAMPOLINE_AREA	      0x02000 /* in a CPU's part, behind its GDT */
#define TRAMPOLINE_STUB_SIZE  16

#define AREA_SIZE 0x2000 /* and aligned to it */

/* Offsets in struct ring3_area, for entry.S; asserted in trampoline.c. */
#define AREA_NMI_STACK_TOP   3072
#define AREA_FATAL_STACK_TOP 4096
/* The CPU aligns a stack to 16 before it pushes: the top is aligned. */
#define AREA_FRAME     6152
#define AREA_FRAME_TOP (AREA_FRAME + FRAME_SIZE)

/* Offsets from the frame. */
#define FRAME_RAX	 0
#define FRAME_RCX	 8
#define FRAME_RDX	 16
#define FRAME_RDI	 24
#define FRAME_VECTOR	 32
#define FRAME_RIP	 48
#define FRAME_CS	 56
#define FRAME_SIZE	 88
#define FRAME_HOST_CR3	 88
#define FRAME_HOST_RSP	 96
#define FRAME_HOST_GS	 104
#define FRAME_REGS	 112
#define FRAME_CR2	 120
#define FRAME_GUEST_CR3	 128
#define FRAME_GUEST_FS	 136
#define FRAME_GUEST_GS	 144
#define FRAME_RARE	 152
#define FRAME_NMI	 156
#define FRAME_HOST_EFER	 160
#define FRAME_GUEST_EFER 164
#define FRAME_SELECTORS	 168
#define FRAME_DR7	 176
#define FRAME_HOST_GDTR	 184
#define FRAME_HOST_IDTR	 200
#define FRAME_GUEST_GDTR 216
#define FRAME_GUEST_IDTR 232

/* area.rare: what an entry has to load beside the usual. */
#define RARE_FS	      1 /* FS base */
#define RARE_SEGMENTS 2 /* DS, ES, FS, GS: code that is not 64-bit */
#define RARE_DR7      4 /* breakpoints */

/*
 * Selectors of the real GDT that ring 3 can load: those that a guest uses
 * must not be among them, or its loads would not trap.  A guest that is a
 * ring3 VMM itself has its trampoline in another window than ours, so its
 * selectors are others too.  n: 0 to 5, copies of the guest's own segments.
 */
#define RING3_SEL(window, n) ((256 + 16 * (window) + (n)) * 8 + 3)
#define RING3_SEL_64(window) RING3_SEL(window, 6) /* 64-bit code */
#define RING3_SEL_SS(window) RING3_SEL(window, 7) /* flat data beside it */
#define RING3_SELS	     8

#ifndef __ASSEMBLER__

#include "kernel/cpu/gdt.h"

#include <stdint.h>

/* LGDT's and LIDT's operand; aligned so that the base is. */
struct ring3_table {
	uint16_t limit;
	uint8_t base[8];
	uint8_t unused[6];
};
_Static_assert(sizeof(struct ring3_table) == 16, "a table register");

struct ring3_frame {
	uint64_t rax, rcx, rdx, rdi;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct ring3_frame) == FRAME_SIZE, "area.h");

struct ring3_area {
	uint8_t nmi_stack[AREA_NMI_STACK_TOP];
	uint8_t fatal_stack[AREA_FATAL_STACK_TOP - AREA_NMI_STACK_TOP];
	uint8_t stack[AREA_FRAME - AREA_FATAL_STACK_TOP];
	struct ring3_frame frame;
	uint64_t host_cr3, host_rsp, host_gs;
	uint64_t regs; /* host address of the vCPU's struct vcpu_regs */
	uint64_t cr2;  /* after a page fault */
	uint64_t guest_cr3, guest_fs, guest_gs;
	uint32_t rare; /* RARE_ bits */
	uint32_t nmi;  /* one came while the switch was on its way */
	uint32_t host_efer, guest_efer;
	uint16_t ds, es, fs, gs; /* RARE_SEGMENTS: real selectors */
	uint64_t dr7;
	struct ring3_table host_gdtr, host_idtr, guest_gdtr, guest_idtr;
	struct tss tss __attribute__((aligned(8)));
	uint8_t unused[AREA_SIZE - AREA_FRAME - 352];
};
_Static_assert(sizeof(struct ring3_area) == AREA_SIZE, "area.h");

#endif
#endif
