/* SPDX-License-Identifier: MIT */
#include "user/lib/libc.h"
#include "user/vm/vm.h"

/* Opens /vm/id/name. */
int
machine_file_open(int id, const char *name, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/vm/%d/%s", id, name);
	return open(path, flags);
}

/* Copies what is left of a file to a descriptor; -1 if it cannot be read. */
int
fd_copy(int from, int to)
{
	char buffer[2048];
	long n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write_all(to, buffer, (size_t)n) < 0)
			break;
	return n < 0 ? -1 : 0;
}

/* Copies /vm/id/name to a descriptor; -1 after a complaint. */
int
machine_file_copy(int id, const char *name, int to)
{
	int fd = machine_file_open(id, name, O_RDONLY), result = -1;

	if (fd >= 0)
		result = fd_copy(fd, to);
	if (result < 0)
		warn("/vm/%d/%s", id, name);
	if (fd >= 0)
		close(fd);
	return result;
}

/* Opens what is used until the VM's end; m->ctl may be open already. */
static int
machine_files(struct machine *m)
{
	if (m->ctl < 0)
		m->ctl = machine_file_open(m->id, "ctl", O_RDWR);
	m->console = machine_file_open(m->id, "console", O_RDWR);
	m->status = machine_file_open(m->id, "status", O_RDONLY);
	if (m->ctl < 0 || m->console < 0 || m->status < 0) {
		warn("VM %d", m->id);
		return -1;
	}
	return 0;
}

/* Makes a new VM; -1 after a complaint. */
int
machine_create(struct machine *m)
{
	char number[16];
	uint64_t id;
	long n = -1;

	m->ctl = open("/vm/clone", O_RDWR);
	if (m->ctl >= 0)
		n = read(m->ctl, number, sizeof(number) - 1);
	if (n < 0) {
		warn("/vm/clone");
		return -1;
	}
	while (n > 0 && number[n - 1] == '\n')
		n--;
	number[n] = 0;
	if (parse_number(number, &id) < 0) {
		warnx("/vm/clone: '%s' is not the number of a VM", number);
		return -1;
	}
	m->id = (int)id;
	return machine_files(m);
}

/* Opens the VM of this number; -1 after a complaint. */
int
machine_open(struct machine *m, const char *id)
{
	uint64_t number;
	struct stat st;
	char path[PATH_MAX];

	m->ctl = -1;
	if (parse_number(id, &number) < 0 || number > INT32_MAX) {
		warnx("%s: not the number of a VM; vm ls lists them", id);
		return -1;
	}
	m->id = (int)number;
	snprintf(path, sizeof(path), "/vm/%d", m->id);
	if (stat(path, &st) < 0) {
		warnx("there is no VM %d; vm ls lists them", m->id);
		return -1;
	}
	return machine_files(m);
}

/* Reads /vm/N/status as it is now. */
int
machine_status(struct machine *m, char text[STATUS_TEXT_MAX])
{
	size_t used = 0;
	long n;

	text[0] = 0;
	if (lseek(m->status, 0, SEEK_SET) < 0)
		return -1;
	while (used < STATUS_TEXT_MAX - 1 &&
		(n = read(m->status, text + used, STATUS_TEXT_MAX - 1 - used)) >
			0)
		used += (size_t)n;
	text[used] = 0;
	return used > 0 ? 0 : -1;
}

/* The rest of the line of text that begins with key; false: there is none. */
bool
status_value(const char *text, const char *key, char *value, size_t size)
{
	size_t n = strlen(key);

	while (*text != 0) {
		size_t line = strcspn(text, "\n");

		if (strncmp(text, key, n) == 0 &&
			(text[n] == ' ' || text[n] == '\n' || text[n] == 0)) {
			n += text[n] == ' ';
			snprintf(
				value, size, "%.*s", (int)(line - n), text + n);
			return *value != 0;
		}
		text += line + (text[line] == '\n');
	}
	return false;
}

/* Is that the value of key? */
bool
status_is(const char *text, const char *key, const char *value)
{
	char is[64];

	return status_value(text, key, is, sizeof(is)) &&
		strcmp(is, value) == 0;
}

/*
 * Writes one command, with text behind it unless that is NULL, in one write;
 * -1 after a complaint, which is the VM's own if it has one.
 */
int
machine_ctl(struct machine *m, const char *word, const char *text)
{
	size_t size = strlen(word) + (text != NULL ? strlen(text) : 0) + 2;
	char *command = xmalloc(size), status[STATUS_TEXT_MAX];
	char reason[256];
	long n;
	int error;

	snprintf(command, size, "%s%s%s", word, text != NULL ? " " : "",
		text != NULL ? text : "");
	n = write(m->ctl, command, strlen(command));
	error = errno;
	free(command);
	if (n >= 0)
		return 0;
	if (machine_status(m, status) == 0 &&
		status_value(status, "error", reason, sizeof(reason)))
		warnx("%s", reason);
	else
		warnx("%s: %s", word, strerror(error));
	return -1;
}

/* Sleeps until the guest has ended. */
void
machine_wait(struct machine *m)
{
	struct pollfd fd = { .fd = m->console };
	char status[STATUS_TEXT_MAX];

	while (machine_status(m, status) == 0 &&
		status_is(status, "state", "running"))
		if (poll(&fd, 1, -1) < 0)
			err(STATUS_FAILED, "/vm/%d/console", m->id);
}
