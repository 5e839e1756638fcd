/* SPDX-License-Identifier: MIT */
/* Reading the memory of a machine that stands still; contracts in inspect.h. */
#include "grading/auto/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME	    4096u
#define WORDS	    (FRAME / 8)
#define CACHE	    1024u /* frames, by number */
#define KERNEL_BASE 0xffffffff80000000ull
#define LINE	    256

/* VMCB (APM 2, appendix B): offsets in words of 8 bytes. */
#define VMCB_MISC1	0x00c /* bytes, 32 bits */
#define VMCB_MISC2	0x010
#define VMCB_ASID	0x058
#define VMCB_NESTED_CTL 0x090
#define VMCB_NESTED_CR3 0x0b0
#define VMCB_EFER	0x4d0
#define VMCB_CR3	0x550
#define EFER_SVME	(1u << 12)

/* What a VMM cannot do without: INTR, NMI, HLT, ports, MSRs, SHUTDOWN;
 * VMRUN. */
#define MISC1_NEEDED 0x99000003u
#define MISC2_NEEDED 0x1u

/* -- Frames of the machine ------------------------------------------------- */

struct machine_memory {
	struct memory memory;
	struct qmp *q;
	const struct sandbox *sb;
	uint64_t tag[CACHE]; /* address + 1 */
	uint64_t words[CACHE][WORDS];
};

static bool
machine_read(const struct memory *m, uint64_t addr, uint64_t *words)
{
	struct machine_memory *mm = (struct machine_memory *)m->of;
	unsigned at = (unsigned)(addr / FRAME % CACHE);

	if (mm->tag[at] != addr + 1) {
		char *arguments = format(
			"{\"val\":%llu,\"size\":%u,\"filename\":\"%s/frame\"}",
			(unsigned long long)addr, FRAME, sandbox_out(mm->sb));
		char *path = format("%s/frame", mm->sb->out);
		char *frame = NULL;
		size_t len = 0;
		json_t *answer = qmp_command(mm->q, "pmemsave", arguments);

		if (json_is_object(answer))
			frame = file_read(path, &len, FRAME);
		mm->tag[at] = 0;
		if (frame && len == FRAME) {
			memcpy(mm->words[at], frame, FRAME);
			mm->tag[at] = addr + 1;
		}
		json_decref(answer);
		free(frame);
		free(path);
		free(arguments);
	}
	if (!mm->tag[at])
		return false;
	memcpy(words, mm->words[at], FRAME);
	return true;
}

bool
memory_translate(const struct memory *m, uint64_t root, uint64_t addr,
	struct translation *to)
{
	uint64_t table = root & PTE_ADDR, words[WORDS];

	*to = (struct translation){ .rights = PTE_P | PTE_W | PTE_U };
	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry;

