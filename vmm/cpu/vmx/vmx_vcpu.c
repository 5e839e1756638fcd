/* SPDX-License-Identifier: MIT */
/*
 * What a vCPU owns under VMX: a VMCS, the maps of ports and MSRs that exit,
 * the lists of MSRs that are switched, a page for CR8, and what else exits
 * (SDM 3C, 24.6).
 *
 * The policy: everything exits that shows or changes the machine, nothing
 * that belongs to the guest alone.  With nested paging a guest's system
 * calls, page faults and CR3 loads do not exit at all.
 */
#include "vmm/cpu/vmx/vmx.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/time.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define IO_ORDER    1 /* two bitmaps of a page each */
#define VEC_MC	    18
#define TIMER_TICKS 2 /* of the host's, which come first */

/*
 * A guest can build tables under which delivering #DB or #AC raises the same
 * again for ever, inside one instruction, with interrupts never looked at:
 * so they exit and are delivered one at a time.
 */
#define VMX_EXCEPTIONS (1u << VEC_DB | 1u << VEC_AC | 1u << VEC_MC)

/* MSRs that are switched, so that the guest reaches its own. */
static const uint32_t vmx_listed[LISTED_MSRS] = {
	[LISTED_STAR] = MSR_STAR,
	[LISTED_LSTAR] = MSR_LSTAR,
	[LISTED_CSTAR] = MSR_CSTAR,
	[LISTED_SFMASK] = MSR_SFMASK,
	[LISTED_KERNEL_GS_BASE] = MSR_KERNEL_GS_BASE,
};

static const uint32_t vmx_fields[] = {
	MSR_SYSENTER_CS,
	MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP,
	MSR_FS_BASE,
	MSR_GS_BASE,
};

/*
 * The MSR map has a bit an MSR: four times 1 KiB, reads of MSRs from 0 and
 * from C0000000, then writes of the same (24.6.9).
 */
#define MSR_MAP_HIGH   0x400u
#define MSR_MAP_WRITES 0x800u

static void
vmx_msr_allow(uint8_t *map, uint32_t msr)
{
	uint8_t *byte = map + (msr & 0x1fff) / 8;
	uint8_t bit = (uint8_t)(1u << msr % 8);

	if (msr >> 30)
		byte += MSR_MAP_HIGH;
	*byte &= (uint8_t)~bit;
	byte[MSR_MAP_WRITES] &= (uint8_t)~bit;
}

/*
 * Host state that is the CPU's own (24.5).  Nothing of it changes once a CPU
 * runs threads (percpu.c), but CR3: vmx_before() sees to that.
 */
void
vmx_set_host(struct vmx *vmx)
{
	struct cpu *cpu = cpu_this();

	for (unsigned i = 0; i < LISTED_MSRS; i++)
		vmx->lists->host[i].value = rdmsr(vmx_listed[i]);
	vmcs_write(VMCS_HOST_CR0, read_cr0());
	vmcs_write(VMCS_HOST_CR4, read_cr4());
	vmcs_write(VMCS_HOST_GS_BASE, (uint64_t)cpu);
	vmcs_write(VMCS_HOST_TR_BASE, (uint64_t)&cpu->tss);
	vmcs_write(VMCS_HOST_GDTR_BASE, (uint64_t)&cpu->gdt);
	vmx->host_cr3 = cpu->root;
	vmcs_write(VMCS_HOST_CR3, vmx->host_cr3);
}

