/* SPDX-License-Identifier: MIT */
/* Starting, reading and ending the machine; contracts in machine.h. */
#include "machine.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds of a clock that nobody sets. */
static time_t
clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* When a step that begins now has taken too long. */
static time_t
deadline_from_now(void)
{
	return clock_seconds() +
		(getenv("SOAK") ? SOAK_PATIENCE : MACHINE_PATIENCE);
}

void
print_text(const char *title, const char *text)
{
	const char *end;

	print_message("# %s:\n", title);
	for (; *text != '\0'; text = *end ? end + 1 : end) {
		end = strchr(text, '\n');
		if (end == NULL)
			end = text + strlen(text);
		print_message("#   %.*s\n", (int)(end - text), text);
	}
}

/* Fail the test: the machine did not do what is said here. */
static void
machine_fail(struct machine *m, const char *what, const char *detail)
{
	char *out = strdup(m->out.text);
	char *err = strdup(m->err.text);

	machine_free(m);
	print_text("console", out);
	print_text("standard error", err);
	free(out);
	free(err);
	fail_msg("%s%s", what, detail);
}

static void
apply_settings(const char *const *settings)
{
	for (; settings != NULL && *settings != NULL; settings++)
		if (strchr(*settings, '=') != NULL)
			putenv((char *)*settings);
		else
			unsetenv(*settings);
}

/*
 * In the child: become argv.  What make told the process that runs the tests
 * is not for a make in the test.
 */
static void
become(const char *const *argv, const char *const *settings)
{
	static const char *const unset[] = { "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
		"CMD", "EMULATOR", "SMP", "MEM", "CPU", "ACCEL", "ICOUNT",
		NULL };

	apply_settings(unset);
	apply_settings(settings);
	execvp(argv[0], (char *const *)argv);
	perror(argv[0]);
	_exit(255);
}

static void
start_with_pipes(
	struct machine *m, const char *const *argv, const char *const *settings)
{
	int in[2], out[2], err[2];

	if (pipe(in) != 0 || pipe(out) != 0 || pipe(err) != 0)
		fail_msg("pipe: %s", strerror(errno));
	m->pid = fork();
	if (m->pid == 0) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		become(argv, settings);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	m->keys = in[1];
	m->out.fd = out[0];
	m->err.fd = err[0];
}

void
machine_start(struct machine *m, const char *const *argv,
	const char *const *settings, bool terminal)
{
	*m = (struct machine){ .out.text = calloc(1, 1),
		.err = { -1, calloc(1, 1), 0 } };
	fflush(NULL);
	if (!terminal) {
		start_with_pipes(m, argv, settings);
	} else {
		m->pid = forkpty(&m->out.fd, NULL, NULL, NULL);
		if (m->pid == 0)
			become(argv, settings);
		m->keys = m->out.fd;
	}
	if (m->pid < 0)
		fail_msg("fork: %s", strerror(errno));
}

/* Take what there is; the end of a terminal shows as an error. */
static void
output_read(struct output *o)
{
	char buffer[4096];
	ssize_t n = read(o->fd, buffer, sizeof(buffer));

	if (n <= 0) {
		close(o->fd);
		o->fd = -1;
		return;
	}
	o->text = realloc(o->text, o->length + (size_t)n + 1);
	memcpy(o->text + o->length, buffer, (size_t)n);
	o->length += (size_t)n;
	o->text[o->length] = '\0';
}

/* Take more output; false: there was none until the deadline. */
static bool
machine_poll(struct machine *m, time_t deadline)
{
	struct pollfd fds[2] = { { m->out.fd, POLLIN, 0 },
		{ m->err.fd, POLLIN, 0 } };
	time_t left = deadline - clock_seconds();

	if (left <= 0 || poll(fds, 2, (int)left * 1000) == 0)
		return false;
	if (fds[0].revents != 0)
		output_read(&m->out);
	if (fds[1].revents != 0)
		output_read(&m->err);
	return true;
}

static bool
machine_speaks(const struct machine *m)
{
	return m->out.fd >= 0 || m->err.fd >= 0;
}

/*
 * Wait for more output, until the deadline.  Returns false if there will be
 * none; fails the test if the time is over.
 */
