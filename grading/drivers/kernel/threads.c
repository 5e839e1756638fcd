/* SPDX-License-Identifier: MIT */
/*
 * Lab 02 in the machine: threads that log what they did, and when.
 *
 * One CPU, and time is instructions, but two right kernels do not take the
 * same number of them: so what is said is an order, a result, or that
 * something happened at all.  A driver thread yields until the others are
 * done; how often is not said.
 *
 * Over 400 lines because all scenarios share one set of threads.
 */
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/cpu/time.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"
#include "kernel/proc/waitq.h"

const bool driver_in_thread = true;

#define THREADS	 12
#define ROUNDS	 6
#define MS	 1000000ull /* nanoseconds */
#define PATIENCE 400000	    /* yields */

/* What all threads of a scenario share. */
static struct {
	struct spinlock lock;
	struct waitq queue, done_queue;
	unsigned n, done;
	char log[512]; /* letters: 'a' is thread 0 */
	size_t logged;
	uint64_t value[THREADS], deadline[THREADS];
	int result[THREADS];
	uint64_t woke[THREADS];
	struct thread *thread[THREADS];
	volatile bool go, stop;
	volatile uint64_t spins[THREADS];
	unsigned tokens;
} shared;

static void
shared_init(unsigned n)
{
	spin_init(&shared.lock, "driver");
	waitq_init(&shared.queue);
	waitq_init(&shared.done_queue);
	shared.n = n;
	shared.done = shared.tokens = 0;
	shared.logged = 0;
	shared.go = shared.stop = false;
	for (unsigned i = 0; i < THREADS; i++)
		shared.spins[i] = shared.value[i] = 0;
}

static void
log_put(unsigned who)
{
	spin_lock(&shared.lock);
	if (shared.logged + 1 < sizeof(shared.log))
		shared.log[shared.logged++] = (char)('a' + who);
	shared.log[shared.logged] = '\0';
	spin_unlock(&shared.lock);
}

static void
thread_done(void)
{
	spin_lock(&shared.lock);
	shared.done++;
	spin_unlock(&shared.lock);
}

/*
 * Done, and there to stay: the end of a thread is the reaper's, who sleeps in
 * a wait queue, and who takes turns needs neither.
 */
static void
thread_rests(void)
{
	thread_done();
	for (;;)
		thread_yield();
}

/* Let the others run until all are done; they may never be. */
static void
others_run(void)
{
	for (unsigned i = 0; shared.done < shared.n && i < PATIENCE; i++)
		thread_yield();
	say("done: %u of %u", shared.done, shared.n);
}

static void
threads_start(void (*fn)(void *))
{
	for (uint64_t i = 0; i < shared.n; i++)
		shared.thread[i] = thread_create("work", fn, (void *)i);
}

/* -- Taking turns ---------------------------------------------------------- */

static void
turns(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		log_put((unsigned)(uint64_t)arg);
		thread_yield();
	}
	thread_rests();
}

static void
play_turns(struct dice *d, const void *how)
{
	uint64_t switches;

	(void)how;
	shared_init(2 + (unsigned)dice_below(d, THREADS - 2));
	irq_disable(); /* no tick comes between two yields */
	switches = sched_switches();
	sched_switch(); /* nobody else is there, and who idles is not queued */
	switches = sched_switches() - switches;
	threads_start(turns);
	for (unsigned i = 0; i < 4 * ROUNDS; i++)
		sched_switch();
	irq_enable();
	say("switches while alone: %llu", (unsigned long long)switches);
	others_run();
	say("order %s", shared.log);
}

/*
 * Yield with interrupts off for some more reasons, and they are as many
 * afterwards.  Returns whether they were.
 */
static bool
yield_within(unsigned reasons)
{
	uint32_t depth;
	bool kept;

	for (unsigned i = 0; i <= reasons; i++)
		irq_disable();
	depth = cpu_this()->irq_depth;
	sched_switch();
	kept = cpu_this()->irq_depth == depth;
	cpu_this()->irq_depth = depth;
	for (unsigned i = 0; i <= reasons; i++)
		irq_enable();
	return kept;
}