/* Host state that is the same on each CPU; what is not written here is 0. */
static void
vmx_init_host(void)
{
	static const struct {
		enum vmcs_field field;
		uint16_t selector;
	} selectors[] = {
		{ VMCS_HOST_CS_SELECTOR, SEL_KERNEL_CODE },
		{ VMCS_HOST_SS_SELECTOR, SEL_KERNEL_DATA },
		{ VMCS_HOST_DS_SELECTOR, SEL_KERNEL_DATA },
		{ VMCS_HOST_ES_SELECTOR, SEL_KERNEL_DATA },
		{ VMCS_HOST_FS_SELECTOR, 0 },
		{ VMCS_HOST_GS_SELECTOR, 0 },
		{ VMCS_HOST_TR_SELECTOR, SEL_TSS },
	};
	static const enum vmcs_field zero[] = { VMCS_HOST_FS_BASE,
		VMCS_HOST_SYSENTER_CS, VMCS_HOST_SYSENTER_ESP,
		VMCS_HOST_SYSENTER_EIP };

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
		vmcs_write(selectors[i].field, selectors[i].selector);
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		vmcs_write(zero[i], 0);
	vmcs_write(VMCS_HOST_IDTR_BASE, trap_idt());
	vmcs_write(VMCS_HOST_EFER, rdmsr(MSR_EFER));
	if (vmx_host.caps.pat)
		vmcs_write(VMCS_HOST_PAT, rdmsr(MSR_PAT));
	vmcs_write(VMCS_HOST_RIP, (uint64_t)vmx_exit);
}

static void
vmx_init_controls(struct vmx *vmx, const uint32_t *word)
{
	bool nested = vmx_is_nested(vmx);

	vmx->proc = word[WORD_PROC];
	vmcs_write(VMCS_PIN_CONTROLS, word[WORD_PIN]);
	vmcs_write(VMCS_PROC_CONTROLS, word[WORD_PROC]);
	if (word[WORD_PROC] & PROC_SECONDARY)
		vmcs_write(VMCS_PROC2_CONTROLS, word[WORD_PROC2]);
	vmcs_write(VMCS_EXIT_CONTROLS, word[WORD_EXIT]);
	vmcs_write(VMCS_ENTRY_CONTROLS, word[WORD_ENTRY]);
	vmcs_write(VMCS_EXCEPTION_BITMAP,
		VMX_EXCEPTIONS | (nested ? 0 : 1u << VEC_PF));
	/* with both 0, the error codes of all page faults match */
	vmcs_write(VMCS_PAGE_FAULT_MASK, 0);
	vmcs_write(VMCS_PAGE_FAULT_MATCH, 0);
	vmcs_write(VMCS_CR3_TARGET_COUNT, 0);
	vmcs_write(VMCS_CR0_MASK, ~0ull);
	vmcs_write(VMCS_CR4_MASK, ~0ull);
	vmcs_write(VMCS_TPR_THRESHOLD, 0);
	vmcs_write(VMCS_ENTRY_EVENT, 0);
}

/*
 * The timer ends a guest that the host's interrupts do not end: they come
 * each tick, so it never expires but where they fail (docs/errata.md, B3).
 * It starts anew at each entry (25.5.1).
 */
static void
vmx_init_timer(const uint32_t *word)
{
	const uint64_t cycles = time_tsc_khz() * 1000 / TICK_HZ * TIMER_TICKS;

	if (word[WORD_PIN] & PIN_PREEMPTION_TIMER)
		vmcs_write(VMCS_PREEMPTION_TIMER,
			vmx_caps_timer(&vmx_host.caps, cycles));
}

static void
vmx_init_addresses(struct vmx *vmx)
{
	vmcs_write(VMCS_IO_BITMAP_A, vmx->io_pa);
	vmcs_write(VMCS_IO_BITMAP_B, vmx->io_pa + PAGE_SIZE);
	vmcs_write(VMCS_MSR_BITMAP, vmx->msr_pa);
	vmcs_write(VMCS_VIRTUAL_APIC_ADDRESS, vmx->apic_pa);
	vmcs_write(VMCS_ENTRY_MSR_LOAD_ADDRESS, vmx->lists_pa);
	vmcs_write(VMCS_EXIT_MSR_STORE_ADDRESS, vmx->lists_pa);
	vmcs_write(VMCS_EXIT_MSR_LOAD_ADDRESS,
		vmx->lists_pa + offsetof(struct vmx_lists, host));
	vmcs_write(VMCS_ENTRY_MSR_LOAD_COUNT, LISTED_MSRS);
	vmcs_write(VMCS_EXIT_MSR_STORE_COUNT, LISTED_MSRS);
	vmcs_write(VMCS_EXIT_MSR_LOAD_COUNT, LISTED_MSRS);
}

