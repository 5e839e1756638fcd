/* SPDX-License-Identifier: MIT */
/*
 * A guest for trying VM entries (svm_selftest.c, vmx_selftest.c).  An entry
 * that the CPU takes has to come to an end wherever the state that was tried
 * lets it begin: so the guest is a page full of CPUID, which exits on each CPU
 * and in each mode, and knows no other instruction.
 *
 * Its memory:
 *
 *	0x1000  PML4    one entry each: the first
 *	0x2000  PDPT    2 MiB are mapped to themselves,
 *	0x3000  PD      for each right
 *	0x8000  CPUID, 2048 times
 *	0x9000  the top of a stack that nothing uses
 *
 * Nothing here goes through vcpu_run(): no handler acts on an exit, but for the
 * faults on the way to the first CPUID, which the MMU engine mends.
 */
#include "vmm/selftest/entry_guest.h"

#include "kernel/abi/errno.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define GUEST_MEMORY (2ull << 20)
#define GUEST_TABLES 0x1000u
#define GUEST_CODE   0x8000u
#define GUEST_STACK  0x9000u
#define CPUID_WORD   0xa20fu /* little-endian */
#define ENTRIES_MAX  100     /* until the first CPUID */

bool
entry_guest_possible(const char *engine, const char *mmu)
{
	const char *why;
	const struct cpu_engine *cpu = cpu_engine_find(engine, &why);

	return cpu && mmu_engine_find(cpu, mmu, &why);
}

static int
entry_guest_fill(struct vm *vm)
{
	const uint64_t table[3] = { GUEST_TABLES + PAGE_SIZE + 7,
		GUEST_TABLES + 2 * PAGE_SIZE + 7, 0x87 };
	uint16_t *code = kmalloc(PAGE_SIZE);
	int err = code ? 0 : -ENOMEM;

	for (unsigned i = 0; !err && i < PAGE_SIZE / 2; i++)
		code[i] = CPUID_WORD;
	if (!err)
		err = gmem_write(&vm->gmem, GUEST_CODE, code, PAGE_SIZE);
	for (unsigned i = 0; !err && i < 3; i++)
		err = gmem_write(&vm->gmem, GUEST_TABLES + i * PAGE_SIZE,
			&table[i], sizeof(table[i]));
	kfree(code);
	return err;
}

struct vm *
entry_guest_create(const char *engine, const char *mmu)
{
	struct vm *vm = vm_create();

	if (vm &&
		(vm_configure(vm, engine, mmu, GUEST_MEMORY) != 0 ||
			entry_guest_fill(vm) != 0)) {
		entry_guest_destroy(vm);
		vm = NULL;
	}
	return vm;
}

void
entry_guest_destroy(struct vm *vm)
{
	if (!vm)
		return;
	vm_destroy(vm);
	vm_put(vm);
}

void
entry_guest_set_state(struct vcpu *vcpu, bool wide)
{
	const struct vseg data = { 16, VSEG_DATA32, ~0u, 0 };
	struct vcpu_state *s = &vcpu->state;

	vcpu_reset(vcpu);
	for (unsigned i = 0; i < SEGS; i++)
		s->seg[i] = data;
	s->seg[SEG_CS] =
		(struct vseg){ 8, wide ? VSEG_CODE64 : VSEG_CODE32, ~0u, 0 };
	s->cr0 = CR0_PE | CR0_ET;
	s->gdtr.limit = s->idtr.limit = 0;
	if (wide) {
		s->cr0 |= CR0_PG;
		s->cr4 = CR4_PAE;
		s->cr3 = GUEST_TABLES;
		s->efer = EFER_LME | EFER_LMA;
	}
	vcpu->regs.rip = GUEST_CODE;
	vcpu->regs.gpr[GPR_RSP] = GUEST_STACK;
}

bool
entry_guest_run(struct vm *vm)
{
	struct vcpu *vcpu = vm->vcpu[0];
	struct mmu *mmu = vm->mmu;

	for (unsigned i = 0; i < ENTRIES_MAX; i++) {
		struct vmexit x;
		uint32_t error;

		vcpu->kicked = false;
		vcpu->engine->run(vcpu, &x);
		if (x.reason == VMEXIT_CPUID)
			return true;
		if (x.reason == VMEXIT_FAULT)
			mmu->ops->fault(mmu, vcpu, &x, &error);
	}
	return false;
}
