/* SPDX-License-Identifier: MIT */
/* What the loaders share (loader.h). */
#include "vmm/loader/loader.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "vmm/gmem.h"
#include "vmm/vcpu.h"

#define MIB	   (1ull << 20)
#define FOUR_GIB   (1ull << 32)
#define LOAD_PAGE  4096ull
#define RFLAGS_ONE 0x02 /* this bit is always set */
#define TSS_LIMIT  0x67
#define CODE_SEL   0x08
#define DATA_SEL   0x10
#define TASK_SEL   0x18

LINKSET_DECLARE(struct loader, loaders);

int
load_error(struct load *ld, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ld->why, sizeof(ld->why), fmt, ap);
	va_end(ap);
	return err;
}

static uint64_t
load_mib(uint64_t bytes)
{
	return bytes / MIB + (bytes % MIB != 0);
}

/* End of the RAM that has 1 MiB in it, at most 4 GiB. */
static uint64_t
load_ram_end(const struct load *ld)
{
	const struct gmem_slot *slot = gmem_find(ld->gmem, MIB);
	uint64_t end;

	if (!slot || slot->kind != GMEM_RAM)
		return 0;
	end = slot->gpa + slot->size;
	return end < FOUR_GIB ? end : FOUR_GIB;
}

/* Is [gpa, gpa + n) RAM, all of it? */
static bool
load_is_ram(const struct load *ld, uint64_t gpa, uint64_t n)
{
	while (n) {
		const struct gmem_slot *slot = gmem_find(ld->gmem, gpa);
		uint64_t left;

		if (!slot || slot->kind != GMEM_RAM)
			return false;
		left = slot->gpa + slot->size - gpa;
		if (n <= left)
			return true;
		gpa += left;
		n -= left;
	}
	return true;
}

