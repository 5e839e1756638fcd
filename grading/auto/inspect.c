/* SPDX-License-Identifier: MIT */
/* Reading the memory of a machine that stands still; contracts in inspect.h. */
#include "grading/auto/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE 1024u /* frames, by number */
#define LINE  256

/* -- Frames of the machine ------------------------------------------------- */

struct frames {
	struct memory memory;
	bool (*fetch)(void *from, uint64_t addr, uint64_t *words);
	void *from;
	uint64_t tag[CACHE]; /* address + 1 */
	uint64_t words[CACHE][FRAME_WORDS];
};

static bool
frames_read(const struct memory *m, uint64_t addr, uint64_t *words)
{
	struct frames *f = (struct frames *)m->of;
	unsigned at = (unsigned)(addr / FRAME % CACHE);

	if (f->tag[at] != addr + 1) {
		f->tag[at] = 0;
		if (!f->fetch(f->from, addr, f->words[at]))
			return false;
		f->tag[at] = addr + 1;
	}
	memcpy(words, f->words[at], FRAME);
	return true;
}

struct memory *
frames_new(
	bool (*fetch)(void *from, uint64_t addr, uint64_t *words), void *from)
{
	struct frames *f = calloc(1, sizeof(*f));

	if (!f)
		die("out of memory");
	f->memory = (struct memory){ .read = frames_read, .of = f };
	f->fetch = fetch;
	f->from = from;
	return &f->memory;
}

void
frames_free(struct memory *m)
{
	free((void *)m->of);
}

struct qemu {
	const struct sandbox *sb;
	struct qmp *q;
};

static bool
qemu_fetch(void *from, uint64_t addr, uint64_t *words)
{
	struct qemu *qemu = from;
	char *arguments =
		format("{\"val\":%llu,\"size\":%llu,\"filename\":\"%s/frame\"}",
			(unsigned long long)addr, FRAME, sandbox_out(qemu->sb));
	char *path = format("%s/frame", qemu->sb->out);
	char *frame = NULL;
	size_t len = 0;
	json_t *answer = qmp_command(qemu->q, "pmemsave", arguments);

	if (json_is_object(answer))
		frame = file_read(path, &len, FRAME);
	if (frame && len == FRAME)
		memcpy(words, frame, FRAME);
	json_decref(answer);
	free(path);
	free(arguments);
	free(frame);
	return frame && len == FRAME;
}

bool
memory_translate(const struct memory *m, uint64_t root, uint64_t addr,
	struct translation *to)
{
	uint64_t table = root & PTE_ADDR, words[FRAME_WORDS];

	*to = (struct translation){ .rights = PTE_P | PTE_W | PTE_U };
	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry;

		if (!m->read(m, table, words))
			return false;
		entry = words[addr >> shift & (FRAME_WORDS - 1)];
		to->known = true;
		to->rights = (to->rights & entry & (PTE_P | PTE_W | PTE_U)) |
			((to->rights | entry) & PTE_NX) | (entry & PTE_D);
		if (!(entry & PTE_P))
			return false;
		table = entry & PTE_ADDR;
		if (shift == 12 || (entry & PTE_PS)) {
			uint64_t in = (1ull << shift) - 1;

			to->addr = ((table & ~in) | (addr & in)) & PTE_ADDR;
			return true;
		}
		to->known = false;
	}
}

/* -- A guest ----------------------------------------------------------------
 */

uint64_t
guest_frame(const struct guest_memory *g, uint64_t gpa)
{
	struct translation to;

	return memory_translate(g->host, g->root, g->base + gpa, &to) &&
			!(g->rights & ~to.rights)
		? to.addr
		: 0;
}

static bool
guest_read(const struct memory *m, uint64_t addr, uint64_t *words)
{
	const struct guest_memory *g = m->of;
	uint64_t hpa = guest_frame(g, addr);

	return hpa && g->host->read(g->host, hpa, words);
}

void
guest_memory_init(struct guest_memory *g)
{
	g->memory = (struct memory){ .read = guest_read, .of = g };
}

