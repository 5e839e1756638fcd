/* SPDX-License-Identifier: MIT */

/*
 * GNU objdump as a reference. It takes the blob as a raw binary file and prints
 * one line an instruction; the length is the distance to the next line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grading/decode/diff.h"

static int
blob_write(const struct blob *blob, char *path)
{
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
	bool ok;

	if (!file)
		return -errno;
	ok = fwrite(blob->bytes, 1, blob->n, file) == blob->n;
	ok = !fclose(file) && ok;
	return ok ? 0 : -EIO;
}

/* "  1f:\tmov    %eax,%ebx": the offset, and the text behind the tab. */
static bool
line_parse(const char *line, struct claim *claim)
{
	char *end;
	size_t offset = strtoul(line, &end, 16);

	if (end == line || end[0] != ':' || end[1] != '\t')
		return false;
	claim->offset = offset;
	snprintf(claim->text, sizeof(claim->text), "%.*s",
		(int)strcspn(end + 2, "\n"), end + 2);
	return true;
}

/* Returns how many instructions objdump printed. */
static size_t
sweep_lines(const struct blob *blob, FILE *out, struct tally *tally)
{
	struct claim last = { .reference = NULL };
	struct claim next = { .reference = "objdump" };
	char line[512];
	size_t n = 0;

	while (fgets(line, sizeof(line), out)) {
		if (!line_parse(line, &next))
			continue;
		if (last.reference) {
			last.len = next.offset - last.offset;
			if (strstr(last.text, "(bad)"))
				last.len = 0;
			judge_claim(blob, &last, tally);
		}
		last = next;
		n++;
		if (tally->compared >= tally->wanted)
			break;
	}
	return n;
}

int
objdump_sweep(const struct blob *blob, struct tally *tally)
{
	const char *machine = blob->mode == CPU_MODE_64 ? "i386:x86-64"
		: blob->mode == CPU_MODE_32		? "i386"
							: "i8086";
	const char *dir = getenv("TMPDIR");
	char path[256], command[512];
	FILE *out;
	int err;

	snprintf(path, sizeof(path), "%s/decode-XXXXXX", dir ? dir : "/tmp");
	err = blob_write(blob, path);
	if (err)
		return err;
	snprintf(command, sizeof(command),
		"objdump -D -z -b binary -m %s %s --no-show-raw-insn '%s'",
		machine, blob->mode == CPU_MODE_64 ? "-M intel64" : "", path);
	out = popen(command, "r");
	if (out) {
		if (sweep_lines(blob, out, tally) == 0)
			err = -EIO; /* not installed, or it complained */
		pclose(out);
	} else {
		err = -errno;
	}
	unlink(path);
	return err;
}
