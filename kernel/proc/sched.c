/* SPDX-License-Identifier: MIT */
/* The run queue and the switch between threads; contracts in sched.h. */
#include "kernel/proc/sched.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/reaper.h"
#include "kernel/proc/thread.h"

void thread_switch(uint64_t *save_rsp, uint64_t load_rsp);

struct spinlock sched_lock = SPINLOCK_INIT("sched");
static struct list run_queue = LIST_INIT(run_queue); /* by sched_lock */
static struct list sleepers = LIST_INIT(sleepers);   /* by deadline, too */

static struct thread idle_threads[CPU_MAX];

/* Prepare a CPU's idle thread; its stack is the CPU's boot stack. */
static struct thread *
idle_create(unsigned id)
{
	struct thread *idle = &idle_threads[id];

	snprintf(idle->name, sizeof(idle->name), "idle%u", id);
	idle->state = THREAD_RUNNING;
	idle->cpu = (int)id;
	list_init(&idle->link);
	list_init(&idle->timer);
	cpus[id].idle = cpus[id].current = idle;
	return idle;
}

void
sched_init(void)
{
	idle_create(0);
}

void *
sched_prepare_cpu(unsigned id)
{
	struct thread *idle = idle_create(id);

	if (!idle->stack)
		idle->stack = kstack_alloc();
	return idle->stack;
}

/* Another CPU idles: tell it that there is work. */
static void
sched_wake_idle_cpu(void)
{
	for (unsigned id = 0; id < cpu_count; id++) {
		struct cpu *cpu = &cpus[id];

		if (cpu != cpu_this() && cpu->online &&
			cpu->current == cpu->idle && !cpu->need_switch) {
			cpu->need_switch = 1;
			smp_send(id, VECTOR_RESCHED);
			return;
		}
	}
}

/*
 * A thread that was not queued may run: its state is THREAD_READY, and it is
 * the last in run_queue.  If this CPU idles it is to switch (need_switch); if
 * not, and there are others, one that idles is told (sched_wake_idle_cpu()).
 * sched_lock is held, and the idle thread is never passed.
 */
void
sched_ready(struct thread *thread)
{
	struct cpu *cpu = cpu_this();

	kassert(spin_held(&sched_lock));
	thread->state = THREAD_READY;
	list_append(&run_queue, &thread->link);
	if (cpu->current == cpu->idle)
		cpu->need_switch = 1;
	else if (cpu_count > 1)
		sched_wake_idle_cpu();
}

/*
 * What belongs to a thread besides its registers: the FPU (those that have
 * one), the address space (a kernel thread: none), the stack that the CPU
 * enters the kernel on (cpu->kernel_rsp for SYSCALL, tss.rsp[0] for traps: the
 * top of the thread's own).  From now on `next` is this CPU's thread, runs
 * (THREAD_RUNNING), and runs here (its `cpu` is this CPU's id), `previous` is
 * remembered for sched_finish(), and the switch is counted (cpu->switches).
 * sched_lock is held.
 */
static void
sched_load(struct cpu *cpu, struct thread *previous, struct thread *next)
{
	uint64_t top = (uint64_t)next->stack + THREAD_STACK_SIZE;

	if (previous->fpu)
		fpu_save(previous->fpu);
	if (next->fpu)
		fpu_load(next->fpu);
	aspace_activate(next->proc ? next->proc->aspace : NULL);
	cpu->kernel_rsp = cpu->tss.rsp[0] = top;
	cpu->current = next;
	cpu->previous = previous;
	cpu->switches++;
	next->state = THREAD_RUNNING;
	next->cpu = (int)cpu->id;
}

/* On the new thread's stack: the old one is off its own, so it may go. */
static void
sched_finish(void)
{
	struct thread *previous = cpu_this()->previous;

	if (previous->state == THREAD_DEAD)
		reaper_add(previous);
	spin_unlock(&sched_lock);
}

void
sched_thread_started(void)
{
	cpu_this()->irq_depth = 1;
	sched_finish();
}

