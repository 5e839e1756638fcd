/* SPDX-License-Identifier: MIT */
/*
 * Why a guest stopped running, said the same way by every CPU engine.
 *
 * Hardware is only a faster decoder: SVM and VMX read the reason out of the
 * VMCB or the VMCS, the ring-3 engine out of a trap frame and the decoder.
 * What they deliver is this struct, and the handlers in vmm/exit/ see no
 * more.  It is read-only once filled.
 */
#ifndef VMM_VMEXIT_H
#define VMM_VMEXIT_H

#include "kernel/lib/linkset.h"

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

enum vmexit_reason {
	VMEXIT_UNKNOWN, /* .raw: an exit that this VMM did not ask for */
	VMEXIT_HOST, /* an interrupt of the host's, or a kick: nothing to do */
	VMEXIT_WINDOW, /* the guest can take an interrupt now */
	VMEXIT_CPUID,
	VMEXIT_MSR, /* .msr */
	VMEXIT_CR,  /* .cr */
	VMEXIT_DR,  /* .dr */
	VMEXIT_IO,  /* .io */
	VMEXIT_HLT,
	VMEXIT_FAULT,	  /* .fault: an access that the MMU engine must judge */
	VMEXIT_EXCEPTION, /* .exception: one that the engine intercepts */
	VMEXIT_HYPERCALL, /* VMMCALL or VMCALL */
	VMEXIT_INSN,	  /* .insn: another instruction that traps */
	VMEXIT_EMULATE,	  /* .insn: vcpu->insn is to be done in software */
	VMEXIT_TASK,	  /* a hardware task switch */
	VMEXIT_SHUTDOWN,  /* a triple fault */
	VMEXIT_STALE,	  /* the code at RIP is not what trapped */
	VMEXIT_INVALID,	  /* .raw: the hardware refused the guest's state */
	VMEXIT_REASONS
};

/* The forms of an access to a control register. */
enum vmexit_cr_kind {
	CR_WRITE,
	CR_READ,
	CR_CLTS,
	CR_LMSW,
	CR_SMSW
};

/* What an access does: bits of a #PF error code, and two of our own. */
#define ACCESS_PRESENT 0x01u /* the translation is there, but forbids it */
#define ACCESS_WRITE   0x02u
#define ACCESS_USER    0x04u
#define ACCESS_RSVD    0x08u
#define ACCESS_EXEC    0x10u
#define ACCESS_ERROR   0x1fu  /* those that an error code has */
#define ACCESS_WALK    0x100u /* by the CPU's own walk of the guest's tables */
#define ACCESS_GVA     0x200u /* .gva is known */

struct vmexit {
	enum vmexit_reason reason;
	/*
	 * Bytes of the instruction that trapped; 0: the hardware did not say
	 * (insn_resolve() decodes it), or there is none.
	 */
	uint8_t insn_len;
	union {
		struct {
			bool write; /* number in ECX, value in EDX:EAX */
		} msr;
		struct {
			uint8_t cr;   /* 0 to 15; a CPU has 0, 2, 3, 4, 8 */
			uint8_t gpr;  /* the other operand, 0 to 15 */
			uint8_t kind; /* enum vmexit_cr_kind */
			uint8_t size; /* SMSW: bytes of a register, 0: memory */
			uint16_t value; /* LMSW: the operand */
			uint64_t gva;	/* SMSW: of the operand in memory */
		} cr;
		struct {
			uint8_t dr; /* 0 to 15; a CPU has 0 to 7 */
			uint8_t gpr;
			bool write;
		} dr;
		struct {
			uint16_t port;
			uint8_t size; /* 1, 2 or 4 bytes */
			bool write;   /* OUT or OUTS */
			bool string;  /* INS or OUTS */
			bool rep;
			uint8_t adsize; /* string: 2, 4 or 8 bytes */
			uint8_t seg; /* string: enum insn_seg of OUTS's source
				      */
		} io;
		struct {
			uint64_t gpa;	 /* nested paging; else ~0 */
			uint64_t gva;	 /* if ACCESS_GVA */
			uint32_t access; /* ACCESS_ bits */
		} fault;
		struct {
			uint8_t vector;
			bool has_error;
			uint32_t error;
			uint64_t address; /* CR2 of a page fault */
		} exception;
		struct {
			uint16_t op; /* enum insn_op */
		} insn;
		struct {
			uint64_t code, info1, info2; /* as the CPU has them */
		} raw;
	};
};

/* What a handler decided; only vcpu_run() acts on it. */
enum verdict {
	VERDICT_NEXT,  /* done: go on behind the instruction */
	VERDICT_AGAIN, /* run the same instruction again */
	VERDICT_FAULT, /* deliver the exception that vcpu_fault() noted */
	VERDICT_BLOCK, /* done; sleep until an event */
	VERDICT_STOP   /* leave; vcpu_stop() noted why */
};

typedef enum verdict exit_fn(struct vcpu *vcpu, const struct vmexit *x);

struct exit_handler {
	enum vmexit_reason reason;
	exit_fn *fn;
};

/* Make fn the handler of a reason.  An unhandled reason stops the VM. */
#define EXIT_HANDLER(reason_, fn_)                                             \
	LINKSET(struct exit_handler, exit_handlers, exit_handler_##fn_)        \
	= { .reason = (reason_), .fn = (fn_) }

struct insn_handler {
	uint16_t op; /* enum insn_op */
	exit_fn *fn;
};

/* Make fn the handler of one instruction of VMEXIT_INSN. */
#define INSN_HANDLER(op_, fn_)                                                 \
	LINKSET(struct insn_handler, insn_handlers, insn_handler_##op_)        \
	= { .op = (op_), .fn = (fn_) }

/*
 * The handler of a reason out of the linker set; never NULL.  The table is
 * built once, by exit_table_init().
 */
extern exit_fn *exit_table[VMEXIT_REASONS];
void exit_table_init(void);

/* "cpuid", "msr", ...: what /vm/N/exits prints; never NULL. */
const char *vmexit_name(enum vmexit_reason reason);

#endif
