/* SPDX-License-Identifier: MIT */
/* What the probes say about themselves; probe.h has the contracts. */
#include "probe.h"

#include "machine.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXITS_USUAL 20000

struct probe probes[PROBES_MAX];
size_t n_probes;

/* The text of the comment that begins with `key: `, if there is one. */
static void
probe_word(const char *source, const char *key, char *word, size_t size)
{
	char start[32];
	const char *at, *end;

	snprintf(start, sizeof(start), "\n/* %s: ", key);
	at = strstr(source, start);
	if (at == NULL)
		return;
	at += strlen(start);
	end = strstr(at, " */\n");
	if (end != NULL && (size_t)(end - at) < size)
		snprintf(word, size, "%.*s", (int)(end - at), at);
}

static unsigned long
probe_number(const char *source, const char *key, unsigned long usual)
{
	char word[16] = "";

	probe_word(source, key, word, sizeof(word));
	return word[0] != '\0' ? strtoul(word, NULL, 10) : usual;
}

static bool
probe_flag(const char *source, const char *key)
{
	char word[80] = "";

	probe_word(source, key, word, sizeof(word));
	return word[0] != '\0';
}

static void
probe_read(struct probe *p, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char source[4096];
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	source[fread(source, 1, sizeof(source) - 1, file)] = '\0';
	fclose(file);
	snprintf(p->name, sizeof(p->name), "%.*s", (int)strcspn(name, "."),
		name);
	probe_word(source, "stops", p->stops, sizeof(p->stops));
	probe_word(source, "may stop", p->may_stop, sizeof(p->may_stop));
	probe_word(source, "lasts", p->lasts, sizeof(p->lasts));
	probe_word(source, "cmdline", p->cmdline, sizeof(p->cmdline));
	probe_word(source, "QEMU svm", p->fails[PROBE_QEMU_SVM],
		sizeof(p->fails[0]));
	probe_word(source, "ring3", p->fails[PROBE_RING3], sizeof(p->fails[0]));
	probe_word(source, "ring3", p->fails[PROBE_RING3_NO_UMIP],
		sizeof(p->fails[0]));
	probe_word(source, "ring3, perhaps", p->may_fail, sizeof(p->may_fail));
	probe_word(source, "ring3 without UMIP", p->fails[PROBE_RING3_NO_UMIP],
		sizeof(p->fails[0]));
	probe_word(source, "Bochs vmx", p->fails[PROBE_BOCHS_VMX],
		sizeof(p->fails[0]));
	probe_word(source, "Bochs vmx", p->fails[PROBE_BOCHS_VMX_SHADOW],
		sizeof(p->fails[0]));
	probe_word(source, "vmx+shadow", p->fails[PROBE_BOCHS_VMX_SHADOW],
		sizeof(p->fails[0]));
	p->check = probe_flag(source, "check");
	p->demo = probe_flag(source, "demo");
	p->exits = probe_number(source, "exits", EXITS_USUAL);
	p->memory = probe_number(source, "memory", MEMORY_USUAL);
}

char *
probe_file(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "probes/%s", name);
	return built_file(path);
}

void
probes_find(void)
{
	glob_t found;

	glob("grading/probes/*.c", 0, NULL, &found);
	glob("grading/probes/*.S", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && n_probes < PROBES_MAX; i++) {
		struct probe *p = &probes[n_probes];
		char *file;

		if (strstr(found.gl_pathv[i], "/" WITNESS ".") != NULL)
			continue;
		probe_read(p, found.gl_pathv[i]);
		file = probe_file(p->name);
		p->built = access(file, R_OK) == 0;
		free(file);
		n_probes++;
	}
	globfree(&found);
}
