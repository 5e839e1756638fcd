/* SPDX-License-Identifier: MIT */
/*
 * Lab 02 in the machine: what the scheduler keeps of a thread, and what it
 * notes on the way.
 *
 * Interrupts are off for all that takes turns here, so no tick comes.
 */
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/printf.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"

const bool driver_in_thread = true;

#define THREADS 8
#define ROUNDS	6

/* What a thread finds when it has the CPU again. */
struct seen {
	int64_t number, back; /* through the FPU */
	const char *current, *state, *trap_stack, *call_stack;
	int cpu;
};

static struct seen seen[THREADS];

static struct thread *
thread_made(void (*fn)(void *), void *arg)
{
	struct thread *thread = thread_alloc("work", fn, arg);

	if (!thread)
		panic("no memory for a thread");
	return thread;
}

/* There to stay: the end of a thread is the reaper's, who needs more. */
static void
rests(void *arg)
{
	(void)arg;
	irq_disable();
	for (;;)
		sched_switch();
}

static const char *
state_name(const struct thread *thread)
{
	return thread->state == THREAD_READY	  ? "ready"
		: thread->state == THREAD_RUNNING ? "running"
						  : "neither";
}

/* Start a thread as an interrupt might that found this CPU idle. */
static bool
start_while_idle(struct thread *thread)
{
	struct cpu *cpu = cpu_this();
	struct thread *self = cpu->current;
	bool asked;

	cpu->current = cpu->idle;
	cpu->need_switch = 0;
	thread_start(thread);
	asked = cpu->need_switch;
	cpu->need_switch = 0;
	cpu->current = self;
	return asked;
}

static void
play_ready(struct dice *d, const void *how)
{
	unsigned n = 3 + (unsigned)dice_below(d, THREADS - 3);
	unsigned idle = (unsigned)dice_below(d, n);

	(void)how;
	irq_disable();
	for (unsigned i = 0; i < n; i++) {
		struct thread *thread = thread_made(rests, NULL);

		thread->state = THREAD_SLEEPING;
		if (i != idle)
			thread_start(thread);
		else
			say("ready while idle: need_switch is %s",
				start_while_idle(thread) ? "set" : "not set");
		say("%u: %s", i, state_name(thread));
	}
}

/* A number in the FPU, through some switches. */
static int64_t
kept_by_fpu(int64_t number)
{
	int64_t back;

	__asm__ volatile("fildq %0" : : "m"(number));
	for (unsigned i = 0; i < ROUNDS; i++)
		sched_switch();
	__asm__ volatile("fistpq %0" : "=m"(back));
	return back;
}

static const char *
stack_name(const struct thread *thread, uint64_t top)
{
	return top == (uint64_t)thread->stack + THREAD_STACK_SIZE ? "its own"
								  : "another";
}

static void
looks(void *arg)
{
	struct seen *mine = arg;
	struct thread *self = thread_current();

	irq_disable();
	mine->back = kept_by_fpu(mine->number);
	mine->current = thread_current() == self ? "itself" : "another";
	mine->state = state_name(self);
	mine->cpu = self->cpu;
	mine->trap_stack = stack_name(self, cpu_this()->tss.rsp[0]);
	mine->call_stack = stack_name(self, cpu_this()->kernel_rsp);
	rests(NULL);
}

static void
play_state(struct dice *d, const void *how)
{
	unsigned n = 3 + (unsigned)dice_below(d, THREADS - 3);

	(void)how;
	irq_disable();
	for (unsigned i = 0; i < n; i++) {
		struct thread *thread = thread_made(looks, &seen[i]);

		seen[i] = (struct seen){ (int64_t)(dice_next(d) >> 2), 0,
			"never ran", "", "", "", -1 };
		thread->cpu = CPU_MAX; /* none */
		thread_start(thread);
	}
	for (unsigned i = 0; i < 4 * ROUNDS; i++)
		sched_switch();
	for (unsigned i = 0; i < n; i++) {
		say("%u: current %s, %s, on CPU %d", i, seen[i].current,
			seen[i].state, seen[i].cpu);
		say("%u: stack of traps %s, of SYSCALL %s", i,
			seen[i].trap_stack, seen[i].call_stack);
		say("%u: FPU %s", i,
			seen[i].back == seen[i].number ? "was kept"
						       : "is another's");
	}
}

const struct scenario scenarios[] = {
	{ "ready", play_ready, NULL },
	{ "thread-state", play_state, NULL },
	{ NULL, NULL, NULL },
};
