/* SPDX-License-Identifier: MIT */
/*
 * Guest-virtual memory, read and written on the guest's behalf; gwalk.h has
 * the contracts.
 */
#include "vmm/gwalk.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpuid.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

struct gwalk_mode
vcpu_gwalk_mode(struct vcpu *vcpu)
{
	const struct cpuid_policy *cpuid = vcpu->vm->cpuid;

	vcpu_need(vcpu, VCPU_MODE | VCPU_CODE);
	return (struct gwalk_mode){
		.cr0 = vcpu->state.cr0,
		.cr3 = vcpu->state.cr3,
		.cr4 = vcpu->state.cr4,
		.efer = vcpu->state.efer,
		.ac = vcpu->regs.rflags & RFLAGS_AC,
		.gib_pages = cpuid->gib_pages,
		.phys_bits = cpuid->phys_bits,
	};
}

/* A copy in either direction, of which at most a page is done at a time. */
struct gva_copy {
	void *buf;
	size_t len;
	bool write;
	bool dry; /* translate only */
};

static size_t
gva_piece(uint64_t gva, size_t left)
{
	size_t n = PAGE_SIZE - (gva & (PAGE_SIZE - 1));

	return n < left ? n : left;
}

static int
gva_copy_piece(struct gmem *gmem, uint64_t gpa, const struct gva_copy *copy,
	size_t done, size_t n)
{
	const struct gmem_slot *slot = gmem_find(gmem, gpa);
	uint8_t *buf = (uint8_t *)copy->buf + done;
	int err;

	if (!slot || !slot->chunks || (copy->write && slot->kind != GMEM_RAM))
		return -ENXIO;
	if (copy->dry)
		return 0;
	err = copy->write ? gmem_write(gmem, gpa, buf, n)
			  : gmem_read(gmem, gpa, buf, n);
	return err == -EFAULT ? -ENXIO : err;
}

/*
 * The memory at gva if a remembered walk allows the access to all of it; it
 * is RAM then, in one page.  *gpa is where.
 */
static uint8_t *
gva_known(struct vcpu *vcpu, uint64_t gva, size_t len, uint32_t access,
	uint64_t *gpa)
{
	size_t offset = gva & (PAGE_SIZE - 1);
	struct walk *w;

	vcpu_need(vcpu, VCPU_MODE | VCPU_CODE);
	if (offset + len > PAGE_SIZE || len > PAGE_SIZE)
		return NULL;
	w = walks_find(vcpu, gva, access);
	if (!w)
		return NULL;
	*gpa = w->gpa + offset;
	return w->host + offset;
}

/* Words are what is copied as a rule, and a naturally aligned one at once. */
static inline void
gva_move(void *to, const void *from, size_t len)
{
	if (len == 8)
		__builtin_memcpy(to, from, 8);
	else
		memcpy(to, from, len);
}

static int
gva_copy(struct vcpu *vcpu, uint64_t gva, const struct gva_copy *copy,
	uint32_t access, uint32_t *error, uint64_t *fault_gva)
{
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	struct gmem *gmem = &vcpu->vm->gmem;
	size_t done = 0;

	while (done < copy->len) {
		size_t n = gva_piece(gva + done, copy->len - done);
		struct gwalk walk;
		int err = gwalk(gmem, &mode, gva + done, access, &walk);

		if (err == -EFAULT) {
			*error = walk.error;
			*fault_gva = gva + done;
		}
		if (!err)
			err = gva_copy_piece(gmem, walk.gpa, copy, done, n);
		if (err)
			return err;
		if (access & GWALK_SET_AD)
			walks_remember(vcpu, gva + done, access, &walk);
		done += n;
	}
	return 0;
}

int
gva_read(struct vcpu *vcpu, uint64_t gva, void *dst, size_t len,
	uint32_t access, uint32_t *error, uint64_t *fault_gva)
{
	const struct gva_copy copy = { .buf = dst, .len = len };
	uint64_t gpa;
	const uint8_t *from = gva_known(vcpu, gva, len, access, &gpa);

	if (from) {
		gva_move(dst, from, len);
		return 0;
	}
	return gva_copy(
		vcpu, gva, &copy, access | GWALK_SET_AD, error, fault_gva);
}

int
gva_probe_write(struct vcpu *vcpu, uint64_t gva, size_t len, uint32_t access,
	uint32_t *error, uint64_t *fault_gva)
{
	const struct gva_copy dry = { .len = len, .write = true, .dry = true };
	uint64_t gpa;

	if (gva_known(vcpu, gva, len, access | ACCESS_WRITE, &gpa))
		return 0;
	return gva_copy(
		vcpu, gva, &dry, access | ACCESS_WRITE, error, fault_gva);
}

int
gva_write(struct vcpu *vcpu, uint64_t gva, const void *src, size_t len,
	uint32_t access, uint32_t *error, uint64_t *fault_gva)
{
	const struct gva_copy copy = {
		.buf = (void *)src, .len = len, .write = true
	};
	uint64_t gpa;
	uint8_t *to = gva_known(vcpu, gva, len, access | ACCESS_WRITE, &gpa);
	int err;

	if (to) {
		gva_move(to, src, len);
		gmem_written(&vcpu->vm->gmem, gpa, len);
		return 0;
	}
	err = gva_probe_write(vcpu, gva, len, access, error, fault_gva);
	if (err)
		return err;
	return gva_copy(vcpu, gva, &copy, access | ACCESS_WRITE | GWALK_SET_AD,
		error, fault_gva);
}
