/* SPDX-License-Identifier: MIT */
/*
 * Lab 05 on the host: raw exits translated to struct vmexit, events into the
 * VMCB and out of it, and nested page tables over guest memory that comes and
 * goes.  VMCBs and accesses are made up; what the hardware leaves open in a
 * VMCB is garbage here.
 *
 * Over 400 lines because the lab's two halves share what stands in for the VMM.
 */
/* links: vmm/cpu/svm/svm_exit.c vmm/cpu/svm/svm_run.c vmm/event_merge.c
 * vmm/cpu/svm/svm_check.c vmm/mmu/npt/npt.c vmm/mmu/nested.c
 * vmm/mmu/pagewalk.c vmm/mmu/pagefmt_text.c kernel/lib/append.c
 * vmm/mmu/pagetable.c vmm/mmu/pagefmt.c vmm/gmem.c vmm/gmem_copy.c
 * vmm/trace_format.c vmm/emul/insn.c grading/unit/fake_kernel.c */
#include "grading/drivers/lib/driver.h"
#include "grading/unit/fake_kernel.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/percpu.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/svm/svm.h"
#include "vmm/emul/decode.h"
#include "vmm/engine.h"
#include "vmm/trace.h"
#include "vmm/vm.h"

#include <stdlib.h>
#include <string.h>

LINKSET_DECLARE(struct mmu_engine *const, mmu_engines);

#define GIB	 (1ull << 30)
#define RAM	 (16ull << 20)
#define ROM_GPA	 (24ull << 20)
#define ROM_SIZE (64ull << 10)

/* -- What these files want of the rest of the VMM -------------------------- */

static struct event interrupted;
static bool was_interrupted;
static uint16_t fetched_op;
static bool gib_pages = true; /* the CPU has pages of 1 GiB */

struct svm_cpu svm_cpus[CPU_MAX];
struct cpu cpus[CPU_MAX];

void
event_interrupted(struct vcpu *vcpu, const struct event *ev)
{
	(void)vcpu;
	interrupted = *ev;
	was_interrupted = true;
}

int
fetch_insn(struct vcpu *vcpu, const struct insn **insn)
{
	static struct insn made;

	(void)vcpu;
	made = (struct insn){ .op = fetched_op };
	made.operand[0].kind = INSN_KIND_CR;
	made.operand[0].reg = 3;
	*insn = &made;
	return 0;
}

void
svm_on(struct svm_cpu *cpu)
{
	cpu->on = true;
}

void
svm_load(struct vcpu *vcpu, uint32_t groups)
{
	(void)vcpu;
	(void)groups;
}

struct cpuid
cpuid_query(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	/* every feature, or all but that one; addresses of 52 bits */
	return (struct cpuid){ .eax = leaf == 0x80000008u ? 52 : 0,
		.edx = gib_pages ? ~0u : ~(1u << 26) };
}

enum verdict
vcpu_stop(struct vcpu *vcpu, const char *fmt, ...)
{
	(void)vcpu;
	(void)fmt;
	say("  the VM is stopped");
	return VERDICT_STOP;
}

void
vcpu_fetch(struct vcpu *vcpu, uint32_t groups)
{
	if (groups & VCPU_CPL)
		vcpu->state.cpl = to_svm(vcpu)->vmcb->cpl;
	vcpu->valid |= groups;
}

/* -- Exits ----------------------------------------------------------------- */

struct how {
	uint64_t first, last; /* exit codes */
	uint64_t but;	      /* of them not this one: another check's */
	bool events;	      /* a delivery was interrupted, sometimes */
	bool cpl;	      /* say the CPL, and nothing else */
	unsigned next_rip;    /* percent: the CPU says where the next is */
	unsigned steps;
};

static uint64_t
exit_code(struct dice *d, const struct how *how)
{
	uint64_t span = how->last - how->first + (how->but ? 0 : 1);
	uint64_t code = how->first + dice_below(d, span);

	return how->but && code >= how->but ? code + 1 : code;
}

