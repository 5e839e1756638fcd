/* SPDX-License-Identifier: MIT */
/*
 * The files of /vm in the hands of an adversary: commands that make no sense
 * or come at the wrong time, and guests that misbehave.
 *
 * The guests are made here: a kernel of some bytes with a PVH note, which the
 * VMM enters at 1 MiB in 32-bit protected mode without paging.  On a CPU that
 * no engine can use the tests that need one pass without it.
 *
 * Over 400 lines because all of /vm is attacked in one place.
 */
#include "user/usertests/usertests.h"

/* Makes a VM; *id is its number.  Returns its ctl, or -1: there is no /vm. */
static int
machine_new(int *id)
{
	char number[16];
	int ctl = open("/vm/clone", O_RDWR);
	uint64_t value;
	long n;

	if (ctl < 0 && errno == ENOENT)
		return -1;
	check(ctl >= 0);
	n = read(ctl, number, sizeof(number) - 1);
	check(n > 1 && number[n - 1] == '\n');
	number[n - 1] = 0;
	check_is(parse_number(number, &value), 0);
	*id = (int)value;
	return ctl;
}

/* The result of one command. */
static long
machine_ctl(int ctl, const char *command)
{
	return sys3(SYS_write, ctl, command, strlen(command));
}

static void
check_ctl(int ctl, const char *command)
{
	long result = machine_ctl(ctl, command);

	if (result != (long)strlen(command))
		fail("'%s' returns %ld", command, result);
}

static int
machine_open(int id, const char *name, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/vm/%d/%s", id, name);
	return (int)sys2(SYS_open, path, flags);
}

/* The text of a file of the machine. */
static void
machine_read(int id, const char *name, char *text, size_t size)
{
	int fd = machine_open(id, name, O_RDONLY);
	long n;

	check(fd >= 0);
	n = read(fd, text, size - 1);
	check(n >= 0);
	text[n] = '\0';
	close(fd);
}

/* Has status a line that begins so? */
static bool
machine_is(int id, const char *line)
{
	int fd = machine_open(id, "status", O_RDONLY);
	struct reader r;
	bool found = false;
	char *text;

	check(fd >= 0);
	reader_init(&r, fd);
	while (!found && reader_line(&r, &text) > 0)
		found = strncmp(text, line, strlen(line)) == 0;
	reader_fini(&r);
	close(fd);
	return found;
}

static void
machine_destroy(int ctl)
{
	check_ctl(ctl, "destroy");
	check_is(close(ctl), 0);
}

static void
vm_bad_commands(void)
{
	static const char *const commands[] = { "", " ", "\n", "nothing",
		"memory", "memory ", "memory 0", "memory 1", "memory -1",
		"memory 64x", "memory 99999999999999999999999",
		"memory 18446744073709551615", "memory 17592186044417",
		"engine", "engine 0123456789012345678901234567890123456789",
		"mmu ", "kernel", "kernel relative", "initrd x", "start now",
		"kill", "destroy it", "MEMORY 64", " memory 64" };
	static char big[100000];
	int id, ctl = machine_new(&id);

	if (ctl < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i][0] != 0 && machine_ctl(ctl, commands[i]) >= 0)
			fail("'%s' is taken", commands[i]);
	memset(big, 'x', sizeof(big) - 1);
	check(machine_ctl(ctl, big) < 0);
	check(sys3(SYS_write, ctl, "kill\0destroy", 12) < 0);
	check(sys3(SYS_write, ctl, NULL, 10) == -EFAULT);
	check(sys3(SYS_write, ctl, 0xffffffff80000000, 10) == -EFAULT);
	check(sys3(SYS_write, ctl, "start", SIZE_MAX) < 0);
	check(machine_is(id, "state created"));
	machine_destroy(ctl);
}
USERTEST(vm_bad_commands);

static void
vm_destroyed_once(void)
{
	int id, ctl = machine_new(&id), status;
	char text[512];

	if (ctl < 0)
		return;
	status = machine_open(id, "status", O_RDONLY);
	check_ctl(ctl, "destroy");
	check(machine_ctl(ctl, "destroy") < 0);
	check(machine_ctl(ctl, "start") < 0);
	check(machine_ctl(ctl, "memory 64") < 0);
	check(machine_ctl(ctl, "kill") < 0);
	check_is(machine_open(id, "ctl", O_RDWR), -ENOENT);
	check(read(status, text, sizeof(text)) > 0);
	check_is(strncmp(text, "state dead", 10), 0);
}
USERTEST(vm_destroyed_once);

