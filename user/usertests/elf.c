/* SPDX-License-Identifier: MIT */
/*
 * exec of files that lie about themselves.  The program is made here: one page
 * whose code exits with 0; all other bytes of it are HLT, so that whoever ends
 * up in the wrong place is killed and does no harm.
 */
#include "user/usertests/usertests.h"

#define BASE	 0x400000ul
#define CODE	 0x100 /* offset of the code in the file */
#define FILESIZE 0x1000

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct program {
	struct elf_header elf;
	struct program_header segment[2];
	uint8_t rest[FILESIZE - sizeof(struct elf_header) -
		2 * sizeof(struct program_header)];
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF-64 object file format");
_Static_assert(sizeof(struct program_header) == 56, "the same");
_Static_assert(sizeof(struct program) == FILESIZE, "one page");

static void
program_make(struct program *p)
{
	static const uint8_t code[] = {
		0x31, 0xff,		 /* xor %edi, %edi */
		0xb8, SYS_exit, 0, 0, 0, /* mov $SYS_exit, %eax */
		0x0f, 0x05,		 /* syscall */
	};

	memset(p, 0xf4, sizeof(*p)); /* HLT */
	memset(&p->elf, 0, sizeof(p->elf));
	memset(p->segment, 0, sizeof(p->segment));
	memcpy(p->elf.ident, "\177ELF\2\1\1", 7);
	p->elf.type = 2;
	p->elf.machine = 62;
	p->elf.version = 1;
	p->elf.entry = BASE + CODE;
	p->elf.phoff = sizeof(p->elf);
	p->elf.ehsize = sizeof(p->elf);
	p->elf.phentsize = sizeof(p->segment[0]);
	p->elf.phnum = 1;
	p->segment[0].type = 1;
	p->segment[0].flags = 5;
	p->segment[0].vaddr = BASE;
	p->segment[0].filesz = p->segment[0].memsz = FILESIZE;
	p->segment[0].align = 0x1000;
	memcpy((char *)p + CODE, code, sizeof(code));
}

#define EXEC_REFUSED 99 /* exit status of a child whose exec failed */

/* SYS_wait's status of a child that tries to become this file. */
static int
program_run(const void *file, size_t size)
{
	static char *const argv[] = { "p", NULL };
	int pid;

	file_make("p", file, size);
	pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		sys3(SYS_exec, "p", argv, argv + 1);
		_exit(EXEC_REFUSED);
	}
	return child_wait(pid);
}

/* It is refused, or it does not get far. */
static void
program_must_fail(const struct program *p, const char *what)
{
	int status = program_run(p, sizeof(*p));

	if (status == 0)
		fail("it runs with %s", what);
	if (WIFEXITED(status) && WEXITSTATUS(status) != EXEC_REFUSED)
		fail("it exits with %d with %s", WEXITSTATUS(status), what);
}

static void
program_must_be_refused(const struct program *p, const char *what)
{
	int status = program_run(p, sizeof(*p));

	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXEC_REFUSED)
		fail("it is not refused with %s: status %x", what, status);
}

static void
elf_good(void)
{
	struct program p;

	program_make(&p);
	check_is(program_run(&p, sizeof(p)), 0);
	check_is(unlink("p"), 0);
}
USERTEST(elf_good);

static void
elf_truncated(void)
{
	struct program p;

	program_make(&p);
	for (size_t size = 0; size < sizeof(p); size += size < 256 ? 7 : 419) {
		int status = program_run(&p, size);

		if (status != W_EXITCODE(EXEC_REFUSED, 0))
			fail("%zu bytes of it: status %x", size, status);
	}
	check_is(unlink("p"), 0);
}
USERTEST(elf_truncated);

