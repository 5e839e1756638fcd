/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring of the last KLOG_SIZE bytes that kprintf and kwarn
 * said.  Positions count bytes since boot and never wrap, so a reader sees
 * which bytes it has missed.
 *
 * It must work everywhere: before there is memory (all is static), in
 * interrupt handlers (the lock keeps them off), and in a panic (the lock is
 * left alone, since its holder may be stopped for ever).
 */
#include "kernel/lib/klog.h"

#include "kernel/cpu/spinlock.h"
#include "kernel/dev/console.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define KLOG_SIZE     32768 /* bytes; a power of two */
#define KLOG_LINE_MAX 256   /* bytes of one message; the rest is cut */

static struct spinlock klog_lock = SPINLOCK_INIT("klog");
static char klog_ring[KLOG_SIZE]; /* guarded by klog_lock */
static uint64_t klog_pos;	  /* bytes since boot; guarded by klog_lock */
static bool klog_verbose;	  /* set at boot */

_Static_assert((KLOG_SIZE & (KLOG_SIZE - 1)) == 0, "positions are masked");

static void
klog_enter(void)
{
	if (!console_in_panic())
		spin_lock(&klog_lock);
}

static void
klog_leave(void)
{
	if (!console_in_panic())
		spin_unlock(&klog_lock);
}

/*
 * Format a message, at most KLOG_LINE_MAX - 1 bytes (one that is longer is cut
 * and ends with a newline), remember it in the ring at klog_pos, and show it on
 * the console if asked to.  Any context, between klog_enter() and klog_leave()
 * where the ring is touched.
 */
static void __attribute__((format(printf, 2, 0)))
klog_say(bool show, const char *fmt, va_list ap)
{
	char line[KLOG_LINE_MAX];
	int len = vsnprintf(line, sizeof(line), fmt, ap);
	size_t n = len < 0 ? 0 : (size_t)len;

	if (n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	klog_enter();
	for (size_t i = 0; i < n; i++)
		klog_ring[(klog_pos + i) & (KLOG_SIZE - 1)] = line[i];
	klog_pos += n;
	klog_leave();
	if (show)
		console_write(line, n);
}

void
kprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	klog_say(klog_verbose, fmt, ap);
	va_end(ap);
}

void
kwarn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	klog_say(true, fmt, ap);
	va_end(ap);
}

void
klog_set_verbose(bool verbose)
{
	klog_verbose = verbose;
}

uint64_t
klog_end(void)
{
	uint64_t end;

	klog_enter();
	end = klog_pos;
	klog_leave();
	return end;
}

/*
 * Copy up to n bytes of the log, from position *pos on, to buf; *pos moves
 * behind them.  Positions count the bytes since boot: klog_pos is the next
 * one's, and position p stands at p modulo KLOG_SIZE in the ring, which holds
 * the last KLOG_SIZE of them.  A position that is lost becomes the oldest that
 * is still there.  Returns how many were copied; 0 at the end.  Any context:
 * the ring is touched between klog_enter() and klog_leave().
 */
size_t
klog_read(uint64_t *pos, char *buf, size_t n)
{
	size_t count = 0;

	klog_enter();
	if (klog_pos > KLOG_SIZE && *pos < klog_pos - KLOG_SIZE)
		*pos = klog_pos - KLOG_SIZE;
	while (count < n && *pos < klog_pos)
		buf[count++] = klog_ring[(*pos)++ & (KLOG_SIZE - 1)];
	klog_leave();
	return count;
}