/* Guest state that no group has. */
static void
vmx_init_guest(void)
{
	vmcs_write(VMCS_LINK_POINTER, ~0ull);
	vmcs_write(VMCS_GUEST_DEBUGCTL, 0);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, 0);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
}

static void
vmx_init_maps(struct vmx *vmx)
{
	uint8_t *msr = phys_to_virt(vmx->msr_pa);

	memset(phys_to_virt(vmx->io_pa), 0xff, PAGE_SIZE << IO_ORDER);
	memset(msr, 0xff, PAGE_SIZE);
	for (unsigned i = 0; i < LISTED_MSRS; i++) {
		vmx_msr_allow(msr, vmx_listed[i]);
		vmx->lists->guest[i].msr = vmx_listed[i];
		vmx->lists->host[i].msr = vmx_listed[i];
	}
	for (size_t i = 0; i < sizeof(vmx_fields) / sizeof(vmx_fields[0]); i++)
		vmx_msr_allow(msr, vmx_fields[i]);
}

void
vmx_read_image(struct vmcs_image *image)
{
	for (unsigned i = 0; i < VMCS_SLOTS; i++)
		if (!vmcs_try_read((enum vmcs_field)vmcs_info[i].field,
			    &image->slot[i]))
			image->slot[i] = 0;
}

struct vcpu *
vmx_vcpu_create(struct vm *vm)
{
	const struct vmx_caps *caps = &vmx_host.caps;
	struct vmx *vmx = kzalloc(sizeof(*vmx));
	const uint32_t *word;

	if (!vmx)
		return NULL;
	vmx->vcpu.vm = vm;
	vmx->vmcs_pa = pmm_alloc_zeroed(0);
	vmx->io_pa = pmm_alloc(IO_ORDER);
	vmx->msr_pa = pmm_alloc(0);
	vmx->lists_pa = pmm_alloc_zeroed(0);
	vmx->apic_pa = pmm_alloc_zeroed(0);
	if (!vmx->vmcs_pa || !vmx->io_pa || !vmx->msr_pa || !vmx->lists_pa ||
		!vmx->apic_pa) {
		vmx_vcpu_destroy(&vmx->vcpu);
		return NULL;
	}
	vmx->lists = phys_to_virt(vmx->lists_pa);
	vmx_init_maps(vmx);
	word = vmx_is_nested(vmx) ? caps->nested : caps->shadow;
	*(uint32_t *)phys_to_virt(vmx->vmcs_pa) =
		caps->msr.basic & VMX_BASIC_REVISION;
	vmx_begin(vmx);
	vmx_init_controls(vmx, word);
	vmx_init_timer(word);
	vmx_init_addresses(vmx);
	vmx_init_host();
	vmx_init_guest();
	vmx_end();
	return &vmx->vcpu;
}

void
vmx_vcpu_destroy(struct vcpu *vcpu)
{
	struct vmx *vmx = to_vmx(vcpu);

	vmx_retire(vmx);
	if (vmx->vmcs_pa)
		pmm_free(vmx->vmcs_pa, 0);
	if (vmx->io_pa)
		pmm_free(vmx->io_pa, IO_ORDER);
	if (vmx->msr_pa)
		pmm_free(vmx->msr_pa, 0);
	if (vmx->lists_pa)
		pmm_free(vmx->lists_pa, 0);
	if (vmx->apic_pa)
		pmm_free(vmx->apic_pa, 0);
	kfree(vmx);
}
