/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of VMs as a program sees them, through /vm: tiny guests
 * (guests.S) that end, loop, talk, flood and misbehave.
 *
 * Each test makes its VMs, and leaves none behind.  Where the CPU has no
 * engine, they are skipped.
 *
 * Over 400 lines because the tests share what drives a VM.
 */
#include "kernel/cpu/time.h"
#include "kernel/fs/file.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/waitq.h"
#include "vmm/engine.h"

#define KERNEL_PATH "/selftest-guest"
#define TEXT_MAX    512
#define CYCLES	    1000
#define SETTLE_NS   (10 * NS_PER_SEC) /* ended threads are freed by then */
#define FLOOD_BYTES 100000

#define GUEST_DECLARE(name)                                                    \
	extern const uint8_t guest_##name[], guest_##name##_end[]
#define GUEST(name) guest_##name, guest_##name##_end

GUEST_DECLARE(exit42);
GUEST_DECLARE(loop);
GUEST_DECLARE(echo);
GUEST_DECLARE(flood);
GUEST_DECLARE(ports);
GUEST_DECLARE(triple);
GUEST_DECLARE(nowhere);
GUEST_DECLARE(lme_first);

struct machine {
	struct file *ctl, *console, *status;
	char text[TEXT_MAX]; /* status, as last read */
};

static bool
engine_missing(void)
{
	const struct cpu_engine *engine;
	const char *why;

	engine = cpu_engine_find(NULL, &why);
	if (engine && mmu_engine_find(engine, NULL, &why))
		return false;
	kwarn("no VM can run: %s\n", why);
	return true;
}

/* Write one command; 0 or -errno. */
static int
machine_ctl(struct machine *m, const char *command)
{
	int64_t put = file_write(m->ctl, command, strlen(command));

	return put < 0 ? (int)put : 0;
}

/* Read status and look for a whole line. */
static bool
machine_says(struct machine *m, const char *line)
{
	int64_t got = file_read_at(m->status, m->text, TEXT_MAX - 1, 0);
	const char *at = m->text;
	size_t n = strlen(line);

	if (got < 0)
		return false;
	m->text[got] = '\0';
	while (at && (strncmp(at, line, n) || at[n] != '\n')) {
		at = strchr(at, '\n');
		if (at)
			at++;
	}
	if (!at)
		kwarn("no '%s' in:\n%s", line, m->text);
	return at;
}

static int
machine_file(const char *id, const char *name, int flags, struct file **out)
{
	char path[64];

	snprintf(path, sizeof(path), "/vm/%s/%s", id, name);
	return vfs_open(NULL, path, flags, out);
}

static void
machine_close(struct machine *m)
{
	file_put(m->console);
	file_put(m->status);
	file_put(m->ctl);
}

/* A new VM with its files open. */
static int
machine_create(struct machine *m)
{
	char id[16];
	int64_t got;
	int err;

	memset(m, 0, sizeof(*m));
	err = vfs_open(NULL, "/vm/clone", O_RDWR, &m->ctl);
	if (err)
		return err;
	got = file_read(m->ctl, id, sizeof(id) - 1);
	if (got < 2)
		return -EIO;
	id[got - 1] = '\0'; /* the newline */
	err = machine_file(id, "console", O_RDWR, &m->console);
	if (!err)
		err = machine_file(id, "status", O_RDONLY, &m->status);
	return err;
}

/* The guest's bytes as a file that `kernel` can name. */
static int
kernel_write(const uint8_t *bytes, const uint8_t *end)
{
	struct file *file;
	size_t n = (size_t)(end - bytes);
	int64_t put;
	int err;

	err = vfs_open(NULL, KERNEL_PATH, O_CREAT | O_TRUNC | O_RDWR, &file);
	if (err)
		return err;
	put = file_write(file, bytes, n);
	file_put(file);
	return put == (int64_t)n ? 0 : -EIO;
}

/* A new VM of 2 MiB that runs this guest. */
static int
machine_start(struct machine *m, const uint8_t *bytes, const uint8_t *end)
{
	int err = kernel_write(bytes, end);

	if (!err)
		err = machine_create(m);
	if (!err)
		err = machine_ctl(m, "memory 2");
	if (!err)
		err = machine_ctl(m, "kernel " KERNEL_PATH);
	if (!err)
		err = machine_ctl(m, "start");
	vfs_unlink(NULL, KERNEL_PATH);
	return err;
}

/* Read the console to its end; the number of bytes. */
static int64_t
machine_drain(struct machine *m)
{
	int64_t got, total = 0;
	char buf[256];

	while ((got = file_read(m->console, buf, sizeof(buf))) > 0)
		total += got;
	return got < 0 ? got : total;
}

