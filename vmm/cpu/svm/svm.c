/* SPDX-License-Identifier: MIT */
/*
 * The svm engine: what it is, whether this CPU has it, and turning it on.
 *
 * Threads move between CPUs, so SVM is turned on where a vCPU first arrives,
 * and stays on.  Each CPU needs two pages; they are set aside at boot, so
 * that turning on cannot fail for want of memory.
 */
#include "vmm/cpu/svm/svm.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/power.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpuid.h"
#include "vmm/engine.h"
#include "vmm/x86.h"

#define CPUID_EXT_MAX	   0x80000000u
#define CPUID_EXT_FEATURES 0x80000001u
#define CPUID_ECX_SVM	   (1u << 2)
#define CPUID_ECX_TCE	   (1u << 17)
#define CPUID_EDX_FFXSR	   (1u << 25)
#define CPUID_WIDTHS	   0x80000008u /* EAX: of physical addresses */
#define CPUID_SVM	   0x8000000au /* EBX: ASIDs, EDX: features */

#define MSR_VM_CR	0xc0010114u
#define VM_CR_SVMDIS	(1ull << 4)
#define MSR_VM_HSAVE_PA 0xc0010117u

/* The registry of host CPUs; each entry is its CPU's own. */
struct svm_cpu svm_cpus[CPU_MAX];

static const char *
svm_probe(void)
{
	if (cpuid_query(CPUID_EXT_MAX, 0).eax < CPUID_SVM ||
		!(cpuid_query(CPUID_EXT_FEATURES, 0).ecx & CPUID_ECX_SVM))
		return "this CPU has no SVM (CPUID 80000001.ECX[2])";
	if (rdmsr(MSR_VM_CR) & VM_CR_SVMDIS)
		return "the firmware has disabled SVM (VM_CR.SVMDIS)";
	if (cpuid_query(CPUID_SVM, 0).ebx < 2)
		return "this CPU's SVM has no ASID for a guest";
	if (!svm_cpus[0].host_pa)
		return "no memory was left at boot for SVM's host pages";
	return NULL;
}

static void
svm_set_aside(void)
{
	if (!cpu_has(CPU_SVM))
		return;
	for (unsigned i = 0; i < cpu_count; i++) {
		svm_cpus[i].hsave_pa = pmm_alloc_zeroed(0);
		svm_cpus[i].host_pa = pmm_alloc_zeroed(0);
		if (!svm_cpus[i].hsave_pa || !svm_cpus[i].host_pa) {
			kprintf("svm: no memory for CPU %u\n", i);
			svm_cpus[0].host_pa = 0;
			return;
		}
	}
}

INITCALL(INIT_DEVICE, svm_set_aside);

/*
 * The host's share of what VMLOAD switches never changes on a CPU once it
 * runs threads (percpu.c): FS is not used, GS_BASE and TR are the CPU's own,
 * KERNEL_GS_BASE is the user's 0, and the system-call MSRs are set at boot.
 * So one VMSAVE serves for ever.
 */
void
svm_on(struct svm_cpu *cpu)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, cpu->hsave_pa);
	__asm__ volatile("vmsave" : : "a"(cpu->host_pa) : "memory");
	cpu->asid_count = cpuid_query(CPUID_SVM, 0).ebx;
	cpu->asid_next = cpu->asid_count; /* the first one flushes */
	cpu->cr2_stays = power_is_bochs();
	cpu->on = true;
}

struct svm_limits
svm_limits_here(void)
{
	const struct cpuid leaf1 = cpuid_query(1, 0), leaf7 = cpuid_query(7, 0);
	const struct cpuid ext = cpuid_query(CPUID_EXT_FEATURES, 0);
	struct svm_limits limits = {
		.asid_count = cpuid_query(CPUID_SVM, 0).ebx,
		.phys_bits = cpuid_query(CPUID_WIDTHS, 0).eax & 0xff,
		.cr4 = cpuid_cr4_bits(&leaf1, &leaf7) | CR4_PCE,
		.efer = EFER_SVME | EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE,
	};

	if (ext.edx & CPUID_EDX_FFXSR)
		limits.efer |= EFER_FFXSR;
	if (ext.ecx & CPUID_ECX_TCE)
		limits.efer |= EFER_TCE;
	return limits;
}

static void
svm_explain(struct vcpu *vcpu, char *buf, size_t size)
{
	const struct svm_limits limits = svm_limits_here();
	struct svm_broken broken;

	svm_check(to_svm(vcpu)->vmcb, &limits, &broken);
	svm_check_say(&broken, buf, size);
}

static const char *const svm_mmus[] = { "npt", "shadow", NULL };

static const struct cpu_engine svm_engine = {
	.name = "svm",
	.rank = 2,
	.mmus = svm_mmus,
	.probe = svm_probe,
	.vcpu_create = svm_vcpu_create,
	.vcpu_destroy = svm_vcpu_destroy,
	.load = svm_load,
	.store = svm_store,
	.run = svm_run,
	.inject = svm_inject,
	.irq_window = svm_irq_window,
	.explain = svm_explain,
};

CPU_ENGINE(svm_engine);
