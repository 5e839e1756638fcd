/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a guest's kernel: the loaders write nowhere but into the VM's
 * memory, lose no frame, and say why they refuse.
 */
/* links: vmm/loader/loader.c vmm/loader/pvh.c vmm/loader/multiboot1.c
 * vmm/gmem.c vmm/gmem_copy.c kernel/lib/elf.c
 * grading/unit/fake_kernel.c */
#include "vmm/loader/loader.h"

#include "grading/unit/fake_kernel.h"
#include "vmm/gmem.h"
#include "vmm/vcpu.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY (4ull << 20)

struct image {
	struct elf_source src;
	const uint8_t *bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool cond)
{
	if (!cond)
		abort();
}

static int64_t
image_read(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	check(offset <= src->size);
	if (n > src->size - offset)
		n = src->size - offset;
	memcpy(buf, ((struct image *)src)->bytes + offset, n);
	return (int64_t)n;
}

void
vcpu_reset(struct vcpu *vcpu)
{
	memset(vcpu, 0, sizeof(*vcpu));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image kernel = { { image_read, size }, data };
	struct image initrd = { { image_read, size }, data };
	static struct vcpu vcpu;
	struct gmem gmem;
	struct load ld = { .gmem = &gmem,
		.vcpu = &vcpu,
		.kernel = &kernel.src,
		.initrd = &initrd.src,
		.name = "fuzz",
		.cmdline = "some words" };

	gmem_init(&gmem);
	check(gmem_add_pc_ram(&gmem, MEMORY) == 0);
	if (load_kernel(&ld)) {
		check(ld.why[0] && strlen(ld.why) < LOAD_WHY_MAX);
	} else {
		check(ld.kernel_end <= MEMORY);
		check(vcpu.regs.rip >= ld.kernel_start &&
			vcpu.regs.rip < ld.kernel_end);
	}
	gmem_fini(&gmem);
	check(fake_frames_used == 0);
	return 0;
}
