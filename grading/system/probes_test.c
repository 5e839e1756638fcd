/* SPDX-License-Identifier: MIT */
/*
 * The probes (grading/probes/), each on every engine pair.
 *
 * For each pair one machine boots with all probes in its initrd and runs them
 * one after another, while the witness, in a VM of its own, watches over its
 * memory.  What a probe wants of the runner it says itself (lib/probe.h).
 * Whatever it does, it takes no more exits than it may, the host goes on, and
 * has as much free memory as before.
 */
/* links: grading/system/machine.c grading/system/probe.c
 * grading/system/sensitive.c */
#include "machine.h"
#include "probe.h"
#include "sensitive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE_MEM "MEM=256"
#define FAILED	    128 /* vm run's status for a guest that was stopped */

/*
 * An engine pair: which probes it runs (those whose names begin so), what x86
 * keeps it from doing, how many times the exits that a probe may take, whether
 * the checker watches the probes that ask for it, and the machine that has the
 * pair: settings of tools/run beside the usual ones, up to NULL.  (ring3 has
 * an exit for each privileged instruction of a probe's trap handlers, and svm
 * for hardly any.  The shadow's code is the same below vmx and svm; on Bochs
 * one checked probe takes a minute, and all self-tests three quarters of one.)
 */
static const struct pair {
	const char *name, *engine, *mmu, *only;
	enum probe_kind kind;
	unsigned exits;
	bool check;
	const char *settings[4];
	const char *selftests; /* to run at the end; NULL: all */
} pairs[] = {
	{ "svm+npt", "svm", "npt", "", PROBE_QEMU_SVM, 1, true, { NULL },
		NULL },
	{ "svm+shadow", "svm", "shadow", "", PROBE_QEMU_SVM, 2, true, { NULL },
		NULL },
	{ "ring3+shadow", "ring3", "shadow", "", PROBE_RING3, 4, true, { NULL },
		NULL },
	{ "ring3+shadow without UMIP", "ring3", "shadow", "sensitive_",
		PROBE_RING3_NO_UMIP, 4, true, { "CPU=max,-umip", NULL }, NULL },
	{ "vmx+ept", "vmx", "ept", "", PROBE_BOCHS_VMX, 1, false,
		{ "EMULATOR=bochs", NULL }, NULL },
	{ "vmx+shadow", "vmx", "shadow", "", PROBE_BOCHS_VMX_SHADOW, 2, false,
		{ "EMULATOR=bochs", NULL },
		" cpu_protections_are_on vmm_trampoline_is_unchanged"
		" vmm_canaries_are_unchanged paging_guard_page_below_the_stack"
		" paging_no_page_is_writable_and_executable"
		" vm_never_started_loses_no_frame vm_exit_status" },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

/* What is tested: a probe on a pair, or the machine of a pair at its end. */
static struct run {
	const struct probe *probe; /* NULL: the machine */
	const struct pair *pair;
	char name[160];
	char *text; /* what the console has of it; NULL: it was not reached */
} runs[PAIRS * (PROBES_MAX + 1)];
static size_t n_runs;
static struct CMUnitTest tests[PAIRS * (PROBES_MAX + 1) + 1];

/* -- The verdicts -- */

/* The number behind the last `key` in the text; fails the test without one. */
static unsigned long
number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key), *next;

	if (at == NULL)
		fail_msg("no '%s' in:\n%s", key, text);
	while ((next = strstr(at + 1, key)) != NULL)
		at = next;
	return strtoul(at + strlen(key), NULL, 10);
}

/* Free memory in KiB as the last line of `free` in the text says it. */
static unsigned long
free_said(const char *text)
{
	const char *line = text, *next;
	unsigned long total, used, left;

	while ((next = strstr(line + 1, "objects\n")) != NULL)
		line = next;
	if (sscanf(line, "objects %lu %lu %lu", &total, &used, &left) != 3)
		fail_msg("`free` says nothing in:\n%s", text);
	return left;
}

/*
 * What was free before this run is free again behind it, at once or later:
 * the kernel takes the stack of a thread away after its end.
 */
