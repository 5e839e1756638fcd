/* SPDX-License-Identifier: MIT */
/*
 * A VM's console: two rings of bytes between the guest's serial port and
 * whoever reads and writes /vm/N/console.
 *
 * Output with a reader is never lost: the guest is held while the ring is
 * over its mark (vmcon_throttle()).  Without one, the oldest bytes make way
 * for new ones, so that whoever attaches later sees the last of them.
 *
 * A console is counted and knows no VM: it lives before the machine has
 * devices and after it is destroyed.
 */
#ifndef VMM_VMCON_H
#define VMM_VMCON_H

#include "kernel/cpu/spinlock.h"
#include "kernel/proc/waitq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMCON_OUT      8192 /* bytes of output that are kept */
#define VMCON_OUT_MARK 4096 /* with a reader, the guest waits above this */
#define VMCON_IN       1024 /* bytes of input that wait for the guest */

struct vmcon_ring {
	uint8_t *bytes;
	size_t size, head, count;
};

struct vmcon {
	uint32_t refs; /* atomic */
	struct spinlock lock;

	/* guarded by lock */
	struct vmcon_ring out, in;
	unsigned readers; /* open files that may read */
	bool ended;	  /* no more output will come, no input is taken */
	bool crowded;	  /* readers, and out is over its mark: read unlocked */
	struct waitq output; /* readers wait for bytes or the end */
	struct waitq room;   /* writers and the guest wait for room */

	uint8_t out_bytes[VMCON_OUT], in_bytes[VMCON_IN];
};

/* One reference, the caller's; NULL when memory is short. */
struct vmcon *vmcon_create(void);
struct vmcon *vmcon_get(struct vmcon *con);
void vmcon_put(struct vmcon *con); /* NULL is allowed */

/*
 * The guest prints a byte.  Never waits.  Returns whether it should wait
 * before it prints much more: vmcon_throttle().
 */
bool vmcon_print(struct vmcon *con, uint8_t byte);

/*
 * Wait until the readers have caught up, there are none any more, the
 * console has ended, or *stop is set (by someone who then calls
 * vmcon_wake()).  Returns 0 or -EINTR.
 */
int vmcon_throttle(struct vmcon *con, const bool *stop);

/* Whoever waits looks at its condition again. */
void vmcon_wake(struct vmcon *con);

/* The machine is at its end (or, false, begins anew). */
void vmcon_end(struct vmcon *con, bool ended);

/* A file that may read the console is opened, or closed. */
void vmcon_open(struct vmcon *con);
void vmcon_close(struct vmcon *con);

/*
 * Take up to n bytes of output; waits for the first.  Returns the count, 0
 * at the end, or -EINTR.
 */
int64_t vmcon_read(struct vmcon *con, void *buf, size_t n);

/*
 * Put up to n bytes of input into the ring; waits for room for the first.
 * Returns the count, -EPIPE at the end, or -EINTR.
 */
int64_t vmcon_write(struct vmcon *con, const void *buf, size_t n);

/*
 * For the device's side: look at up to n bytes of input, and take away as
 * many as the device took.
 */
size_t vmcon_peek_input(struct vmcon *con, uint8_t *buf, size_t n);
void vmcon_take_input(struct vmcon *con, size_t n);

/* POLLIN, POLLOUT and POLLHUP as they hold now. */
unsigned vmcon_poll(struct vmcon *con);

#endif
