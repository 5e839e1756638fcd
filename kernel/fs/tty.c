/* SPDX-License-Identifier: MIT */
/*
 * The terminal: /dev/console and /dev/tty, two names for one.  Bytes come
 * from the serial driver in its interrupt and pass the line discipline
 * (tty_line.c), which echoes; readers sleep until a line is there.  Output
 * goes straight to the console.
 *
 * ^C ends the processes of the foreground group, which the shell sets.  There
 * is no job control beyond that: whoever reads gets the next line.
 */
#include "kernel/fs/tty.h"

#include "kernel/dev/console.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/file.h"
#include "kernel/fs/tty_line.h"
#include "kernel/proc/proc.h"

#define TTY_WRITE_CHUNK 256 /* bytes written at once, interrupts off */

static void tty_echo(struct tty_line *line, const char *s, size_t n);

static struct spinlock tty_lock = SPINLOCK_INIT("tty");
static struct waitq tty_readers = WAITQ_INIT(tty_readers);
static struct tty_line tty_line = { .echo = tty_echo }; /* by tty_lock */
static bool tty_full; /* the driver waits for room; guarded by tty_lock */
static int tty_group; /* the foreground group, or 0; guarded by tty_lock */

static void
tty_echo(struct tty_line *line, const char *s, size_t n)
{
	(void)line;
	console_write(s, n);
}

bool
tty_has_room(void)
{
	bool room;

	spin_lock(&tty_lock);
	room = tty_line_has_room(&tty_line);
	tty_full = !room;
	spin_unlock(&tty_lock);
	return room;
}

void
tty_input(uint8_t c)
{
	enum tty_event event;
	int group;

	spin_lock(&tty_lock);
	event = tty_line_input(&tty_line, c);
	group = tty_group;
	if (event == TTY_READABLE)
		waitq_wake(&tty_readers);
	spin_unlock(&tty_lock);
	if (event == TTY_READABLE)
		poll_notify();
	if (event == TTY_INTERRUPT && group > 0)
		proc_kill(-group, SIGINT);
}

static int64_t
tty_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	int64_t count = 0;
	bool was_full;

	(void)file;
	(void)offset;
	spin_lock(&tty_lock);
	while (count == 0 && !tty_line_readable(&tty_line))
		count = waitq_sleep(&tty_readers, &tty_lock);
	if (count == 0)
		count = tty_line_read(&tty_line, buf, n);
	was_full = tty_full;
	spin_unlock(&tty_lock);
	if (was_full)
		uart_receive();
	return count;
}

static int64_t
tty_write(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	(void)file;
	(void)offset;
	if (n > TTY_WRITE_CHUNK)
		n = TTY_WRITE_CHUNK;
	console_write(buf, n);
	return (int64_t)n;
}

static int64_t
tty_ioctl(struct file *file, enum ioctl_nr nr, uint64_t arg)
{
	int64_t result = 0;

	(void)file;
	spin_lock(&tty_lock);
	switch (nr) {
	case TTY_SET_RAW:
		tty_line_set_raw(&tty_line, arg != 0);
		waitq_wake(&tty_readers);
		break;
	case TTY_SET_GROUP:
		if (arg > INT32_MAX)
			result = -EINVAL;
		else
			tty_group = (int)arg;
		break;
	case TTY_IS_TERMINAL:
		result = 1;
		break;
	default:
		result = -ENOTTY;
	}
	spin_unlock(&tty_lock);
	if (nr == TTY_SET_RAW)
		poll_notify();
	return result;
}

static unsigned
tty_poll(struct file *file)
{
	unsigned events = POLLOUT;

	(void)file;
	spin_lock(&tty_lock);
	if (tty_line_readable(&tty_line))
		events |= POLLIN;
	spin_unlock(&tty_lock);
	return events;
}

static const struct vnode_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};

DEVFILE(console, &tty_ops);
DEVFILE(tty, &tty_ops);