static const char *const cr_kinds[] = { "mov to", "mov from", "clts", "lmsw",
	"smsw" };

static const char *
kind_name(unsigned kind)
{
	return kind == EVENT_IRQ	  ? "interrupt"
		: kind == EVENT_EXCEPTION ? "exception"
					  : "nothing";
}

static void
say_exit(const struct vmexit *x)
{
	say(" reason %s, length %u", vmexit_name(x->reason), x->insn_len);
	switch (x->reason) {
	case VMEXIT_IO:
		say("  port %x, %u bytes, %s%s%s", x->io.port, x->io.size,
			x->io.write ? "out" : "in", x->io.string ? "s" : "",
			x->io.rep ? ", rep" : "");
		break;
	case VMEXIT_MSR:
		say("  %s", x->msr.write ? "write" : "read");
		break;
	case VMEXIT_CR:
		say("  cr%u, %s", x->cr.cr,
			x->cr.kind < 5 ? cr_kinds[x->cr.kind] : "?");
		break;
	case VMEXIT_DR:
		say("  dr%u, %s", x->dr.dr, x->dr.write ? "write" : "read");
		break;
	case VMEXIT_FAULT:
		say("  gpa %llx, gva %llx, access %x",
			(unsigned long long)x->fault.gpa,
			x->fault.access & ACCESS_GVA
				? (unsigned long long)x->fault.gva
				: 0ull,
			x->fault.access);
		break;
	case VMEXIT_EXCEPTION:
		say("  vector %u, error %x", x->exception.vector,
			x->exception.has_error ? x->exception.error : 0);
		break;
	case VMEXIT_INSN:
		say("  instruction %s",
			x->insn.op < INSN_OP_COUNT
				? insn_name((enum insn_op)x->insn.op)
				: "?");
		break;
	case VMEXIT_UNKNOWN:
	case VMEXIT_INVALID:
		say("  code %llx", (unsigned long long)x->raw.code);
		break;
	default:
		break;
	}
}

/* A port access has a size, and an IN or an OUT. */
static uint64_t
made_up_info(struct dice *d, uint64_t code)
{
	if (code != SVM_EXIT_IOIO)
		return dice_value(d);
	return dice_below(d, 0x10000) << IOIO_PORT_SHIFT |
		(1ull << (IOIO_SIZE_SHIFT + dice_below(d, 3))) |
		(dice_next(d) & (IOIO_IN | IOIO_STRING | IOIO_REP));
}

static void
say_interrupted(void)
{
	if (was_interrupted)
		say("  to be delivered again: %s, vector %u, error %x",
			kind_name(interrupted.kind), interrupted.vector,
			interrupted.has_error ? interrupted.error : 0);
	was_interrupted = false;
}

/* Interrupts and exceptions alone; only the latter may have an error code. */
static uint64_t
made_up_event(struct dice *d)
{
	uint64_t info = dice_next(d) & 0xffffffff80000bffull;

	if ((info & EVENT_INJ_TYPE) != EVENT_INJ_TYPE_EXCP)
		info &= ~EVENT_INJ_HAS_ERROR;
	return info;
}

