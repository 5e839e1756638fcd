/* SPDX-License-Identifier: MIT */
/*
 * Raw exits of SVM (APM 2, appendix C) to struct vmexit.  It translates and
 * does nothing else.  What the CPU does not say (on many, the length of the
 * instruction; without decode assists, the operands) is left open for
 * insn_resolve().
 */
#include "vmm/cpu/svm/svm.h"

#include "vmm/emul/decode.h"
#include "vmm/fetch.h"
#include "vmm/x86.h"

#define AT(code) [SVM_EXIT_##code - SVM_EXIT_INTR]
#define SVM_CODE(code, reason_)                                                \
	AT(code) = { .reason = VMEXIT_##reason_, .plain = true }
#define SVM_MORE(code, reason_) AT(code) = { .reason = VMEXIT_##reason_ }
#define SVM_INSN(code, op_)                                                    \
	AT(code) = { .reason = VMEXIT_INSN, .plain = true, .op = INSN_##op_ }

/* Codes from 0x60 on; those that are missing were not asked for. */
const struct svm_code svm_codes[SVM_CODES] = {
	SVM_CODE(INTR, HOST),
	SVM_CODE(NMI, HOST),
	SVM_CODE(SMI, HOST),
	SVM_CODE(INIT, HOST),
	SVM_CODE(VINTR, WINDOW),
	SVM_CODE(CPUID, CPUID),
	SVM_CODE(HLT, HLT),
	SVM_MORE(IOIO, IO),
	SVM_MORE(MSR, MSR),
	SVM_CODE(TASK_SWITCH, TASK),
	SVM_CODE(SHUTDOWN, SHUTDOWN),
	SVM_CODE(VMMCALL, HYPERCALL),
	SVM_INSN(RDPMC, RDPMC),
	SVM_INSN(INVD, INVD),
	SVM_INSN(INVLPG, INVLPG),
	SVM_INSN(INVLPGA, INVLPGA),
	SVM_INSN(VMRUN, VMRUN),
	SVM_INSN(VMLOAD, VMLOAD),
	SVM_INSN(VMSAVE, VMSAVE),
	SVM_INSN(STGI, STGI),
	SVM_INSN(CLGI, CLGI),
	SVM_INSN(SKINIT, SKINIT),
	SVM_INSN(RDTSCP, RDTSCP),
	SVM_INSN(WBINVD, WBINVD),
	SVM_INSN(MONITOR, MONITOR),
	SVM_INSN(MWAIT, MWAIT),
	SVM_INSN(MWAIT_ARMED, MWAIT),
	SVM_INSN(XSETBV, XSETBV),
	SVM_INSN(RDPRU, OTHER),
};

/* next_rip - rip, or 0 when that is no length of an instruction. */
static uint8_t
svm_insn_len(const struct vmcb *vmcb, uint64_t next_rip)
{
	uint64_t len = next_rip - vmcb->rip;

	return len <= INSN_MAX_LEN ? (uint8_t)len : 0;
}

/*
 * VMEXIT_IOIO to x->io and x->insn_len; x->reason is set already.  exit_info1
 * says what (IOIO_ in vmcb.h), exit_info2 is the RIP behind the instruction:
 * svm_insn_len() makes a length of it.  Of a string instruction the CPU does
 * not say all: adsize and seg are 0, and so is the length, so that it is
 * decoded. (APM 2, 15.10.2)
 */
static void
svm_read_io(const struct vmcb *vmcb, struct vmexit *x)
{
	uint64_t info = vmcb->exit_info1;

	x->io.port = (uint16_t)(info >> IOIO_PORT_SHIFT);
	x->io.size = (info & IOIO_SIZE) >> IOIO_SIZE_SHIFT;
	x->io.write = !(info & IOIO_IN);
	x->io.string = info & IOIO_STRING;
	x->io.rep = info & IOIO_REP;
	x->io.adsize = 0;
	x->io.seg = 0;
	/* the operands of a string instruction want decoding anyway */
	x->insn_len = x->io.string ? 0 : svm_insn_len(vmcb, vmcb->exit_info2);
}

/*
 * A nested page fault to VMEXIT_FAULT: the guest-physical address is in
 * exit_info2, a #PF error code in exit_info1 (those bits that ACCESS_ERROR
 * has), with NPF_WALK for an access by the walk of the guest's tables
 * (ACCESS_WALK).  The guest-virtual address is not known: gva 0, no ACCESS_GVA.
 * (APM 2, 15.25.6)
 */
static void
svm_read_fault(const struct vmcb *vmcb, struct vmexit *x)
{
	x->reason = VMEXIT_FAULT;
	x->fault.gpa = vmcb->exit_info2;
	x->fault.gva = 0;
	x->fault.access = vmcb->exit_info1 & ACCESS_ERROR;
	if (vmcb->exit_info1 & NPF_WALK)
		x->fault.access |= ACCESS_WALK;
}

/*
 * An intercepted #PF, where the CPU walks the shadow's tables, to VMEXIT_FAULT:
 * the guest-virtual address is in exit_info2 (ACCESS_GVA), the error code in
 * exit_info1 (of it, ACCESS_ERROR); the guest-physical one is not known: ~0.
 * (APM 2, 15.12.15)
 */
static void
svm_read_page_fault(const struct vmcb *vmcb, struct vmexit *x)
{
	x->reason = VMEXIT_FAULT;
	x->fault.gpa = ~0ull;
	x->fault.gva = vmcb->exit_info2;
	x->fault.access = ACCESS_GVA | (vmcb->exit_info1 & ACCESS_ERROR);
}

static void
svm_read_exception(struct vmcb *vmcb, struct vmexit *x, uint64_t code)
{
	/* what was injected has arrived, or waits to be injected again */
	vmcb->intercept[INTERCEPT_EXCEPTION] &= ~SVM_SECOND;
	if (code == SVM_EXIT_EXCEPTION + VEC_PF) {
		svm_read_page_fault(vmcb, x);
		return;
	}
	x->reason = VMEXIT_EXCEPTION;
	x->exception.vector = (uint8_t)(code - SVM_EXIT_EXCEPTION);
	x->exception.has_error = event_has_error(x->exception.vector);
	x->exception.error = (uint32_t)vmcb->exit_info1;
	x->exception.address = vmcb->exit_info2;
}

/*
 * Exit codes 0x00 to 0x3f to VMEXIT_CR or VMEXIT_DR: reads and writes of 16
 * registers each, in the order of enum svm_exit; the number is not judged.  A
 * control register is read or written (CR_READ, CR_WRITE) whatever does it:
 * that it was CLTS, LMSW or SMSW insn_resolve() finds out.  The general
 * register is not said: x->cr.gpr and x->dr.gpr are left alone, and so are
 * size, value and gva of x->cr.  (APM 2, appendix C)
 */
static void
svm_read_cr(struct vmexit *x, uint64_t code)
{
	if (code < SVM_EXIT_DR_READ) {
		x->reason = VMEXIT_CR;
		x->cr.cr = code & 15;
		x->cr.kind = code < SVM_EXIT_CR_WRITE ? CR_READ : CR_WRITE;
		return;
	}
	x->reason = VMEXIT_DR;
	x->dr.dr = code & 15;
	x->dr.write = code >= SVM_EXIT_DR_WRITE;
}

/*
 * QEMU ends a guest by VMEXIT_INVALID when it loads CR3 with reserved bits
 * set, where the manual has a #GP (APM 2, 3.1.2).
 */
static bool
svm_cr3_refused(struct svm *svm)
{
	const struct insn_operand *op;
	const struct insn *insn;

	if (fetch_insn(&svm->vcpu, &insn) != 0 || insn->op != INSN_MOV_CR)
		return false;
	op = &insn->operand[0];
	return op->kind == INSN_KIND_CR && op->reg == 3;
}

static void
svm_read_invalid(struct svm *svm, struct vmexit *x)
{
	x->reason = VMEXIT_INVALID;
	if (svm_cr3_refused(svm)) {
		x->reason = VMEXIT_CR;
		x->cr.cr = 3;
		x->cr.kind = CR_WRITE;
	}
}

static void
svm_read_raw(const struct vmcb *vmcb, struct vmexit *x)
{
	x->reason = VMEXIT_UNKNOWN;
	x->raw.code = vmcb->exit_code;
	x->raw.info1 = vmcb->exit_info1;
	x->raw.info2 = vmcb->exit_info2;
}

/*
 * The contract is in svm.h.  info: valid; the format is that of event_inj
 * (EVENT_INJ_ in vmcb.h).  External interrupts (EVENT_IRQ) and exceptions
 * (EVENT_EXCEPTION) are put back by event_interrupted(); nothing else is: no
 * NMI, no software interrupt, and of exceptions neither #BP nor #OF, which are
 * those of INT3 and INTO.  EVENT_INJ_HAS_ERROR says that there is an error
 * code, in the bits from EVENT_INJ_ERROR_SHIFT on; the CPU sets it with
 * exceptions only.  (APM 2, 15.7.2, 15.20)
 */
void
svm_read_event(struct svm *svm, uint64_t info)
{
	struct event ev = {
		.kind = EVENT_EXCEPTION,
		.vector = info & EVENT_INJ_VECTOR,
		.has_error = info & EVENT_INJ_HAS_ERROR,
		.error = (uint32_t)(info >> EVENT_INJ_ERROR_SHIFT),
	};

	if ((info & EVENT_INJ_TYPE) == EVENT_INJ_TYPE_INTR)
		ev.kind = EVENT_IRQ;
	else if ((info & EVENT_INJ_TYPE) != EVENT_INJ_TYPE_EXCP ||
		ev.vector == VEC_BP || ev.vector == VEC_OF)
		return;
	event_interrupted(&svm->vcpu, &ev);
}

/*
 * Translate the exit in the VMCB, any exit, into *x.  An event that was being
 * delivered (exit_int_info, if EVENT_INJ_VALID) is svm_read_event()'s.  The CPL
 * is the VMCB's, and valid (VCPU_CPL in vcpu.valid).  The length is 0 unless
 * something below says it.  Then by exit_code:
 *
 *	in svm_codes[]	its reason, if not VMEXIT_UNKNOWN, and op; the length
 *			from next_rip, if svm->next_rip says that the CPU
 *			fills that in.  IOIO: svm_read_io().  MSR: a write if
 *			bit 0 of exit_info1 is set
 *	NPF		svm_read_fault()
 *	below 0x40	svm_read_cr()
 *	0x40 to 0x5f	svm_read_exception()
 *	all others	svm_read_raw(); then, at the low 32 bits of
 *			SVM_EXIT_INVALID, svm_read_invalid()
 *
 * (APM 2, 15.6, appendix C)
 */
void
svm_exit_read_any(struct svm *svm, struct vmexit *x)
{
	struct vmcb *vmcb = svm->vmcb;
	uint64_t code = vmcb->exit_code;
	uint64_t index = code - SVM_EXIT_INTR;

	if (vmcb->exit_int_info & EVENT_INJ_VALID)
		svm_read_event(svm, vmcb->exit_int_info);
	x->insn_len = 0;
	svm->vcpu.state.cpl = vmcb->cpl; /* who reads code wants it */
	svm->vcpu.valid |= VCPU_CPL;
	if (index < SVM_CODES && svm_codes[index].reason != VMEXIT_UNKNOWN) {
		x->reason = svm_codes[index].reason;
		x->insn.op = svm_codes[index].op;
		if (svm->next_rip)
			x->insn_len = svm_insn_len(vmcb, vmcb->next_rip);
		if (code == SVM_EXIT_IOIO)
			svm_read_io(vmcb, x);
		else if (code == SVM_EXIT_MSR)
			x->msr.write = vmcb->exit_info1 & 1;
	} else if (code == SVM_EXIT_NPF) {
		svm_read_fault(vmcb, x);
	} else if (code < SVM_EXIT_EXCEPTION) {
		svm_read_cr(x, code);
	} else if (code < SVM_EXIT_INTR) {
		svm_read_exception(vmcb, x, code);
	} else {
		svm_read_raw(vmcb, x);
		if ((uint32_t)code == (uint32_t)SVM_EXIT_INVALID)
			svm_read_invalid(svm, x);
	}
}
