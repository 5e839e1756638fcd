/* SPDX-License-Identifier: MIT */
/* The trusted tree; contracts in base.h. */
#include "grading/auto/base.h"

#include "grading/auto/handout.h"
#include "grading/auto/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
strip(const char *tree, const char *const *built, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *path = format("%s/build/%s", tree, built[i]);

		tree_remove(path);
		free(path);
	}
}

/* Nothing built from solutions stays in the tree. */
static void
base_strip(const struct grading *g, const char *tree)
{
	static const char *const built[] = { "drivers", "kernels", "droste",
		"droste.debug", "initrd.tar", "grade.tar", "root", "obj/pass1",
		"obj/ksyms.S", "obj/ksyms.o" };
	static const char *const programs[] = { "user", "obj/stripped" };
	struct list files = { 0 };

	strip(tree, built, sizeof(built) / sizeof(built[0]));
	lab_hole_files(g->lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		int len = (int)strcspn(files.at[i], ".");

		if (strncmp(files.at[i], "user/", 5) == 0)
			strip(tree, programs, 2);
		for (unsigned k = 0; k < 4; k++) {
			char *path = format("%s/build/obj/%s%.*s.%c", tree,
				k & 1 ? "host/" : "", len, files.at[i],
				k & 2 ? 'o' : 'd');

			tree_remove(path);
			free(path);
		}
	}
	list_free(&files);
}

/* Copy one file of the course's tree. */
static void
file_copy(const struct grading *g, const char *path, const char *tree)
{
	char *from = format("%s/%s", g->course->root, path);
	char *to = format("%s/%s", tree, path);
	size_t len;
	char *text = file_read(from, &len, COURSE_FILE_MAX);
	struct stat st;

	if (!text || stat(from, &st) != 0)
		die("cannot read %s: %s", from, strerror(errno));
	file_write(to, text, len);
	chmod(to, st.st_mode & 0100 ? 0755 : 0644);
	free(text);
	free(from);
	free(to);
}

/* The sources. */
static void
base_sources(const struct grading *g, const char *tree)
{
	struct list files = { 0 };

	if (!g->student) {
		handout_tree(g->course, g->lab, tree);
		return;
	}
	course_tree(g->course, &files);
	for (size_t i = 0; i < files.n; i++)
		file_copy(g, files.at[i], tree);
	list_free(&files);
}

/* -- What is kept ---------------------------------------------------------- */

static uint64_t
digest_add(uint64_t sum, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return (sum ^ len) * 0x100000001b3ull;
}

/* The files of a tree, sorted. */
static void
tree_files(const char *tree, struct list *files)
{
	char *paths = run_read(tree,
		(const char *[]){
			"find", ".", "-type", "f", "-printf", "%P\\n", NULL });

	list_split(files, paths);
	list_sort(files);
	free(paths);
}

/* What it is built with. */
static uint64_t
tools_digest(void)
{
	char *tools = run_read(NULL,
		(const char *[]){ "sh", "-c",
			"gcc --version; ld --version; make --version", NULL });
	uint64_t sum = digest_add(0xcbf29ce484222325ull, tools, strlen(tools));

	free(tools);
	return sum;
}

/* All that what is built, and stays, is made of. */
static uint64_t
base_digest(const struct grading *g, const char *tree, uint64_t tools)
{
	struct list holes = { 0 }, files = { 0 }, targets = { 0 };
	uint64_t sum = tools;

	grade_targets(g, NULL, &targets);
	for (size_t i = 0; i < targets.n; i++)
		sum = digest_add(sum, targets.at[i], strlen(targets.at[i]));
	lab_hole_files(g->lab, &holes);
	tree_files(tree, &files);
	for (size_t i = 0; i < files.n; i++) {
		const char *path = files.at[i];
		char *full = format("%s/%s", tree, path), *text;
		size_t len;

		if (!list_has(&holes, path)) {
			text = file_read(full, &len, COURSE_FILE_MAX);
			sum = digest_add(sum, path, strlen(path));
			sum = digest_add(sum, text ? text : "", text ? len : 0);
			free(text);
		}
		free(full);
	}
	list_free(&holes);
	list_free(&files);
	list_free(&targets);
	return sum;
}

/* Trees as they are kept belong to us, whoever built them. */
static bool
tree_copy(const char *from, const char *to)
{
	return run(NULL,
		       (const char *[]){ "cp", "-r",
			       "--preserve=mode,timestamps", from, to,
			       NULL }) == 0;
}

/* The folder of kept trees, locked until fd is closed; NULL: this tree cannot
 * be written, so none is kept. */
static char *
kept_open(const struct grading *g, int *fd)
{
	const char *b = getenv("B");
	char *build = format("%s/%s", g->course->root, b && *b ? b : "build");
	char *folder = format("%s/grade", build), *lock;

	*fd = -1;
	if (mkdir(build, 0777) == 0 || errno == EEXIST)
		mkdir(folder, 0777);
	lock = format("%s/lock", folder);
	*fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (*fd >= 0)
		flock(*fd, LOCK_EX);
	free(lock);
	free(build);
	if (*fd >= 0)
		return folder;
	free(folder);
	return NULL;
}