/* Read from a file into guest memory that is known to be RAM. */
static int
load_copy(struct load *ld, struct elf_source *src, uint64_t offset,
	uint64_t gpa, uint64_t n)
{
	const char *file = src == ld->kernel ? "kernel" : "initrd";

	while (n) {
		size_t len = 0;
		int err = 0;
		void *to = gmem_host(ld->gmem, gpa, true, &len, &err);
		int64_t got;

		if (!to)
			return load_error(ld, err,
				err == -ENOMEM
					? "no memory left for the guest's RAM"
					: "guest RAM cannot be written");
		got = src->read(src, to, len < n ? len : n, offset);
		if (got <= 0 || (uint64_t)got > n)
			return load_error(ld, got < 0 ? (int)got : -ENOEXEC,
				got < 0 ? "%s: the file cannot be read"
					: "%s: the file ends too early",
				file);
		gpa += (uint64_t)got;
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return 0;
}

int
load_segment(struct load *ld, struct elf_source *src, const char *what,
	uint64_t offset, uint64_t filesz, uint64_t gpa, uint64_t memsz)
{
	uint64_t end;

	if (!memsz)
		return 0;
	if (filesz > memsz || memsz > UINT64_MAX - gpa)
		return load_error(ld, -ENOEXEC,
			"%s at 0x%lx: its sizes make no sense", what, gpa);
	end = gpa + memsz;
	if (end > load_ram_end(ld) && gpa < load_ram_end(ld) && gpa >= MIB)
		return load_error(ld, -E2BIG,
			"the kernel needs %lu MiB but the VM has %lu",
			load_mib(end), load_mib(load_ram_end(ld)));
	if (!load_is_ram(ld, gpa, memsz))
		return load_error(ld, -E2BIG,
			"%s at 0x%lx to 0x%lx lies outside guest RAM", what,
			gpa, end);
	if (gpa < LOAD_INFO_END && end > LOAD_INFO_START)
		return load_error(ld, -ENOEXEC,
			"%s at 0x%lx to 0x%lx is where boot information lies",
			what, gpa, end);
	if (gpa < ld->kernel_start)
		ld->kernel_start = gpa;
	if (end > ld->kernel_end)
		ld->kernel_end = end;
	return load_copy(ld, src, offset, gpa, filesz);
}

int
load_elf_segments(struct load *ld, struct elf *elf)
{
	struct elf_segment seg;
	unsigned i;
	int err;

	for (i = 0; i < elf->phnum; i++) {
		err = elf_segment(elf, i, &seg);
		if (err)
			return load_error(ld, err, "kernel: %s", elf->why);
		if (seg.type != ELF_PT_LOAD)
			continue;
		err = load_segment(ld, elf->src, "segment", seg.offset,
			seg.filesz, seg.paddr, seg.memsz);
		if (err)
			return err;
	}
	if (!ld->kernel_end)
		return load_error(
			ld, -ENOEXEC, "kernel: it has nothing to load");
	return 0;
}

int
load_initrd(struct load *ld)
{
	uint64_t size = ld->initrd ? ld->initrd->size : 0;
	uint64_t end = load_ram_end(ld), floor = ld->kernel_end;

	if (!size)
		return 0;
	if (floor < MIB)
		floor = MIB;
	if (end < floor || size > end - floor ||
		((end - size) & ~(LOAD_PAGE - 1)) < floor)
		return load_error(ld, -E2BIG,
			"kernel and initrd need %lu MiB but the VM has %lu",
			load_mib(floor) + load_mib(size), load_mib(end));
	ld->initrd_gpa = (end - size) & ~(LOAD_PAGE - 1);
	return load_copy(ld, ld->initrd, 0, ld->initrd_gpa, size);
}

int
load_info(struct load *ld, const void *bytes, size_t n, uint64_t *gpa)
{
	int err;

	if (n > LOAD_INFO_END - ld->info_next)
		return load_error(
			ld, -E2BIG, "command line and memory map are too long");
	err = gmem_write(ld->gmem, ld->info_next, bytes, n);
	if (err)
		return load_error(ld, err,
			err == -ENOMEM
				? "no memory left for the guest's RAM"
				: "the VM has no RAM for boot information");
	*gpa = ld->info_next;
	ld->info_next += (n + 7) & ~7ull;
	return 0;
}

void
load_cpu(struct load *ld, uint32_t eip, uint32_t eax, uint32_t ebx)
{
	const struct vseg data = { DATA_SEL, VSEG_DATA32, UINT32_MAX, 0 };
	struct vcpu *vcpu = ld->vcpu;
	unsigned i;

	vcpu_reset(vcpu);
	for (i = 0; i < SEGS; i++)
		vcpu->state.seg[i] = data;
	vcpu->state.seg[SEG_CS] =
		(struct vseg){ CODE_SEL, VSEG_CODE32, UINT32_MAX, 0 };
	vcpu->state.tr = (struct vseg){ TASK_SEL, VSEG_TSS_BUSY, TSS_LIMIT, 0 };
	vcpu->state.cpl = 0;
	vcpu->state.cr0 = CR0_PE | CR0_ET;
	vcpu->state.cr3 = vcpu->state.cr4 = vcpu->state.efer = 0;
	memset(vcpu->regs.gpr, 0, sizeof(vcpu->regs.gpr));
	vcpu->regs.gpr[GPR_RAX] = eax;
	vcpu->regs.gpr[GPR_RBX] = ebx;
	vcpu->regs.rip = eip;
	vcpu->regs.rflags = RFLAGS_ONE;
	vcpu_changed(vcpu, VCPU_ALL);
}

/* The loader of lowest rank above `after` in the set, or NULL. */
static const struct loader *
load_next(const struct loader *after)
{
	const struct loader *it, *next = NULL;

	linkset_for_each (it, loaders) {
		bool later = !after || it->rank > after->rank ||
			(it->rank == after->rank && it > after);

		if (later && (!next || it->rank < next->rank))
			next = it;
	}
	return next;
}

/* Say why no loader took the file: a broken ELF has its own words. */
static int
load_refuse(struct load *ld)
{
	struct elf elf = { .src = ld->kernel };
	char magic[4];

	if (!elf_read(&elf, magic, sizeof(magic), 0) &&
		!memcmp(magic, "\177ELF", sizeof(magic)) &&
		elf_open(&elf, ld->kernel))
		return load_error(ld, -ENOEXEC, "kernel: %s", elf.why);
	return load_error(ld, -ENOEXEC,
		"not a kernel that boots here: "
		"neither an ELF with a PVH note nor Multiboot");
}

int
load_kernel(struct load *ld)
{
	const struct loader *loader = NULL;
	int got;

	ld->kernel_start = UINT64_MAX;
	ld->kernel_end = ld->initrd_gpa = 0;
	ld->info_next = LOAD_INFO_START;
	ld->why[0] = '\0';
	while ((loader = load_next(loader))) {
		got = loader->probe(ld);
		if (got)
			return got < 0 ? got : loader->load(ld);
	}
	return load_refuse(ld);
}
