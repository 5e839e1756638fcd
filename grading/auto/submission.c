/* SPDX-License-Identifier: MIT */
/*
 * Taking files from a submission.  The folder is a stranger's: each part of a
 * path is opened without following links, only regular files of a sane size
 * are read, and nothing but the files with the lab's holes is looked at.
 *
 * The remarks are hints for an instructor, never a verdict: what a submission
 * tries to do is of no use to it, but worth a word with its author.
 */
#include "grading/auto/grade.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_MAX (256u << 10)

/* Open path below the folder, following no link; -1 with errno. */
static int
open_below(const char *folder, const char *path)
{
	int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0) {
		const char *slash = strchr(path, '/');
		char *part;
		int next;

		if (!slash) {
			next = openat(at, path,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
			close(at);
			return next;
		}
		part = format("%.*s", (int)(slash - path), path);
		next = openat(at, part,
			O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		free(part);
		close(at);
		at = next;
		path = slash + 1;
	}
	return -1;
}

char *
submission_file(const char *submission, const char *path, const char **problem)
{
	struct text t = { 0 };
	char buf[1 << 14];
	struct stat st;
	ssize_t n;
	int fd = open_below(submission, path);

	*problem = NULL;
	if (fd < 0)
		*problem = errno == ENOENT ? "is missing"
			: errno == ELOOP || errno == ENOTDIR
			? "is, or lies behind, a symbolic link: refused"
			: "cannot be read";
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		*problem = "is no regular file: refused";
	else if (st.st_size > SOURCE_MAX)
		*problem = "is larger than 256 KiB: refused";
	text_add(&t, "", 0);
	while (!*problem && (n = read(fd, buf, sizeof(buf))) > 0) {
		text_add(&t, buf, (size_t)n);
		if (t.len > SOURCE_MAX || memchr(buf, 0, (size_t)n))
			*problem = "is no source text: refused";
	}
	if (fd >= 0)
		close(fd);
	if (*problem)
		text_free(&t);
	return t.s;
}

static const struct {
	const char *needle, *remark;
} hints[] = {
	{ "incbin", "includes a binary file" },
	{ "#include \"/", "includes a file by an absolute path" },
	{ "#include </", "includes a file by an absolute path" },
	{ "../", "names a path that goes up" },
	{ "expected/", "names the folder of expected observations" },
	{ "constructor", "has code that runs before main()" },
	{ ".section", "places code or data in sections of its own" },
	{ "pushsection", "places code or data in sections of its own" },
	{ "section(", "places code or data in sections of its own" },
	{ "weak", "uses weak or aliased symbols" },
	{ "alias", "uses weak or aliased symbols" },
	{ "fork(", "starts processes" },
	{ "kill(", "sends signals" },
	{ "_exit(", "ends the process itself" },
	{ "exit(", "ends the process itself" },
	{ "0xf4", "names the debug-exit port" },
	{ "0xe9", "names the port of the grader's reports" },
	{ "printf(\"end", "prints what the driver prints" },
	{ "puts(", "prints on the host" },
	{ "write(1", "prints on the host" },
	{ "hypervisor", "asks whether it runs in an emulator" },
	{ "syscall", "makes system calls of the host" },
	{ "symlink(", "makes links" },
	{ "mkfifo(", "makes links" },
	{ "proc_start_init", "starts processes" },
	{ "results.json", "names the grader's results" },
	{ "gradebook", "names the grader's results" },
};

static bool
is_of_a_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is it in the text?  What ends with a parenthesis is the whole name of what is
 * called: do_exit() is no exit(). */
static bool
hint_is_in(const char *text, const char *needle)
{
	bool called = needle[strlen(needle) - 1] == '(';

	for (const char *at = text; (at = strstr(at, needle)); at++)
		if (!called || at == text || !is_of_a_name(at[-1]))
			return true;
	return false;
}

/* What the reference's own text has is no news. */
static void
remark_text(const char *path, const char *text, const char *known,
	struct list *remarks)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		char *remark;

		if (!hint_is_in(text, hints[i].needle) ||
			(known && hint_is_in(known, hints[i].needle)))
			continue;
		remark = format(
			"%s %s ('%s')", path, hints[i].remark, hints[i].needle);
		if (!list_has(remarks, remark))
			list_add(remarks, remark);
		free(remark);
	}
}

/* Files that a cheat would change, and that are not taken. */
static void
remark_untaken(const char *submission, const char *tree, struct list *remarks)
{
	static const char *const watched[] = { "Makefile", "kernel/kernel.ld",
		"tools/lab.mk", "tools/grading.mk", "kernel/main.c" };

	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++) {
		char *path = format("%s/%s", tree, watched[i]);
		char *ours = file_read(path, NULL, SOURCE_MAX);
		const char *problem;
		char *theirs =
			submission_file(submission, watched[i], &problem);
		char *remark = format("%s differs; it is not used", watched[i]);

		if (ours && theirs && strcmp(ours, theirs) != 0)
			list_add(remarks, remark);
		free(remark);
		free(theirs);
		free(ours);
		free(path);
	}
}

void
submission_take(const struct lab *lab, const char *submission, const char *tree,
	struct list *remarks)
{
	struct list files = { 0 };

	lab_hole_files(lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *to = format("%s/%s", tree, files.at[i]);
		char *known = file_read(to, NULL, SOURCE_MAX);
		const char *problem;
		char *text = submission_file(submission, files.at[i], &problem);
		char *remark;

		if (text) {
			remark_text(files.at[i], text, known, remarks);
			file_write(to, text, strlen(text));
		} else {
			remark = format("%s %s; the starter's is used",
				files.at[i], problem);
			list_add(remarks, remark);
			free(remark);
		}
		free(text);
		free(known);
		free(to);
	}
	list_free(&files);
	remark_untaken(submission, tree, remarks);
}