static void
exits(struct dice *d, const void *arg)
{
	static struct vmcb vmcb;
	static struct svm svm;
	const struct how *how = arg;

	for (unsigned i = 0; i < how->steps; i++) {
		struct vmexit x;

		memset(&x, 0xa5, sizeof(x));
		memset(&svm, 0, sizeof(svm));
		svm.vmcb = &vmcb;
		svm.next_rip = dice_percent(d, how->next_rip);
		fetched_op = dice_percent(d, 50) ? INSN_MOV_CR : INSN_NOP;
		vmcb.exit_code = exit_code(d, how);
		vmcb.exit_info1 = made_up_info(d, vmcb.exit_code);
		vmcb.exit_info2 = dice_value(d);
		/* behind the last one a next RIP of 0 would be near */
		vmcb.rip = dice_percent(d, 10) ? 0 - dice_below(d, 16)
					       : dice_value(d);
		vmcb.next_rip = svm.next_rip ? vmcb.rip + dice_below(d, 20) : 0;
		if (vmcb.exit_code == SVM_EXIT_IOIO)
			vmcb.exit_info2 = vmcb.rip + dice_below(d, 18);
		vmcb.exit_int_info = how->events ? made_up_event(d) : 0;
		vmcb.cpl = (uint8_t)dice_below(d, 4);
		svm.vcpu.state.cpl = (uint8_t)dice_below(d, 4);
		say("exit %llx, info %llx %llx, RIP %llx, next %llx",
			(unsigned long long)vmcb.exit_code,
			(unsigned long long)vmcb.exit_info1,
			(unsigned long long)vmcb.exit_info2,
			(unsigned long long)vmcb.rip,
			(unsigned long long)vmcb.next_rip);
		svm_exit_read_any(&svm, &x);
		if (how->cpl)
			say("  CPL %u, %s", svm.vcpu.state.cpl,
				svm.vcpu.valid & VCPU_CPL ? "valid"
							  : "not valid");
		else
			say_exit(&x);
		say_interrupted();
	}
}

/* -- Events ---------------------------------------------------------------- */

static void
events(struct dice *d, const void *arg)
{
	static struct vmcb vmcb;
	static struct svm svm;

	(void)arg;
	svm.vmcb = &vmcb;
	for (unsigned i = 0; i < 200; i++) {
		struct event ev = { .kind = dice_percent(d, 50)
				? EVENT_IRQ
				: EVENT_EXCEPTION,
			.vector = (uint8_t)dice_next(d) };

		ev.has_error =
			ev.kind == EVENT_EXCEPTION && dice_percent(d, 50);
		ev.error = (uint32_t)dice_next(d);
		vmcb.event_inj = 0;
		vmcb.intercept[INTERCEPT_EXCEPTION] = (uint32_t)dice_next(d);
		say("exceptions intercepted: %x",
			vmcb.intercept[INTERCEPT_EXCEPTION]);
		svm_inject(&svm.vcpu, &ev);
		say("inject %s, vector %u, error %x: event_inj %llx, "
		    "intercepted %x",
			kind_name(ev.kind), ev.vector,
			ev.has_error ? ev.error : 0,
			(unsigned long long)(ev.has_error
					? vmcb.event_inj
					: vmcb.event_inj & 0xffffffff),
			vmcb.intercept[INTERCEPT_EXCEPTION]);
	}
}

/* What was cut short is put back, or not, by its kind. */
static void
put_back(struct dice *d, const void *arg)
{
	static struct vmcb vmcb;
	static struct svm svm;

	(void)arg;
	svm.vmcb = &vmcb;
	for (unsigned i = 0; i < 200; i++) {
		static const uint64_t types[] = { EVENT_INJ_TYPE_INTR,
			EVENT_INJ_TYPE_EXCP, EVENT_INJ_TYPE_SOFT,
			EVENT_INJ_TYPE_NMI };
		uint64_t info = types[dice_below(d, 4)] | dice_below(d, 12) |
			EVENT_INJ_VALID | dice_next(d) << 32;

		if (dice_percent(d, 50) &&
			(info & EVENT_INJ_TYPE) == EVENT_INJ_TYPE_EXCP)
			info |= EVENT_INJ_HAS_ERROR;
		say("interrupted %llx", (unsigned long long)info);
		svm_read_event(&svm, info);
		say_interrupted();
	}
}

static void
windows(struct dice *d, const void *arg)
{
	static struct vmcb vmcb;
	static struct svm svm;

	(void)arg;
	svm.vmcb = &vmcb;
	for (unsigned i = 0; i < 60; i++) {
		bool on = dice_percent(d, 50);

		vmcb.int_ctl = dice_next(d) & 0x0100010full;
		vmcb.intercept[INTERCEPT_MISC1] = (uint32_t)dice_next(d);
		svm_irq_window(&svm.vcpu, on);
		say("window %s: int_ctl %llx, intercepts %x", on ? "on" : "off",
			(unsigned long long)vmcb.int_ctl,
			vmcb.intercept[INTERCEPT_MISC1]);
	}
}

