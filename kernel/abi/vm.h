/* SPDX-License-Identifier: MIT */
/*
 * What a guest and its VMM agree on: how a guest finds out that it is one,
 * and the ports by which it ends.  Also the words that /vm/N/ctl takes.
 */
#ifndef KERNEL_ABI_VM_H
#define KERNEL_ABI_VM_H

/*
 * CPUID leaves of the hypervisor range.  CPUID.1:ECX[31] says that there is
 * a hypervisor (SDM and APM reserve the bit for it); then
 *
 *   0x40000000  EAX: highest leaf; EBX, ECX, EDX: "DrosteDroste"
 *   0x40000001  EAX: the guest's level (1: directly above the machine)
 *   0x40000002  EAX, EBX, ECX, EDX: "engine+mmu", padded with NULs
 *   0x40000003  EAX: frequency of the guest's TSC in kHz
 *
 * Where CPUID cannot be made to trap, the PVH start info has a module whose
 * command line is VM_CPUID_MODULE: an array of struct vm_cpuid, all the
 * leaves that there are.  It is to be believed rather than the instruction.
 */
#define VM_CPUID_BASE	   0x40000000u
#define VM_CPUID_LEVEL	   0x40000001u
#define VM_CPUID_VIA	   0x40000002u
#define VM_CPUID_TSC	   0x40000003u
#define VM_CPUID_MAX	   VM_CPUID_TSC
#define VM_CPUID_SIGNATURE "DrosteDroste"
#define VM_CPUID_MODULE	   "droste-cpuid"

#ifndef __ASSEMBLER__
#include <stdint.h>

struct vm_cpuid {
	uint32_t leaf, subleaf; /* EAX and ECX of the question */
	uint32_t eax, ebx, ecx, edx;
};
#endif

/*
 * Ports by which a machine ends.  QEMU's isa-debug-exit gives the process
 * the status (value << 1) | 1, so 7 bits of a value arrive.
 */
#define VM_PORT_DEBUG_EXIT 0xf4	 /* write: end with this status, 0 to 127 */
#define VM_PORT_PANIC	   0x505 /* pvpanic: read has bit 0 set if present */
#define VM_PANIC_PANICKED  0x01	 /* write: the guest's kernel has panicked */
#define VM_PORT_ACPI_PM1A  0x604 /* 16-bit write of the value below: S5 */
#define VM_ACPI_POWEROFF   0x2000

/*
 * /vm/clone: opening it makes a VM; a read gives its number and a newline;
 * the descriptor is that VM's ctl.  A write to ctl is one command:
 *
 *   memory MIB          size of guest RAM, before start
 *   engine NAME         CPU engine; default: the best that the CPU has
 *   mmu NAME            MMU engine; default: the best for the engine
 *   shadow KIB          memory for shadow page tables at most
 *   pages 4K|large      what guest memory is made of; default: as large as
 *                       the host has them
 *   check               the MMU engine checks its own rules as it goes: slow
 *   kernel PATH         what to boot; default: the second copy
 *   initrd PATH         default: none; for the second copy, the host's own
 *   cmdline TEXT        the rest of the line, for the guest's kernel
 *   commands TEXT       for a Droste guest's shell; all that follows
 *   start               load and run; an error is said in status
 *   kill                stop a running VM
 *   destroy             free a VM that does not run
 *
 * A failed write returns the error and status's line says what was wrong.
 */

/* Where the second copy's image lies in every Droste file system. */
#define VM_KERNEL_PATH "/boot/kernel"

#endif
