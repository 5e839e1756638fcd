/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of what needs threads that really sleep and run side by side;
 * the rest is tested on the host (grading/unit/).
 */
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/thread.h"

#define PIPE_TEST_BYTES (256 * 1024)
#define APPEND_THREADS	4
#define APPEND_RECORDS	250
#define APPEND_SIZE	24 /* bytes of a record; pages end inside of some */
#define APPEND_PATH	"/selftest-append"
#define FRAMES_PATH	"/selftest-frames"

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

/* Write the pattern to a pipe in pieces of changing size, then close it. */
static void
write_pattern(void *arg)
{
	struct file *writer = arg;
	uint8_t buf[300];
	size_t done = 0, n, size = 1;
	int64_t count = 1;

	while (done < PIPE_TEST_BYTES && count > 0) {
		n = size < PIPE_TEST_BYTES - done ? size
						  : PIPE_TEST_BYTES - done;
		for (size_t i = 0; i < n; i++)
			buf[i] = pattern(done + i);
		count = file_write(writer, buf, n);
		done += (size_t)count;
		size = size % sizeof(buf) + 1;
	}
	file_put(writer);
}

/* How many bytes of the pattern come out of a pipe before the end. */
static size_t
read_pattern(struct file *reader)
{
	uint8_t buf[256];
	size_t done = 0;
	int64_t count;

	while ((count = file_read(reader, buf, sizeof(buf))) > 0)
		for (int64_t i = 0; i < count; i++, done++)
			if (buf[i] != pattern(done))
				return done;
	return done;
}

static int
pipe_between_threads(void)
{
	struct file *reader, *writer;
	size_t done;

	selftest_check(pipe_create(&reader, &writer) == 0);
	if (!thread_create("pipe test", write_pattern, writer)) {
		file_put(writer);
		file_put(reader);
		selftest_check(!"a thread can be made");
	}
	done = read_pattern(reader);
	file_put(reader);
	selftest_check(done == PIPE_TEST_BYTES);
	return SELFTEST_PASS;
}
SELFTEST(pipe_between_threads);

/* Append records to a file, each byte the same, then close a pipe's end. */
static void
append_records(void *arg)
{
	static uint8_t last_mark; /* atomic */
	struct file *done = arg, *file;
	char record[APPEND_SIZE];

	memset(record,
		'a' +
			__atomic_fetch_add(&last_mark, 1, __ATOMIC_RELAXED) %
				APPEND_THREADS,
		sizeof(record));
	if (vfs_open(NULL, APPEND_PATH, O_WRONLY | O_APPEND, &file) == 0) {
		for (int i = 0; i < APPEND_RECORDS; i++)
			file_write(file, record, sizeof(record));
		file_put(file);
	}
	file_put(done);
}

/* Are all records of the file there, and each in one piece? */
static bool
records_are_whole(struct file *file)
{
	char record[APPEND_SIZE];
	size_t counts[APPEND_THREADS] = { 0 };
	unsigned mark;

	while (file_read(file, record, sizeof(record)) == APPEND_SIZE) {
		mark = (unsigned)(record[0] - 'a');
		for (size_t i = 0; i < sizeof(record); i++)
			if (record[i] != record[0] || mark >= APPEND_THREADS)
				return false;
		counts[mark]++;
	}
	for (int i = 0; i < APPEND_THREADS; i++)
		if (counts[i] != APPEND_RECORDS)
			return false;
	return true;
}

/* Run append_records in several threads and wait for the last. */
static int
append_from_threads(void)
{
	struct file *reader, *writer;
	int err = pipe_create(&reader, &writer), started = 0;
	char c;

	if (err)
		return err;
	for (; started < APPEND_THREADS; started++) {
		file_get(writer);
		if (!thread_create("append test", append_records, writer)) {
			file_put(writer);
			break;
		}
	}
	file_put(writer);
	err = (int)file_read(reader, &c, 1); /* 0: all ends are closed */
	file_put(reader);
	return err ? err : started - APPEND_THREADS;
}

static int
memfs_appends_stay_whole(void)
{
	struct file *file;
	bool whole = false;

	selftest_check(vfs_open(NULL, APPEND_PATH, O_RDWR | O_CREAT | O_EXCL,
			       &file) == 0);
	if (append_from_threads() == 0)
		whole = records_are_whole(file);
	file_put(file);
	selftest_check(vfs_unlink(NULL, APPEND_PATH) == 0);
	selftest_check(whole);
	return SELFTEST_PASS;
}
SELFTEST(memfs_appends_stay_whole);

/* Make a file of `frames` pages, one byte in each. */
static int
make_sparse(struct file **file, int frames)
{
	int err = vfs_open(NULL, FRAMES_PATH, O_RDWR | O_CREAT, file);

	if (err)
		return err;
	for (int i = 0; i < frames && err == 0; i++) {
		file_seek(*file, i * (int64_t)PAGE_SIZE, SEEK_SET);
		err = file_write(*file, "x", 1) == 1 ? 0 : -ENOSPC;
	}
	return err;
}

/*
 * A lost page a round would be 3200; what others allocate in the meantime
 * is far less.
 */
static int
memfs_gives_frames_back(void)
{
	const int rounds = 50, frames = 64;
	size_t before = pmm_frames_free(), after;
	struct file *file;

	for (int i = 0; i < rounds; i++) {
		selftest_check(make_sparse(&file, frames) == 0);
		selftest_check(vfs_unlink(NULL, FRAMES_PATH) == 0);
		file_put(file);
	}
	after = pmm_frames_free();
	selftest_check(after + (size_t)rounds > before);
	return SELFTEST_PASS;
}
SELFTEST(memfs_gives_frames_back);