/* Registers that a function call must keep, a stack, and for how many reasons
 * interrupts are off, through a switch. */
static void
keeps(void *arg)
{
	unsigned who = (unsigned)(uint64_t)arg;
	struct dice d = { shared.value[who] };
	uint64_t mine[16];

	for (unsigned i = 0; i < 16; i++)
		mine[i] = dice_next(&d);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t a = mine[0], b = mine[1], c = mine[2], e = mine[3];

		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(e));
		shared.result[who] += !yield_within(who % 3);
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(e));
		mine[round] ^= a + 3 * b + 5 * c + 7 * e;
	}
	shared.value[who] = digest(1, mine, sizeof(mine));
	thread_rests();
}

static void
play_keeps(struct dice *d, const void *how)
{
	(void)how;
	shared_init(8);
	for (unsigned i = 0; i < shared.n; i++) {
		shared.value[i] = dice_next(d);
		shared.result[i] = 0;
	}
	threads_start(keeps);
	others_run();
	for (unsigned i = 0; i < shared.n; i++) {
		say("%u: %016llx", i, (unsigned long long)shared.value[i]);
		say("%u: irq_depth %s", i,
			shared.result[i] ? "was another" : "was kept");
	}
}

/* Nobody yields: only the timer can take turns. */
static void
spins(void *arg)
{
	uint64_t i = (uint64_t)arg;

	while (!shared.stop)
		shared.spins[i]++;
	thread_rests();
}

static void
play_preempt(struct dice *d, const void *how)
{
	uint64_t start;

	(void)how;
	shared_init(2 + (unsigned)dice_below(d, 4));
	start = time_now();
	threads_start(spins);
	while (time_now() < start + 300 * MS)
		;
	for (unsigned i = 0; i < shared.n; i++)
		say("%u %s, charged %s", i,
			shared.spins[i] ? "ran" : "never ran",
			shared.thread[i]->ticks ? "ticks" : "nothing");
	shared.stop = true;
	others_run();
}

/* Threads that share a CPU get about the same of it. */
static void
play_fair(struct dice *d, const void *how)
{
	uint64_t start, most = 0, least = ~0ull;

	(void)d;
	(void)how;
	shared_init(4);
	start = time_now();
	threads_start(spins);
	while (time_now() < start + 600 * MS)
		;
	shared.stop = true;
	for (unsigned i = 0; i < shared.n; i++) {
		if (shared.spins[i] > most)
			most = shared.spins[i];
		if (shared.spins[i] < least)
			least = shared.spins[i];
	}
	say("the least has %s", least > most / 2 ? "its share" : "too little");
	others_run();
}

static void
ends(void *arg)
{
	(void)arg;
	thread_done();
}

static void
play_ends(struct dice *d, const void *how)
{
	size_t before = 0;

	(void)d;
	(void)how;
	stage_kernel();
	for (unsigned round = 0; round < 20; round++) {
		shared_init(THREADS);
		threads_start(ends);
		others_run();
		for (unsigned i = 0; i < 2000; i++)
			thread_yield(); /* the reaper, too */
		if (round == 4)
			before = pmm_frames_free();
	}
	say("frames not back %zu", before - pmm_frames_free());
}

/* -- Sleeping and waking --------------------------------------------------- */

static void
sleeps(void *arg)
{
	uint64_t i = (uint64_t)arg;

	spin_lock(&shared.lock);
	shared.tokens++;
	shared.result[i] = waitq_sleep_until(
		&shared.queue, &shared.lock, shared.deadline[i]);
	spin_unlock(&shared.lock);
	shared.woke[i] = time_now();
	log_put((unsigned)i);
	thread_done();
}

/* Let the others run until n of them sleep. */
static void
until_asleep(unsigned n)
{
	for (unsigned i = 0; shared.tokens < n && i < PATIENCE; i++)
		thread_yield();
	say("asleep: %u", shared.tokens);
}

static const char *
in_time(uint64_t woke, uint64_t deadline)
{
	if (woke < deadline)
		return "too early";
	return woke < deadline + 2 * TICK_NS ? "in time" : "too late";
}