/* What the directories must refuse. */
static void
vm_directory(void)
{
	static const char *const names[] = { "ctl", "console", "status",
		"exits", "regs", "trace" };
	int id, ctl = machine_new(&id), fd;
	char path[PATH_MAX], c;

	if (ctl < 0)
		return;
	snprintf(path, sizeof(path), "/vm/%d", id);
	check(sys1(SYS_unlink, path) < 0);
	check(sys2(SYS_rename, path, "/vm/0") < 0);
	check(sys1(SYS_mkdir, "/vm/new") < 0);
	check(sys2(SYS_open, "/vm/new", O_RDWR | O_CREAT) < 0);
	check(sys2(SYS_open, "/vm/01", O_RDONLY) < 0);
	check(sys2(SYS_open, "/vm/-1", O_RDONLY) < 0);
	check(sys2(SYS_open, "/vm/4294967297", O_RDONLY) < 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/vm/%d/%s", id, names[i]);
		check(sys1(SYS_unlink, path) < 0);
		check(sys2(SYS_rename, path, "x") < 0);
	}
	fd = machine_open(id, "status", O_RDWR);
	check(fd < 0 || sys3(SYS_write, fd, "state dead", 10) < 0);
	fd = machine_open(id, "status", O_RDONLY);
	check(sys3(SYS_read, fd, 1, 10) == -EFAULT);
	check(lseek(fd, (int64_t)1 << 40, SEEK_SET) < 0 ||
		read(fd, &c, 1) == 0);
	machine_destroy(ctl);
}
USERTEST(vm_directory);

/* Many at once: numbers are their own, and all memory comes back. */
static void
vm_many(void)
{
	int ids[20], ctls[20];

	for (int i = 0; i < 20; i++) {
		ctls[i] = machine_new(&ids[i]);
		if (ctls[i] < 0)
			return;
		check(i == 0 || ids[i] > ids[i - 1]);
	}
	for (int i = 0; i < 20; i++)
		machine_destroy(ctls[i]);
}
USERTEST(vm_many);

/* A kernel with a PVH note (Xen, docs/misc/pvh.pandoc). */
struct guest_image {
	struct {
		uint8_t ident[16];
		uint16_t type, machine;
		uint32_t version;
		uint64_t entry, phoff, shoff;
		uint32_t flags;
		uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	} elf;
	struct {
		uint32_t type, flags;
		uint64_t offset, vaddr, paddr, filesz, memsz, align;
	} segment[2];
	struct {
		uint32_t namesz, descsz, type;
		char name[4];
		uint32_t entry;
	} note;
	uint8_t code[64];
};

#define GUEST_BASE   0x100000u
#define NOTE_PHYS32  18
#define SEGMENT_LOAD 1
#define SEGMENT_NOTE 4

static void
guest_write(const char *path, const uint8_t *code, size_t n)
{
	struct guest_image g = {
		.elf = { .ident = "\177ELF\2\1\1",
			.type = 2,
			.machine = 62,
			.version = 1,
			.ehsize = 64,
			.phentsize = 56,
			.phnum = 2 },
	};

	g.elf.phoff = offsetof(struct guest_image, segment);
	g.elf.entry = GUEST_BASE + offsetof(struct guest_image, code);
	g.segment[0].type = SEGMENT_LOAD;
	g.segment[0].flags = 7;
	g.segment[0].vaddr = g.segment[0].paddr = GUEST_BASE;
	g.segment[0].filesz = g.segment[0].memsz = sizeof(g);
	g.segment[1].type = SEGMENT_NOTE;
	g.segment[1].offset = offsetof(struct guest_image, note);
	g.segment[1].filesz = g.segment[1].memsz = sizeof(g.note);
	g.note.namesz = g.note.descsz = 4;
	g.note.type = NOTE_PHYS32;
	memcpy(g.note.name, "Xen", 4);
	g.note.entry = (uint32_t)g.elf.entry;
	memcpy(g.code, code, n);
	file_make(path, &g, sizeof(g));
}

/* A started VM with this code, or -1 where none can be. */
static int
guest_start(const uint8_t *code, size_t n, int *id)
{
	char command[PATH_MAX + 16], directory[PATH_MAX];
	int ctl = machine_new(id);

	if (ctl < 0)
		return -1;
	guest_write("guest", code, n);
	check(getcwd(directory, sizeof(directory)) != NULL);
	snprintf(command, sizeof(command), "kernel %s/guest", directory);
	check_ctl(ctl, "memory 4");
	check_ctl(ctl, command);
	n = (size_t)machine_ctl(ctl, "start");
	check_is(unlink("guest"), 0);
	if ((long)n == -ENODEV) {
		machine_destroy(ctl);
		return -1;
	}
	check_is(n, 5);
	return ctl;
}