		if (!m->read(m, table, words))
			return false;
		entry = words[addr >> shift & (WORDS - 1)];
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

/* -- A guest's frames, through nested tables ------------------------------- */

struct guest_memory {
	struct memory memory;
	const struct memory *host;
	uint64_t root;
};

/* Where a frame of the guest is; 0: nowhere that it may use. */
static uint64_t
nested_walk(const struct guest_memory *g, uint64_t gpa)
{
	struct translation to;

	return memory_translate(g->host, g->root, gpa, &to) &&
			(to.rights & PTE_U)
		? to.addr
		: 0;
}

static bool
guest_read(const struct memory *m, uint64_t addr, uint64_t *words)
{
	const struct guest_memory *g = m->of;
	uint64_t hpa = nested_walk(g, addr);

	return hpa && g->host->read(g->host, hpa, words);
}

/* Guest and host are the same image: their texts are equal, and apart. */
static void
inspect_text(
	const struct guest_memory *g, const struct image *image, struct text *t)
{
	uint64_t mine[WORDS], its[WORDS];
	unsigned differ = 0, same_frame = 0;

	for (uint64_t va = image->text; va < image->text_end; va += FRAME) {
		uint64_t pa = va - KERNEL_BASE, hpa = nested_walk(g, pa);

		same_frame += hpa == pa;
		differ += !g->host->read(g->host, pa, mine) ||
			!guest_read(&g->memory, pa, its) ||
			memcmp(mine, its, FRAME) != 0;
	}
	text_addf(t,
		"pages of the guest's text that are not the image's: %u\n"
		"pages of it that are the host's own: %u\n",
		differ, same_frame);
}

/* No frame of the host's image is the guest's. */
static void
inspect_isolation(const struct guest_memory *g, const struct image *image,
	uint64_t memory, struct text *t)
{
	uint64_t low = image->text - KERNEL_BASE,
		 high = image->end - KERNEL_BASE;
	unsigned mapped = 0, image_seen = 0;

	for (uint64_t gpa = 0; gpa < memory; gpa += FRAME) {
		uint64_t hpa = nested_walk(g, gpa);

		mapped += hpa != 0;
		image_seen += hpa >= low && hpa < high;
	}
	text_addf(t,
		"the guest has memory: %s\n"
		"frames of it that are the host's image: %u\n",
		mapped ? "yes" : "no", image_seen);
}

/* -- What is asked --------------------------------------------------------- */

/* The image by its symbols; nm reads it in the sandbox. */
static bool
image_read(const struct sandbox *sb, const char *kernel, struct image *image)
{
	const char *argv[] = { "nm", kernel, NULL };
	struct {
		const char *name;
		uint64_t *at;
	} wanted[] = {
		{ " kernel_text_start\n", &image->text },
		{ " kernel_text_end\n", &image->text_end },
		{ " kernel_data_start\n", &image->data },
		{ " kernel_data_end\n", &image->data_end },
		{ " kernel_end\n", &image->end },
		{ " kernel_root\n", &image->root },
		{ " frames\n", &image->frames },
		{ " frame_count\n", &image->frame_count },
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

static uint32_t
field32(const uint64_t *vmcb, unsigned offset)
{
	return (uint32_t)(vmcb[offset / 8] >> (offset % 8 * 8));
}

static void
inspect_vmcb(const struct sandbox *sb, const struct memory *m,
	const struct image *image, struct text *t)
{
	uint64_t vmcb[WORDS], at = last_vmcb(sb);
	struct guest_memory g = { .host = m };

	if (!at || !m->read(m, at, vmcb)) {
		text_addf(t, "VMRUN was given no VMCB\n");
		return;
	}
	g.memory = (struct memory){ .read = guest_read, .of = &g };
	g.root = vmcb[VMCB_NESTED_CR3 / 8];
	text_addf(t,
		"VMCB: ASID %s, nested paging %s, EFER.SVME %s, intercepts "
		"lacking %x %x\n",
		field32(vmcb, VMCB_ASID) ? "given" : "0",
		field32(vmcb, VMCB_NESTED_CTL) & 1 ? "on" : "off",
		vmcb[VMCB_EFER / 8] & EFER_SVME ? "set" : "clear",
		MISC1_NEEDED & ~field32(vmcb, VMCB_MISC1),
		MISC2_NEEDED & ~field32(vmcb, VMCB_MISC2));
	inspect_isolation(&g, image, 64ull << 20, t);
	inspect_text(&g, image, t);
	text_addf(t, "the guest's own tables:\n");
	inspect_tables(&g.memory, vmcb[VMCB_CR3 / 8], image, t);
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
	struct machine_memory *mm = calloc(1, sizeof(*mm));
	char *registers = qmp_monitor(q, "info registers");
	struct image image;

	if (!mm)
		die("out of memory");
	mm->memory = (struct memory){ .read = machine_read, .of = mm };
	mm->q = q;
	mm->sb = sb;
	if (!image_read(sb, kernel, &image) || !registers)
		text_addf(t, "the image has no symbols\n");
	else if (strcmp(what, "frames") == 0)
		inspect_frames(&mm->memory, qmp_register(registers, "CR3="),
			&image, t);
	else if (strcmp(what, "tables") == 0)
		inspect_own(&mm->memory, qmp_register(registers, "CR3="),
			&image, t);
	else if (strcmp(what, "shadow") == 0)
		inspect_shadow(&mm->memory, last_root(sb, "ffffffff8"),
			last_root(sb, "00000000004"), &image, t);
	else
		inspect_vmcb(sb, &mm->memory, &image, t);
	free(registers);
	free(mm);
}