static bool
machine_read(struct machine *m, time_t deadline, const char *what,
	const char *detail)
{
	if (!machine_speaks(m))
		return false;
	if (!machine_poll(m, deadline))
		machine_fail(m, what, detail);
	return true;
}

bool
machine_drain(struct machine *m)
{
	while (machine_speaks(m))
		if (!machine_poll(m, clock_seconds() + MACHINE_PATIENCE))
			return false;
	return true;
}

void
machine_expect(struct machine *m, const char *text)
{
	time_t deadline = deadline_from_now();
	char *at;

	/* The console may have NULs, but not in what a test waits for. */
	while ((at = memmem(m->out.text + m->seen, m->out.length - m->seen,
			text, strlen(text))) == NULL)
		if (!machine_read(m, deadline, "waited in vain for ", text))
			machine_fail(m, "it ended without ", text);
	m->seen = (size_t)(at - m->out.text) + strlen(text);
}

void
machine_send(struct machine *m, const char *text)
{
	size_t length = strlen(text);

	if (write(m->keys, text, length) != (ssize_t)length)
		machine_fail(m, "cannot type ", text);
}

int
machine_wait(struct machine *m)
{
	time_t deadline = deadline_from_now();
	int status;

	while (machine_read(m, deadline, "it does not end", ""))
		continue;
	if (waitpid(m->pid, &status, 0) != m->pid)
		machine_fail(m, "waitpid: ", strerror(errno));
	m->pid = -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

void
machine_free(struct machine *m)
{
	if (m->pid > 0) {
		/* tools/run ends QEMU and removes its files. */
		kill(-m->pid, SIGTERM);
		waitpid(m->pid, NULL, 0);
	}
	if (m->keys >= 0 && m->keys != m->out.fd)
		close(m->keys);
	if (m->out.fd >= 0)
		close(m->out.fd);
	if (m->err.fd >= 0)
		close(m->err.fd);
	free(m->out.text);
	free(m->err.text);
	*m = (struct machine){ .pid = -1, .keys = -1 };
}

int
machine_run(
	struct machine *m, const char *const *argv, const char *const *settings)
{
	machine_start(m, argv, settings, false);
	return machine_wait(m);
}

void
machine_start_shell(struct machine *m, const char *const *settings)
{
	machine_start(m, (const char *[]){ "tools/run", NULL }, settings, true);
	machine_expect(m, "droste0$ ");
}

int
machine_commands(
	struct machine *m, const char *commands, const char *const *settings)
{
	const char *all[16] = { NULL };
	char *setting;
	int n = 0, status;

	if (asprintf(&setting, "CMD=%s", commands) < 0)
		fail_msg("no memory");
	all[n++] = setting;
	for (; settings != NULL && *settings != NULL && n < 15; settings++)
		all[n++] = *settings;
	status = machine_run(m, (const char *[]){ "tools/run", NULL }, all);
	free(setting);
	return status;
}

void
assert_said(const char *commands, const char *const *settings, int status,
	const char *said)
{
	struct machine m;
	int got = machine_commands(&m, commands, settings);

	if (got != status || strstr(m.out.text, said) == NULL) {
		print_text("commands", commands);
		print_text("console", m.out.text);
		print_text("standard error", m.err.text);
		print_text("wanted", said);
	}
	assert_int_equal(got, status);
	assert_non_null(strstr(m.out.text, said));
	machine_free(&m);
}

void
assert_console(const char *commands, const char *expected)
{
	struct machine m;
	int status = machine_commands(&m, commands, NULL);

	if (status != 0) {
		print_text("commands", commands);
		print_text("standard error", m.err.text);
	}
	assert_int_equal(status, 0);
	assert_string_equal(m.out.text, expected);
	machine_free(&m);
}

char *
section_of(const char *console, const char *title)
{
	char start[80];
	const char *at, *end;

	snprintf(start, sizeof(start), "== %s\n", title);
	at = strstr(console, start);
	if (at == NULL)
		return NULL;
	at += strlen(start);
	end = strstr(at, "\n== ");
	return end != NULL ? strndup(at, (size_t)(end - at)) : strdup(at);
}

char *
built_file(const char *name)
{
	const char *b = getenv("B");
	char *file;

	if (asprintf(&file, "%s/%s", b != NULL ? b : "build", name) < 0)
		abort();
	return file;
}
