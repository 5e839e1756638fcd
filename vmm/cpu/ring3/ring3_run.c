/* SPDX-License-Identifier: MIT */
/*
 * The world switch's C half: what the CPU is to hold goes into this CPU's
 * area, entry.S does the rest, and what the guest left is read back.
 *
 * An interrupt of the host's that ends the guest has been acknowledged by
 * the CPU, to the trampoline: it is taken again, by the host's own handler,
 * in this thread.  So a VM is preempted like any other thread.
 */
#include "vmm/cpu/ring3/ring3.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"
#include "kernel/proc/thread.h"
#include "vmm/cpu/breakpoints.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

_Static_assert(offsetof(struct vcpu_regs, gpr) == 0, "entry.S");
_Static_assert(GPR_RCX == 1 && GPR_RDX == 2 && GPR_RBX == 3, "entry.S");
_Static_assert(GPR_RBP == 5 && GPR_RSI == 6 && GPR_RDI == 7, "entry.S");

#define CR0_FPU	      (CR0_MP | CR0_EM | CR0_TS)
#define DESC_TSS_BUSY (1ull << 41)
#define DR6_RESET     DR6_FIXED

void
ring3_move(struct ring3 *r)
{
	struct mmu *mmu = r->vcpu.vm->mmu;

	r->window = (r->window + 1) % WINDOW_COUNT;
	mmu->ops->reserve(mmu,
		(unsigned)(window_address(r->window, 0) >> WINDOW_SHIFT & 511),
		paging_window_entry());
	vcpu_changed(&r->vcpu, VCPU_CODE);
}

void
ring3_load(struct vcpu *vcpu, uint32_t groups)
{
	struct ring3 *r = to_ring3(vcpu);
	struct mmu *mmu = vcpu->vm->mmu;

	if (groups & (VCPU_CODE | VCPU_SEGS | VCPU_MODE | VCPU_CPL | VCPU_MSRS))
		ring3_real_make(&r->real, &vcpu->state, r->window);
	if (groups & (VCPU_CODE | VCPU_MODE | VCPU_CPL))
		r->root = mmu->ops->root(mmu, vcpu);
}

/* All state is neutral here, and valid. */
void
ring3_store(struct vcpu *vcpu, uint32_t groups)
{
	(void)vcpu;
	(void)groups;
}

/*
 * FS_BASE is loaded when it may differ: a null selector, which a guest may
 * load without our knowing, clears it on some CPUs.
 */
static uint32_t
ring3_rare(const struct ring3 *r)
{
	const struct vcpu_state *s = &r->vcpu.state;
	uint32_t rare = 0;

	if (r->real.segments)
		rare |= RARE_SEGMENTS;
	if (s->dr7 & DR7_ENABLED)
		rare |= RARE_DR7;
	return rare;
}

/* The guest's breakpoints, but for those that would hit the trampoline. */
static void
ring3_load_breakpoints(const struct ring3 *r, struct ring3_area *area)
{
	const struct vcpu_state *s = &r->vcpu.state;

	breakpoints_load(s);
	area->dr7 = s->dr7;
	for (unsigned i = 0; i < 4; i++)
		if (ring3_in_window(r->window, s->dr[i]) ||
			ring3_in_window(r->window, s->dr[i] + 8))
			area->dr7 &= ~(3ull << 2 * i);
}

/* Descriptors of code that is not 64-bit. */
static void
ring3_load_segments(const struct ring3 *r, struct ring3_cpu *cpu)
{
	for (unsigned i = 0; i < SEGS; i++)
		cpu->gdt[RING3_SEL(r->window, i) / 8] = r->real.desc[i];
	cpu->area->ds = r->real.sel[SEG_DS];
	cpu->area->es = r->real.sel[SEG_ES];
	cpu->area->fs = r->real.sel[SEG_FS];
	cpu->area->gs = r->real.sel[SEG_GS];
}

static void
ring3_load_area(struct ring3 *r, struct ring3_cpu *cpu)
{
	const struct vcpu_regs *regs = &r->vcpu.regs;
	const struct vcpu_state *s = &r->vcpu.state;
	struct ring3_area *area = cpu->area;

	r->entered = regs->rip;
	area->frame.rip = regs->rip;
	area->frame.cs = r->real.cs;
	area->frame.rflags = ring3_flags_real(regs->rflags);
	area->frame.rsp = regs->gpr[GPR_RSP];
	area->frame.ss = r->real.ss;
	area->regs = (uint64_t)regs;
	area->guest_cr3 = r->root;
	area->guest_gs = s->seg[SEG_GS].base;
	area->rare = ring3_rare(r);
	if (s->seg[SEG_FS].base || area->guest_fs) {
		area->guest_fs = s->seg[SEG_FS].base;
		area->rare |= RARE_FS;
	}
	if (area->rare & RARE_SEGMENTS)
		ring3_load_segments(r, cpu);
	if (area->rare & RARE_DR7)
		ring3_load_breakpoints(r, area);
	cpu->gdt[SEL_TSS / 8] &= ~DESC_TSS_BUSY;
	cpu_this()->gdt.entry[SEL_TSS / 8] &= ~DESC_TSS_BUSY;
}

