/* SPDX-License-Identifier: MIT */
/*
 * The vmx engine: what it is, whether this CPU has it, turning it on, and
 * which CPU holds which VMCS.
 *
 * A CPU keeps parts of an active VMCS to itself, so a VMCS must be active on
 * one CPU at most: when a vCPU's thread has moved, the CPU that it left is
 * asked to give the VMCS up (VMCLEAR) before this one takes it (SDM 3C,
 * 24.11.1).  On one CPU many can be active and one is current; to run another
 * vCPU there is a VMPTRLD and nothing is forgotten, since each has a VPID.
 */
#include "vmm/cpu/vmx/vmx.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/vmx/vmx_check.h"
#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/x86.h"

#define CPUID_WIDTHS 0x80000008u
#define VPID_MAX     0xffffu
#define VAPIC_TPR    0x80 /* offset in the virtual-APIC page */

/* The registries of host CPUs (each entry is its CPU's own), and of VMX. */
struct vmx_cpu vmx_cpus[CPU_MAX];
struct vmx_host vmx_host = { .refusal = "VMX has not been looked for" };

static void
vmx_read_msrs(struct vmx_msrs *msr)
{
	uint32_t off = 0;

	msr->basic = rdmsr(MSR_VMX_BASIC);
	if (msr->basic & VMX_BASIC_TRUE)
		off = MSR_VMX_TRUE_FROM_PIN;
	msr->feature_control = rdmsr(MSR_FEATURE_CONTROL);
	msr->misc = rdmsr(MSR_VMX_MISC);
	msr->word[WORD_PIN] = rdmsr(MSR_VMX_PIN + off);
	msr->word[WORD_PROC] = rdmsr(MSR_VMX_PROC + off);
	msr->word[WORD_EXIT] = rdmsr(MSR_VMX_EXIT + off);
	msr->word[WORD_ENTRY] = rdmsr(MSR_VMX_ENTRY + off);
	msr->cr0_fixed0 = rdmsr(MSR_VMX_CR0_FIXED0);
	msr->cr0_fixed1 = rdmsr(MSR_VMX_CR0_FIXED1);
	msr->cr4_fixed0 = rdmsr(MSR_VMX_CR4_FIXED0);
	msr->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
	if (vmx_may(msr, WORD_PROC, PROC_SECONDARY))
		msr->word[WORD_PROC2] = rdmsr(MSR_VMX_PROC2);
	if (vmx_may(msr, WORD_PROC2, PROC2_EPT | PROC2_VPID))
		msr->ept_vpid = rdmsr(MSR_VMX_EPT_VPID);
	msr->phys_bits = cpuid_query(CPUID_WIDTHS, 0).eax & 0xff;
}

/* A region that VMXON and VMPTRLD take begins with the CPU's revision. */
static uint64_t
vmx_alloc_region(void)
{
	uint64_t pa = pmm_alloc_zeroed(0);

	if (pa)
		*(uint32_t *)phys_to_virt(pa) =
			vmx_host.caps.msr.basic & VMX_BASIC_REVISION;
	return pa;
}

static const char *
vmx_look(struct vmx_host *host)
{
	struct vmx_msrs msr = { 0 };

	if (!cpu_has(CPU_VMX))
		return "this CPU has no VMX (CPUID 1.ECX[5])";
	vmx_read_msrs(&msr);
	if (!vmx_caps_init(&host->caps, &msr, host->why, sizeof(host->why)))
		return host->why;
	for (unsigned i = 0; i < cpu_count; i++) {
		vmx_cpus[i].vmxon_pa = vmx_alloc_region();
		if (!vmx_cpus[i].vmxon_pa)
			return "no memory was left at boot for VMX's pages";
	}
	return NULL;
}

/* Also says at once what a CPU with VMX cannot do. */
static void
vmx_set_aside(void)
{
	const char *without;

	vmx_host.refusal = vmx_look(&vmx_host);
	without = vmx_host.refusal ? vmx_host.refusal
				   : vmx_caps_nested(&vmx_host.caps);
	if (cpu_has(CPU_VMX) && without)
		kwarn("vmx: %s\n", without);
}

INITCALL(INIT_DEVICE, vmx_set_aside);

static const char *
vmx_probe(void)
{
	return vmx_host.refusal;
}

/* Enter VMX operation for good; interrupts are off. */
static void
vmx_on(struct vmx_cpu *cpu)
{
	const struct vmx_msrs *msr = &vmx_host.caps.msr;
	uint64_t control = rdmsr(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_CONTROL_LOCK))
		wrmsr(MSR_FEATURE_CONTROL,
			control | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
	write_cr0((read_cr0() | msr->cr0_fixed0) & msr->cr0_fixed1);
	write_cr4((read_cr4() | msr->cr4_fixed0) & msr->cr4_fixed1);
	if (!vmxon(cpu->vmxon_pa))
		panic("vmx: VMXON fails on CPU %u", cpu_this()->id);
	cpu->vpid_next = VPID_MAX + 1; /* the first one forgets all */
	cpu->on = true;
}

void
vmx_take_vpid(struct vmx *vmx, struct vmx_cpu *cpu)
{
	if (!vmx_host.caps.vpid)
		return;
	if (cpu->vpid_next > VPID_MAX) {
		cpu->generation++;
		cpu->vpid_next = 1;
		vmx_invvpid(INVVPID_ALL, 0, 0);
		vmx->invvpids++;
	}
	vmx->vpid = (uint16_t)cpu->vpid_next++;
	vmx->generation = cpu->generation;
	vmcs_write(VMCS_VPID, vmx->vpid);
}