bool
image_text_is(const struct image *image, const struct memory *host, uint64_t va,
	uint64_t hpa)
{
	uint64_t mine[FRAME_WORDS], its[FRAME_WORDS];
	uint64_t code = image->etext - va;

	return hpa && hpa != va - KERNEL_BASE &&
		host->read(host, va - KERNEL_BASE, mine) &&
		host->read(host, hpa, its) &&
		memcmp(mine, its, code < FRAME ? code : FRAME) == 0;
}

/* -- What is asked --------------------------------------------------------- */

bool
image_read(const struct sandbox *sb, const char *kernel, struct image *image)
{
	const char *argv[] = { "nm", kernel, NULL };
	struct {
		const char *name;
		uint64_t *at;
	} wanted[] = {
		{ " kernel_text_start\n", &image->text },
		{ " etext\n", &image->etext },
		{ " kernel_text_end\n", &image->text_end },
		{ " kernel_data_start\n", &image->data },
		{ " kernel_data_end\n", &image->data_end },
		{ " kernel_end\n", &image->end },
		{ " kernel_root\n", &image->root },
		{ " frames\n", &image->frames },
		{ " frame_count\n", &image->frame_count },
		{ " power_off\n", &image->power_off },
	};
	struct sandbox_result r;
	bool all = true;

	sandbox_run(sb, argv, 20, &r);
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const char *at = strstr(r.out.s, wanted[i].name);

		/* "ffffffff80105000 T kernel_text_start" */
		*wanted[i].at = at && at - r.out.s >= 18
			? strtoull(at - 18, NULL, 16)
			: 0;
		all &= *wanted[i].at >= KERNEL_BASE;
	}
	sandbox_result_free(&r);
	return all;
}

/* Of the guest in ring 3: the root that the CPU had when last it trapped at an
 * address that begins with these digits; 0: it never did. */
static uint64_t
last_root(const struct sandbox *sb, const char *digits)
{
	char *path = format("%s/trace", sb->out), line[LINE];
	FILE *trace = fopen(path, "r");
	bool here = false;
	uint64_t root = 0;

	free(path);
	while (trace && fgets(line, sizeof(line), trace)) {
		const char *ip = strstr(line, "cpl=3 IP=");
		const char *cr3 = strstr(line, "CR3=");

		if (strstr(line, " v="))
			here = ip && (ip = strchr(ip + 9, ':')) &&
				strncmp(ip + 1, digits, strlen(digits)) == 0;
		if (here && cr3)
			root = strtoull(cr3 + 4, NULL, 16);
	}
	if (trace)
		fclose(trace);
	return root;
}

/* What VMRUN was given last, as QEMU noted it; 0: it never was. */
static uint64_t
last_vmcb(const struct sandbox *sb)
{
	char *path = format("%s/trace", sb->out), line[LINE];
	FILE *trace = fopen(path, "r");
	uint64_t vmcb = 0;

	free(path);
	while (trace && fgets(line, sizeof(line), trace))
		if (strncmp(line, "vmrun! ", 7) == 0)
			vmcb = strtoull(line + 7, NULL, 16);
	if (trace)
		fclose(trace);
	return vmcb & PTE_ADDR;
}

/* The tables that the CPU had when it stopped. */
static void
inspect_own(const struct memory *m, uint64_t root, const struct image *image,
	struct text *t)
{
	inspect_tables(m, root, image, t);
	inspect_user_pages(m, root, t);
}

void
inspect(const struct sandbox *sb, struct qmp *q, const char *kernel,
	const char *what, struct text *t)
{
	struct qemu qemu = { sb, q };
	struct memory *m = frames_new(qemu_fetch, &qemu);
	char *registers = qmp_monitor(q, "info registers");
	uint64_t root = registers ? qmp_register(registers, "CR3=") : 0;
	struct image image;

	if (!image_read(sb, kernel, &image) || !registers)
		text_addf(t, "the image has no symbols\n");
	else if (strcmp(what, "frames") == 0)
		inspect_frames(m, root, &image, t);
	else if (strcmp(what, "tables") == 0)
		inspect_own(m, root, &image, t);
	else if (strcmp(what, "shadow") == 0)
		inspect_shadow(m, last_root(sb, "ffffffff8"),
			last_root(sb, "00000000004"), &image, t);
	else
		inspect_vmcb(m, last_vmcb(sb), &image, t);
	free(registers);
	frames_free(m);
}
