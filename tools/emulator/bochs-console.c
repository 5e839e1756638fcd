/* SPDX-License-Identifier: MIT */
/*
 * bochs-console BOCHSRC COMMAND...: run Bochs with this terminal as the first
 * serial port of its machine.
 *
 * Of the things that Bochs takes for a serial port only a TCP connection can
 * be read and written without loss: a terminal device is written without
 * waiting and read whether there is room or not.  So this listens on a port of
 * the loopback interface, which the kernel chooses, adds the line with it to
 * BOCHSRC, starts COMMAND (Bochs, which reads BOCHSRC), takes one connection,
 * and copies both ways, byte for byte.
 *
 * On a terminal ^A is a prefix, as on QEMU's: ^A x ends Bochs, ^A ^A is one
 * ^A.  The end of standard input is only the end of what is typed.
 *
 * Exit status: 0 after ^A x alone; else 1, or 128 + n if signal n ended Bochs,
 * and 255 with a line if there is no console.  SIGTERM, SIGHUP and SIGINT end
 * Bochs first.  It is killed, for Bochs 2.7 does not end on SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PREFIX 1 /* ^A */

static pid_t bochs;

/* What was typed and not yet taken; refilled when it is empty. */
struct typed {
	unsigned char bytes[512];
	size_t start, end;
	bool prefix, closed;
};

static void
give_up(const char *what)
{
	fprintf(stderr, "droste: the console of Bochs: %s: %s\n", what,
		strerror(errno));
	if (bochs > 0)
		kill(bochs, SIGKILL);
	exit(255);
}

/* A signal to this process ends Bochs, and thereby the connection. */
static void
pass_on(int signal)
{
	if (bochs <= 0)
		_exit(128 + signal);
	kill(bochs, SIGKILL);
}

/* Listen on a free port of the loopback interface, and name it in bochsrc. */
static int
console_listen(const char *bochsrc)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *file = fopen(bochsrc, "ae");

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 ||
		listen(fd, 1) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		give_up("no port");
	if (!file ||
		fprintf(file,
			"com1: enabled=1, mode=socket-client, "
			"dev=127.0.0.1:%d\n",
			ntohs(at.sin_port)) < 0 ||
		fclose(file) != 0)
		give_up(bochsrc);
	return fd;
}

/* Bochs has neither this terminal nor the descriptors of the connection. */
static void
bochs_start(char **command)
{
	int null = open("/dev/null", O_RDWR);
	int said = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	bochs = fork();
	if (bochs < 0)
		give_up("fork");
	if (bochs > 0) {
		close(null);
		close(said);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid(); /* ^C is a byte for the machine */
	dup2(null, 0);
	dup2(said, 1);
	dup2(said, 2);
	execvp(command[0], command);
	perror(command[0]);
	_exit(255);
}

/*
 * Take the connection; -1 if Bochs ends without making it.  (glibc has a name
 * for the system call since 2.36 only.)
 */
static int
console_accept(int listener)
{
	int bochs_fd = (int)syscall(SYS_pidfd_open, bochs, 0), fd = -1;
	struct pollfd fds[2] = { { listener, POLLIN, 0 },
		{ bochs_fd, POLLIN, 0 } };

	if (bochs_fd < 0)
		give_up("pidfd_open");
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		continue;
	if (fds[0].revents != 0)
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	close(bochs_fd);
	return fd;
}

/* What of the typed bytes is for the machine; false: ^A x was typed. */
static bool
typed_filter(struct typed *typed, size_t count)
{
	typed->start = typed->end = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned char c = typed->bytes[i];

		if (!typed->prefix && c == PREFIX) {
			typed->prefix = true;
			continue;
		}
		if (typed->prefix && c == 'x')
			return false;
		if (!typed->prefix || c == PREFIX)
			typed->bytes[typed->end++] = c;
		typed->prefix = false;
	}
	return true;
}

/* Read what was typed; false: ^A x was. */
static bool
typed_read(struct typed *typed, bool terminal)
{
	ssize_t n = read(0, typed->bytes, sizeof(typed->bytes));

	if (n <= 0) {
		typed->closed = n == 0 || errno != EINTR;
		return true;
	}
	if (terminal)
		return typed_filter(typed, (size_t)n);
	typed->start = 0;
	typed->end = (size_t)n;
	return true;
}

static void
typed_send(struct typed *typed, int console)
{
	ssize_t n = send(console, typed->bytes + typed->start,
		typed->end - typed->start, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		typed->start += (size_t)n;
}

/* Copy what the machine prints; false: there will be no more. */
static bool
print_some(int console)
{
	unsigned char bytes[4096];
	ssize_t n = read(console, bytes, sizeof(bytes)), done = 0;

	while (done < n) {
		ssize_t m = write(1, bytes + done, (size_t)(n - done));

		if (m < 0 && errno != EINTR)
			return false;
		done += m > 0 ? m : 0;
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Copy both ways until Bochs hangs up; false: ^A x was typed. */
static bool
console_copy(int console, bool terminal)
{
	struct typed typed = { 0 };

	for (;;) {
		bool more = typed.start < typed.end;
		struct pollfd fds[2] = {
			{ console, (short)(POLLIN | (more ? POLLOUT : 0)), 0 },
			{ more || typed.closed ? -1 : 0, POLLIN, 0 },
		};

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0 && !typed_read(&typed, terminal))
			return false;
		if (fds[0].revents & POLLOUT)
			typed_send(&typed, console);
		if (fds[0].revents & ~POLLOUT && !print_some(console))
			return true;
	}
}

/* On a terminal each key is for the machine at once, and not echoed here. */
static bool
terminal_make_raw(struct termios *before)
{
	struct termios raw;

	if (tcgetattr(0, before) != 0)
		return false;
	raw = *before;
	cfmakeraw(&raw);
	raw.c_oflag = before->c_oflag; /* the machine sends bare newlines */
	tcsetattr(0, TCSANOW, &raw);
	fputs("droste: ^A x ends Bochs, ^A ^A sends ^A\r\n", stderr);
	return true;
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on };
	struct termios before;
	bool terminal, quit = false;
	int console, status;

	if (argc < 3)
		return 255;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	console = console_listen(argv[1]);
	bochs_start(argv + 2);
	console = console_accept(console);
	terminal = terminal_make_raw(&before);
	if (console >= 0)
		quit = !console_copy(console, terminal);
	if (terminal)
		tcsetattr(0, TCSADRAIN, &before);
	if (quit || console < 0)
		kill(bochs, SIGKILL);
	while (waitpid(bochs, &status, 0) < 0 && errno == EINTR)
		continue;
	if (quit)
		return 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 1;
}
