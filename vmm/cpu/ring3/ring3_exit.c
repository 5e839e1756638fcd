/* SPDX-License-Identifier: MIT */
/*
 * From a trap frame to struct vmexit.
 *
 * Real exceptions come for three reasons.  The guest made one: it gets it.
 * The address space is a shadow: the MMU engine judges.  Or the guest's
 * kernel executed what only ring 0 may: the instruction is decoded, and
 * becomes the exit that it would be on a CPU with virtualization, or one to
 * be emulated.  Which of the three it is, the decoder says.
 */
#include "vmm/cpu/ring3/ring3.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/trap.h"
#include "vmm/emulate.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define DR6_CAUSES 0xe00full /* B0 to B3, BD, BS, BT */

/* What becomes of an instruction that traps. */
enum ring3_kind {
	KIND_NONE, /* it does not, or only for a fault of the guest's own */
	KIND_EXIT, /* an exit of its own, as on every engine */
	KIND_EMULATE,
	KIND_HIDDEN /* the same, where the real CPU lets it trap */
};

/* clang-format off */
static const uint8_t ring3_kinds[INSN_OP_COUNT] = {
	[INSN_HLT] = KIND_EXIT, [INSN_MOV_CR] = KIND_EXIT,
	[INSN_MOV_DR] = KIND_EXIT, [INSN_CLTS] = KIND_EXIT,
	[INSN_LMSW] = KIND_EXIT, [INSN_RDMSR] = KIND_EXIT,
	[INSN_WRMSR] = KIND_EXIT, [INSN_RDPMC] = KIND_EXIT,
	[INSN_IN] = KIND_EXIT, [INSN_OUT] = KIND_EXIT,
	[INSN_INS] = KIND_EXIT, [INSN_OUTS] = KIND_EXIT,
	[INSN_INVLPG] = KIND_EMULATE, [INSN_INVPCID] = KIND_EMULATE,
	[INSN_INVD] = KIND_EXIT, [INSN_WBINVD] = KIND_EXIT,
	[INSN_XSETBV] = KIND_EXIT, [INSN_MONITOR] = KIND_EXIT,
	[INSN_MWAIT] = KIND_EXIT, [INSN_VMMCALL] = KIND_EXIT,
	[INSN_VMCALL] = KIND_EXIT, [INSN_SMSW] = KIND_HIDDEN,
	[INSN_RDTSC] = KIND_HIDDEN, [INSN_RDTSCP] = KIND_HIDDEN,

	[INSN_CLI] = KIND_EMULATE, [INSN_STI] = KIND_EMULATE,
	[INSN_CLAC] = KIND_EMULATE, [INSN_STAC] = KIND_EMULATE,
	[INSN_LGDT] = KIND_EMULATE, [INSN_LIDT] = KIND_EMULATE,
	[INSN_LLDT] = KIND_EMULATE, [INSN_LTR] = KIND_EMULATE,
	[INSN_SGDT] = KIND_HIDDEN, [INSN_SIDT] = KIND_HIDDEN,
	[INSN_SLDT] = KIND_HIDDEN, [INSN_STR] = KIND_HIDDEN,
	[INSN_SWAPGS] = KIND_EMULATE, [INSN_IRET] = KIND_EMULATE,
	[INSN_SYSCALL] = KIND_EMULATE, [INSN_SYSRET] = KIND_EMULATE,
	[INSN_SYSENTER] = KIND_EMULATE, [INSN_SYSEXIT] = KIND_EMULATE,
	[INSN_CALLF] = KIND_EMULATE, [INSN_JMPF] = KIND_EMULATE,
	[INSN_RETF] = KIND_EMULATE, [INSN_INT] = KIND_EMULATE,
	[INSN_INT3] = KIND_EMULATE, [INSN_INTO] = KIND_EMULATE,
	[INSN_LDS] = KIND_EMULATE, [INSN_LES] = KIND_EMULATE,
	[INSN_LSS] = KIND_EMULATE, [INSN_LFS] = KIND_EMULATE,
	[INSN_LGS] = KIND_EMULATE,
	[INSN_RDFSBASE] = KIND_EMULATE, [INSN_RDGSBASE] = KIND_EMULATE,
	[INSN_WRFSBASE] = KIND_EMULATE, [INSN_WRGSBASE] = KIND_EMULATE,
};
/* clang-format on */

static enum ring3_kind
ring3_kind(const struct insn *insn)
{
	/* loads of a segment register */
	if ((insn->op == INSN_MOV || insn->op == INSN_POP) &&
		insn->operand[0].kind == INSN_KIND_SREG)
		return KIND_EMULATE;
	return ring3_kinds[insn->op];
}

static void
ring3_exception(struct vmexit *x, uint64_t vector, uint64_t error)
{
	x->reason = VMEXIT_EXCEPTION;
	x->exception.vector = (uint8_t)vector;
	x->exception.has_error = event_has_error((uint8_t)vector);
	x->exception.error = (uint32_t)error;
	x->exception.address = 0;
}