/* -- Nested tables --------------------------------------------------------- */

static const char *const outcomes[] = { "fixed", "the guest's own fault",
	"emulate the access", "emulate the write", "no memory", "stopped" };

static struct vcpu vcpus[VM_VCPUS_MAX];

/* A VM without memory yet, and the engine's tables for it, which are empty. */
static struct mmu *
faults_begin(struct vm *vm)
{
	const struct mmu_engine *npt = *__start_mmu_engines;

	fake_reset();
	memset(vm, 0, sizeof(*vm));
	memset(vcpus, 0, sizeof(vcpus));
	for (; vm->n_vcpus < VM_VCPUS_MAX; vm->n_vcpus++)
		vm->vcpu[vm->n_vcpus] = &vcpus[vm->n_vcpus];
	gmem_init(&vm->gmem);
	return npt->init(vm);
}

static void
faults_end(struct vm *vm, struct mmu *mmu)
{
	mmu->ops->fini(mmu);
	gmem_fini(&vm->gmem);
	say("frames lost: %zu", fake_frames_used);
}

/* What the tables now say of gpa, by a walk as the CPU does it. */
static void
say_mapped(struct mmu *mmu, uint64_t gpa)
{
	const uint8_t *memory = gmem_peek(&mmu->vm->gmem, gpa);
	struct pagewalk walk;

	if (mmu->ops->walk(mmu, NULL, gpa, &walk) != PAGEWALK_PAGE)
		say("  not mapped");
	else
		say("  %s memory, %llu KiB,%s%s%s",
			memory && walk.addr == virt_to_phys(memory) ? "its"
								    : "other",
			(unsigned long long)walk.page_size >> 10,
			walk.write ? " written" : "",
			walk.exec ? " executed" : "", walk.user ? "" : " not");
}

/* The engine's fault hook once; short: no frame is free meanwhile. */
static void
fault(struct mmu *mmu, uint64_t gpa, uint32_t access, bool is_short)
{
	struct vmexit x = { .reason = VMEXIT_FAULT };
	enum mmu_outcome outcome;
	uint32_t error = 0;

	x.fault.gpa = gpa;
	x.fault.access = access;
	if (is_short)
		fake_allocations_left = 0;
	say("fault %llx, %s%s%s", (unsigned long long)gpa,
		access & ACCESS_WRITE ? "write" : "read",
		access & ACCESS_RSVD ? ", malformed entry" : "",
		is_short ? ", no frame free" : "");
	outcome = mmu->ops->fault(mmu, &vcpus[0], &x, &error);
	say("  %s", outcome <= MMU_STOPPED ? outcomes[outcome] : "?");
	fake_allocations_left = SIZE_MAX;
	say_mapped(mmu, gpa);
}

/* Faults on RAM, ROM and holes. */
static void
faults_small(struct dice *d)
{
	static struct vm vm;
	struct mmu *mmu = faults_begin(&vm);

	if (!mmu || gmem_add(&vm.gmem, 0, RAM, GMEM_RAM) ||
		gmem_add(&vm.gmem, ROM_GPA, ROM_SIZE, GMEM_ROM))
		abort();
	for (unsigned i = 0; i < 150; i++) {
		uint64_t spans[] = { RAM, ROM_GPA + ROM_SIZE, 1ull << 32 };
		uint64_t gpa = dice_below(d, spans[dice_below(d, 3)]);
		uint32_t access = dice_percent(d, 50) ? ACCESS_WRITE : 0;

		if (dice_percent(d, 25))
			gpa = ROM_GPA + dice_below(d, ROM_SIZE);
		if (dice_percent(d, 15)) {
			mmu->ops->unmap(mmu, gpa & ~(PAGE_SIZE - 1), PAGE_SIZE);
			say("unmap %llx",
				(unsigned long long)gpa & ~(PAGE_SIZE - 1));
		}
		if (gpa < RAM && dice_percent(d, 15))
			access = ACCESS_PRESENT | ACCESS_RSVD;
		fault(mmu, gpa, access,
			!(access & ACCESS_RSVD) && dice_percent(d, 30));
	}
	faults_end(&vm, mmu);
}

