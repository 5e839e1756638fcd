/* SPDX-License-Identifier: MIT */
/*
 * A VM's console: two rings of bytes between the guest's serial port and
 * whoever reads and writes /vm/N/console.
 *
 * Output with a reader is never lost: the guest is held while the ring is
 * over its mark (console_throttle()).  Without one, the oldest bytes make way
 * for new ones, so that whoever attaches later sees the last of them.
 *
 * A console is counted and knows no VM: it lives before the machine has
 * devices and after it is destroyed.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include "kernel/cpu/spinlock.h"
#include "kernel/proc/waitq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_OUT	 8192 /* bytes of output that are kept */
#define CONSOLE_OUT_MARK 4096 /* with a reader, the guest waits above this */
#define CONSOLE_IN	 1024 /* bytes of input that wait for the guest */

struct console_ring {
	uint8_t *bytes;
	size_t size, head, count;
};

struct console {
	uint32_t refs; /* atomic */
	struct spinlock lock;

	/* guarded by lock */
	struct console_ring out, in;
	unsigned readers; /* open files that may read */
	bool ended;	  /* no more output will come, no input is taken */
	bool crowded;	  /* readers, and out is over its mark: read unlocked */
	struct waitq output; /* readers wait for bytes or the end */
	struct waitq room;   /* writers and the guest wait for room */

	uint8_t out_bytes[CONSOLE_OUT], in_bytes[CONSOLE_IN];
};

/* One reference, the caller's; NULL when memory is short. */
struct console *console_create(void);
struct console *console_get(struct console *con);
void console_put(struct console *con); /* NULL is allowed */

/*
 * The guest prints a byte.  Never waits.  Returns whether it should wait
 * before it prints much more: console_throttle().
 */
bool console_print(struct console *con, uint8_t byte);

/*
 * Wait until the readers have caught up, there are none any more, the
 * console has ended, or *stop is set (by someone who then calls
 * console_wake()).  Returns 0 or -EINTR.
 */
int console_throttle(struct console *con, const bool *stop);

/* Whoever waits looks at its condition again. */
void console_wake(struct console *con);

/* The machine is at its end (or, false, begins anew). */
void console_end(struct console *con, bool ended);

/* A file that may read the console is opened, or closed. */
void console_open(struct console *con);
void console_close(struct console *con);

/*
 * Take up to n bytes of output; waits for the first.  Returns the count, 0
 * at the end, or -EINTR.
 */
int64_t console_read(struct console *con, void *buf, size_t n);

/*
 * Put up to n bytes of input into the ring; waits for room for the first.
 * Returns the count, -EPIPE at the end, or -EINTR.
 */
int64_t console_send(struct console *con, const void *buf, size_t n);

/*
 * For the device's side: look at up to n bytes of input, and take away as
 * many as the device took.
 */
size_t console_peek_input(struct console *con, uint8_t *buf, size_t n);
void console_take_input(struct console *con, size_t n);

/* POLLIN, POLLOUT and POLLHUP as they hold now. */
unsigned console_poll(struct console *con);

#endif