/* The exit of vcpu.insn, or the exception that it makes instead. */
static void
ring3_read_insn(struct ring3 *r, struct vmexit *x, enum ring3_kind kind)
{
	struct vcpu *vcpu = &r->vcpu;
	enum verdict verdict;

	x->reason = VMEXIT_EMULATE;
	x->insn.op = vcpu->insn->op;
	if (kind != KIND_EXIT)
		return;
	switch (vcpu_emulate(vcpu, vcpu->insn, x, &verdict)) {
	case EMUL_EXIT:
		x->insn_len = vcpu->insn->len;
		break;
	case EMUL_FAULT:
		ring3_exception(x, vcpu->fault.vector, vcpu->fault.error);
		if (vcpu->fault.vector == VEC_PF)
			x->exception.address = vcpu->state.cr2;
		break;
	default:
		break;
	}
}

enum ring3_class
ring3_classify(struct ring3 *r, struct vmexit *x)
{
	enum ring3_kind kind;

	if (fetch_insn(&r->vcpu, &r->vcpu.insn) != 0)
		return RING3_NOTHING;
	kind = ring3_kind(r->vcpu.insn);
	if (kind != KIND_EXIT && kind != KIND_EMULATE)
		return RING3_PLAIN;
	ring3_read_insn(r, x, kind);
	return RING3_TRAPS;
}

bool
ring3_step(struct ring3 *r, struct vmexit *x)
{
	if (fetch_insn(&r->vcpu, &r->vcpu.insn) != 0)
		return false;
	ring3_read_insn(r, x, ring3_kind(r->vcpu.insn));
	return true;
}

/*
 * The code is no instruction, though the CPU had a #GP for it, as it may for
 * ring 3 before it has looked at all of it.  But a #GP is right for one that
 * is too long, which has no end in 14 bytes either.
 */
static bool
ring3_undefined(struct ring3 *r)
{
	uint8_t code[INSN_MAX_LEN - 1];
	size_t n = fetch_code(&r->vcpu, code, sizeof(code));
	struct insn insn;

	return insn_decode(code, n, (enum cpu_mode)vcpu_mode(&r->vcpu),
		       &insn) == -EINVAL;
}

/* A fault that says that an instruction may not, or cannot, be executed. */
static void
ring3_read_trap(
	struct ring3 *r, const struct ring3_frame *frame, struct vmexit *x)
{
	int err = fetch_insn(&r->vcpu, &r->vcpu.insn);
	enum ring3_kind kind = KIND_NONE;

	if (err == -EFAULT) {
		x->reason = VMEXIT_STALE;
		return;
	}
	if (err == 0)
		kind = ring3_kind(r->vcpu.insn);
	if (err == -EINVAL && ring3_undefined(r))
		ring3_exception(x, VEC_UD, 0);
	else if (kind == KIND_NONE)
		ring3_exception(x, frame->vector, frame->error);
	else
		ring3_read_insn(r, x, kind);
	if (kind != KIND_NONE)
		ring3_learn(r);
	r->ahead = RING3_AHEAD;
	r->bridge = NULL;
}

/*
 * The CPU says "user" of every access: what counts is the virtual privilege.
 *
 * QEMU 7.2 pops the operands of a far return and of IRET as if ring 0 did,
 * and with SMAP on calls that a fault before it looks at the selector.  No
 * other access of a guest's says "supervisor", so that is what it is.
 */
static bool
ring3_read_fault(
	struct ring3 *r, const struct ring3_area *area, struct vmexit *x)
{
	uint32_t error = (uint32_t)area->frame.error;

	if (ring3_in_window(r->window, area->cr2)) {
		ring3_move(r);
		return false;
	}
	if (!(error & ACCESS_USER) && ring3_classify(r, x) == RING3_TRAPS)
		return true;
	x->reason = VMEXIT_FAULT;
	x->fault.gpa = ~0ull;
	x->fault.gva = area->cr2;
	x->fault.access = ACCESS_GVA |
		(error & (ACCESS_PRESENT | ACCESS_WRITE | ACCESS_EXEC));
	if (r->vcpu.state.cpl == 3)
		x->fault.access |= ACCESS_USER;
	return true;
}

/* The causes of a #DB go on to the guest's DR6. */
static void
ring3_read_debug(struct ring3 *r, struct vmexit *x)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_FIXED));
	r->vcpu.state.dr6 |= dr6 & DR6_CAUSES;
	ring3_exception(x, VEC_DB, 0);
}

bool
ring3_exit_read(
	struct ring3 *r, const struct ring3_area *area, struct vmexit *x)
{
	const struct ring3_frame *frame = &area->frame;

	r->ahead = 0;
	switch (frame->vector) {
	case TRAP_PAGE:
		return ring3_read_fault(r, area, x);
	case TRAP_UNDEFINED:
	case VEC_TS:
	case TRAP_SEGMENT:
	case TRAP_STACK:
	case TRAP_PROTECTION:
		ring3_read_trap(r, frame, x);
		return true;
	case TRAP_DEBUG:
		ring3_read_debug(r, x);
		return true;
	case TRAP_NMI:
	case TRAP_MACHINE_CHECK:
		x->reason = VMEXIT_HOST;
		return true;
	default:
		if (frame->vector < TRAP_EXCEPTION_COUNT)
			ring3_exception(x, frame->vector, frame->error);
		else
			x->reason = VMEXIT_HOST;
		return true;
	}
}
