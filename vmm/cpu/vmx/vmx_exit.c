/* SPDX-License-Identifier: MIT */
/*
 * Raw exits of VMX (SDM 3D, appendix C; SDM 3C, 27.2) to struct vmexit.  It
 * translates and does nothing else.  What an instruction was and how long is
 * said by the CPU; only the operands of INS and OUTS, on CPUs that do not say
 * them, are left open for insn_resolve().
 */
#include "vmm/cpu/vmx/vmx.h"

#include "vmm/cpu/vmx/vmx_insn.h"
#include "vmm/emul/decode.h"
#include "vmm/fetch.h"
#include "vmm/x86.h"

/* What a basic exit reason means. */
struct vmx_reason {
	uint8_t reason; /* enum vmexit_reason */
	bool insn;	/* an instruction, whose length the CPU gives */
	uint16_t op;	/* of VMEXIT_INSN */
	void (*read)(struct vmx *vmx, struct vmexit *x); /* if there is more */
};

/* DR6 out of the qualification of a #DB (27.2.1, table 27-1). */
#define DEBUG_BITS (0xfull | 1ull << 13 | DR6_BS)

/* An access by EPT violation (table 27-7). */
#define QUAL_WRITE    (1u << 1)
#define QUAL_EXEC     (1u << 2)
#define QUAL_PRESENT  (7u << 3) /* readable, writable, executable */
#define QUAL_GVA      (1u << 7) /* GUEST_LINEAR_ADDRESS is valid */
#define QUAL_NOT_WALK (1u << 8) /* and the access was to what it means */

static void
vmx_read_debug(struct vmx *vmx)
{
	vmx->vcpu.state.dr6 &= ~0xfull;
	vmx->vcpu.state.dr6 |= vmcs_read(VMCS_EXIT_QUALIFICATION) & DEBUG_BITS;
}

static void
vmx_read_page_fault(struct vmexit *x, uint32_t error)
{
	x->reason = VMEXIT_FAULT;
	x->fault.gpa = ~0ull;
	x->fault.gva = vmcs_read(VMCS_EXIT_QUALIFICATION);
	x->fault.access = ACCESS_GVA | (error & ACCESS_ERROR);
}

/*
 * An NMI is the host's.  The exit has taken it, so it is handled here, and
 * the handler's IRET lets the next one come (27.5.5).
 */
static void
vmx_read_exception(struct vmx *vmx, struct vmexit *x)
{
	uint32_t event = (uint32_t)vmcs_read(VMCS_EXIT_EVENT);
	uint32_t error = (uint32_t)vmcs_read(VMCS_EXIT_EVENT_ERROR);

	if ((event & EVENT_TYPE) == EVENT_TYPE_NMI) {
		x->reason = VMEXIT_HOST;
		__asm__ volatile("int $2");
		return;
	}
	if ((event & EVENT_TYPE) == EVENT_TYPE_INT1) {
		x->reason = VMEXIT_EMULATE;
		x->insn.op = INSN_INT1;
		return;
	}
	x->exception.vector = event & EVENT_VECTOR;
	x->exception.has_error = event & EVENT_HAS_ERROR;
	x->exception.error = error;
	x->exception.address = 0;
	if (x->exception.vector == VEC_PF)
		vmx_read_page_fault(x, error);
	else if (x->exception.vector == VEC_DB)
		vmx_read_debug(vmx);
}

/*
 * CR access (table 27-3):
 *
 *	 63   32 31     16 15  12 11   8  7   6   5  4 3   0
 *	|       | LMSW's  |      | gpr  |   |mem| kind | cr |
 *
 * LMSW, CLTS and MOV come so; SMSW reads the shadow and does not exit.
 */
static void
vmx_read_cr(struct vmx *vmx, struct vmexit *x)
{
	static const uint8_t kinds[] = { CR_WRITE, CR_READ, CR_CLTS, CR_LMSW };
	uint64_t q = vmcs_read(VMCS_EXIT_QUALIFICATION);

	(void)vmx;
	x->cr.cr = q & 15;
	x->cr.kind = kinds[q >> 4 & 3];
	x->cr.gpr = q >> 8 & 15;
	x->cr.size = 0;
	x->cr.value = (uint16_t)(q >> 16);
	x->cr.gva = 0;
}

/* MOV DR (table 27-4): 2-0 the register, 4 from it, 11-8 the other. */
static void
vmx_read_dr(struct vmx *vmx, struct vmexit *x)
{
	uint64_t q = vmcs_read(VMCS_EXIT_QUALIFICATION);

	(void)vmx;
	x->dr.dr = q & 7;
	x->dr.write = !(q & 1u << 4);
	x->dr.gpr = q >> 8 & 15;
}