/* Sleepers with other deadlines, and some with nearly the same. */
static void
play_deadlines(struct dice *d, const void *how)
{
	uint64_t start;

	(void)how;
	shared_init(THREADS);
	start = time_now();
	for (unsigned i = 0; i < THREADS; i++)
		shared.deadline[i] =
			start + (100 + (i < 7 ? 50 * i : 300)) * MS + i;
	for (unsigned i = 0; i < THREADS; i++) {
		unsigned k = (unsigned)dice_below(d, THREADS);
		uint64_t other = shared.deadline[k];

		shared.deadline[k] = shared.deadline[i];
		shared.deadline[i] = other;
	}
	threads_start(sleeps);
	until_asleep(THREADS);
	while (shared.done < shared.n && time_now() < start + 2000 * MS)
		thread_yield();
	others_run();
	say("woke %s", shared.log);
	for (unsigned i = 0; i < THREADS; i++)
		say("%u: result %d, %s", i, shared.result[i],
			in_time(shared.woke[i], shared.deadline[i]));
}

/*
 * Who is woken before its deadline has none any more: it sleeps again, with
 * another one, or for ever.
 */
static void
sleeps_twice(void *arg)
{
	uint64_t i = (uint64_t)arg;
	bool again = i % 2;

	spin_lock(&shared.lock);
	shared.tokens++;
	waitq_sleep_until(&shared.queue, &shared.lock, shared.deadline[i]);
	shared.deadline[i] = shared.value[i];
	shared.result[i] = waitq_sleep_until(
		again ? &shared.queue : &shared.done_queue, &shared.lock,
		again ? shared.deadline[i] : WAITQ_FOREVER);
	spin_unlock(&shared.lock);
	shared.woke[i] = time_now();
	thread_done();
}

static void
play_wake_early(struct dice *d, const void *how)
{
	uint64_t start;

	(void)how;
	shared_init(4 + (unsigned)dice_below(d, THREADS - 4));
	start = time_now();
	for (unsigned i = 0; i < THREADS; i++) {
		shared.deadline[i] = start + (30 + dice_below(d, 60)) * MS;
		shared.value[i] = start + (200 + dice_below(d, 60)) * MS;
	}
	threads_start(sleeps_twice);
	until_asleep(shared.n);
	spin_lock(&shared.lock);
	waitq_wake(&shared.queue);
	spin_unlock(&shared.lock);
	while (time_now() < start + 150 * MS)
		thread_yield();
	say("awake before they are woken: %u", shared.done);
	while (time_now() < start + 300 * MS)
		thread_yield();
	say("awake by their deadlines: %u", shared.done);
	spin_lock(&shared.lock);
	waitq_wake(&shared.done_queue);
	spin_unlock(&shared.lock);
	others_run();
	for (unsigned i = 0; i < shared.n; i++)
		say("%u: result %d, %s", i, shared.result[i],
			i % 2 ? in_time(shared.woke[i], shared.deadline[i])
			      : "woken");
}

static void
forever(void)
{
	for (unsigned i = 0; i < THREADS; i++)
		shared.deadline[i] = WAITQ_FOREVER;
}

static void
play_wake_one(struct dice *d, const void *how)
{
	(void)how;
	shared_init(THREADS);
	forever();
	threads_start(sleeps);
	until_asleep(THREADS);
	while (shared.done < shared.n) {
		unsigned n = 1 + (unsigned)dice_below(d, 3), before;

		spin_lock(&shared.lock);
		for (unsigned i = 0; i < n; i++)
			waitq_wake_one(&shared.queue);
		spin_unlock(&shared.lock);
		before = shared.done;
		for (unsigned i = 0; i < 200; i++)
			thread_yield();
		say("%u woken: %s", n, shared.log);
		if (shared.done == before)
			break;
	}
	say("done: %u", shared.done);
}

