/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-x, seen from inside the engine (SDM 3C, chapters 23 to 31).
 *
 *	vmcs.h		the VMCS as a table of fields
 *	vmx_insn.h	VMXON, VMREAD, ...: one function each
 *	vmx_caps.c	which controls, by what the CPU can do
 *	vmx.c		the engine's record, probe, on; VMCSs on CPUs
 *	vmx_vcpu.c	what a vCPU owns: VMCS, bitmaps, MSR lists
 *	vmx_state.c	neutral state to the VMCS and back
 *	vmx_run.c	the world switch around entry.S
 *	vmx_exit.c	raw exits to struct vmexit
 *	vmx_check.c	why VM entry refused a VMCS
 */
#ifndef VMM_CPU_VMX_VMX_H
#define VMM_CPU_VMX_VMX_H

#include "kernel/cpu/percpu.h"
#include "kernel/lib/list.h"
#include "vmm/cpu/vmx/vmcs.h"
#include "vmm/cpu/vmx/vmx_caps.h"
#include "vmm/engine.h"
#include "vmm/vm.h"

#include <stdint.h>

struct vmx;

/* What the engine needs of each host CPU. */
struct vmx_cpu {
	uint64_t vmxon_pa; /* for the CPU's own use in VMX operation */
	bool on;
	struct vmx *current; /* whose VMCS is current here; NULL: none */
	/*
	 * VPIDs 1 to 65535 are handed out one after another; when they are
	 * used up all are forgotten and a new generation begins.  A vCPU's
	 * VPID is good on the CPU and in the generation it is of.
	 */
	uint32_t vpid_next;
	uint64_t generation;
} __attribute__((aligned(64))); /* no two CPUs share a cache line */

/* An entry of an MSR list (SDM 3C, 24.7.2). */
struct vmx_msr {
	uint32_t msr, zero;
	uint64_t value;
};

/* MSRs that VM entry and exit switch by list: the guest has its own. */
enum vmx_listed {
	LISTED_STAR,
	LISTED_LSTAR,
	LISTED_CSTAR,
	LISTED_SFMASK,
	LISTED_KERNEL_GS_BASE,
	LISTED_MSRS
};

/* Guest and host values, in one page. */
struct vmx_lists {
	struct vmx_msr guest[LISTED_MSRS], host[LISTED_MSRS];
};

struct vmx {
	struct vcpu vcpu;
	/* one frame each, but for the I/O bitmaps' two */
	uint64_t vmcs_pa, io_pa, msr_pa, lists_pa, apic_pa;
	struct vmx_lists *lists;
	struct vmx_cpu *cpu; /* where its VMCS is active; NULL: nowhere */
	bool launched;	     /* VMRESUME, not VMLAUNCH */
	uint64_t generation; /* that its VPID is of */
	uint16_t vpid;
	uint64_t host_cr3; /* as the VMCS has it */
	uint32_t blocked;  /* GUEST_INTERRUPTIBILITY as the VMCS has it */
	uint32_t proc;	   /* PROC_CONTROLS likewise */
	uint32_t failure;  /* of the last entry: vmx_stage_of() */
	uint64_t invepts, invvpids, switches; /* for /vm/N/exits */
};

#define to_vmx(vcpu_) container_of(vcpu_, struct vmx, vcpu)

extern struct vmx_cpu vmx_cpus[];

/* What the boot CPU's VMX can do; all CPUs are taken to be alike. */
struct vmx_host {
	struct vmx_caps caps;
	const char *refusal; /* NULL: it can be used */
	char why[100];	     /* what refusal may point to */
};
extern struct vmx_host vmx_host;

/* This host CPU's entry; hold interrupts off for as long as it is used. */
static inline struct vmx_cpu *
vmx_cpu_this(void)
{
	return &vmx_cpus[cpu_this()->id];
}

static inline bool
vmx_is_nested(const struct vmx *vmx)
{
	return vmx->vcpu.vm->mmu->ops->nested;
}

/* -- vmx.c ----------------------------------------------------------------- */

/*
 * Make the vCPU's VMCS current on this CPU, and keep it so: VMREAD and
 * VMWRITE reach it until vmx_end().  Thread context, interrupts on before;
 * off in between.
 */
void vmx_begin(struct vmx *vmx);
void vmx_end(void);

/* Make it active nowhere, so that its frame can be freed. */
void vmx_retire(struct vmx *vmx);

/* A VPID that nothing in this CPU's TLB has; interrupts are off. */
void vmx_take_vpid(struct vmx *vmx, struct vmx_cpu *cpu);

/* Forget what the guest's linear addresses mean; its VMCS is current. */
void vmx_flush(struct vmx *vmx);

/* Forget what its guest-physical addresses mean; likewise. */
void vmx_flush_nested(struct vmx *vmx);

/* -- vmx_vcpu.c ------------------------------------------------------------ */

struct vcpu *vmx_vcpu_create(struct vm *vm);
void vmx_vcpu_destroy(struct vcpu *vcpu);

/* Read all fields of the VMCS; it is current.  What it has not is 0. */
void vmx_read_image(struct vmcs_image *image);

/* Set the host state that is this CPU's own; the VMCS is current. */
void vmx_set_host(struct vmx *vmx);

/* Where VM exit goes on: in entry.S. */
extern const char vmx_exit[];

/* -- vmx_state.c ----------------------------------------------------------- */

void vmx_load(struct vcpu *vcpu, uint32_t groups);
void vmx_store(struct vcpu *vcpu, uint32_t groups);

/* -- vmx_run.c ------------------------------------------------------------- */

void vmx_run(struct vcpu *vcpu, struct vmexit *x);
void vmx_inject(struct vcpu *vcpu, const struct event *ev);
void vmx_irq_window(struct vcpu *vcpu, bool on);

/*
 * The C halves of vmx_run() in entry.S: how to enter (interrupts are off
 * then, unless the vCPU was kicked), and what is left to do when the guest
 * has run, was not let to, or was refused.
 */
enum vmx_how {
	ENTER_NOT, /* kicked */
	ENTER_LAUNCH,
	ENTER_RESUME
};

enum vmx_how vmx_before(struct vcpu *vcpu);
void vmx_after(struct vcpu *vcpu, struct vmexit *x);
void vmx_kicked(struct vcpu *vcpu, struct vmexit *x);
void vmx_refused(struct vcpu *vcpu, struct vmexit *x);

/* -- vmx_exit.c ------------------------------------------------------------ */

/* Translate the exit in the current VMCS; interrupts are off. */
void vmx_exit_read(struct vmx *vmx, struct vmexit *x);

/* INT1 is to be emulated: it is decoded, or what lies there is stale. */
void vmx_read_int1(struct vmx *vmx, struct vmexit *x);

/* Put back an event (as in IDT_VECTORING) whose delivery was cut short. */
void vmx_read_event(struct vmx *vmx, uint32_t info, uint32_t error);

#endif
