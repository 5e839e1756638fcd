/* SPDX-License-Identifier: MIT */
/*
 * The instructions of VMX (SDM 3C, chapter 30), one function each.
 *
 * They report failure in the flags: CF when there is no current VMCS, ZF when
 * there is one and its INSTRUCTION_ERROR says why.
 */
#ifndef VMM_CPU_VMX_VMX_INSN_H
#define VMM_CPU_VMX_VMX_INSN_H

#include "vmm/cpu/vmx/vmcs.h"

#include <stdbool.h>
#include <stdint.h>

/* Type of INVEPT and INVVPID. */
#define INVEPT_ONE	       1 /* one EPT pointer */
#define INVEPT_ALL	       2
#define INVVPID_ADDRESS	       0 /* one linear address of one VPID */
#define INVVPID_ONE	       1 /* one VPID */
#define INVVPID_ALL	       2
#define INVVPID_ONE_BUT_GLOBAL 3

/* Enter VMX operation with a region of the CPU's own.  True: done. */
static inline bool
vmxon(uint64_t region_pa)
{
	bool done;

	__asm__ volatile("vmxon %1"
			 : "=@cca"(done)
			 : "m"(region_pa)
			 : "memory");
	return done;
}

/* Make a VMCS inactive: all of it is in memory then, and its state "clear". */
static inline bool
vmclear(uint64_t vmcs_pa)
{
	bool done;

	__asm__ volatile("vmclear %1"
			 : "=@cca"(done)
			 : "m"(vmcs_pa)
			 : "memory");
	return done;
}

/* Make a VMCS active and current on this CPU. */
static inline bool
vmptrld(uint64_t vmcs_pa)
{
	bool done;

	__asm__ volatile("vmptrld %1"
			 : "=@cca"(done)
			 : "m"(vmcs_pa)
			 : "memory");
	return done;
}

/* A field of the current VMCS, which must have it. */
static inline uint64_t
vmcs_read(enum vmcs_field field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0"
			 : "=r"(value)
			 : "r"((uint64_t)field)
			 : "cc");
	return value;
}

static inline void
vmcs_write(enum vmcs_field field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0"
			 :
			 : "r"((uint64_t)field), "r"(value)
			 : "cc");
}

/* The same for a field that this CPU may not have: false then. */
static inline bool
vmcs_try_read(enum vmcs_field field, uint64_t *value)
{
	bool done;

	__asm__ volatile("vmread %2, %1"
			 : "=@cca"(done), "=r"(*value)
			 : "r"((uint64_t)field));
	return done;
}

static inline bool
vmcs_try_write(enum vmcs_field field, uint64_t value)
{
	bool done;

	__asm__ volatile("vmwrite %2, %1"
			 : "=@cca"(done)
			 : "r"((uint64_t)field), "r"(value));
	return done;
}

/*
 * Forget translations that came from nested tables: of one EPT pointer, or
 * all (SDM 3C, 28.3.3.1).  The CPU must have the type.
 */
static inline bool
vmx_invept(uint64_t type, uint64_t ept_pointer)
{
	const struct {
		uint64_t ept_pointer, zero;
	} what = { ept_pointer, 0 };
	bool done;

	__asm__ volatile("invept %1, %2"
			 : "=@cca"(done)
			 : "m"(what), "r"(type)
			 : "memory");
	return done;
}

/* Forget translations of linear addresses under a VPID. */
static inline bool
vmx_invvpid(uint64_t type, uint16_t vpid, uint64_t gva)
{
	const struct {
		uint64_t vpid, gva;
	} what = { vpid, gva };
	bool done;

	__asm__ volatile("invvpid %1, %2"
			 : "=@cca"(done)
			 : "m"(what), "r"(type)
			 : "memory");
	return done;
}

#endif