/* Without VPIDs each VM entry forgets by itself. */
void
vmx_flush(struct vmx *vmx)
{
	if (!vmx_host.caps.vpid)
		return;
	vmx_invvpid(INVVPID_ONE, vmx->vpid, 0);
	vmx->invvpids++;
}

void
vmx_flush_nested(struct vmx *vmx)
{
	vmx_invept(INVEPT_ONE, vmcs_read(VMCS_EPT_POINTER));
	vmx->invepts++;
}

/* Give a VMCS up, on the CPU where it is active; interrupts are off. */
static void
vmx_release(void *arg)
{
	struct vmx *vmx = arg;
	struct vmx_cpu *cpu = vmx_cpu_this();

	if (vmx->cpu != cpu)
		return;
	if (!vmclear(vmx->vmcs_pa))
		panic("vmx: VMCLEAR fails");
	if (cpu->current == vmx)
		cpu->current = NULL;
	vmx->cpu = NULL;
	vmx->launched = false;
}

/*
 * A vCPU that is new on this CPU.  What this CPU may still know of it, from
 * an earlier stay, is behind a VPID that it will never have again; of nested
 * tables, which have no such name, it is told to forget.
 */
static void
vmx_arrive(struct vmx *vmx, struct vmx_cpu *cpu)
{
	if (!cpu->on)
		vmx_on(cpu);
	if (!vmclear(vmx->vmcs_pa) || !vmptrld(vmx->vmcs_pa))
		panic("vmx: VMPTRLD fails");
	vmx->cpu = cpu;
	cpu->current = vmx;
	vmx_set_host(vmx);
	vmx_take_vpid(vmx, cpu);
	vcpu_changed(&vmx->vcpu, VCPU_FLUSH_NESTED);
}

void
vmx_begin(struct vmx *vmx)
{
	struct vmx_cpu *cpu;

	for (;;) {
		unsigned other;

		irq_disable();
		cpu = vmx_cpu_this();
		if (!vmx->cpu || vmx->cpu == cpu)
			break;
		other = (unsigned)(vmx->cpu - vmx_cpus);
		irq_enable();
		smp_call(other, vmx_release, vmx);
	}
	if (vmx->cpu != cpu) {
		vmx_arrive(vmx, cpu);
	} else if (cpu->current != vmx) {
		vmptrld(vmx->vmcs_pa);
		cpu->current = vmx;
		vmx->switches++;
	}
}

void
vmx_end(void)
{
	irq_enable();
}

void
vmx_retire(struct vmx *vmx)
{
	if (!vmx->cpu)
		return;
	vmx_begin(vmx);
	vmx_release(vmx);
	vmx_end();
}

static void
vmx_describe(struct vcpu *vcpu, char *buf, size_t size, size_t *pos)
{
	const struct vmx *vmx = to_vmx(vcpu);

	str_append(buf, size, pos,
		"vm-switches %llu\ninvept %llu\ninvvpid %llu\n",
		(unsigned long long)vmx->switches,
		(unsigned long long)vmx->invepts,
		(unsigned long long)vmx->invvpids);
}

#define REASON_MSR_LIST (EXIT_ENTRY_FAILED | 34)

/* What the checks look at in memory, unless it is not where it ought to be. */
static void
vmx_see_memory(
	struct vmx *vmx, const struct vmcs_image *image, struct vmx_entry *e)
{
	struct mmu *mmu = vmx->vcpu.vm->mmu;
	uint64_t cr3 = VMCS_AT(image, GUEST_CR3);

	if (!vmx_is_nested(vmx) && cr3 == mmu->ops->root(mmu, &vmx->vcpu))
		e->pdpte = phys_to_virt(cr3 & pagefmt_pae.root);
	if (VMCS_AT(image, VIRTUAL_APIC_ADDRESS) == vmx->apic_pa)
		e->vtpr = ((const uint8_t *)phys_to_virt(
			vmx->apic_pa))[VAPIC_TPR];
}

static void
vmx_explain(struct vcpu *vcpu, char *buf, size_t size)
{
	struct vmx *vmx = to_vmx(vcpu);
	struct vmcs_image image;
	struct vmx_entry entry = { .v = &image, .msr = &vmx_host.caps.msr };
	struct vmx_broken broken;

	vmx_begin(vmx);
	vmx_read_image(&image);
	vmx_end();
	if (vmx->failure == REASON_MSR_LIST) {
		snprintf(buf, size,
			"VM entry cannot load entry %llu of its list of MSRs "
			"(26.4)",
			(unsigned long long)VMCS_AT(
				&image, EXIT_QUALIFICATION));
		return;
	}
	vmx_see_memory(vmx, &image, &entry);
	vmx_check(&entry, &broken);
	vmx_check_say(&broken, vmx->failure, buf, size);
}

static const char *const vmx_mmus[] = { "ept", "shadow", NULL };

static const struct cpu_engine vmx_engine = {
	.name = "vmx",
	.rank = 3,
	.mmus = vmx_mmus,
	.probe = vmx_probe,
	.vcpu_create = vmx_vcpu_create,
	.vcpu_destroy = vmx_vcpu_destroy,
	.load = vmx_load,
	.store = vmx_store,
	.run = vmx_run,
	.inject = vmx_inject,
	.irq_window = vmx_irq_window,
	.explain = vmx_explain,
	.describe = vmx_describe,
};

CPU_ENGINE(vmx_engine);