/*
 * This CPU gives up its thread and runs the next; when the old one is chosen
 * again, here or on another CPU, this call returns to it.  On entry
 * sched_lock is held and interrupts are off; the lock is released on the way
 * out, whichever thread comes out.
 *
 * need_switch is cleared.  A thread that was THREAD_RUNNING goes to the end of
 * run_queue as THREAD_READY (one in another state sleeps, or is dead), but the
 * idle thread never does.  The next is the first in run_queue, or this CPU's
 * idle thread if there is none.  If that is the old one, it runs on.  Else
 * sched_load(), thread_switch() (kernel/proc/switch.S: save RSP here, load
 * that), and then, on the other stack, sched_finish().  irq_depth counts on
 * this CPU why interrupts are off, but belongs to the thread: it is the same
 * before and after thread_switch(), whatever the CPU; sched_finish() then gives
 * back the lock, and with it the lock's one.
 */
void
sched_switch_locked(void)
{
	struct cpu *cpu = cpu_this();
	struct thread *self = cpu->current, *next;
	struct list *link;
	uint32_t depth = cpu->irq_depth;

	cpu->need_switch = 0;
	if (self->state == THREAD_RUNNING && self != cpu->idle) {
		self->state = THREAD_READY;
		list_append(&run_queue, &self->link);
	}
	link = list_pop(&run_queue);
	next = link ? list_entry(link, struct thread, link) : cpu->idle;
	if (next == self) {
		self->state = THREAD_RUNNING;
		spin_unlock(&sched_lock);
		return;
	}
	sched_load(cpu, self, next);
	thread_switch(&self->rsp, next->rsp);
	cpu_this()->irq_depth = depth;
	sched_finish();
}

void
sched_switch(void)
{
	spin_lock(&sched_lock);
	sched_switch_locked();
}

void
sched_add_sleeper(struct thread *thread)
{
	struct list *it;

	list_for_each (it, &sleepers)
		if (list_entry(it, struct thread, timer)->deadline >
			thread->deadline)
			break;
	list_insert(it->prev, it, &thread->timer);
}

/*
 * Wake those sleepers whose deadline is at or before `now` (nanoseconds, as of
 * time_now()): out of both lists, waiting for nothing, timed_out, ready.  The
 * list is in the order of the deadlines, and may be empty.  sched_lock is held.
 */
static void
sched_wake_sleepers(uint64_t now)
{
	struct list *link;

	while ((link = list_first(&sleepers))) {
		struct thread *thread = list_entry(link, struct thread, timer);

		if (thread->deadline > now)
			break;
		list_remove(&thread->timer);
		list_remove(&thread->link);
		thread->waiting = NULL;
		thread->timed_out = true;
		sched_ready(thread);
	}
}

/*
 * A timer tick of this CPU, in its interrupt handler: the running thread is
 * charged (ticks), sleepers whose time has come are woken
 * (sched_wake_sleepers() as of time_now()), and if anybody waits to run this
 * CPU is to switch (need_switch), which it does on its way out of the kernel.
 * Takes sched_lock.
 */
void
sched_tick(void)
{
	struct cpu *cpu = cpu_this();

	spin_lock(&sched_lock);
	cpu->current->ticks++;
	if (!list_empty(&sleepers))
		sched_wake_sleepers(time_now());
	if (!list_empty(&run_queue))
		cpu->need_switch = 1;
	spin_unlock(&sched_lock);
}

uint64_t
sched_switches(void)
{
	uint64_t sum = 0;

	for (unsigned id = 0; id < CPU_MAX; id++)
		sum += cpus[id].switches;
	return sum;
}

/*
 * Idle: halt until an interrupt.  The test and the halt are one step for
 * interrupts, since STI takes effect after the instruction behind it.
 */
void
sched_enter(void)
{
	struct cpu *cpu = cpu_this();

	for (;;) {
		if (cpu->need_switch || !list_empty(&run_queue)) {
			sched_switch();
			continue;
		}
		cpu->irq_depth = 0;
		__asm__ volatile("sti; hlt; cli" : : : "memory");
		cpu->irq_depth = 1;
	}
}
