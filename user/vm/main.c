/* SPDX-License-Identifier: MIT */
#include "user/lib/libc.h"
#include "user/vm/vm.h"

#define LOOK_NS 10000000 /* between two looks at a status */

static const char usage[] =
	"usage: vm run [options] [kernel [initrd]]   start a VM\n"
	"       vm ls                                list the VMs\n"
	"       vm stat N                            what VM N does, and its "
	"exits\n"
	"       vm walk N [ADDRESS]                  how its CPU gets from a "
	"virtual address\n"
	"                                            (or rip, rsp) to memory\n"
	"       vm console N                         go to its console; ^] "
	"leaves\n"
	"       vm wait N                            wait until it has ended "
	"or "
	"got stuck\n"
	"       vm kill N                            end it and free it\n";

static int
number_compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
machine_print(int id)
{
	static const char *const keys[] = { "state", "engine", "mmu", "memory",
		"reason" };
	char text[STATUS_TEXT_MAX], value[5][160];
	struct machine m = { .id = id };

	m.status = machine_file_open(id, "status", O_RDONLY);
	if (m.status < 0)
		return; /* it ended while the others were printed */
	if (machine_status(&m, text) == 0) {
		for (int i = 0; i < 5; i++)
			if (!status_value(
				    text, keys[i], value[i], sizeof(value[i])))
				snprintf(value[i], sizeof(value[i]), "-");
		printf("%4d %-8s %-8s %-8s %6s %s\n", id, value[0], value[1],
			value[2], value[3], value[4]);
	}
	close(m.status);
}

static int
vm_ls(void)
{
	int ids[256], n = 0, fd = open("/vm", O_RDONLY | O_DIRECTORY);
	struct dirent entry;
	uint64_t id;
	long got = -1;

	while (fd >= 0 && n < 256 && (got = readdir(fd, &entry, 1)) > 0)
		if (parse_number(entry.name, &id) == 0)
			ids[n++] = (int)id;
	if (got < 0)
		err(STATUS_SETUP, "/vm");
	close(fd);
	qsort(ids, (size_t)n, sizeof(*ids), number_compare);
	printf("%4s %-8s %-8s %-8s %6s %s\n", "VM", "STATE", "ENGINE", "MMU",
		"MIB", "REASON");
	for (int i = 0; i < n; i++)
		machine_print(ids[i]);
	return 0;
}

static int
vm_stat(const char *id)
{
	struct machine m;

	if (machine_open(&m, id) < 0 ||
		machine_file_copy(m.id, "status", 1) < 0 ||
		machine_file_copy(m.id, "exits", 1) < 0)
		return STATUS_SETUP;
	return 0;
}

/* A guest gets stuck without a sign that could be waited for: look. */
static int
vm_wait(const char *id)
{
	char text[STATUS_TEXT_MAX], note[STATUS_TEXT_MAX];
	struct machine m;

	if (machine_open(&m, id) < 0)
		return STATUS_SETUP;
	while (machine_status(&m, text) == 0 &&
		status_is(text, "state", "running") &&
		!status_value(text, "note", note, sizeof(note)))
		nanosleep_for(LOOK_NS);
	return 0;
}

static int
vm_kill(const char *id)
{
	char text[STATUS_TEXT_MAX];
	struct machine m;

	if (machine_open(&m, id) < 0)
		return STATUS_SETUP;
	if (machine_status(&m, text) == 0 &&
		status_is(text, "state", "running")) {
		if (machine_ctl(&m, "kill", NULL) < 0)
			return STATUS_SETUP;
		machine_wait(&m);
	}
	return machine_ctl(&m, "destroy", NULL) < 0 ? STATUS_SETUP : 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *id);
	} commands[] = {
		{ "stat", vm_stat },
		{ "console", vm_console },
		{ "kill", vm_kill },
		{ "wait", vm_wait },
	};

	if (argc >= 2 && strcmp(argv[1], "run") == 0)
		return vm_run(argc - 1, argv + 1);
	if (argc == 2 && strcmp(argv[1], "ls") == 0)
		return vm_ls();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc == 3 && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv[2]);
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "walk") == 0)
		return vm_walk(argv[2], argv[3]);
	dprintf(2, "%s", usage);
	return STATUS_USAGE;
}