static void
assert_no_memory_lost(const struct run *r)
{
	unsigned long most = 0;

	for (const struct run *next = r + 1; next < runs + n_runs &&
		next->pair == r->pair && next->text != NULL;
		next++)
		if (free_said(next->text) > most)
			most = free_said(next->text);
	if (most < free_said(r->text))
		fail_msg("free memory: %lu KiB before, then at most %lu",
			free_said(r->text), most);
}

/*
 * A guest that was stopped: one of the reasons, which are cut by |, and what
 * it did last.
 */
static void
assert_stopped(const char *text, const char *reasons)
{
	const char *said = strstr(text, "was stopped: ");
	char copy[80], *one, *rest = copy;

	assert_non_null(said);
	assert_non_null(strstr(said, " at 0x"));
	snprintf(copy, sizeof(copy), "%s", reasons);
	while ((one = strsep(&rest, "|")) != NULL)
		if (one[0] != '\0' && strstr(said, one) != NULL)
			return;
	fail_msg("not stopped because of '%s'", reasons);
}

/* It depends on the emulator whether it fails in p->may_fail. */
static bool
may_fail(const struct run *r)
{
	return r->probe->may_fail[0] != '\0' &&
		(r->pair->kind == PROBE_RING3 ||
			r->pair->kind == PROBE_RING3_NO_UMIP);
}

/* It ended as it should. */
static void
assert_ended(const struct run *r)
{
	const struct probe *p = r->probe;
	const char *fails = p->fails[r->pair->kind];
	unsigned long status = number_behind(r->text, "\n-- ");

	if (fails[0] != '\0' && status == FAILED) {
		assert_stopped(r->text, fails);
		return;
	}
	if (fails[0] != '\0') {
		assert_in_range(status, 1, FAILED - 1);
		assert_non_null(strstr(r->text, " failed: "));
		if (strstr(r->text, fails) == NULL)
			fail_msg("it failed, but not in '%s'", fails);
		return;
	}
	if (may_fail(r) && status != 0 && status < FAILED &&
		strstr(r->text, p->may_fail) != NULL)
		return;
	if (p->stops[0] != '\0')
		assert_int_equal(status, FAILED);
	if (status == FAILED)
		assert_stopped(
			r->text, p->stops[0] != '\0' ? p->stops : p->may_stop);
	else
		assert_int_equal(status, 0);
}

static void
probe_holds(void **state)
{
	const struct run *r = *state;
	const struct probe *p = r->probe;
	unsigned long exits, allowed = p->exits * r->pair->exits;

	if (r->text == NULL)
		fail_msg("%s",
			p->built ? "the machine never came to it"
				 : "it was not built");
	print_text(r->name, r->text);
	assert_ended(r);
	if (p->lasts[0] != '\0')
		assert_non_null(strstr(r->text, "ready\n"));
	exits = number_behind(r->text, "\ntotal ");
	if (exits > allowed && p->lasts[0] == '\0')
		fail_msg("%lu exits, and only %lu are allowed", exits, allowed);
	assert_no_memory_lost(r);
}

/* The witness saw nothing, and the kernel's self-tests pass. */
static void
machine_holds(void **state)
{
	const struct run *r = *state;

	if (r->text == NULL)
		fail_msg("the machine never came to its end");
	print_text(r->name, r->text);
	assert_int_equal(number_behind(r->text, "\n-- "), 0);
	assert_non_null(strstr(r->text, " 0 failed"));
	assert_null(strstr(r->text, "not ok"));
}

/* The document has what the probes have shown. */
static void
document_holds(void **state)
{
	char *line = sensitive_difference();

	(void)state;
	if (sensitive_missing() != NULL)
		fail_msg("no probe is about %s", sensitive_missing());
	if (line != NULL)
		fail_msg(SENSITIVE_DOC ": is this right? Then make sensitive: "
				       "%s",
			line);
}

/* -- The machine -- */

static bool
probe_runs(const struct probe *p, const struct pair *pair)
{
	return !p->demo &&
		strncmp(p->name, pair->only, strlen(pair->only)) == 0;
}

/*
 * The shell commands for a probe.  VMs are numbered from 1 and each probe gets
 * one, so `id` is known.
 */