/*
 * Port I/O (table 27-5):
 *
 *	 31      16 15   7  6   5   4   3  2    0
 *	|   port   |      |imm|rep|str|in |size-1|
 *
 * and of INS and OUTS (table 27-9): 9-7 the address size, 17-15 the segment.
 */
static void
vmx_read_io(struct vmx *vmx, struct vmexit *x)
{
	uint64_t q = vmcs_read(VMCS_EXIT_QUALIFICATION), info;

	(void)vmx;
	x->io.port = (uint16_t)(q >> 16);
	x->io.size = (uint8_t)((q & 7) + 1);
	x->io.write = !(q & 1u << 3);
	x->io.string = q & 1u << 4;
	x->io.rep = q & 1u << 5;
	x->io.adsize = 0;
	x->io.seg = 0;
	if (!x->io.string)
		return;
	if (!(vmx_host.caps.msr.basic & VMX_BASIC_INSOUTS)) {
		x->insn_len = 0; /* want decoding anyway */
		return;
	}
	info = vmcs_read(VMCS_EXIT_INSN_INFO);
	x->io.adsize = (uint8_t)(2u << (info >> 7 & 7));
	x->io.seg = x->io.write ? info >> 15 & 7 : SEG_ES;
}

static void
vmx_read_rdmsr(struct vmx *vmx, struct vmexit *x)
{
	(void)vmx;
	x->msr.write = false;
}

static void
vmx_read_wrmsr(struct vmx *vmx, struct vmexit *x)
{
	(void)vmx;
	x->msr.write = true;
}

/*
 * An EPT violation, a nested entry that is not there or does not allow it, to
 * x->fault (VMEXIT_FAULT is set already): gpa from GUEST_PHYSICAL_ADDRESS, and
 * access from EXIT_QUALIFICATION:
 *	ACCESS_PRESENT	 one of QUAL_PRESENT: there was an entry
 *	ACCESS_WRITE	 QUAL_WRITE
 *	ACCESS_EXEC	 QUAL_EXEC
 *	ACCESS_GVA	 QUAL_GVA; then gva is GUEST_LINEAR_ADDRESS, else 0
 *	ACCESS_WALK	 with QUAL_GVA, and without QUAL_NOT_WALK: the access
 *			 was the CPU's, to the guest's tables
 * (SDM 3C, table 27-7)
 */
static void
vmx_read_violation(struct vmx *vmx, struct vmexit *x)
{
	uint64_t q = vmcs_read(VMCS_EXIT_QUALIFICATION);
	uint32_t access = 0;

	(void)vmx;
	x->fault.gpa = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	x->fault.gva = 0;
	if (q & QUAL_PRESENT)
		access |= ACCESS_PRESENT;
	if (q & QUAL_WRITE)
		access |= ACCESS_WRITE;
	if (q & QUAL_EXEC)
		access |= ACCESS_EXEC;
	if (q & QUAL_GVA) {
		access |= ACCESS_GVA;
		x->fault.gva = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
		if (!(q & QUAL_NOT_WALK))
			access |= ACCESS_WALK;
	}
	x->fault.access = access;
}

/* A nested entry that means nothing (28.2.3.1). */
static void
vmx_read_misconfiguration(struct vmx *vmx, struct vmexit *x)
{
	(void)vmx;
	x->fault.gpa = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	x->fault.gva = 0;
	x->fault.access = ACCESS_PRESENT | ACCESS_RSVD;
}

