/* SPDX-License-Identifier: MIT */
/* The rings of a VM's console (vmcon.h), and who waits for them. */
#include "vmm/vmcon.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/vnode.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"

static void
ring_push(struct vmcon_ring *ring, uint8_t byte)
{
	ring->bytes[(ring->head + ring->count) % ring->size] = byte;
	ring->count++;
}

static size_t
ring_peek(const struct vmcon_ring *ring, uint8_t *buf, size_t n)
{
	size_t i;

	if (n > ring->count)
		n = ring->count;
	for (i = 0; i < n; i++)
		buf[i] = ring->bytes[(ring->head + i) % ring->size];
	return n;
}

static void
ring_drop(struct vmcon_ring *ring, size_t n)
{
	ring->head = (ring->head + n) % ring->size;
	ring->count -= n;
}

struct vmcon *
vmcon_create(void)
{
	struct vmcon *con = kzalloc(sizeof(*con));

	if (!con)
		return NULL;
	con->refs = 1;
	spin_init(&con->lock, "console");
	con->out.bytes = con->out_bytes;
	con->out.size = VMCON_OUT;
	con->in.bytes = con->in_bytes;
	con->in.size = VMCON_IN;
	waitq_init(&con->output);
	waitq_init(&con->room);
	return con;
}

struct vmcon *
vmcon_get(struct vmcon *con)
{
	__atomic_add_fetch(&con->refs, 1, __ATOMIC_RELAXED);
	return con;
}

void
vmcon_put(struct vmcon *con)
{
	if (con && !__atomic_sub_fetch(&con->refs, 1, __ATOMIC_ACQ_REL))
		kfree(con);
}

/* Something changed: note if the guest must wait, and wake the rest. */
static void
vmcon_changed(struct vmcon *con)
{
	bool crowded =
		con->readers && !con->ended && con->out.count > VMCON_OUT_MARK;

	__atomic_store_n(&con->crowded, crowded, __ATOMIC_RELAXED);
	if (con->out.count || con->ended)
		waitq_wake(&con->output);
	if (!crowded)
		waitq_wake(&con->room);
	poll_notify();
}

bool
vmcon_print(struct vmcon *con, uint8_t byte)
{
	bool crowded;

	spin_lock(&con->lock);
	if (con->out.count == con->out.size)
		ring_drop(&con->out, 1);
	ring_push(&con->out, byte);
	/* whoever waits was woken by the first byte */
	if (con->out.count == 1 || con->out.count == VMCON_OUT_MARK + 1)
		vmcon_changed(con);
	crowded = con->crowded;
	spin_unlock(&con->lock);
	return crowded;
}

int
vmcon_throttle(struct vmcon *con, const bool *stop)
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
vmcon_wake(struct vmcon *con)
{
	spin_lock(&con->lock);
	waitq_wake(&con->output);
	waitq_wake(&con->room);
	spin_unlock(&con->lock);
}

void
vmcon_end(struct vmcon *con, bool ended)
{
	spin_lock(&con->lock);
	con->ended = ended;
	vmcon_changed(con);
	spin_unlock(&con->lock);
}

void
vmcon_open(struct vmcon *con)
{
	spin_lock(&con->lock);
	con->readers++;
	vmcon_changed(con);
	spin_unlock(&con->lock);
}

void
vmcon_close(struct vmcon *con)
{
	spin_lock(&con->lock);
	con->readers--;
	vmcon_changed(con);
	spin_unlock(&con->lock);
}

int64_t
vmcon_read(struct vmcon *con, void *buf, size_t n)
{
	int64_t got = 0;

	spin_lock(&con->lock);
	while (!con->out.count && !con->ended && !got)
		got = waitq_sleep(&con->output, &con->lock);
	if (!got) {
		got = (int64_t)ring_peek(&con->out, buf, n);
		ring_drop(&con->out, (size_t)got);
		vmcon_changed(con);
	}
	spin_unlock(&con->lock);
	return got;
}

int64_t
vmcon_write(struct vmcon *con, const void *buf, size_t n)
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
		vmcon_changed(con);
	}
	spin_unlock(&con->lock);
	return put;
}

size_t
vmcon_peek_input(struct vmcon *con, uint8_t *buf, size_t n)
{
	spin_lock(&con->lock);
	n = ring_peek(&con->in, buf, n);
	spin_unlock(&con->lock);
	return n;
}

void
vmcon_take_input(struct vmcon *con, size_t n)
{
	spin_lock(&con->lock);
	ring_drop(&con->in, n);
	if (n)
		waitq_wake(&con->room);
	poll_notify();
	spin_unlock(&con->lock);
}

unsigned
vmcon_poll(struct vmcon *con)
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
