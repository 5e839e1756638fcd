/* SPDX-License-Identifier: MIT */
/*
 * What a submission's objects show that its text may hide: functions of the
 * host's library, or of the driver, that no exercise has a use for, and code
 * that runs before main().  Remarks for an instructor, never a verdict.
 */
#include "grading/auto/grade.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS	    20 /* a net */
#define OBJECTS_MAX 64

static const char *const calls[] = { "fork", "vfork", "clone", "execve",
	"execv", "execl", "system", "popen", "ptrace", "syscall", "kill",
	"raise", "exit", "quick_exit", "write", "puts", "printf", "putchar",
	"fwrite", "fputs", "fopen", "open", "openat", "symlink", "link",
	"mkfifo", "mmap", "mprotect", "dlsym", "getenv", "setvbuf", "say",
	"digest", "dice_next", "dice_below", NULL };
static const char *const early[] = { ".init_array", ".preinit_array", ".ctors",
	".fini_array", NULL };

static bool
is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && strncmp(*words, word, len) == 0)
			return true;
	return false;
}

static void
remark_add(struct list *remarks, char *remark)
{
	if (!list_has(remarks, remark))
		list_add(remarks, remark);
	free(remark);
}

/* One line of `objdump -h -t` about the object. */
static void
object_line(
	const char *object, const char *line, size_t len, struct list *remarks)
{
	const char *end = line + len, *word = end;
	size_t n;

	/* a symbol's name is the last word */
	while (word > line && word[-1] != ' ')
		word--;
	if (memmem(line, len, "*UND*", 5) &&
		is_one_of(word, (size_t)(end - word), calls))
		remark_add(remarks,
			format("%s calls %.*s()", object, (int)(end - word),
				word));
	/* a section's is the second: "  4 .init_array 00000008 ..." */
	word = line + strspn(line, " 0123456789");
	n = strcspn(word, " \n");
	if (word < end && is_one_of(word, n, early))
		remark_add(remarks,
			format("%s has code that runs before main()", object));
}

/* The objects of the lab's exercises that there are: host's and machine's. */
static void
objects_find(const struct lab *lab, const char *tree, struct list *objects)
{
	struct list files = { 0 };

	lab_hole_files(lab, &files);
	for (size_t i = 0; i < 2 * files.n && objects->n < OBJECTS_MAX; i++) {
		const char *file = files.at[i / 2];
		char *path = format("build/obj/%s%.*so", i % 2 ? "host/" : "",
			(int)strlen(file) - 1, file);
		char *full = format("%s/%s", tree, path);

		if (file_exists(full))
			list_add(objects, path);
		free(full);
		free(path);
	}
	list_free(&files);
}

/* What objdump says of them all; each begins with "NAME:". */
static void
objects_scan(const struct list *objects, const char *text, struct list *remarks)
{
	const char *object = "";

	while (*text) {
		size_t len = strcspn(text, "\n");

		for (size_t i = 0; i < objects->n; i++) {
			size_t name = strlen(objects->at[i]);

			if (strncmp(text, objects->at[i], name) == 0 &&
				text[name] == ':')
				object = objects->at[i];
		}
		object_line(object, text, len, remarks);
		text += len;
		text += *text == '\n';
	}
}

void
remark_objects(
	const struct lab *lab, const struct sandbox *sb, struct list *remarks)
{
	const char *argv[OBJECTS_MAX + 4] = { "objdump", "-h", "-t" };
	struct list objects = { 0 };
	struct sandbox_result r;

	objects_find(lab, sb->tree, &objects);
	for (size_t i = 0; i < objects.n; i++)
		argv[3 + i] = objects.at[i];
	if (objects.n) {
		sandbox_run(sb, argv, SECONDS, &r);
		objects_scan(&objects, r.out.s, remarks);
		sandbox_result_free(&r);
	}
	list_free(&objects);
}