static void
script_probe(FILE *script, const struct probe *p, const struct pair *pair,
	unsigned id)
{
	fprintf(script, "echo '== %s'\nfree\nvm run %s -M %lu -e %s -m %s",
		p->name, p->lasts[0] != '\0' ? "-d" : "-x", p->memory,
		pair->engine, pair->mmu);
	if (p->check && pair->check)
		fprintf(script, " -k");
	if (p->cmdline[0] != '\0')
		fprintf(script, " -a '%s'", p->cmdline);
	fprintf(script, " /host/%s\n", p->name);
	if (p->lasts[0] != '\0')
		fprintf(script,
			"head -n 1 /vm/%u/console\nvm stat %u\nvm kill %u\n",
			id, id, id);
	fprintf(script, "echo \"-- $?\"\n");
}

static void
script_write(FILE *script, const struct pair *pair)
{
	unsigned id = 1;

	fprintf(script,
		"vm run -d -M %d -e %s -m %s /host/" WITNESS
		"\nhead -n 1 /vm/1/console\n",
		MEMORY_USUAL, pair->engine, pair->mmu);
	for (size_t i = 0; i < n_probes; i++)
		if (probe_runs(&probes[i], pair) && probes[i].built)
			script_probe(script, &probes[i], pair, ++id);
	fprintf(script,
		"echo '== machine'\nfree\nvm stat 1\n"
		"echo q | vm console 1\necho \"-- $?\"\nselftest%s\n",
		pair->selftests != NULL ? pair->selftests : "");
}

/* tools/run's option that puts this probe into the initrd. */
static void
add_probe(const char **argv, const char *name)
{
	char *from = probe_file(name), *file;

	if (asprintf(&file, "%s=%s", name, from) < 0)
		exit(1);
	free(from);
	argv[0] = "-f";
	argv[1] = file;
}

/* Run the script in a machine that has all probes. */
static void
machine_of_probes(
	struct machine *m, const struct pair *pair, const char *script)
{
	const char *settings[8] = { "CMD=sh /host/script", MACHINE_MEM };
	const char *argv[2 * PROBES_MAX + 6] = { "tools/run", "-f" };
	char file[64];
	size_t n = 5;

	for (size_t i = 0; pair->settings[i] != NULL; i++)
		settings[2 + i] = pair->settings[i];
	snprintf(file, sizeof(file), "script=%s", script);
	argv[2] = file;
	add_probe(&argv[3], WITNESS);
	for (size_t i = 0; i < n_probes; i++)
		if (probe_runs(&probes[i], pair) && probes[i].built) {
			add_probe(&argv[n], probes[i].name);
			n += 2;
		}
	machine_start(m, argv, settings, false);
	machine_drain(m);
}

static void
run_add(const struct probe *probe, const struct pair *pair, const char *console)
{
	struct run *r = &runs[n_runs];
	const char *name = probe != NULL ? probe->name : "machine";

	r->probe = probe;
	r->pair = pair;
	r->text = section_of(console, name);
	snprintf(r->name, sizeof(r->name), "%s on %s", name, pair->name);
	if (probe != NULL && r->text != NULL)
		sensitive_read(r->text);
	tests[n_runs++] = (struct CMUnitTest){ .name = r->name,
		.test_func = probe != NULL ? probe_holds : machine_holds,
		.initial_state = r };
}

static void
pair_run(const struct pair *pair)
{
	char path[] = "/tmp/droste-probes.XXXXXX";
	FILE *script = fdopen(mkstemp(path), "w");
	struct machine m;

	if (script == NULL) {
		perror(path);
		exit(1);
	}
	script_write(script, pair);
	fclose(script);
	machine_of_probes(&m, pair, path);
	unlink(path);
	sensitive_column(pair->name);
	for (size_t i = 0; i < n_probes; i++)
		if (probe_runs(&probes[i], pair))
			run_add(&probes[i], pair, m.out.text);
	run_add(NULL, pair, m.out.text);
	machine_free(&m);
}

/* With the argument --write the document gets its table first. */
int
main(int argc, char **argv)
{
	probes_find();
	for (size_t i = 0; i < PAIRS; i++)
		pair_run(&pairs[i]);
	if (argc > 1 && strcmp(argv[1], "--write") == 0)
		sensitive_write();
	tests[n_runs] = (struct CMUnitTest){ .name = SENSITIVE_DOC,
		.test_func = document_holds };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
