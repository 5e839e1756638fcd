/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a ring of bytes between two open files.  Both ends are open files
 * of the same vnode; the access mode tells them apart.
 *
 * A reader waits while the ring is empty and somebody could still write; a
 * writer waits until there is room for all of up to PIPE_BUF bytes, so that
 * such a write stays in one piece.  When the other side has no end open any
 * more, reading returns 0 (the end) and writing -EPIPE (the system call adds
 * the signal).
 */
#include "kernel/fs/pipe.h"

#include "kernel/lib/list.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"

#define PIPE_SIZE 8192 /* bytes of the ring; a power of two */

_Static_assert(PIPE_SIZE >= PIPE_BUF, "an atomic write must fit");

struct pipe {
	struct vnode vnode;
	uint8_t *ring; /* PIPE_SIZE bytes; owned */
	struct spinlock lock;

	/* guarded by lock */
	uint64_t tail, head;	   /* bytes read and written since the start */
	unsigned readers, writers; /* open files, not descriptors */
	struct waitq can_read, can_write;
};

static uint64_t pipe_last_ino; /* atomic */

static struct pipe *
to_pipe(struct vnode *vnode)
{
	return container_of(vnode, struct pipe, vnode);
}

static size_t
pipe_used(const struct pipe *pipe)
{
	return pipe->head - pipe->tail;
}

/* How many of n bytes from a position on lie in one piece of the ring. */
static size_t
pipe_piece(uint64_t position, size_t n)
{
	size_t left = PIPE_SIZE - position % PIPE_SIZE;

	return n < left ? n : left;
}

static bool
pipe_is_reader(const struct file *file)
{
	return (file->flags & O_ACCMODE) == O_RDONLY;
}

static int64_t
pipe_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	struct pipe *pipe = to_pipe(file->vnode);
	uint8_t *dst = buf;
	int64_t count = 0;
	size_t first;

	(void)offset;
	spin_lock(&pipe->lock);
	while (count == 0 && pipe_used(pipe) == 0 && pipe->writers > 0)
		count = waitq_sleep(&pipe->can_read, &pipe->lock);
	if (count == 0) {
		n = n < pipe_used(pipe) ? n : pipe_used(pipe);
		first = pipe_piece(pipe->tail, n);
		memcpy(dst, pipe->ring + pipe->tail % PIPE_SIZE, first);
		memcpy(dst + first, pipe->ring, n - first);
		pipe->tail += n;
		count = (int64_t)n;
		waitq_wake(&pipe->can_write);
	}
	spin_unlock(&pipe->lock);
	if (count > 0)
		poll_notify();
	return count;
}

static int64_t
pipe_write(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	struct pipe *pipe = to_pipe(file->vnode);
	const uint8_t *src = buf;
	int64_t count = 0;
	size_t first;

	(void)offset;
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	spin_lock(&pipe->lock);
	while (count == 0 && PIPE_SIZE - pipe_used(pipe) < n &&
		pipe->readers > 0)
		count = waitq_sleep(&pipe->can_write, &pipe->lock);
	if (count == 0 && pipe->readers == 0)
		count = -EPIPE;
	if (count == 0) {
		first = pipe_piece(pipe->head, n);
		memcpy(pipe->ring + pipe->head % PIPE_SIZE, src, first);
		memcpy(pipe->ring, src + first, n - first);
		pipe->head += n;
		count = (int64_t)n;
		waitq_wake(&pipe->can_read);
	}
	spin_unlock(&pipe->lock);
	if (count > 0)
		poll_notify();
	return count;
}

static int
pipe_open(struct vnode *vnode, int flags, struct file *file)
{
	struct pipe *pipe = to_pipe(vnode);

	(void)flags;
	spin_lock(&pipe->lock);
	if (pipe_is_reader(file))
		pipe->readers++;
	else
		pipe->writers++;
	spin_unlock(&pipe->lock);
	return 0;
}

static void
pipe_close(struct file *file)
{
	struct pipe *pipe = to_pipe(file->vnode);

	spin_lock(&pipe->lock);
	if (pipe_is_reader(file))
		pipe->readers--;
	else
		pipe->writers--;
	waitq_wake(&pipe->can_read);
	waitq_wake(&pipe->can_write);
	spin_unlock(&pipe->lock);
	poll_notify();
}

static unsigned
pipe_poll(struct file *file)
{
	struct pipe *pipe = to_pipe(file->vnode);
	unsigned events = 0;

	spin_lock(&pipe->lock);
	if (pipe_is_reader(file)) {
		if (pipe_used(pipe) > 0)
			events |= POLLIN;
		if (pipe->writers == 0)
			events |= POLLHUP;
	} else {
		if (PIPE_SIZE - pipe_used(pipe) >= PIPE_BUF)
			events |= POLLOUT;
		if (pipe->readers == 0)
			events |= POLLHUP;
	}
	spin_unlock(&pipe->lock);
	return events;
}

static uint64_t
pipe_size(struct vnode *vnode)
{
	struct pipe *pipe = to_pipe(vnode);
	uint64_t used;

	spin_lock(&pipe->lock);
	used = pipe_used(pipe);
	spin_unlock(&pipe->lock);
	return used;
}

static void
pipe_release(struct vnode *vnode)
{
	struct pipe *pipe = to_pipe(vnode);

	kfree(pipe->ring);
	kfree(pipe);
}

static const struct vnode_ops pipe_ops = {
	.open = pipe_open,
	.close = pipe_close,
	.read = pipe_read,
	.write = pipe_write,
	.size = pipe_size,
	.poll = pipe_poll,
	.release = pipe_release,
};

int
pipe_create(struct file **reader, struct file **writer)
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));
	int err = -ENOMEM;

	if (!pipe)
		return -ENOMEM;
	vnode_init(&pipe->vnode, &pipe_ops, FT_PIPE, DEV_PIPE,
		__atomic_add_fetch(&pipe_last_ino, 1, __ATOMIC_RELAXED));
	spin_init(&pipe->lock, "pipe");
	waitq_init(&pipe->can_read);
	waitq_init(&pipe->can_write);
	pipe->ring = kmalloc(PIPE_SIZE);
	if (pipe->ring)
		err = file_open(&pipe->vnode, O_RDONLY, reader);
	if (err == 0) {
		err = file_open(&pipe->vnode, O_WRONLY, writer);
		if (err)
			file_put(*reader);
	}
	vnode_put(&pipe->vnode); /* the files hold their own */
	return err;
}
