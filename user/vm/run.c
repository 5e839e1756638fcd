/* SPDX-License-Identifier: MIT */
#include "user/lib/libc.h"
#include "user/vm/vm.h"

static const char run_usage[] =
	"usage: vm run [-e engine] [-m mmu] [-M MiB] [-c commands] "
	"[-a cmdline] [-S KiB] [-p 4K] [-k] [-d] [-x] [kernel [initrd]]";

struct options {
	const char *engine, *mmu, *memory, *shadow, *commands, *cmdline;
	const char *pages, *kernel, *initrd;
	bool check, detach, exits;
};

static int
options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .engine = NULL };
	while ((option = getopt(argc, argv, "e:m:M:c:a:S:p:kdx")) != -1)
		switch (option) {
		case 'e':
			o->engine = optarg;
			break;
		case 'm':
			o->mmu = optarg;
			break;
		case 'M':
			o->memory = optarg;
			break;
		case 'c':
			o->commands = optarg;
			break;
		case 'a':
			o->cmdline = optarg;
			break;
		case 'S':
			o->shadow = optarg;
			break;
		case 'p':
			o->pages = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'd':
			o->detach = true;
			break;
		case 'x':
			o->exits = true;
			break;
		default:
			return -1;
		}
	if (optind < argc)
		o->kernel = argv[optind++];
	if (optind < argc)
		o->initrd = argv[optind++];
	return optind < argc ? -1 : 0;
}

/* A command with an argument, if that was given. */
static int
machine_set(struct machine *m, const char *word, const char *value)
{
	return value == NULL ? 0 : machine_ctl(m, word, value);
}

/* The same for a file: the kernel is told its absolute path. */
static int
machine_set_file(struct machine *m, const char *word, const char *path)
{
	char directory[PATH_MAX], absolute[2 * PATH_MAX];

	if (path == NULL || path[0] == '/')
		return machine_set(m, word, path);
	if (getcwd(directory, sizeof(directory)) == NULL) {
		warn("%s", path);
		return -1;
	}
	snprintf(absolute, sizeof(absolute), "%s%s%s", directory,
		directory[1] == 0 ? "" : "/", path);
	return machine_ctl(m, word, absolute);
}

static int
machine_start(struct machine *m, const struct options *o)
{
	if (machine_set(m, "engine", o->engine) < 0 ||
		machine_set(m, "mmu", o->mmu) < 0 ||
		machine_set(m, "memory", o->memory) < 0 ||
		machine_set(m, "shadow", o->shadow) < 0 ||
		machine_set(m, "pages", o->pages) < 0 ||
		(o->check && machine_ctl(m, "check", NULL) < 0) ||
		machine_set_file(m, "kernel", o->kernel) < 0 ||
		machine_set_file(m, "initrd", o->initrd) < 0 ||
		machine_set(m, "cmdline", o->cmdline) < 0 ||
		machine_set(m, "commands", o->commands) < 0)
		return -1;
	return machine_ctl(m, "start", NULL);
}

/*
 * The guest has ended: says why if that was not its own wish, and frees the
 * VM.  Returns the status for the shell.
 */
static int
machine_finish(struct machine *m, bool exits)
{
	char text[STATUS_TEXT_MAX], value[256];
	uint64_t status = STATUS_FAILED;

	machine_wait(m);
	if (machine_status(m, text) < 0)
		text[0] = 0;
	if (status_value(text, "status", value, sizeof(value)) &&
		(parse_number(value, &status) < 0 || status > 127))
		status = STATUS_FAILED;
	if (exits)
		machine_file_copy(m->id, "exits", 1);
	if (status == STATUS_FAILED) {
		if (!status_value(text, "reason", value, sizeof(value)))
			snprintf(value, sizeof(value), "it is gone");
		warnx("VM %d was stopped: %s", m->id, value);
		if (!status_is(text, "state", "dead"))
			machine_file_copy(m->id, "trace", 2);
	}
	if (!status_is(text, "state", "dead"))
		machine_ctl(m, "destroy", NULL);
	return (int)status;
}

static int
machine_attend(struct machine *m, bool forward_input, bool exits)
{
	if (console_attach(m, forward_input) == CONSOLE_ENDED)
		return machine_finish(m, exits);
	dprintf(2,
		"\nVM %d runs on: vm console %d goes back to it, "
		"vm kill %d ends it\n",
		m->id, m->id, m->id);
	return 0;
}

/* vm run: returns the guest's status, or one of STATUS_*. */
int
vm_run(int argc, char **argv)
{
	struct options o;
	struct machine m;

	if (options_parse(&o, argc, argv) < 0)
		errx(STATUS_USAGE, "%s", run_usage);
	if (machine_create(&m) < 0)
		return STATUS_SETUP;
	if (machine_start(&m, &o) < 0) {
		machine_ctl(&m, "destroy", NULL);
		return STATUS_SETUP;
	}
	if (o.detach) {
		printf("%d\n", m.id);
		return 0;
	}
	/* A guest with commands of its own needs no input but what is typed. */
	return machine_attend(&m, o.commands == NULL || isatty(0), o.exits);
}

/* vm console N: goes on as vm run does after its start. */
int
vm_console(const char *id)
{
	struct machine m;

	if (machine_open(&m, id) < 0)
		return STATUS_SETUP;
	return machine_attend(&m, true, false);
}
