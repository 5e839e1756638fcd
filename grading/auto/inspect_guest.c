/* SPDX-License-Identifier: MIT */
/*
 * A guest on nested tables, by what the CPU was given of it: AMD's VMCB,
 * Intel's VMCS; see inspect.h.
 */
#include "grading/auto/inspect.h"

#include <stdlib.h>
#include <string.h>

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

/* VMCS (SDM 3C, 24.6.1, 24.6.2, 24.6.11): the controls that a VMM cannot do
 * without: external interrupts, NMIs; HLT, I/O and MSR bitmaps, the secondary
 * ones; and of these EPT. */
#define PIN_NEEDED	 0x00000009u
#define PROC_NEEDED	 0x92000080u
#define PROC2_NEEDED	 0x00000002u
#define EPTP_TYPE	 0x3fu /* memory type and levels */
#define EPTP_WRITE_BACK4 0x1eu
#define EVENT_TYPE	 0x700u
#define VECTOR_IRQ	 32u
#define IO_BITMAPS	 2

/* The whole text: how many of its pages are not as they should be. */
static void
inspect_text(
	const struct guest_memory *g, const struct image *image, struct text *t)
{
	unsigned differ = 0;

	for (uint64_t va = image->text; va < image->text_end; va += FRAME)
		differ += !image_text_is(
			image, g->host, va, guest_frame(g, va - KERNEL_BASE));
	text_addf(t,
		"pages of the guest's text that are not the image's, or are "
		"the host's own: %u\n",
		differ);
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
		uint64_t hpa = guest_frame(g, gpa);

		mapped += hpa != 0;
		image_seen += hpa >= low && hpa < high;
	}
	text_addf(t,
		"the guest has memory: %s\n"
		"frames of it that are the host's image: %u\n",
		mapped ? "yes" : "no", image_seen);
}

/* The guest whose nested tables are at nested; cr3: its own, or 0: those of its
 * kernel_root. */
static void
inspect_guest(const struct memory *host, uint64_t nested, uint64_t cr3,
	const struct image *image, struct text *t)
{
	struct guest_memory g = {
		.host = host, .root = nested, .rights = PTE_U
	};
	uint64_t at = image->root - KERNEL_BASE, words[FRAME_WORDS];

	guest_memory_init(&g);
	if (!cr3 && g.memory.read(&g.memory, at & ~(FRAME - 1), words))
		cr3 = words[at % FRAME / 8];
	inspect_isolation(&g, image, 64ull << 20, t);
	inspect_text(&g, image, t);
	text_addf(t, "the guest's own tables:\n");
	inspect_tables(&g.memory, cr3, image, t);
}

static uint32_t
field32(const uint64_t *vmcb, unsigned offset)
{
	return (uint32_t)(vmcb[offset / 8] >> (offset % 8 * 8));
}

void
inspect_vmcb(const struct memory *m, uint64_t at, const struct image *image,
	struct text *t)
{
	uint64_t vmcb[FRAME_WORDS];

	if (!at || !m->read(m, at, vmcb)) {
		text_addf(t, "VMRUN was given no VMCB\n");
		return;
	}
	text_addf(t,
		"VMCB: ASID %s, nested paging %s, EFER.SVME %s, intercepts "
		"lacking %x %x\n",
		field32(vmcb, VMCB_ASID) ? "given" : "0",
		field32(vmcb, VMCB_NESTED_CTL) & 1 ? "on" : "off",
		vmcb[VMCB_EFER / 8] & EFER_SVME ? "set" : "clear",
		MISC1_NEEDED & ~field32(vmcb, VMCB_MISC1),
		MISC2_NEEDED & ~field32(vmcb, VMCB_MISC2));
	inspect_guest(
		m, vmcb[VMCB_NESTED_CR3 / 8], vmcb[VMCB_CR3 / 8], image, t);
}

/* "      eptptr = 0x7f2705e" */
static uint64_t
field(const char *vmx, const char *name)
{
	char *words = format(" %s = ", name);
	const char *at = strstr(vmx, words);
	uint64_t value = at ? strtoull(at + strlen(words), NULL, 0) : 0;

	free(words);
	return value;
}

/* How many ports the guest reaches by itself: a 0 in the bitmaps. */
static unsigned
ports_open(const struct memory *m, const char *vmx)
{
	uint64_t at[IO_BITMAPS] = { field(vmx, "io_bitmap_addr1"),
		field(vmx, "io_bitmap_addr2") };
	uint64_t words[FRAME_WORDS];
	unsigned n = 0;

	for (unsigned i = 0; i < IO_BITMAPS; i++) {
		if (!m->read(m, at[i], words))
			memset(words, 0, sizeof(words));
		for (unsigned k = 0; k < FRAME_WORDS; k++)
			n += (unsigned)__builtin_popcountll(~words[k]);
	}
	return n;
}

void
inspect_vmcs(const struct memory *m, const char *vmx, const struct image *image,
	struct text *t)
{
	/* Bochs 2.7 numbers the controls from the pin-based ones on; later ones
	 * have a name for these, and begin with the primary ones. */
	bool later = strstr(vmx, " pin_vmexec_ctrls = ");
	uint64_t pin = field(vmx, later ? "pin_vmexec_ctrls" : "vmexec_ctrls1");
	uint64_t proc = field(vmx, later ? "vmexec_ctrls1" : "vmexec_ctrls2");
	uint64_t proc2 = field(vmx, later ? "vmexec_ctrls2" : "vmexec_ctrls3");
	uint64_t eptp = field(vmx, "eptptr"), rip = field(vmx, "RIP");
	uint32_t event = (uint32_t)field(vmx, "vmentry_interr_info");

	text_addf(t,
		"VMCS: VPID %s, EPTP of %s, controls lacking %x %x %x, ports "
		"let through %u\n"
		"a VM exit goes to the kernel's text: %s\n"
		"the last event of a VM entry was an interrupt: %s\n",
		field(vmx, "vpid") ? "given" : "0",
		(eptp & EPTP_TYPE) == EPTP_WRITE_BACK4
			? "four levels, write-back"
			: "another kind",
		PIN_NEEDED & ~(uint32_t)pin, PROC_NEEDED & ~(uint32_t)proc,
		PROC2_NEEDED & ~(uint32_t)proc2, ports_open(m, vmx),
		rip >= image->text && rip < image->text_end ? "yes" : "no",
		(event & EVENT_TYPE) == 0 && (uint8_t)event >= VECTOR_IRQ
			? "yes"
			: "no");
	inspect_guest(m, eptp, 0, image, t);
}