static void
play_wake_all(struct dice *d, const void *how)
{
	(void)how;
	shared_init(3 + (unsigned)dice_below(d, THREADS - 3));
	forever();
	threads_start(sleeps);
	until_asleep(shared.n);
	spin_lock(&shared.lock);
	waitq_wake(&shared.queue);
	waitq_wake(&shared.queue);
	spin_unlock(&shared.lock);
	others_run();
	say("woke %s", shared.log);
	for (unsigned i = 0; i < shared.n; i++)
		say("%u: result %d", i, shared.result[i]);
}

/* Some are killed in their sleep, some are woken, some before they sleep. */
static void
play_killed(struct dice *d, const void *how)
{
	(void)how;
	shared_init(THREADS);
	forever();
	irq_disable();
	threads_start(sleeps);
	for (unsigned i = 0; i < 3; i++)
		thread_kill(shared.thread[i]);
	irq_enable();
	until_asleep(THREADS);
	for (unsigned i = 3; i < THREADS; i++)
		if (dice_percent(d, 50))
			thread_kill(shared.thread[i]);
	for (unsigned i = 0; i < 300; i++)
		thread_yield();
	say("awake before all are woken: %u", shared.done);
	spin_lock(&shared.lock);
	waitq_wake(&shared.queue);
	spin_unlock(&shared.lock);
	others_run();
	for (unsigned i = 0; i < THREADS; i++)
		say("%u: result %d", i, shared.result[i]);
}

/* Until a tick waits to come in: interrupts are off. */
static void
until_tick(void)
{
	uint64_t start = time_now();

	while (time_now() < start + TICK_NS + MS)
		;
}

/* The waker comes just when the sleeper has given its lock back. */
static void
sleeps_late(void *arg)
{
	(void)arg;
	spin_lock(&shared.lock);
	shared.tokens = 1;
	until_tick();
	waitq_sleep(&shared.queue, &shared.lock);
	spin_unlock(&shared.lock);
	thread_done();
}

static void
play_late(void)
{
	shared_init(1);
	threads_start(sleeps_late);
	until_asleep(1);
	spin_lock(&shared.lock);
	waitq_wake_one(&shared.queue);
	spin_unlock(&shared.lock);
	others_run();
}

/* Hands tokens on, one waker for one sleeper: none may get lost. */
static void
consumes(void *arg)
{
	uint64_t i = (uint64_t)arg;

	for (unsigned round = 0; round < 40; round++) {
		spin_lock(&shared.lock);
		while (shared.tokens == 0)
			waitq_sleep(&shared.queue, &shared.lock);
		shared.tokens--;
		shared.value[i]++;
		waitq_wake(&shared.done_queue);
		spin_unlock(&shared.lock);
	}
	thread_done();
}

static void
play_tokens(struct dice *d, const void *how)
{
	unsigned given = 0;

	(void)how;
	play_late();
	shared_init(6);
	threads_start(consumes);
	while (given < 40 * shared.n) {
		unsigned n = 1 + (unsigned)dice_below(d, 3);

		spin_lock(&shared.lock);
		for (unsigned i = 0; i < n && given < 40 * shared.n; i++) {
			shared.tokens++;
			given++;
			waitq_wake_one(&shared.queue);
		}
		while (shared.tokens > 2)
			waitq_sleep(&shared.done_queue, &shared.lock);
		spin_unlock(&shared.lock);
		if (dice_percent(d, 30))
			thread_yield();
	}
	others_run();
	for (unsigned i = 0; i < shared.n; i++)
		say("%u: %llu", i, (unsigned long long)shared.value[i]);
}

const struct scenario scenarios[] = {
	{ "turns", play_turns, NULL },
	{ "registers-kept", play_keeps, NULL },
	{ "preemption", play_preempt, NULL },
	{ "fair-share", play_fair, NULL },
	{ "threads-end", play_ends, NULL },
	{ "deadlines", play_deadlines, NULL },
	{ "wake-early", play_wake_early, NULL },
	{ "wake-one", play_wake_one, NULL },
	{ "wake-all", play_wake_all, NULL },
	{ "killed", play_killed, NULL },
	{ "tokens", play_tokens, NULL },
	{ NULL, NULL, NULL },
};
