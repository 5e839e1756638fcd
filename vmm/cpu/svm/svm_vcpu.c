/* SPDX-License-Identifier: MIT */
/*
 * What a vCPU owns under SVM: a VMCB, the maps of ports and MSRs that exit,
 * and what else does, as tables (APM 2, 15.8 to 15.11).
 *
 * The policy: everything exits that shows or changes the machine, nothing
 * that belongs to the guest alone.  With nested paging a guest's system
 * calls, page faults and CR3 loads do not exit at all.
 */
#include "vmm/cpu/svm/svm.h"

#include "kernel/abi/vm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/power.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define CPUID_SVM	0x8000000au
#define CPUID_EDX_NRIPS (1u << 3)
#define VENDOR_EBX_TCG	0x54474354u /* "TCGT" of QEMU's "TCGTCGTCGTCG" */
#define VEC_MC		18

/* Exit codes from 0x60 on that every vCPU has. */
static const uint8_t svm_intercepts[] = {
	SVM_EXIT_INTR,
	SVM_EXIT_NMI,
	SVM_EXIT_SMI,
	SVM_EXIT_INIT,
	SVM_EXIT_RDPMC,
	SVM_EXIT_CPUID,
	SVM_EXIT_INVD,
	SVM_EXIT_HLT,
	SVM_EXIT_INVLPGA,
	SVM_EXIT_IOIO,
	SVM_EXIT_MSR,
	SVM_EXIT_TASK_SWITCH,
	SVM_EXIT_SHUTDOWN,
	SVM_EXIT_VMRUN,
	SVM_EXIT_VMMCALL,
	SVM_EXIT_VMLOAD,
	SVM_EXIT_VMSAVE,
	SVM_EXIT_STGI,
	SVM_EXIT_CLGI,
	SVM_EXIT_SKINIT,
	SVM_EXIT_RDTSCP,
	SVM_EXIT_WBINVD,
	SVM_EXIT_MONITOR,
	SVM_EXIT_MWAIT,
	SVM_EXIT_MWAIT_ARMED,
	SVM_EXIT_XSETBV,
	SVM_EXIT_RDPRU,
};

/*
 * A guest can build tables under which delivering #DB or #AC raises the same
 * again for ever, inside one instruction, with interrupts never looked at:
 * so they exit and are delivered one at a time.
 */
#define SVM_EXCEPTIONS (1u << VEC_DB | 1u << VEC_AC | 1u << VEC_MC)

#define DR_ALL 0x00ff00ffu

/* MSRs that VMRUN, VMLOAD and VMSAVE switch: the guest has its own. */
static const uint32_t svm_own_msrs[] = {
	MSR_SYSENTER_CS,
	MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP,
	MSR_STAR,
	MSR_LSTAR,
	MSR_CSTAR,
	MSR_SFMASK,
	MSR_FS_BASE,
	MSR_GS_BASE,
	MSR_KERNEL_GS_BASE,
};

/*
 * The MSR map has two bits an MSR, read and write, for three ranges of 8192
 * MSRs; 2 KiB a range.
 */
#define MSRPM_HIGH_RANGE 0xc0000000u
#define MSRPM_HIGH_START 0x800u

static void
svm_msrpm_allow(uint8_t *map, uint32_t msr)
{
	uint32_t index = msr & 0x1fff;
	uint8_t *byte = map + index / 4;

	if (msr >= MSRPM_HIGH_RANGE)
		byte += MSRPM_HIGH_START;
	*byte &= ~(3u << (index % 4 * 2));
}

static void
svm_set_intercepts(struct svm *svm)
{
	uint32_t *intercept = svm->vmcb->intercept;

	for (size_t i = 0; i < sizeof(svm_intercepts); i++) {
		unsigned bit = svm_intercepts[i] - SVM_EXIT_INTR;

		intercept[INTERCEPT_MISC1 + bit / 32] |= 1u << bit % 32;
	}
	intercept[INTERCEPT_CR] = SVM_CR_WRITES(0) | SVM_CR_WRITES(4);
	intercept[INTERCEPT_DR] = DR_ALL;
	intercept[INTERCEPT_EXCEPTION] = SVM_EXCEPTIONS;
	if (power_is_bochs()) /* docs/errata.md, B2 */
		intercept[INTERCEPT_EXCEPTION] |= 1u << VEC_DF;
	if (svm->vcpu.vm->mmu->ops->nested)
		return;
	intercept[INTERCEPT_CR] |= SVM_CR_WRITES(3) | SVM_CR_READS(3);
	intercept[INTERCEPT_EXCEPTION] |= 1u << VEC_PF;
	intercept[INTERCEPT_MISC1] |= 1u << (SVM_EXIT_INVLPG - SVM_EXIT_INTR);
}

static void
svm_vmcb_init(struct svm *svm)
{
	struct vmcb *vmcb = svm->vmcb;
	struct vm *vm = svm->vcpu.vm;

	svm_set_intercepts(svm);
	vmcb->iopm_pa = svm->iopm_pa;
	vmcb->msrpm_pa = svm->msrpm_pa;
	vmcb->int_ctl = INT_CTL_V_INTR_MASKING | INT_CTL_V_IGN_TPR;
	if (vm->mmu->ops->nested)
		vmcb->nested_ctl = NESTED_ENABLE;
}

struct vcpu *
svm_vcpu_create(struct vm *vm)
{
	struct svm *svm = kzalloc(sizeof(*svm));

	if (!svm)
		return NULL;
	svm->vcpu.vm = vm;
	svm->vmcb_pa = pmm_alloc_zeroed(0);
	svm->iopm_pa = pmm_alloc(IOPM_ORDER);
	svm->msrpm_pa = pmm_alloc(MSRPM_ORDER);
	if (!svm->vmcb_pa || !svm->iopm_pa || !svm->msrpm_pa) {
		svm_vcpu_destroy(&svm->vcpu);
		return NULL;
	}
	svm->vmcb = phys_to_virt(svm->vmcb_pa);
	svm->next_rip = cpuid_query(CPUID_SVM, 0).edx & CPUID_EDX_NRIPS;
	svm->no_data_breaks =
		cpuid_query(VM_CPUID_BASE, 0).ebx == VENDOR_EBX_TCG;
	memset(phys_to_virt(svm->iopm_pa), 0xff, PAGE_SIZE << IOPM_ORDER);
	memset(phys_to_virt(svm->msrpm_pa), 0xff, PAGE_SIZE << MSRPM_ORDER);
	for (size_t i = 0; i < sizeof(svm_own_msrs) / sizeof(uint32_t); i++)
		svm_msrpm_allow(phys_to_virt(svm->msrpm_pa), svm_own_msrs[i]);
	svm_vmcb_init(svm);
	return &svm->vcpu;
}

void
svm_vcpu_destroy(struct vcpu *vcpu)
{
	struct svm *svm = to_svm(vcpu);

	if (svm->vmcb_pa)
		pmm_free(svm->vmcb_pa, 0);
	if (svm->iopm_pa)
		pmm_free(svm->iopm_pa, IOPM_ORDER);
	if (svm->msrpm_pa)
		pmm_free(svm->msrpm_pa, MSRPM_ORDER);
	kfree(svm);
}
