/* SPDX-License-Identifier: MIT */
/* Files, pipes, and pointers that the kernel must not believe. */
#include "user/exercise/exercise.h"

#define STREAM 30000u /* bytes: more than a pipe holds */

static void
child_sends(struct work *w, int fd)
{
	char buf[700];
	size_t left = STREAM;

	while (left > 0) {
		size_t n = 1 + work_below(w, sizeof(buf));

		if (n > left)
			n = left;
		for (size_t i = 0; i < n; i++)
			buf[i] = (char)work_next(w);
		if (write(fd, buf, n) != (long)n)
			_exit(77);
		left -= n;
	}
	_exit(0);
}

void
part_pipes(struct work *w)
{
	int fd[2], status;
	uint64_t sum = 0, count = 0;
	char buf[512];
	long n;

	if (pipe(fd) != 0)
		err(1, "pipe");
	if (fork() == 0) {
		close(fd[0]);
		child_sends(w, fd[1]);
	}
	close(fd[1]);
	while ((n = read(fd[0], buf, 1 + work_below(w, sizeof(buf)))) > 0) {
		for (long i = 0; i < n; i++)
			sum = sum * 31 + (unsigned char)buf[i];
		count += (uint64_t)n;
	}
	close(fd[0]);
	wait(&status);
	work_saw(w, sum);
	work_saw(w, count);
	work_saw(w, (uint64_t)status);
}

static void
file_name(char *to, size_t size, unsigned n)
{
	snprintf(to, size, "/tmp/exercise-%u", n);
}

static void
file_write_somewhere(struct work *w, const char *name)
{
	int fd = open(name, O_CREAT | O_RDWR);
	uint64_t value = work_next(w);

	if (fd < 0)
		err(1, "%s", name);
	lseek(fd, (int64_t)work_below(w, 20000), SEEK_SET);
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		err(1, "%s", name);
	close(fd);
}

static void
file_read_all(struct work *w, const char *name)
{
	int fd = open(name, O_RDONLY);
	uint64_t word = 0;

	work_saw(w, (uint64_t)(fd < 0 ? errno : 0));
	if (fd < 0)
		return;
	while (read(fd, &word, sizeof(word)) > 0)
		work_saw(w, word);
	close(fd);
}

void
part_files(struct work *w)
{
	char name[64], other[64];

	mkdir("/tmp");
	for (unsigned i = 0; i < 60; i++) {
		file_name(name, sizeof(name), (unsigned)work_below(w, 5));
		file_name(other, sizeof(other), (unsigned)work_below(w, 5));
		switch (work_below(w, 5)) {
		case 0:
			work_saw(w, (uint64_t)unlink(name));
			break;
		case 1:
			work_saw(w, (uint64_t)rename(name, other));
			break;
		case 2:
			file_read_all(w, name);
			break;
		default:
			file_write_somewhere(w, name);
			break;
		}
	}
	for (unsigned i = 0; i < 5; i++) {
		file_name(name, sizeof(name), i);
		unlink(name);
	}
}

static void
saw_directory(struct work *w)
{
	char path[64];

	if (getcwd(path, sizeof(path)) == NULL)
		err(1, "getcwd");
	for (const char *at = path; *at; at++)
		work_saw(w, (uint64_t)*at);
}

/* A child begins where its parent is, and takes nobody along. */
static void
child_directory(struct work *w)
{
	saw_directory(w);
	if (work_below(w, 2)) {
		work_saw(w, (uint64_t)chdir(".."));
		saw_directory(w);
	}
}

/* Children come and go, and the parent is where it was. */
void
part_directory(struct work *w)
{
	char name[64];

	mkdir("/tmp");
	snprintf(name, sizeof(name), "/tmp/in-%lu", work_below(w, 1000));
	if (mkdir(name) != 0 || chdir(name) != 0)
		err(1, "%s", name);
	for (unsigned i = 0; i < 8; i++) {
		work_next(w);
		work_saw(w, (uint64_t)work_child(w, child_directory));
		saw_directory(w);
		file_write_somewhere(w, "here");
		file_read_all(w, "here");
	}
	unlink("here");
	if (chdir("/") != 0 || unlink(name) != 0)
		err(1, "%s", name);
	saw_directory(w);
}

/* System calls with pointers to nowhere, to the kernel, across an end. */
void
part_pointers(struct work *w)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE);
	uint64_t bad[5];
	int fd[2];

	if (page == MAP_FAILED || pipe(fd) != 0)
		err(1, "mmap");
	bad[0] = 0;
	bad[1] = 0xffffffff80100000ul;
	bad[2] = 0x8000000000000000ul;
	bad[3] = (uint64_t)page + PAGE - 4;
	bad[4] = 0xffff800000001000ul;
	for (unsigned i = 0; i < 40; i++) {
		uint64_t at = bad[work_below(w, 5)];
		long r;

		switch (work_below(w, 4)) {
		case 0:
			r = write(fd[1], (void *)at, 64);
			break;
		case 1:
			r = open((const char *)at, O_RDONLY);
			break;
		case 2:
			r = uname((struct utsname *)at);
			break;
		default:
			r = pipe((int *)(at + 2));
			break;
		}
		work_saw(w, (uint64_t)r);
		if (r < 0)
			work_saw(w, (uint64_t)errno);
	}
	close(fd[0]);
	close(fd[1]);
}
