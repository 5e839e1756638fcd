/* SPDX-License-Identifier: MIT */
/*
 * AMD-V, seen from inside the engine (APM 2, chapter 15).
 *
 *	svm.c		the engine's record, probe, on and off
 *	svm_vcpu.c	what a vCPU owns: VMCB, permission maps, intercepts
 *	svm_state.c	neutral state to the VMCB and back
 *	svm_run.c	the world switch around entry.S, and its ASIDs
 *	svm_exit.c	raw exit codes to struct vmexit
 *	svm_check.c	why VMRUN refused a VMCB
 */
#ifndef VMM_CPU_SVM_SVM_H
#define VMM_CPU_SVM_SVM_H

#include "kernel/cpu/percpu.h"
#include "kernel/lib/list.h"
#include "vmm/cpu/svm/vmcb.h"
#include "vmm/vcpu.h"

#include <stdint.h>

/* What the engine needs of each host CPU. */
struct svm_cpu {
	uint64_t hsave_pa; /* where VMRUN saves the host's state */
	uint64_t host_pa;  /* a VMCB for VMSAVE and VMLOAD of the host */
	bool on;
	bool cr2_stays; /* VMRUN loads no CR2: docs/errata.md, B1 */
	/*
	 * ASIDs 1 to the CPU's last are handed out one after another; when
	 * they are used up the TLB is flushed and a new generation begins.
	 * A vCPU's ASID is good on the CPU and in the generation it is of.
	 */
	uint32_t asid_next, asid_count;
	uint64_t generation;
} __attribute__((aligned(64))); /* no two CPUs share a cache line */

struct svm {
	struct vcpu vcpu;
	struct vmcb *vmcb;
	uint64_t vmcb_pa;
	uint64_t iopm_pa, msrpm_pa; /* blocks of order IOPM_, MSRPM_ORDER */
	struct cpu *at;	     /* where it ran last; NULL: take a new ASID */
	struct svm_cpu *cpu; /* the same */
	struct cpu *host;    /* at; NULL: something is to do before an entry */
	uint64_t generation; /* that its ASID is of */
	bool next_rip;	     /* the CPU says where the next instruction is */
	bool no_data_breaks; /* those of a guest might end QEMU:
			      * docs/errata.md, Q24 */
};

/* Bits of intercept[INTERCEPT_CR]. */
#define SVM_CR_WRITES(n) (1u << (16 + (n)))
#define SVM_CR_READS(n)	 (1u << (n))
#define SVM_CR_READS_ALL 0xffffu

#define to_svm(vcpu_) container_of(vcpu_, struct svm, vcpu)

#define IOPM_ORDER  2 /* 12 KiB are used */
#define MSRPM_ORDER 1

extern struct svm_cpu svm_cpus[];

/* This host CPU's entry; hold interrupts off for as long as it is used. */
static inline struct svm_cpu *
svm_cpu_this(void)
{
	return &svm_cpus[cpu_this()->id];
}

/* Turn SVM on here: cpu is this CPU's entry; interrupts are off. */
void svm_on(struct svm_cpu *cpu);

struct vcpu *svm_vcpu_create(struct vm *vm);
void svm_vcpu_destroy(struct vcpu *vcpu);

void svm_load(struct vcpu *vcpu, uint32_t groups);
void svm_store(struct vcpu *vcpu, uint32_t groups);

void svm_run(struct vcpu *vcpu, struct vmexit *x);
void svm_inject(struct vcpu *vcpu, const struct event *ev);
void svm_irq_window(struct vcpu *vcpu, bool on);

/* Exceptions that make a double fault of another (SDM 3A, table 6-5). */
#define SVM_SECOND                                                             \
	(1u << VEC_DE | 1u << VEC_TS | 1u << VEC_NP | 1u << VEC_SS |           \
		1u << VEC_GP)

/* What an exit code from SVM_EXIT_INTR on means; VMEXIT_UNKNOWN: not that. */
struct svm_code {
	uint8_t reason; /* enum vmexit_reason */
	bool plain;	/* there is nothing more to read */
	uint16_t op;	/* of VMEXIT_INSN */
};

#define SVM_CODES (SVM_EXIT_RDPRU + 1 - SVM_EXIT_INTR)
extern const struct svm_code svm_codes[SVM_CODES];

/* Translate the exit in the VMCB, any exit. */
void svm_exit_read_any(struct svm *svm, struct vmexit *x);

/* The same, quickly for those of which there is nothing more to read. */
static inline void
svm_exit_read(struct svm *svm, struct vmexit *x)
{
	const struct vmcb *vmcb = svm->vmcb;
	uint64_t index = vmcb->exit_code - SVM_EXIT_INTR;

	if (index >= SVM_CODES || !svm_codes[index].plain || vmcb->next_rip ||
		(vmcb->exit_int_info & EVENT_INJ_VALID)) {
		svm_exit_read_any(svm, x);
		return;
	}
	x->reason = svm_codes[index].reason;
	x->insn.op = svm_codes[index].op;
	x->insn_len = 0;
}

/*
 * Put back an event (in the format of event_inj) whose delivery was cut
 * short.  Not INT n, INT3 and INTO: RIP still points at them, and they run
 * again.
 */
void svm_read_event(struct svm *svm, uint64_t info);

/* What of a CPU decides which VMCBs VMRUN takes. */
struct svm_limits {
	uint32_t asid_count;
	uint8_t phys_bits;  /* of a physical address, up to 52 */
	uint64_t cr4, efer; /* bits that it has */
};

/* Those of this CPU, by its CPUID. */
struct svm_limits svm_limits_here(void);

/* The first rule that a VMCB breaks. */
struct svm_broken {
	const char *field; /* its name in struct vmcb; NULL: none is broken */
	uint64_t value;
	const char *rule; /* in words, with its section */
};

/* Check all that VMRUN does; *b gets the first rule that is broken.  Pure. */
void svm_check(const struct vmcb *vmcb, const struct svm_limits *cpu,
	struct svm_broken *b);

/*
 * The same as one line: "VMRUN refused the VMCB: asid = 0x0: 0 is the host's
 * (15.5.1)".
 */
void svm_check_say(const struct svm_broken *b, char *buf, size_t size);

/*
 * The C halves of svm_run() in entry.S: what VMRUN needs (vmcb_pa 0: the
 * vCPU was kicked; interrupts are off), and either what is left to do when
 * the guest has run, or when it was not let to.
 */
struct svm_pages {
	uint64_t vmcb_pa, host_pa;
};

struct svm_pages svm_before(struct vcpu *vcpu);
void svm_after(struct vcpu *vcpu, struct vmexit *x);
void svm_kicked(struct vcpu *vcpu, struct vmexit *x);

#endif
