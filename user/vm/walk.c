/* SPDX-License-Identifier: MIT */
#include "user/lib/libc.h"
#include "user/vm/vm.h"

/*
 * vm walk N [ADDRESS]: how the VM's CPU comes from that address to memory.
 * Without one, from RIP.
 */
int
vm_walk(const char *id, const char *address)
{
	char text[STATUS_TEXT_MAX], reason[256];
	struct machine m;
	int fd;

	if (machine_open(&m, id) < 0)
		return STATUS_SETUP;
	fd = machine_file_open(m.id, "walk", O_RDWR);
	if (fd < 0) {
		warn("/vm/%d/walk", m.id);
		return STATUS_SETUP;
	}
	/* an empty write would be none */
	if (address != NULL && *address == 0)
		address = "\n";
	if (address != NULL &&
		write(fd, address, strlen(address)) != (long)strlen(address)) {
		if (machine_status(&m, text) == 0 &&
			status_value(text, "error", reason, sizeof(reason)))
			warnx("%s", reason);
		else
			warn("walk");
		return STATUS_USAGE;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return STATUS_SETUP;
	return fd_copy(fd, 1) == 0 ? 0 : STATUS_SETUP;
}
