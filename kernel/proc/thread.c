/* SPDX-License-Identifier: MIT */
/* Making and ending threads, and the reaper; thread.h and reaper.h. */
#include "kernel/proc/thread.h"

#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/reaper.h"
#include "kernel/proc/sched.h"

static int last_tid;			   /* guarded by sched_lock */
static struct list dead = LIST_INIT(dead); /* guarded by sched_lock */
static struct waitq reaper_queue = WAITQ_INIT(reaper_queue);

void thread_entry(void);

/* What thread_switch() pops for a thread that has never run. */
struct first_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

/* The top of the stack is kept for the frame of an entry from user mode. */
static struct trapframe *
user_frame(struct thread *thread)
{
	return (struct trapframe *)((char *)thread->stack + THREAD_STACK_SIZE) -
		1;
}

struct thread *
thread_alloc(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *thread = kzalloc(sizeof(*thread));
	struct first_frame *frame;

	if (!thread)
		return NULL;
	thread->stack = kstack_alloc();
	thread->fpu = kmalloc(FPU_SIZE);
	if (!thread->stack || !thread->fpu) {
		thread_free(thread);
		return NULL;
	}
	fpu_init(thread->fpu);
	str_copy(thread->name, name, sizeof(thread->name));
	list_init(&thread->link);
	list_init(&thread->timer);
	frame = (struct first_frame *)user_frame(thread) - 1;
	*frame = (struct first_frame){
		.r12 = (uint64_t)fn,
		.r13 = (uint64_t)arg,
		.rip = (uint64_t)thread_entry,
	};
	thread->rsp = (uint64_t)frame;
	return thread;
}

void
thread_place_frame(struct thread *thread, const struct trapframe *tf)
{
	*user_frame(thread) = *tf;
}

void
thread_reset_fpu(struct thread *thread)
{
	irq_disable();
	fpu_init(thread->fpu);
	fpu_load(thread->fpu);
	irq_enable();
}

void
thread_free(struct thread *thread)
{
	if (thread->stack)
		kstack_free(thread->stack);
	kfree(thread->fpu);
	kfree(thread);
}

void
thread_start(struct thread *thread)
{
	spin_lock(&sched_lock);
	thread->tid = ++last_tid;
	sched_ready(thread);
	spin_unlock(&sched_lock);
}

struct thread *
thread_create(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *thread = thread_alloc(name, fn, arg);

	if (thread)
		thread_start(thread);
	return thread;
}

struct thread *
thread_current(void)
{
	struct thread *thread;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(thread) : "i"(CPU_CURRENT));
	return thread;
}

void
thread_exit(void)
{
	spin_lock(&sched_lock);
	thread_current()->state = THREAD_DEAD;
	sched_switch_locked();
	panic("thread_exit: a dead thread runs");
}

void
thread_kill(struct thread *thread)
{
	spin_lock(&sched_lock);
	thread->killed = true;
	if (thread->state == THREAD_SLEEPING && thread->interruptible) {
		list_remove(&thread->link);
		list_remove(&thread->timer);
		thread->waiting = NULL;
		sched_ready(thread);
	}
	spin_unlock(&sched_lock);
}

void
thread_yield(void)
{
	irq_disable();
	sched_switch();
	irq_enable();
}

void
reaper_add(struct thread *thread)
{
	list_append(&dead, &thread->link);
	waitq_wake_locked(&reaper_queue);
}

static void
reaper_run(void *arg)
{
	struct list *link;

	(void)arg;
	spin_lock(&sched_lock);
	for (;;) {
		struct thread *thread;
		struct proc *proc;

		while (!(link = list_pop(&dead)))
			waitq_sleep_locked(&reaper_queue);
		spin_unlock(&sched_lock);
		thread = list_entry(link, struct thread, link);
		proc = thread->proc;
		if (proc)
			proc_thread_going(proc);
		thread_free(thread);
		if (proc)
			proc_thread_gone(proc);
		spin_lock(&sched_lock);
	}
}

void
reaper_start(void)
{
	if (!thread_create("reaper", reaper_run, NULL))
		panic("reaper: no memory");
}
