/* SPDX-License-Identifier: MIT */
/*
 * Dispatch of traps.  On entry the CPU has turned interrupts off; the count
 * of kernel/cpu/spinlock.h is raised to match, and lowered again just before
 * the return, which turns them on through the saved RFLAGS.
 */
#include "kernel/cpu/trap.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/time.h"
#include "kernel/dev/lapic.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/thread.h"

/* A 64-bit interrupt gate (APM 2, 4.8.4). */
struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "a gate descriptor");

#define GATE_INTERRUPT 0x8e /* present, DPL 0, interrupts go off */
#define GATE_USER      0x60 /* DPL 3: INT3 and INTO may be executed */
#define STUB_SIZE      16

extern char trap_stubs[], syscall_entry[];

static struct gate idt[256];

static const struct {
	const char *name;
	int signal;
} exceptions[TRAP_EXCEPTION_COUNT] = {
	[TRAP_DIVIDE] = { "divide error", SIGFPE },
	[TRAP_DEBUG] = { "debug exception", SIGTRAP },
	[TRAP_NMI] = { "NMI", SIGTRAP },
	[TRAP_BREAKPOINT] = { "breakpoint", SIGTRAP },
	[TRAP_OVERFLOW] = { "overflow", SIGSEGV },
	[TRAP_UNDEFINED] = { "undefined instruction", SIGILL },
	[TRAP_DEVICE] = { "device not available", SIGILL },
	[TRAP_DOUBLE] = { "double fault", SIGSEGV },
	[TRAP_SEGMENT] = { "segment not present", SIGBUS },
	[TRAP_STACK] = { "stack fault", SIGBUS },
	[TRAP_PROTECTION] = { "general protection fault", SIGSEGV },
	[TRAP_PAGE] = { "page fault", SIGSEGV },
	[TRAP_FPU] = { "x87 error", SIGFPE },
	[TRAP_ALIGNMENT] = { "alignment check", SIGBUS },
	[TRAP_MACHINE_CHECK] = { "machine check", SIGBUS },
	[TRAP_SIMD] = { "SIMD error", SIGFPE },
};

const char *
trap_name(uint64_t vector)
{
	if (vector >= TRAP_EXCEPTION_COUNT)
		return "interrupt";
	return exceptions[vector].name ? exceptions[vector].name
				       : "reserved exception";
}

/*
 * Make the gate of a vector: to its stub, STUB_SIZE bytes behind the one
 * before it, in the kernel's code segment, with this type and privilege
 * (GATE_) and stack (IST number, 0: none).
 */
static void
idt_set(unsigned vector, uint8_t type, uint8_t ist)
{
	uint64_t stub = (uint64_t)trap_stubs + vector * STUB_SIZE;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)stub,
		.selector = SEL_KERNEL_CODE,
		.ist = ist,
		.type = type,
		.offset_middle = (uint16_t)(stub >> 16),
		.offset_high = (uint32_t)(stub >> 32),
	};
}

void
trap_init(void)
{
	for (unsigned vector = 0; vector < 256; vector++)
		idt_set(vector, GATE_INTERRUPT, 0);
	idt_set(TRAP_BREAKPOINT, GATE_INTERRUPT | GATE_USER, 0);
	idt_set(TRAP_OVERFLOW, GATE_INTERRUPT | GATE_USER, 0);
	idt_set(TRAP_DOUBLE, GATE_INTERRUPT, IST_DOUBLE_FAULT);
	idt_set(TRAP_NMI, GATE_INTERRUPT, IST_NMI);
	idt_set(TRAP_MACHINE_CHECK, GATE_INTERRUPT, IST_MACHINE_CHECK);
}

uint64_t
trap_idt(void)
{
	return (uint64_t)idt;
}

void
trap_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {
		.limit = sizeof(idt) - 1,
		.base = (uint64_t)idt,
	};

	__asm__ volatile("lidt %0" : : "m"(pointer));
	wrmsr(MSR_STAR,
		(uint64_t)SEL_SYSRET_BASE << 48 |
			(uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK,
		RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC);
}

static void __attribute__((noreturn, cold))
trap_panic(const struct trapframe *tf)
{
	kwarn("\nrip %016lx rsp %016lx rflags %08lx cs %lx\n", tf->rip, tf->rsp,
		tf->rflags, tf->cs);
	kwarn("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", tf->rax, tf->rbx,
		tf->rcx, tf->rdx);
	kwarn("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", tf->rsi, tf->rdi,
		tf->rbp, tf->r8);
	kwarn("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", tf->r9, tf->r10,
		tf->r11, tf->r12);
	kwarn("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx\n", tf->r13, tf->r14,
		tf->r15, read_cr2());
	panic_at(tf->rip, tf->rbp, "%s in %s, error %#lx",
		trap_name(tf->vector),
		trap_from_user(tf) ? "user mode" : "the kernel", tf->error);
}