/* The name of a kept tree; without a digest, the pattern of all such. */
static char *
kept_name(const char *folder, const char *lab, uint64_t tools,
	const uint64_t *digest)
{
	char *all = digest ? format("%016llx", (unsigned long long)*digest)
			   : format("*");
	char *name = format("%s/%s-%016llx-%s", folder, lab,
		(unsigned long long)tools, all);

	free(all);
	return name;
}

/* Another kept tree that was built with the same tools: the lab's own of
 * earlier, or else the last lab's; to be freed.  NULL: there is none. */
static char *
kept_other(const char *folder, const struct lab *lab, uint64_t tools)
{
	char *own = kept_name(folder, lab->name, tools, NULL);
	char *any = kept_name(folder, "*", tools, NULL), *other = NULL;
	glob_t found;

	if (glob(own, 0, NULL, &found) == 0 ||
		glob(any, GLOB_APPEND, NULL, &found) == 0)
		other = format("%s", found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	free(own);
	free(any);
	return other;
}

void
base_take_over(const char *from, const char *tree)
{
	char *objects = format("%s/build/obj", from);
	char *build = format("%s/build/", tree);
	struct list files = { 0 };

	tree_files(tree, &files);
	folder_make(build);
	if (file_exists(objects) && !tree_copy(objects, build))
		die("cannot copy %s", objects);
	for (size_t i = 0; i < files.n; i++) {
		char *theirs = format("%s/%s", from, files.at[i]);
		char *ours = format("%s/%s", tree, files.at[i]);
		size_t their_len, our_len;
		char *their_text =
			file_read(theirs, &their_len, COURSE_FILE_MAX);
		char *our_text = file_read(ours, &our_len, COURSE_FILE_MAX);
		struct stat st;

		if (their_text && our_text && their_len == our_len &&
			memcmp(their_text, our_text, our_len) == 0 &&
			stat(theirs, &st) == 0)
			utimensat(AT_FDCWD, ours,
				(struct timespec[]){ st.st_mtim, st.st_mtim },
				0);
		free(their_text);
		free(our_text);
		free(theirs);
		free(ours);
	}
	list_free(&files);
	free(objects);
	free(build);
}

/* What a student's own make built, with the lock that tools/with-build has. */
static void
base_take_over_own(const struct grading *g, const char *tree)
{
	char *path = format("%s/build/lock", g->course->root);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		base_take_over(g->course->root, tree);
	if (fd >= 0)
		close(fd);
	free(path);
}

/* The tree as it was kept, but with the files with holes as they are now.
 * False: there is none; then what can be taken over of another is. */
static bool
base_fetch(const struct grading *g, uint64_t tools, uint64_t digest,
	const char *tree)
{
	int fd;
	char *folder = kept_open(g, &fd), *from, *other;
	struct list holes = { 0 };
	bool found;

	if (!folder)
		return false;
	from = kept_name(folder, g->lab->name, tools, &digest);
	found = file_exists(from);
	if (found) {
		lab_hole_files(g->lab, &holes);
		tree_remove(tree);
		if (!tree_copy(from, tree))
			die("cannot copy %s", from);
		if (g->student)
			for (size_t i = 0; i < holes.n; i++)
				file_copy(g, holes.at[i], tree);
		list_free(&holes);
	} else if ((other = kept_other(folder, g->lab, tools))) {
		base_take_over(other, tree);
		free(other);
	} else if (g->student) {
		base_take_over_own(g, tree);
	}
	close(fd);
	free(from);
	free(folder);
	return found;
}

/* Keep the tree, in place of older ones of the lab. */
static void
base_keep(const struct grading *g, uint64_t tools, uint64_t digest,
	const char *tree)
{
	int fd;
	char *folder = kept_open(g, &fd), *to, *new, *old;

	if (!folder)
		return;
	to = kept_name(folder, g->lab->name, tools, &digest);
	new = format("%s/new", folder);
	old = format("rm -rf '%s' '%s/%s'-*", new, folder, g->lab->name);
	run(NULL, (const char *[]){ "sh", "-c", old, NULL });
	if (!tree_copy(tree, new) || rename(new, to) != 0)
		tree_remove(new);
	close(fd);
	free(old);
	free(new);
	free(to);
	free(folder);
}

void
base_make(struct grading *g)
{
	char *folder = format("%s/base", g->scratch), *messages;
	struct sandbox sb = sandbox_of(folder, 0, true);
	uint64_t tools = tools_digest(), digest;

	folder_make(sb.out);
	base_sources(g, sb.tree);
	digest = base_digest(g, sb.tree, tools);
	if (!base_fetch(g, tools, digest, sb.tree)) {
		sandbox_give(&sb, folder);
		messages = grade_build(g, &sb, NULL);
		if (*messages && !g->student)
			die("the lab's own tree does not build:\n%s", messages);
		base_strip(g, sb.tree);
		base_keep(g, tools, digest, sb.tree);
		free(messages);
	}
	sandbox_of_free(&sb);
	free(folder);
}
