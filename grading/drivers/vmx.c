/* SPDX-License-Identifier: MIT */
/*
 * Lab 05 on the host, the side of VT-x: what an EPT violation was, events into
 * the VMCS and those that an exit cut short.
 *
 * A host has no VMCS that a process could read, and VMREAD is an instruction.
 * So the header with VMX's instructions is stood in for here, by a VMCS that
 * is an array, and the student's files are compiled against that.
 */
/* links: vmm/event_merge.c */
#include "grading/drivers/lib/driver.h"

#define VMM_CPU_VMX_VMX_INSN_H /* this file has them instead */
#include "kernel/cpu/percpu.h"
#include "vmm/cpu/vmx/vmcs.h"
#include "vmm/cpu/vmx/vmx.h"
#include "vmm/emul/decode.h"
#include "vmm/engine.h"
#include "vmm/fetch.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#include <string.h>

#define FIELDS 0x8000u /* encodings are below (SDM 3D, appendix B) */
#define STEPS  200

static uint64_t fields[FIELDS];
static bool current; /* the VMCS is: VMREAD and VMWRITE reach it */

static inline uint64_t
vmcs_read(enum vmcs_field field)
{
	if (!current)
		say("  VMREAD without a current VMCS");
	return fields[field % FIELDS];
}

static inline void
vmcs_write(enum vmcs_field field, uint64_t value)
{
	if (!current)
		say("  VMWRITE without a current VMCS");
	fields[field % FIELDS] = value;
}

#include "vmm/cpu/vmx/vmx_exit.c"
#include "vmm/cpu/vmx/vmx_run.c"

/* -- What these files want of the rest of the VMM -------------------------- */

struct vmx_cpu vmx_cpus[CPU_MAX];
struct vmx_host vmx_host;
struct cpu cpus[CPU_MAX];

void
vmx_begin(struct vmx *vmx)
{
	(void)vmx;
	current = true;
}

void
vmx_end(void)
{
	current = false;
}

void
vmx_take_vpid(struct vmx *vmx, struct vmx_cpu *cpu)
{
	(void)vmx;
	(void)cpu;
}

void
vmx_flush(struct vmx *vmx)
{
	(void)vmx;
}

void
vmx_flush_nested(struct vmx *vmx)
{
	(void)vmx;
}

void
vmx_load(struct vcpu *vcpu, uint32_t groups)
{
	(void)vcpu;
	(void)groups;
}

void
vcpu_fetch(struct vcpu *vcpu, uint32_t groups)
{
	vcpu->valid |= groups; /* state is as the check has set it */
}

int
fetch_insn(struct vcpu *vcpu, const struct insn **insn)
{
	(void)vcpu;
	(void)insn;
	return -1;
}

void
event_interrupted(struct vcpu *vcpu, const struct event *ev)
{
	(void)vcpu;
	say("  an event was interrupted: kind %u, vector %u, error %x",
		ev->kind, ev->vector, ev->has_error ? ev->error : 0);
}

/* -- The checks ------------------------------------------------------------ */

static uint64_t
get(enum vmcs_field field)
{
	return fields[field % FIELDS];
}

static void
set(enum vmcs_field field, uint64_t value)
{
	fields[field % FIELDS] = value;
}

/* Basic exit reason 48, with qualifications of all kinds. */
static void
violations(struct dice *d, const void *how)
{
	static struct vmx vmx;

	(void)how;
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t qualification = dice_next(d) & 0x1fff;
		struct vmexit x;

		memset(&x, 0xa5, sizeof(x));
		set(VMCS_EXIT_REASON, 48);
		set(VMCS_IDT_VECTORING, 0);
		set(VMCS_EXIT_QUALIFICATION, qualification);
		set(VMCS_GUEST_PHYSICAL_ADDRESS, dice_value(d));
		set(VMCS_GUEST_LINEAR_ADDRESS, dice_value(d));
		current = true;
		vmx_exit_read(&vmx, &x);
		say("qualification %llx: reason %u, gpa %llx, gva %llx, "
		    "access %x",
			(unsigned long long)qualification, x.reason,
			(unsigned long long)x.fault.gpa,
			x.fault.access & ACCESS_GVA
				? (unsigned long long)x.fault.gva
				: 0ull,
			x.fault.access);
	}
}

/* IDT-vectoring information of all types (SDM 3C, 24.9.3), with any exit. */
static void
interrupted(struct dice *d, const void *how)
{
	static struct vmx vmx;

	(void)how;
	for (unsigned i = 0; i < STEPS; i++) {
		static const uint32_t types[] = { EVENT_TYPE_INTR,
			EVENT_TYPE_NMI, EVENT_TYPE_EXCP, 4u << 8,
			EVENT_TYPE_INT1, 6u << 8 };
		uint32_t info =
			types[dice_below(d, 6)] | (uint32_t)dice_below(d, 256);
		struct vmexit x;

		if (dice_percent(d, 80))
			info |= EVENT_VALID;
		if ((info & EVENT_TYPE) == EVENT_TYPE_EXCP &&
			dice_percent(d, 50))
			info |= EVENT_HAS_ERROR;
		memset(&x, 0xa5, sizeof(x));
		set(VMCS_EXIT_REASON, dice_percent(d, 50) ? 10 : 48);
		set(VMCS_IDT_VECTORING, info);
		set(VMCS_IDT_VECTORING_ERROR, dice_next(d) & 0xffff);
		say("IDT-vectoring information %x", info);
		current = true;
		vmx_exit_read(&vmx, &x);
	}
}

/* Events into the VMCS; an error code only in protected mode. */
static void
injected(struct dice *d, const void *how)
{
	static struct vmx vmx;

	(void)how;
	for (unsigned i = 0; i < STEPS; i++) {
		struct event ev = { .kind = dice_percent(d, 50)
				? EVENT_IRQ
				: EVENT_EXCEPTION,
			.vector = (uint8_t)dice_next(d),
			.error = (uint32_t)dice_next(d) & 0xffff };
		uint64_t info;

		ev.has_error =
			ev.kind == EVENT_EXCEPTION && dice_percent(d, 50);
		vmx.vcpu.state.cr0 = dice_percent(d, 80) ? CR0_PE : 0;
		vmx.vcpu.valid = VCPU_MODE | VCPU_CR2 | VCPU_DRS;
		current = false;
		set(VMCS_ENTRY_EVENT, 0);
		vmx_inject(&vmx.vcpu, &ev);
		info = get(VMCS_ENTRY_EVENT);
		say("inject %s, vector %u, protected mode %u: "
		    "entry_event %llx, code %llx, VMCS %s",
			ev.kind == EVENT_EXCEPTION ? "exception" : "interrupt",
			ev.vector, (unsigned)vmx.vcpu.state.cr0,
			(unsigned long long)info,
			info & EVENT_HAS_ERROR ? (unsigned long long)get(
							 VMCS_ENTRY_EVENT_ERROR)
					       : 0ull,
			current ? "left current" : "put away");
	}
}

const struct scenario scenarios[] = {
	{ "vmx-violations", violations, NULL },
	{ "vmx-interrupted", interrupted, NULL },
	{ "vmx-inject", injected, NULL },
	{ NULL, NULL, NULL },
};
