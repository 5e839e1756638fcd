/* SPDX-License-Identifier: MIT */
/*
 * A guest's console on this terminal: its output passes byte for byte to
 * standard output, and what is typed passes to it, until the guest ends or
 * somebody types ^].
 *
 * Neither side may hold up the other: what the guest does not read waits in a
 * buffer here.  While that is full a file or pipe is not read any further; of
 * what is typed the rest gets lost then, since ^] must always be found.
 */
#include "user/lib/libc.h"
#include "user/vm/vm.h"

#define KEY_DETACH 0x1d /* ^] */

struct console {
	struct machine *vm;
	bool input; /* standard input is forwarded */
	bool typed; /* it is a terminal */
	bool detached;
	char pending[1024]; /* for the guest */
	size_t n;
};

/* The guest's output; false: it has ended. */
static bool
console_output(struct console *c)
{
	char buffer[4096];
	long n = read(c->vm->console, buffer, sizeof(buffer));

	if (n < 0)
		warn("/vm/%d/console", c->vm->id);
	if (n <= 0)
		return false;
	if (write_all(1, buffer, (size_t)n) < 0)
		err(STATUS_FAILED, "standard output");
	return true;
}

/* Takes what there is on standard input. */
static void
console_input(struct console *c)
{
	char buffer[sizeof(c->pending)], *detach = NULL;
	size_t room = sizeof(c->pending) - c->n;
	long n = read(0, buffer, c->typed ? sizeof(buffer) : room);

	if (n <= 0) {
		c->input = false;
		return;
	}
	if (c->typed)
		detach = memchr(buffer, KEY_DETACH, (size_t)n);
	if (detach != NULL) {
		n = detach - buffer;
		c->detached = true;
	}
	if ((size_t)n > room)
		n = (long)room;
	memcpy(c->pending + c->n, buffer, (size_t)n);
	c->n += (size_t)n;
}

/* Passes on what waits for the guest; one that ends takes nothing more. */
static void
console_forward(struct console *c)
{
	long n = write(c->vm->console, c->pending, c->n);

	if (n < 0) {
		c->n = 0;
		c->input = false;
		return;
	}
	memmove(c->pending, c->pending + n, c->n - (size_t)n);
	c->n -= (size_t)n;
}

static void
console_loop(struct console *c)
{
	bool running = true;

	while (running && !c->detached) {
		struct pollfd fds[2] = {
			{ .fd = c->vm->console, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
		};

		if (c->n > 0)
			fds[0].events |= POLLOUT;
		if (c->input && (c->typed || c->n < sizeof(c->pending)))
			fds[1].fd = 0;
		if (poll(fds, 2, -1) < 0)
			err(STATUS_FAILED, "poll");
		if (fds[1].revents != 0)
			console_input(c);
		if (fds[0].revents & POLLOUT && c->n > 0)
			console_forward(c);
		if (fds[0].revents & ~POLLOUT)
			running = console_output(c);
	}
}

/* Connects standard input and output to m's console; says why it returned. */
enum console_end
console_attach(struct machine *m, bool forward_input)
{
	struct console c = { .vm = m, .input = forward_input };

	c.typed = forward_input && isatty(0);
	if (c.typed)
		ioctl(0, TTY_SET_RAW, 1);
	console_loop(&c);
	if (c.typed)
		ioctl(0, TTY_SET_RAW, 0);
	return c.detached ? CONSOLE_DETACHED : CONSOLE_ENDED;
}
