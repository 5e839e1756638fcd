/* SPDX-License-Identifier: MIT */
/* The rings of a VM's console (console.h), and who waits for them. */
#include "vmm/console.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/vnode.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"

static void
ring_push(struct console_ring *ring, uint8_t byte)
{
	ring->bytes[(ring->head + ring->count) % ring->size] = byte;
	ring->count++;
}

static size_t
ring_peek(const struct console_ring *ring, uint8_t *buf, size_t n)
{
	size_t i;

	if (n > ring->count)
		n = ring->count;
	for (i = 0; i < n; i++)
		buf[i] = ring->bytes[(ring->head + i) % ring->size];
	return n;
}

static void
ring_drop(struct console_ring *ring, size_t n)
{
	ring->head = (ring->head + n) % ring->size;
	ring->count -= n;
}

struct console *
console_create(void)
{
	struct console *con = kzalloc(sizeof(*con));

	if (!con)
		return NULL;
	con->refs = 1;
	spin_init(&con->lock, "console");
	con->out.bytes = con->out_bytes;
	con->out.size = CONSOLE_OUT;
	con->in.bytes = con->in_bytes;
	con->in.size = CONSOLE_IN;
	waitq_init(&con->output);
	waitq_init(&con->room);
	return con;
}

struct console *
console_get(struct console *con)
{
	__atomic_add_fetch(&con->refs, 1, __ATOMIC_RELAXED);
	return con;
}

void
console_put(struct console *con)
{
	if (con && !__atomic_sub_fetch(&con->refs, 1, __ATOMIC_ACQ_REL))
		kfree(con);
}

/* Something changed: note if the guest must wait, and wake the rest. */
static void
console_changed(struct console *con)
{
	bool crowded = con->readers && !con->ended &&
		con->out.count > CONSOLE_OUT_MARK;

	__atomic_store_n(&con->crowded, crowded, __ATOMIC_RELAXED);
	if (con->out.count || con->ended)
		waitq_wake(&con->output);
	if (!crowded)
		waitq_wake(&con->room);
	poll_notify();
}

bool
console_print(struct console *con, uint8_t byte)
{
	bool crowded;

	spin_lock(&con->lock);
	if (con->out.count == con->out.size)
		ring_drop(&con->out, 1);
	ring_push(&con->out, byte);
	/* whoever waits was woken by the first byte */
	if (con->out.count == 1 || con->out.count == CONSOLE_OUT_MARK + 1)
		console_changed(con);
	crowded = con->crowded;
	spin_unlock(&con->lock);
	return crowded;
}

int
console_throttle(struct console *con, const bool *stop)
{
	int err = 0;

	if (!__atomic_load_n(&con->crowded, __ATOMIC_RELAXED))
		return 0;
	spin_lock(&con->lock);
	while (!err && con->crowded && !__atomic_load_n(stop, __ATOMIC_RELAXED))
		err = waitq_sleep(&con->room, &con->lock);
	spin_unlock(&con->lock);
	return err;
}

void
console_wake(struct console *con)
{
	spin_lock(&con->lock);
	waitq_wake(&con->output);
	waitq_wake(&con->room);
	spin_unlock(&con->lock);
}

void
console_end(struct console *con, bool ended)
{
	spin_lock(&con->lock);
	con->ended = ended;
	console_changed(con);
	spin_unlock(&con->lock);
}

void
console_open(struct console *con)
{
	spin_lock(&con->lock);
	con->readers++;
	console_changed(con);
	spin_unlock(&con->lock);
}

void
console_close(struct console *con)
{
	spin_lock(&con->lock);
	con->readers--;
	console_changed(con);
	spin_unlock(&con->lock);
}

int64_t
console_read(struct console *con, void *buf, size_t n)
{
	int64_t got = 0;

	spin_lock(&con->lock);
	while (!con->out.count && !con->ended && !got)
		got = waitq_sleep(&con->output, &con->lock);
	if (!got) {
		got = (int64_t)ring_peek(&con->out, buf, n);
		ring_drop(&con->out, (size_t)got);
		console_changed(con);
	}
	spin_unlock(&con->lock);
	return got;
}

int64_t
console_send(struct console *con, const void *buf, size_t n)
{
	const uint8_t *bytes = buf;
	int64_t put = 0;

	spin_lock(&con->lock);
	while (con->in.count == con->in.size && !con->ended && !put)
		put = waitq_sleep(&con->room, &con->lock);
	if (!put && con->ended)
		put = -EPIPE;
	if (!put) {
		while ((size_t)put < n && con->in.count < con->in.size)
			ring_push(&con->in, bytes[put++]);
		console_changed(con);
	}
	spin_unlock(&con->lock);
	return put;
}

size_t
console_peek_input(struct console *con, uint8_t *buf, size_t n)
{
	spin_lock(&con->lock);
	n = ring_peek(&con->in, buf, n);
	spin_unlock(&con->lock);
	return n;
}

void
console_take_input(struct console *con, size_t n)
{
	spin_lock(&con->lock);
	ring_drop(&con->in, n);
	if (n)
		waitq_wake(&con->room);
	poll_notify();
	spin_unlock(&con->lock);
}

unsigned
console_poll(struct console *con)
{
	unsigned events = 0;

	spin_lock(&con->lock);
	if (con->out.count || con->ended)
		events |= POLLIN;
	if (con->in.count < con->in.size && !con->ended)
		events |= POLLOUT;
	if (con->ended)
		events |= POLLHUP;
	spin_unlock(&con->lock);
	return events;
}