/*
 * RAM that lies in one piece in a GiB of the host, but for 2 MiB that come
 * last: until then pages are of 2 MiB, and what the CPUs know of those they
 * must forget when one of 1 GiB takes their place.  Nobody touches the memory,
 * so it need not be there.
 */
static void
faults_large(struct dice *d, bool gib)
{
	static struct vm vm;
	uint64_t missing = dice_below(d, GIB / PAGE_SIZE_2M), *chunks;
	uint64_t first = GIB + dice_below(d, GIB), hpa = GIB * 5;
	struct mmu *mmu;

	gib_pages = gib;
	say("a CPU %s pages of 1 GiB", gib ? "with" : "without");
	mmu = faults_begin(&vm);
	if (!mmu || gmem_add(&vm.gmem, GIB, GIB, GMEM_RAM))
		abort();
	chunks = vm.gmem.slot[0].chunks;
	if (missing == (first - GIB) / PAGE_SIZE_2M)
		missing ^= 1;
	for (uint64_t i = 0; i < GIB / PAGE_SIZE_2M; i++)
		chunks[i] = i == missing ? 0 : hpa + i * PAGE_SIZE_2M;
	fault(mmu, first, ACCESS_WRITE, true);
	fault(mmu, first, 0, false);
	chunks[missing] = hpa + missing * PAGE_SIZE_2M;
	vcpus[0].dirty = 0;
	fault(mmu, GIB + missing * PAGE_SIZE_2M, ACCESS_WRITE, false);
	if (gib)
		say("  the vCPU %s the smaller pages",
			vcpus[0].dirty & VCPU_FLUSH_NESTED ? "forgets"
							   : "still knows");
	say_mapped(mmu, first);
	memset(chunks, 0, GIB / PAGE_SIZE_2M * sizeof(*chunks));
	faults_end(&vm, mmu);
	gib_pages = true;
}

static void
faults(struct dice *d, const void *arg)
{
	(void)arg;
	faults_small(d);
	faults_large(d, true);
	faults_large(d, false);
}

#define EXITS(...)                                                             \
	exits, &(const struct how)                                             \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

const struct scenario scenarios[] = {
	{ "exits-control-registers",
		EXITS(.first = 0, .last = 0x1f, .steps = 120) },
	{ "exits-debug-registers",
		EXITS(.first = 0x20, .last = 0x3f, .steps = 80) },
	{ "exits-exceptions",
		EXITS(.first = 0x40, .last = 0x5f, .but = 0x4e, .steps = 150) },
	{ "exits-page-faults",
		EXITS(.first = 0x4e, .last = 0x4e, .steps = 100) },
	{ "exits-instructions",
		EXITS(.first = 0x60, .last = 0x8e, .but = 0x7b, .steps = 300) },
	{ "exits-ports",
		EXITS(.first = 0x7b, .last = 0x7b, .next_rip = 50,
			.steps = 150) },
	{ "exits-nested-faults",
		EXITS(.first = 0x400, .last = 0x400, .steps = 120) },
	{ "exits-unknown", EXITS(.first = 0x401, .last = 0x40f, .steps = 40) },
	{ "exits-privilege",
		EXITS(.first = 0x60, .last = 0x8e, .but = 0x7b, .cpl = true,
			.steps = 60) },
	{ "exits-refused",
		EXITS(.first = 0xffffffff, .last = 0xffffffff, .steps = 40) },
	{ "next-rip",
		EXITS(.first = 0x60, .last = 0x8e, .but = 0x7b, .next_rip = 100,
			.steps = 200) },
	{ "interrupted-delivery",
		EXITS(.first = 0x60, .last = 0x8e, .events = true,
			.steps = 200) },
	{ "put-back", put_back, NULL },
	{ "inject", events, NULL },
	{ "window", windows, NULL },
	{ "nested-faults", faults, NULL },
	{ NULL, NULL, NULL },
};