static void
guest_wait(int id)
{
	while (machine_is(id, "state running"))
		pause_ms(1);
	check(machine_is(id, "state stopped"));
}

/* mov $5, %al; out %al, $0xf4; jmp . */
static const uint8_t code_exit[] = { 0xb0, 5, 0xe6, 0xf4, 0xeb, 0xfe };
/* cli; jmp . */
static const uint8_t code_spin[] = { 0xfa, 0xeb, 0xfe };
/* cli; hlt; jmp . */
static const uint8_t code_halt[] = { 0xfa, 0xf4, 0xeb, 0xfd };
/* ud2, without an IDT */
static const uint8_t code_triple_fault[] = { 0x0f, 0x0b };
/* mov $0xdead0000, %eax; jmp *%eax */
static const uint8_t code_lost[] = { 0xb8, 0, 0, 0xad, 0xde, 0xff, 0xe0 };
/* mov $0x3f8, %edx; mov $'A', %al; 1: out %al, %dx; jmp 1b */
static const uint8_t code_flood[] = { 0xba, 0xf8, 3, 0, 0, 0xb0, 'A', 0xee,
	0xeb, 0xfd };
/* mov $0xfff0, %edx; 1: in %dx, %eax; dec %edx; cmp $0xf4, %dx; jne 1b; exit */
static const uint8_t code_ports[] = { 0xba, 0xf0, 0xff, 0, 0, 0xed, 0x4a, 0x66,
	0x81, 0xfa, 0xf4, 0x00, 0x75, 0xf6, 0xb0, 5, 0xe6, 0xf4, 0xeb, 0xfe };

static void
vm_guest_exits(void)
{
	int id, ctl = guest_start(code_exit, sizeof(code_exit), &id);

	if (ctl < 0)
		return;
	guest_wait(id);
	check(machine_is(id, "status 5\n"));
	check(machine_ctl(ctl, "start") < 0);
	machine_destroy(ctl);
}
USERTEST(vm_guest_exits);

static void
vm_guest_reads_all_ports(void)
{
	int id, ctl = guest_start(code_ports, sizeof(code_ports), &id);

	if (ctl < 0)
		return;
	guest_wait(id);
	check(machine_is(id, "status 5\n"));
	machine_destroy(ctl);
}
USERTEST(vm_guest_reads_all_ports);

/* Guests that would run for ever; each can be killed, and none disturbs. */
static void
guest_kill(const uint8_t *code, size_t n)
{
	int id, ctl = guest_start(code, n, &id);

	if (ctl < 0)
		return;
	pause_ms(20);
	check(machine_is(id, "state running"));
	check_is(machine_ctl(ctl, "destroy"), -EBUSY);
	check_is(machine_ctl(ctl, "start"), -EBUSY);
	check_is(machine_ctl(ctl, "memory 4"), -EBUSY);
	check_ctl(ctl, "kill");
	guest_wait(id);
	check(!machine_is(id, "status 0\n"));
	machine_destroy(ctl);
}

static void
vm_guest_spins(void)
{
	guest_kill(code_spin, sizeof(code_spin));
}
USERTEST(vm_guest_spins);

static void
vm_guest_halts(void)
{
	guest_kill(code_halt, sizeof(code_halt));
}
USERTEST(vm_guest_halts);

static void
vm_guest_floods_console(void)
{
	guest_kill(code_flood, sizeof(code_flood));
}
USERTEST(vm_guest_floods_console);

/*
 * mov $0x200000, %esp; push $0x34; push $0x56780fff; lidt (%esp): a register
 * that only the CPU or its VMCB knows.
 */
#define CODE_LIDT                                                              \
	0xbc, 0, 0, 0x20, 0, 0x68, 0x34, 0, 0, 0, 0x68, 0xff, 0x0f, 0x78,      \
		0x56, 0x0f, 0x01, 0x1c, 0x24
#define LINE_LIDT "idtr base 0000000000345678 limit 0fff\n"
static const uint8_t code_lidt_spin[] = { CODE_LIDT, 0xfa, 0xeb, 0xfe };
static const uint8_t code_lidt_halt[] = { CODE_LIDT, 0xfa, 0xf4, 0xeb, 0xfd };
static const uint8_t code_lidt_flood[] = { CODE_LIDT, 0xba, 0xf8, 3, 0, 0, 0xb0,
	'A', 0xee, 0xeb, 0xfd };

