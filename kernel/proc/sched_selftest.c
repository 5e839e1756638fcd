/* SPDX-License-Identifier: MIT */
/* Self-tests of threads, sleeping, waking and the scheduler's promises. */
#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/selftest.h"
#include "kernel/proc/thread.h"

#define TEST_TIMEOUT_NS (10 * NS_PER_SEC) /* a net, far above */

/* Wait until *value is at least want, letting others run; false: it hangs. */
static bool
wait_for(const uint32_t *value, uint32_t want, bool yield)
{
	uint64_t deadline = time_now() + TEST_TIMEOUT_NS;

	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) < want) {
		if (time_now() > deadline)
			return false;
		if (yield)
			thread_yield();
		else
			cpu_pause();
	}
	return true;
}

static void
count_up(void *arg)
{
	__atomic_add_fetch((uint32_t *)arg, 1, __ATOMIC_ACQ_REL);
}

static int
sched_preempts_a_thread_that_spins(void)
{
	static uint32_t count;

	count = 0;
	selftest_check(thread_create("count", count_up, &count));
	selftest_check(wait_for(&count, 1, false));
	return SELFTEST_PASS;
}
SELFTEST(sched_preempts_a_thread_that_spins);

static struct {
	uint32_t here, left;
} meeting;

/* Wait, without giving up the CPU, until every CPU has one of us. */
static void
meet_others(void *arg)
{
	(void)arg;
	irq_disable();
	__atomic_add_fetch(&meeting.here, 1, __ATOMIC_ACQ_REL);
	wait_for(&meeting.here, cpu_count, false);
	irq_enable();
	__atomic_add_fetch(&meeting.left, 1, __ATOMIC_ACQ_REL);
}

/*
 * As many threads as CPUs, each holding its CPU until all are there: they
 * only ever leave if no CPU idles while one of them is ready.
 */
static int
sched_uses_every_cpu(void)
{
	bool done;

	meeting.here = meeting.left = 0;
	for (unsigned i = 0; i < cpu_count; i++)
		selftest_check(thread_create("meet", meet_others, NULL));
	done = wait_for(&meeting.left, cpu_count, true);
	selftest_check(done && meeting.here == cpu_count);
	return SELFTEST_PASS;
}
SELFTEST(sched_uses_every_cpu);

static int
waitq_sleep_ends_at_its_deadline(void)
{
	static struct spinlock lock = SPINLOCK_INIT("selftest");
	struct waitq queue;
	uint64_t deadline = time_now() + 2 * TICK_NS;
	int err = 0;

	waitq_init(&queue);
	spin_lock(&lock);
	while (err == 0)
		err = waitq_sleep_until(&queue, &lock, deadline);
	spin_unlock(&lock);
	selftest_check(err == -ETIMEDOUT);
	selftest_check(time_now() >= deadline);
	return SELFTEST_PASS;
}
SELFTEST(waitq_sleep_ends_at_its_deadline);

/* Two threads pass a ball; a wake-up that got lost would stop them. */
static struct {
	struct spinlock lock;
	struct waitq queue;
	uint32_t ball;
} court = { SPINLOCK_INIT("court"), WAITQ_INIT(court.queue), 0 };

#define COURT_ROUNDS 1000

static void
court_play(uint32_t parity)
{
	spin_lock(&court.lock);
	while (court.ball < COURT_ROUNDS) {
		if (court.ball % 2 == parity) {
			court.ball++;
			waitq_wake(&court.queue);
		} else if (waitq_sleep(&court.queue, &court.lock)) {
			break;
		}
	}
	spin_unlock(&court.lock);
}

static void
court_opponent(void *arg)
{
	(void)arg;
	court_play(1);
}

static int
waitq_loses_no_wakeup(void)
{
	court.ball = 0;
	selftest_check(thread_create("opponent", court_opponent, NULL));
	court_play(0);
	selftest_check(wait_for(&court.ball, COURT_ROUNDS, true));
	return SELFTEST_PASS;
}
SELFTEST(waitq_loses_no_wakeup);

static int
irq_disable_nests(void)
{
	selftest_check(irq_enabled());
	irq_disable();
	irq_disable();
	irq_enable();
	selftest_check(!irq_enabled());
	irq_enable();
	selftest_check(irq_enabled());
	return SELFTEST_PASS;
}
SELFTEST(irq_disable_nests);

static int
time_goes_on(void)
{
	uint64_t last = time_now();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = time_now();

		selftest_check(now >= last);
		last = now;
	}
	return SELFTEST_PASS;
}
SELFTEST(time_goes_on);
