/* SPDX-License-Identifier: MIT */
/*
 * Lab 02 in the machine: a program's fault, and the last look before a program
 * goes on.
 *
 * A trap's way back ends in a frame, and a driver can make one up: a thread
 * calls trap_handle() as if a fault, or an interrupt that means nothing, had
 * come in user mode.  Either the call returns, and the program would go on, or
 * its process ends, and whoever waits for it hears by which signal.  So there
 * are processes without a program, and the driver's own is the first.
 */
#include "grading/drivers/kernel/lib/port.h"
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/abi/syscall.h"
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"

const bool driver_in_thread = true;

#define PATIENCE 10000 /* yields */
#define GOES_ON	 77    /* the exit status of who came back */
#define RIP	 0x400000

/* What the thread and the driver share. */
static struct {
	uint64_t vector, rip;
	bool to_switch;
	volatile bool trapped, back;
} shared;

/* A trap in user mode: interrupts are off already, and not counted yet. */
static void
trap_and_return(void)
{
	struct trapframe tf = { .vector = shared.vector,
		.rip = shared.rip,
		.cs = SEL_USER_CODE,
		.ss = SEL_USER_DATA };
	struct cpu *cpu;

	irq_disable();
	shared.trapped = true;
	cpu = cpu_this();
	cpu->need_switch = shared.to_switch;
	cpu->irq_depth = 0;
	trap_handle(&tf);
	shared.back = true;
	cpu_this()->irq_depth = 1;
	irq_enable();
}

static void
traps(void *arg)
{
	(void)arg;
	trap_and_return();
	if (proc_current())
		proc_exit(W_EXITCODE(GOES_ON, 0));
}

/* A thread that will take this trap. */
static struct thread *
thread_made(uint64_t vector, uint64_t rip)
{
	struct thread *thread = thread_alloc("work", traps, NULL);

	if (!thread)
		panic("no memory for a thread");
	shared.vector = vector;
	shared.rip = rip;
	shared.to_switch = false;
	shared.trapped = shared.back = false;
	return thread;
}

/* A process of such a thread, which has not started; returns its pid. */
static int
process_made(uint64_t vector, uint64_t rip, struct thread **thread)
{
	struct proc *proc = proc_alloc("work");

	if (!proc || !(proc->aspace = aspace_create()))
		panic("no memory for a process");
	*thread = proc->thread = thread_made(vector, rip);
	proc->thread->proc = proc;
	return proc_add(proc, proc_current());
}

static void
how_it_ended(const char *what, int pid)
{
	int status = 0;

	if (proc_wait(pid, &status, 0) != pid)
		say("%s: nobody to wait for", what);
	else if (WIFSIGNALED(status))
		say("%s: signal %d", what, WTERMSIG(status));
	else
		say("%s: %s", what,
			WEXITSTATUS(status) == GOES_ON ? "goes on"
						       : "another status");
}

/* The driver's thread is that of process 1. */
static void
driver_is_first(void)
{
	struct proc *first = proc_alloc("driver");

	stage_kernel();
	if (!first)
		panic("no memory for a process");
	first->thread = thread_current();
	thread_current()->proc = first;
	proc_add(first, NULL);
}

/* -- Faults ---------------------------------------------------------------- */

static void
play_fault(uint64_t vector, bool listens)
{
	struct thread *thread;
	int pid = process_made(vector, RIP, &thread);

	outb(IER, 0); /* nobody else hears it */
	if (listens)
		outb(MCR, inb(MCR) | MCR_LOOPBACK);
	thread_start(thread);
	how_it_ended(trap_name(vector), pid);
	if (listens)
		say("the console %s",
			port_heard() ? "has a line" : "has nothing");
	outb(MCR, inb(MCR) & ~MCR_LOOPBACK);
}

/* The first without listening: who dies of it is heard. */
static void
play_told(struct dice *d, const void *how)
{
	static const uint8_t vectors[] = { TRAP_DIVIDE, TRAP_DEBUG,
		TRAP_BREAKPOINT, TRAP_OVERFLOW, TRAP_UNDEFINED, TRAP_DEVICE,
		TRAP_SEGMENT, TRAP_STACK, TRAP_PROTECTION, TRAP_PAGE, TRAP_FPU,
		TRAP_ALIGNMENT, TRAP_SIMD, TRAP_EXCEPTION_COUNT - 1 };

	(void)how;
	driver_is_first();
	play_fault(vectors[dice_below(d, sizeof(vectors))], false);
	for (unsigned i = 0; i < sizeof(vectors); i++)
		play_fault(vectors[i], true);
}

/* -- The way back ---------------------------------------------------------- */

/* To where would it return? */
static void
play_rip(const char *what, uint64_t rip)
{
	struct thread *thread;
	int pid = process_made(VECTOR_SPURIOUS, rip, &thread);

	thread_start(thread);
	how_it_ended(what, pid);
}

static void
play_killed_before(int signal)
{
	struct thread *thread;
	int pid = process_made(VECTOR_SPURIOUS, RIP, &thread);

	proc_kill(pid, signal);
	thread_start(thread);
	how_it_ended("killed before", pid);
}

/*
 * Killed while others run.  Interrupts are off here: no tick gives it the CPU
 * back before.
 */
static void
play_killed_meanwhile(int signal)
{
	struct thread *thread;
	int pid = process_made(VECTOR_SPURIOUS, RIP, &thread);

	shared.to_switch = true;
	irq_disable();
	thread_start(thread);
	for (unsigned i = 0; !shared.trapped && i < PATIENCE; i++)
		sched_switch();
	say("others run %s it goes on", shared.back ? "after" : "before");
	proc_kill(pid, signal);
	irq_enable();
	how_it_ended("killed meanwhile", pid);
}

/* A kernel thread, whose flag is its own business. */
static void
play_no_process(void)
{
	struct thread *thread = thread_made(VECTOR_SPURIOUS, RIP);

	thread->killed = true;
	thread_start(thread);
	for (unsigned i = 0; !shared.back && i < PATIENCE; i++)
		thread_yield();
	say("no process: %s", shared.back ? "goes on" : "does not come back");
}

static void
play_way_back(struct dice *d, const void *how)
{
	(void)how;
	driver_is_first();
	play_rip("rip of a program", RIP + dice_below(d, 1ull << 40));
	play_rip("last rip", USER_END - 1);
	play_rip("first rip behind", USER_END);
	play_rip("rip not canonical",
		USER_END + (dice_below(d, 1ull << 60) | 1));
	play_rip("rip of the kernel", ~dice_below(d, 1ull << 40));
	play_killed_before(1 + (int)dice_below(d, 15));
	play_killed_meanwhile(1 + (int)dice_below(d, 15));
	play_no_process();
}

const struct scenario scenarios[] = {
	{ "fault-told", play_told, NULL },
	{ "way-back", play_way_back, NULL },
	{ NULL, NULL, NULL },
};