/* Run a guest to its end; true if status then has this line. */
static bool
guest_ends(const uint8_t *bytes, const uint8_t *end, const char *line)
{
	struct machine m;
	bool good;

	good = !machine_start(&m, bytes, end) && machine_drain(&m) >= 0 &&
		machine_says(&m, "state stopped") && machine_says(&m, line) &&
		!machine_ctl(&m, "destroy") && machine_says(&m, "state dead");
	machine_close(&m);
	return good;
}

/*
 * Have all frames come back?  Another thread frees what ended threads leave:
 * sleep, and look once a tick.
 */
static bool
frames_settle(size_t want)
{
	struct spinlock lock = SPINLOCK_INIT("settle");
	struct waitq never = WAITQ_INIT(never);
	uint64_t end = time_now() + SETTLE_NS;

	spin_lock(&lock);
	while (pmm_frames_free() < want && time_now() < end)
		waitq_sleep_until(&never, &lock, time_now() + TICK_NS);
	spin_unlock(&lock);
	if (pmm_frames_free() < want)
		kwarn("%zu frames lost\n", want - pmm_frames_free());
	return pmm_frames_free() >= want;
}

static int
vm_exit_status(void)
{
	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(guest_ends(GUEST(exit42), "status 42"));
	return SELFTEST_PASS;
}
SELFTEST(vm_exit_status);

static int
vm_cycles_lose_no_frame(void)
{
	size_t before;

	if (engine_missing())
		return SELFTEST_SKIP;
	/* the first ones leave caches behind */
	for (int i = 0; i < 10; i++)
		selftest_check(guest_ends(GUEST(exit42), "status 42"));
	before = pmm_frames_free();
	for (int i = 0; i < CYCLES; i++)
		selftest_check(guest_ends(GUEST(exit42), "status 42"));
	selftest_check(frames_settle(before));
	return SELFTEST_PASS;
}
SELFTEST(vm_cycles_lose_no_frame);

static int
vm_never_started_loses_no_frame(void)
{
	struct machine m;
	size_t before = 0;

	for (int i = 0; i < 100; i++) {
		if (i == 10)
			before = pmm_frames_free();
		selftest_check(!machine_create(&m));
		selftest_check(!machine_ctl(&m, "destroy"));
		machine_close(&m);
	}
	selftest_check(frames_settle(before));
	return SELFTEST_PASS;
}
SELFTEST(vm_never_started_loses_no_frame);

static int
vm_kill_ends_a_loop(void)
{
	struct machine m;

	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(!machine_start(&m, GUEST(loop)));
	selftest_check(machine_says(&m, "state running"));
	selftest_check(machine_ctl(&m, "destroy") == -EBUSY);
	selftest_check(!machine_ctl(&m, "kill"));
	selftest_check(machine_drain(&m) == 0);
	selftest_check(machine_says(&m, "reason killed"));
	selftest_check(!machine_ctl(&m, "destroy"));
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_kill_ends_a_loop);