/*
 * A fault of user code, interrupts on; cr2 is the address of a page fault.  A
 * page that may be touched is made present (aspace_fault()), and the
 * instruction runs again.  A page fault with PF_PRESENT and without PF_USER
 * came of no access of the program's own, so no page could help, and
 * aspace_fault() is not asked: it would see nothing wrong, and the instruction
 * would fault for ever.  That and anything else ends the process by the
 * exception's signal (SIGSEGV for a page fault, SIGILL where the table names
 * none), after one line to the console (kwarn()) that says who, what, where.
 */
static void
trap_user_fault(struct trapframe *tf, uint64_t cr2)
{
	struct proc *proc = proc_current();
	int signal = SIGILL;

	/*
	 * The CPU itself, at work for this instruction with the rights of the
	 * kernel: under QEMU the stack of an IRET is read like that.
	 */
	if (tf->vector == TRAP_PAGE &&
		(tf->error & (PF_PRESENT | PF_USER)) != PF_PRESENT) {
		int err = aspace_fault(
			proc->aspace, cr2, (uint32_t)tf->error, NULL);

		if (err == 0)
			return;
		kwarn("%s[%d]: %s at rip %#lx: %s of %#lx\n", proc->name,
			proc->pid,
			err == -EFAULT ? "page fault" : "out of memory",
			tf->rip,
			tf->error & PF_WRITE	       ? "write"
				: tf->error & PF_FETCH ? "execution"
						       : "read",
			cr2);
		signal = SIGSEGV;
	} else {
		if (exceptions[tf->vector].signal)
			signal = exceptions[tf->vector].signal;
		kwarn("%s[%d]: %s at rip %#lx, error %#lx\n", proc->name,
			proc->pid, trap_name(tf->vector), tf->rip, tf->error);
	}
	proc_exit(W_EXITCODE(0, signal));
}

static void
trap_exception(struct trapframe *tf)
{
	uint64_t cr2 = tf->vector == TRAP_PAGE ? read_cr2() : 0;

	if (tf->vector == TRAP_NMI) {
		smp_handle_nmi();
		return;
	}
	if (!trap_from_user(tf) || tf->vector == TRAP_DOUBLE ||
		tf->vector == TRAP_MACHINE_CHECK)
		trap_panic(tf);
	irq_enable();
	trap_user_fault(tf, cr2);
	irq_disable();
}

static void
trap_interrupt(struct trapframe *tf)
{
	switch (tf->vector) {
	case VECTOR_TIMER:
		lapic_eoi();
		time_tick();
		break;
	case VECTOR_RESCHED:
		lapic_eoi();
		break;
	case VECTOR_SHOOTDOWN:
		lapic_eoi();
		tlb_shootdown_handle();
		break;
	case VECTOR_CALL:
		lapic_eoi();
		smp_handle_call();
		break;
	case VECTOR_SPURIOUS:
		break;
	default:
		if (tf->vector < VECTOR_IRQ_BASE + IRQ_ISA_COUNT)
			irq_handle((unsigned)tf->vector - VECTOR_IRQ_BASE);
		else
			kprintf("trap: unexpected vector %lu\n", tf->vector);
	}
}

/*
 * Before the return to user mode, interrupts off: a thread that was killed ends
 * its process (by proc->signal; one without a process looks at `killed`
 * itself), and if this CPU is to switch (need_switch) others run first; both
 * may have come about meanwhile, so both are looked at again.  A RIP outside
 * user space (from USER_END on) ends the process by SIGSEGV, without a line:
 * SYSRET would fault in the kernel.  A process ends with interrupts on.
 */
static void
trap_before_user(struct trapframe *tf)
{
	struct cpu *cpu = cpu_this();

	while (cpu->current->killed || cpu->need_switch) {
		if (cpu->current->killed && cpu->current->proc) {
			irq_enable();
			proc_exit(W_EXITCODE(0, proc_current()->signal));
		}
		if (!cpu->need_switch)
			break;
		sched_switch();
		cpu = cpu_this();
	}
	kassert(cpu->irq_depth == 1);
	if (tf->rip >= USER_END) {
		irq_enable();
		proc_exit(W_EXITCODE(0, SIGSEGV));
	}
}

void
trap_handle(struct trapframe *tf)
{
	struct cpu *cpu = cpu_this();
	struct thread *thread = cpu->current;
	uint32_t depth = cpu->irq_depth;

	cpu->irq_depth = depth + 1;
	if (thread && thread->trap_hook && trap_from_user(tf) &&
		thread->trap_hook(thread, tf)) {
		cpu_this()->irq_depth = depth;
		return;
	}
	if (tf->vector < TRAP_EXCEPTION_COUNT)
		trap_exception(tf);
	else
		trap_interrupt(tf);
	if (trap_from_user(tf))
		trap_before_user(tf);
	else if (depth == 0 && cpu_this()->need_switch)
		sched_switch();
	cpu_this()->irq_depth = depth;
}

void
trap_syscall(struct trapframe *tf)
{
	cpu_this()->irq_depth = 1;
	irq_enable();
	syscall_dispatch(tf);
	irq_disable();
	trap_before_user(tf);
	cpu_this()->irq_depth = 0;
}