#define TRY(changes)                                                           \
	do {                                                                   \
		program_make(&p);                                              \
		changes;                                                       \
		program_must_be_refused(&p, #changes);                         \
	} while (0)

static void
elf_wrong_header(void)
{
	struct program p;

	TRY(p.elf.ident[0] = 'X');
	TRY(p.elf.ident[4] = 1);
	TRY(p.elf.ident[5] = 2);
	TRY(p.elf.type = 1);
	TRY(p.elf.machine = 3);
	TRY(p.elf.phentsize = 0);
	TRY(p.elf.phentsize = 1);
	TRY(p.elf.phentsize = 0xffff);
	TRY(p.elf.phnum = 0);
	TRY(p.elf.phnum = 0xffff);
	TRY(p.elf.phoff = FILESIZE);
	TRY(p.elf.phoff = UINT64_MAX);
	TRY(p.elf.phoff = UINT64_MAX - 55);
	TRY(p.elf.phoff = (uint64_t)1 << 63);
	check_is(unlink("p"), 0);
}
USERTEST(elf_wrong_header);

static void
elf_wrong_segment(void)
{
	struct program p;

	TRY(p.segment[0].offset = FILESIZE);
	TRY(p.segment[0].offset = UINT64_MAX);
	TRY(p.segment[0].offset = UINT64_MAX - 4095);
	TRY(p.segment[0].filesz = FILESIZE + 1);
	TRY(p.segment[0].filesz = UINT64_MAX);
	TRY(p.segment[0].memsz = FILESIZE - 1);
	TRY(p.segment[0].memsz = UINT64_MAX);
	TRY(p.segment[0].memsz = (uint64_t)1 << 47);
	TRY(p.segment[0].vaddr = 0);
	TRY(p.segment[0].vaddr = 0x00007ffffffff000);
	TRY(p.segment[0].vaddr = 0x0000800000000000);
	TRY(p.segment[0].vaddr = 0xffff800000000000);
	TRY(p.segment[0].vaddr = 0xffffffff80000000);
	TRY(p.segment[0].vaddr = 0xfffffffffffff000);
	TRY(p.elf.phnum = 2; p.segment[1] = p.segment[0]); /* overlap */
	check_is(unlink("p"), 0);
}
USERTEST(elf_wrong_segment);

/* What may load but cannot run. */
static void
elf_wrong_entry(void)
{
	static const uint64_t entries[] = { 0, 1, BASE - 1, BASE + FILESIZE,
		BASE + 0x800, 0x00007fffffffffff, 0x0000800000000000,
		0x8000000000000000, 0xffffffff80000000, UINT64_MAX };
	struct program p;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		program_make(&p);
		p.elf.entry = entries[i];
		program_must_fail(&p, "a wrong entry");
	}
	program_make(&p);
	p.segment[0].flags = 4;
	program_must_fail(&p, "no right to execute");
	program_make(&p);
	p.segment[0].type = 0;
	program_must_fail(&p, "nothing to load");
	check_is(unlink("p"), 0);
}
USERTEST(elf_wrong_entry);

/* More memory than the machine has: refused, killed, or never touched. */
static void
elf_huge_bss(void)
{
	struct program p;
	int status;

	program_make(&p);
	p.segment[0].flags = 7;
	p.segment[0].memsz = (uint64_t)1 << 40;
	status = program_run(&p, sizeof(p));
	check(status == 0 || WIFSIGNALED(status) ||
		WEXITSTATUS(status) == EXEC_REFUSED);
	check_is(unlink("p"), 0);
}
USERTEST(elf_huge_bss);

/* Many files with a few bytes of their headers changed. */
static void
elf_random_headers(void)
{
	uint64_t state = 88172645463325252ull;
	struct program p;

	for (int i = 0; i < 300; i++) {
		program_make(&p);
		for (uint64_t n = 1 + random_next(&state) % 3; n > 0; n--) {
			uint64_t r = random_next(&state);

			((uint8_t *)&p)[r % 120] = (uint8_t)(r >> 32);
		}
		program_run(&p, sizeof(p));
	}
	program_make(&p);
	check_is(program_run(&p, sizeof(p)), 0);
	check_is(unlink("p"), 0);
}
USERTEST(elf_random_headers);

/* The file may go away, or change, while it runs. */
static void
elf_removed_while_running(void)
{
	static char *const argv[] = { "p", "0.2", NULL };
	static char block[4096];
	int in = open("/bin/sleep", O_RDONLY), out, pid;
	long n;

	check(in >= 0);
	out = open("p", O_WRONLY | O_CREAT);
	while ((n = read(in, block, sizeof(block))) > 0)
		check_is(write_all(out, block, (size_t)n), 0);
	check_is(close(out), 0);
	pid = fork();
	if (pid == 0) {
		execve("p", argv, argv + 2);
		_exit(EXEC_REFUSED);
	}
	pause_ms(50);
	out = open("p", O_WRONLY | O_TRUNC);
	if (out >= 0) {
		memset(block, 0xf4, sizeof(block));
		write_all(out, block, sizeof(block));
		close(out);
	}
	check_is(unlink("p"), 0);
	check_is(child_wait(pid), 0);
}
USERTEST(elf_removed_while_running);