static void
ring3_save_area(struct ring3 *r, const struct ring3_area *area)
{
	struct vcpu_regs *regs = &r->vcpu.regs;

	/* at the same instruction: it did not end, so the shadow is on it */
	if (regs->rip != area->frame.rip)
		r->vcpu.events.shadow = false;
	if ((regs->rflags ^ area->frame.rflags) & RFLAGS_AC)
		vcpu_changed(&r->vcpu, VCPU_CODE); /* with SMAP, another root */
	regs->rip = area->frame.rip;
	regs->gpr[GPR_RSP] = area->frame.rsp;
	regs->rflags = ring3_flags_guest(regs->rflags, area->frame.rflags);
}

/* Interrupts come on: the one that ended the guest, if any, is taken. */
static void
ring3_let_host(struct ring3_area *area, uint64_t vector)
{
	bool nmi = area->nmi;

	area->nmi = 0;
	if (nmi || vector == TRAP_NMI)
		trap_replay(TRAP_NMI);
	else if (vector >= TRAP_EXCEPTION_COUNT || vector == TRAP_MACHINE_CHECK)
		trap_replay((uint8_t)vector);
	else
		__asm__ volatile("sti" : : : "memory");
}

/*
 * What the guest has forbidden itself is forbidden to the real CPU.  The
 * host's kernel uses neither FPU nor, as ring 0, a forbidden TSC.
 */
static void
ring3_forbid(const struct ring3_real *real)
{
	if (real->no_fpu)
		write_cr0((read_cr0() & ~CR0_FPU) | real->fpu);
	if (real->no_tsc)
		write_cr4(read_cr4() | CR4_TSD);
	if (real->no_sse)
		write_cr4(read_cr4() & ~CR4_OSFXSR);
}

static void
ring3_allow(const struct ring3_real *real)
{
	if (real->no_fpu)
		write_cr0((read_cr0() & ~CR0_FPU) | CR0_MP);
	if (real->no_tsc)
		write_cr4(read_cr4() & ~CR4_TSD);
	if (real->no_sse)
		write_cr4(read_cr4() | CR4_OSFXSR);
}

/* In and out of the guest.  False: there is nothing to report. */
static bool
ring3_switch(struct ring3 *r, struct vmexit *x)
{
	struct ring3_cpu *cpu;
	uint64_t vector, window;
	bool report;

	__asm__ volatile("cli" : : : "memory");
	/*
	 * A kick from now on is an interrupt that waits until the guest
	 * runs, and ends it.
	 */
	if (__atomic_load_n(&r->vcpu.kicked, __ATOMIC_RELAXED)) {
		__asm__ volatile("sti" : : : "memory");
		x->reason = VMEXIT_HOST;
		return true;
	}
	cpu = ring3_cpu_prepare(r->window);
	ring3_load_area(r, cpu);
	window = window_address(r->window, 0);
	ring3_forbid(&r->real);
	ring3_enter(window + TRAMPOLINE_CPU +
			cpu_this()->id * TRAMPOLINE_CPU_SIZE + TRAMPOLINE_AREA,
		&r->vcpu.regs, window);
	ring3_allow(&r->real);
	vector = cpu->area->frame.vector;
	if (!(cpu->area->frame.cs & 3))
		panic("ring3: %s in the trampoline at %#lx, error %#lx",
			trap_name(vector), cpu->area->frame.rip,
			cpu->area->frame.error);
	ring3_save_area(r, cpu->area);
	report = ring3_exit_read(r, cpu->area, x);
	trace_insn(&r->vcpu.trace, x, false);
	ring3_let_host(cpu->area, vector);
	return report;
}

/*
 * IRETQ to an address that CS does not reach would fault in the host's ring
 * 0 instead of the guest's.
 */
static bool
ring3_rip_valid(const struct ring3 *r)
{
	uint64_t rip = r->vcpu.regs.rip;

	if (r->real.segments)
		return rip <= r->vcpu.state.seg[SEG_CS].limit;
	return is_canonical(rip);
}

/*
 * Is there an exit to report before the guest is entered?  A tick of the
 * host's timer that came while the host ran counts as one that came while the
 * guest did, for a guest may do nothing but exit.
 */
static bool
ring3_before(struct ring3 *r, struct vmexit *x)
{
	struct vcpu *vcpu = &r->vcpu;

	if (vcpu->dirty) {
		if (vcpu->dirty & VCPU_FLUSH_TLB)
			vcpu->trace.flushes++; /* as each load of CR3 does */
		ring3_load(vcpu, vcpu->dirty);
		vcpu->dirty = 0;
	}
	if (r->shutdown) {
		x->reason = VMEXIT_SHUTDOWN;
		return true;
	}
	if (r->real.refused || !r->root) {
		x->reason = VMEXIT_INVALID;
		return true;
	}
	if (vcpu->thread->ticks != r->ticks || vcpu->kicked) {
		r->ticks = vcpu->thread->ticks;
		x->reason = VMEXIT_HOST;
		return true;
	}
	if (r->irq_window && (vcpu->regs.rflags & RFLAGS_IF)) {
		if (vcpu->events.shadow && ring3_step(r, x))
			return true;
		x->reason = VMEXIT_WINDOW;
		return true;
	}
	if (!ring3_rip_valid(r)) {
		x->reason = VMEXIT_EXCEPTION;
		x->exception.vector = VEC_GP;
		x->exception.has_error = true;
		x->exception.error = 0;
		return true;
	}
	return ring3_ahead(r, x);
}

void
ring3_run(struct vcpu *vcpu, struct vmexit *x)
{
	struct ring3 *r = to_ring3(vcpu);

	x->insn_len = 0;
	do {
		if (ring3_before(r, x))
			return;
	} while (!ring3_switch(r, x));
}