/* Send text; is the answer the same in upper case? */
static bool
machine_echoes(struct machine *m, const char *text, const char *answer)
{
	size_t n = strlen(text), have = 0;
	char buf[64];
	int64_t got;

	if (file_write(m->console, text, n) != (int64_t)n)
		return false;
	while (have < n) {
		got = file_read(m->console, buf + have, n - have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return !memcmp(buf, answer, n);
}

static int
vm_console_both_ways(void)
{
	struct machine m;

	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(!machine_start(&m, GUEST(echo)));
	selftest_check(machine_echoes(&m, "hello", "HELLO"));
	selftest_check(machine_echoes(&m, "abcdefghijklmnopqrstuvwxyzabcdefg",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"));
	selftest_check(file_write(m.console, ".", 1) == 1);
	selftest_check(machine_drain(&m) == 0);
	selftest_check(machine_says(&m, "status 0"));
	selftest_check(!machine_ctl(&m, "destroy"));
	selftest_check(file_write(m.console, "x", 1) == -EPIPE);
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_console_both_ways);

static int
vm_two_at_once(void)
{
	struct machine a, b;

	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(!machine_start(&a, GUEST(echo)));
	selftest_check(!machine_start(&b, GUEST(echo)));
	selftest_check(machine_echoes(&a, "one", "ONE"));
	selftest_check(machine_echoes(&b, "two", "TWO"));
	selftest_check(machine_echoes(&a, "three", "THREE"));
	selftest_check(!machine_ctl(&a, "kill"));
	selftest_check(machine_drain(&a) == 0);
	selftest_check(machine_echoes(&b, "four", "FOUR"));
	selftest_check(!machine_ctl(&b, "kill"));
	selftest_check(machine_drain(&b) == 0);
	selftest_check(!machine_ctl(&a, "destroy"));
	selftest_check(!machine_ctl(&b, "destroy"));
	machine_close(&a);
	machine_close(&b);
	return SELFTEST_PASS;
}
SELFTEST(vm_two_at_once);

static int
vm_flood_with_a_reader_loses_no_byte(void)
{
	char buf[100];
	struct machine m;
	int64_t got, at = 0, i;

	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(!machine_start(&m, GUEST(flood)));
	while ((got = file_read(m.console, buf, sizeof(buf))) > 0)
		for (i = 0; i < got; i++, at++)
			selftest_check(buf[i] == 'a' + at % 26);
	selftest_check(machine_says(&m, "status 0"));
	selftest_check(at == FLOOD_BYTES);
	selftest_check(!machine_ctl(&m, "destroy"));
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_flood_with_a_reader_loses_no_byte);

static int
vm_flood_that_nobody_reads_can_be_killed(void)
{
	struct machine m;

	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(!machine_start(&m, GUEST(flood)));
	selftest_check(!machine_ctl(&m, "kill"));
	selftest_check(machine_drain(&m) >= 0);
	selftest_check(machine_says(&m, "state stopped"));
	selftest_check(!machine_ctl(&m, "destroy"));
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_flood_that_nobody_reads_can_be_killed);

static int
vm_all_ports_stand_all_accesses(void)
{
	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(guest_ends(GUEST(ports), "status 7"));
	return SELFTEST_PASS;
}
SELFTEST(vm_all_ports_stand_all_accesses);

static int
vm_triple_fault_is_said(void)
{
	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(
		guest_ends(GUEST(triple), "reason triple fault at 0x100020"));
	return SELFTEST_PASS;
}
SELFTEST(vm_triple_fault_is_said);

static int
vm_jump_to_nowhere_ends_the_guest(void)
{
	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(guest_ends(GUEST(nowhere), "status 255"));
	return SELFTEST_PASS;
}
SELFTEST(vm_jump_to_nowhere_ends_the_guest);

/* On svm+npt this ended the machine: erratum Q22 of QEMU. */
static int
vm_lme_before_pae_is_the_guests_alone(void)
{
	if (engine_missing())
		return SELFTEST_SKIP;
	selftest_check(guest_ends(GUEST(lme_first), "status 42"));
	return SELFTEST_PASS;
}
SELFTEST(vm_lme_before_pae_is_the_guests_alone);

/* Is a command refused with err, and is this the error line? */
static bool
machine_refuses(
	struct machine *m, const char *command, int err, const char *line)
{
	return machine_ctl(m, command) == err && machine_says(m, line) &&
		machine_says(m, "state created");
}

static int
vm_bad_commands_are_refused_with_a_reason(void)
{
	struct machine m;

	selftest_check(!machine_create(&m));
	selftest_check(machine_refuses(
		&m, "jump", -EINVAL, "error no such command: jump"));
	selftest_check(machine_refuses(&m, "memory many", -EINVAL,
		"error memory: 'many' is no number of MiB"));
	selftest_check(machine_refuses(&m, "memory 1", -EINVAL,
		"error memory: 1 MiB is not from 2 to 65536"));
	selftest_check(machine_refuses(&m, "kernel boot", -EINVAL,
		"error 'boot' is no path that begins with /"));
	selftest_check(machine_refuses(
		&m, "start now", -EINVAL, "error start takes no argument"));
	selftest_check(
		machine_refuses(&m, "kill", -EINVAL, "error it does not run"));
	selftest_check(!machine_ctl(&m, "kernel /none"));
	selftest_check(machine_refuses(
		&m, "start", -ENOENT, "error kernel: no file /none"));
	selftest_check(!machine_ctl(&m, "destroy"));
	selftest_check(machine_ctl(&m, "destroy") == -ESRCH);
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_bad_commands_are_refused_with_a_reason);

static int
vm_directory_goes_with_the_last_file(void)
{
	struct vnode *vnode;
	struct machine m;
	char path[24], id[16];
	int64_t got;

	selftest_check(!machine_create(&m));
	got = file_read_at(m.ctl, id, sizeof(id) - 1, 0);
	selftest_check(got > 1);
	id[got - 1] = '\0';
	snprintf(path, sizeof(path), "/vm/%s", id);
	selftest_check(!vfs_lookup(NULL, path, &vnode));
	vnode_put(vnode);
	selftest_check(!machine_ctl(&m, "destroy"));
	selftest_check(vfs_lookup(NULL, path, &vnode) == -ENOENT);
	selftest_check(machine_says(&m, "state dead"));
	machine_close(&m);
	return SELFTEST_PASS;
}
SELFTEST(vm_directory_goes_with_the_last_file);