/* regs is true of a guest that runs, halts, or waits for its console. */
static void
guest_regs(const uint8_t *code, size_t n)
{
	int id, ctl = guest_start(code, n, &id), console;
	char text[4096] = "";

	if (ctl < 0)
		return;
	console = machine_open(id, "console", O_RDONLY);
	for (int i = 0; i < 1000 && !strstr(text, LINE_LIDT); i++) {
		pause_ms(1);
		machine_read(id, "regs", text, sizeof(text));
	}
	check(strstr(text, LINE_LIDT));
	for (int i = 0; i < 50; i++) {
		machine_read(id, "regs", text, sizeof(text));
		check(strstr(text, LINE_LIDT));
	}
	close(console);
	check_ctl(ctl, "kill");
	guest_wait(id);
	machine_destroy(ctl);
}

static void
vm_regs_of_guests_that_run(void)
{
	guest_regs(code_lidt_spin, sizeof(code_lidt_spin));
	guest_regs(code_lidt_halt, sizeof(code_lidt_halt));
	guest_regs(code_lidt_flood, sizeof(code_lidt_flood));
}
USERTEST(vm_regs_of_guests_that_run);

/* Guests that end by a mistake; the reason is told, and no status is made up.
 */
static void
guest_dies(const uint8_t *code, size_t n)
{
	int id, ctl = guest_start(code, n, &id);

	if (ctl < 0)
		return;
	guest_wait(id);
	check(machine_is(id, "reason "));
	check(!machine_is(id, "status 0\n"));
	machine_destroy(ctl);
}

static void
vm_guest_triple_faults(void)
{
	guest_dies(code_triple_fault, sizeof(code_triple_fault));
}
USERTEST(vm_guest_triple_faults);

static void
vm_guest_gets_lost(void)
{
	guest_dies(code_lost, sizeof(code_lost));
}
USERTEST(vm_guest_gets_lost);

static int owned, owner_says[2];

static void
own_and_sleep(void)
{
	if (guest_start(code_spin, sizeof(code_spin), &owned) < 0)
		_exit(1);
	check_is(write(owner_says[1], "x", 1), 1);
	nanosleep_for(1000ull * 1000000000);
}

/* The one who started a VM dies: it runs on, and anybody can end it. */
static void
vm_owner_killed(void)
{
	int id, ctl = machine_new(&id), pid;
	bool started;
	char said;

	if (ctl < 0)
		return;
	machine_destroy(ctl);
	check_is(pipe(owner_says), 0);
	pid = child_start(own_and_sleep);
	close(owner_says[1]);
	started = read(owner_says[0], &said, 1) == 1;
	close(owner_says[0]);
	if (!started) {
		check_is(child_wait(pid), W_EXITCODE(1, 0));
		return;
	}
	check_is(kill(pid, SIGKILL), 0);
	child_wait(pid);
	ctl = machine_open(id + 1, "ctl", O_RDWR);
	check(ctl >= 0);
	check(machine_is(id + 1, "state running"));
	check_ctl(ctl, "kill");
	guest_wait(id + 1);
	machine_destroy(ctl);
}
USERTEST(vm_owner_killed);

/* Several at once, each with a thread of its own beside this one. */
static void
vm_guests_together(void)
{
	int ids[5], ctls[5];

	for (int i = 0; i < 5; i++) {
		ctls[i] = guest_start(code_spin, sizeof(code_spin), &ids[i]);
		if (ctls[i] < 0)
			return;
	}
	for (int i = 0; i < 5; i++)
		check(machine_is(ids[i], "state running"));
	for (int i = 0; i < 5; i++) {
		check_ctl(ctls[i], "kill");
		guest_wait(ids[i]);
		machine_destroy(ctls[i]);
	}
}
USERTEST(vm_guests_together);

/* Input for a guest that reads none waits, to a limit, without a fault. */
static void
vm_console_input(void)
{
	static char text[4096];
	int id, ctl = guest_start(code_halt, sizeof(code_halt), &id), fd;
	struct pollfd p = { .events = POLLOUT };
	long n = 0;

	if (ctl < 0)
		return;
	fd = machine_open(id, "console", O_RDWR);
	check(fd >= 0);
	check_is(sys3(SYS_write, fd, 0xffffffff80000000, 16), -EFAULT);
	p.fd = fd;
	while (n < 100000 && poll(&p, 1, 0) == 1 && p.revents == POLLOUT) {
		check_is(write(fd, text, 1), 1);
		n++;
	}
	check(n > 0 && n < 100000);
	check_ctl(ctl, "kill");
	guest_wait(id);
	check_is(read(fd, text, sizeof(text)), 0);
	check_is(sys3(SYS_write, fd, text, 1), -EPIPE);
	check_is(close(fd), 0);
	machine_destroy(ctl);
}
USERTEST(vm_console_input);