#define VMX_PLAIN(n, reason_) [n] = { .reason = VMEXIT_##reason_ }
#define VMX_MORE(n, reason_, read_)                                            \
	[n] = { .reason = VMEXIT_##reason_, .read = vmx_read_##read_ }
#define VMX_EXEC(n, reason_) [n] = { .reason = VMEXIT_##reason_, .insn = true }
#define VMX_READ(n, reason_, read_)                                            \
	[n] = { .reason = VMEXIT_##reason_,                                    \
		.insn = true,                                                  \
		.read = vmx_read_##read_ }
#define VMX_INSN(n, op_)                                                       \
	[n] = { .reason = VMEXIT_INSN, .insn = true, .op = INSN_##op_ }

/* By basic exit reason; those that are missing were not asked for. */
static const struct vmx_reason vmx_reasons[] = {
	VMX_MORE(0, EXCEPTION, exception),
	VMX_PLAIN(1, HOST), /* external interrupt */
	VMX_PLAIN(2, SHUTDOWN),
	VMX_PLAIN(3, HOST), /* INIT */
	VMX_PLAIN(4, HOST), /* start-up IPI */
	VMX_PLAIN(7, WINDOW),
	VMX_PLAIN(9, TASK),
	VMX_EXEC(10, CPUID),
	VMX_INSN(11, OTHER), /* GETSEC */
	VMX_EXEC(12, HLT),
	VMX_INSN(13, INVD),
	VMX_INSN(14, INVLPG),
	VMX_INSN(15, RDPMC),
	VMX_EXEC(18, HYPERCALL),
	VMX_INSN(19, VMCLEAR),
	VMX_INSN(20, VMLAUNCH),
	VMX_INSN(21, VMPTRLD),
	VMX_INSN(22, VMPTRST),
	VMX_INSN(23, VMREAD),
	VMX_INSN(24, VMRESUME),
	VMX_INSN(25, VMWRITE),
	VMX_INSN(26, VMXOFF),
	VMX_INSN(27, VMXON),
	VMX_READ(28, CR, cr),
	VMX_READ(29, DR, dr),
	VMX_READ(30, IO, io),
	VMX_READ(31, MSR, rdmsr),
	VMX_READ(32, MSR, wrmsr),
	VMX_INSN(36, MWAIT),
	VMX_INSN(39, MONITOR),
	VMX_MORE(48, FAULT, violation),
	VMX_MORE(49, FAULT, misconfiguration),
	VMX_INSN(50, INVEPT),
	VMX_PLAIN(52, HOST), /* preemption timer */
	VMX_INSN(53, INVVPID),
	VMX_INSN(54, WBINVD),
	VMX_INSN(55, XSETBV),
};

#define VMX_REASONS (sizeof(vmx_reasons) / sizeof(vmx_reasons[0]))

/*
 * info is what the CPU was delivering when the exit came, in the format of
 * IDT_VECTORING (SDM 3C, 24.9.3), and valid: hand it to event_interrupted(),
 * as EVENT_IRQ if its type is EVENT_TYPE_INTR, as EVENT_EXCEPTION if it is
 * EVENT_TYPE_EXCP, with its vector and, if EVENT_HAS_ERROR, with the error
 * code.  Not so the other types: INT n, INT3 and INTO, since RIP still points
 * at them and they run again; and an NMI, which is the host's.
 */
void
vmx_read_event(struct vmx *vmx, uint32_t info, uint32_t error)
{
	struct event ev = {
		.kind = EVENT_EXCEPTION,
		.vector = info & EVENT_VECTOR,
		.has_error = info & EVENT_HAS_ERROR,
		.error = error,
	};

	if ((info & EVENT_TYPE) == EVENT_TYPE_INTR)
		ev.kind = EVENT_IRQ;
	else if ((info & EVENT_TYPE) != EVENT_TYPE_EXCP)
		return;
	event_interrupted(&vmx->vcpu, &ev);
}

/*
 * INT1 makes a #DB that exits before it is delivered, with RIP still on it
 * (SDM 3C, 27.3.3).
 */
void
vmx_read_int1(struct vmx *vmx, struct vmexit *x)
{
	if (fetch_insn(&vmx->vcpu, &vmx->vcpu.insn) != 0 ||
		vmx->vcpu.insn->op != INSN_INT1)
		x->reason = VMEXIT_STALE;
}

/* VM entry failed, or an exit that nobody asked for. */
static void __attribute__((cold, noinline))
vmx_read_raw(struct vmx *vmx, struct vmexit *x, uint32_t code)
{
	x->reason = VMEXIT_UNKNOWN;
	x->raw.code = code;
	x->raw.info1 = vmcs_read(VMCS_EXIT_QUALIFICATION);
	x->raw.info2 = 0;
	if (!(code & EXIT_ENTRY_FAILED))
		return;
	x->reason = VMEXIT_INVALID;
	vmx->failure = code;
}

void
vmx_exit_read(struct vmx *vmx, struct vmexit *x)
{
	uint32_t code = (uint32_t)vmcs_read(VMCS_EXIT_REASON);
	uint32_t event = (uint32_t)vmcs_read(VMCS_IDT_VECTORING);
	const struct vmx_reason *r;

	x->insn_len = 0;
	if (!(code & EXIT_ENTRY_FAILED)) /* else it is as it was */
		vmx->launched = true;
	if (code >= VMX_REASONS || vmx_reasons[code].reason == VMEXIT_UNKNOWN) {
		vmx_read_raw(vmx, x, code);
		return;
	}
	if (event & EVENT_VALID)
		vmx_read_event(vmx, event,
			(uint32_t)vmcs_read(VMCS_IDT_VECTORING_ERROR));
	r = &vmx_reasons[code];
	x->reason = r->reason;
	x->insn.op = r->op;
	if (r->insn)
		x->insn_len = (uint8_t)vmcs_read(VMCS_EXIT_INSN_LEN);
	if (r->read)
		r->read(vmx, x);
}
