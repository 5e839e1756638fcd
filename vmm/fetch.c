/* SPDX-License-Identifier: MIT */
/* Reading the guest's code; fetch.h has the idea and the contracts. */
#include "vmm/fetch.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/emul/decode.h"
#include "vmm/gwalk.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/* The linear address of RIP + offset. */
static uint64_t
fetch_linear(struct vcpu *vcpu, size_t offset)
{
	uint64_t rip = vcpu->regs.rip + offset;

	if (vcpu_mode(vcpu) == 64)
		return rip;
	return (uint32_t)(vcpu->state.seg[SEG_CS].base + (uint32_t)rip);
}

void
fetch_forget(struct vcpu *vcpu)
{
	vcpu->fetch.code = NULL;
	vcpu->fetch.page64 = FETCH_NO_PAGE;
}

/*
 * Remember a walk: where each entry lies and what it held.  Slots that the
 * walk did not use point at their own entry, so that the check needs no
 * count.  An entry of 4 bytes is remembered with its neighbour.
 */
static void
fetch_remember(struct vcpu *vcpu, uint64_t page, const struct gwalk *walk,
	const uint8_t *code)
{
	struct fetch_cache *f = &vcpu->fetch;
	const struct gmem *gmem = &vcpu->vm->gmem;

	fetch_forget(vcpu);
	for (unsigned i = 0; i < FETCH_STEPS; i++) {
		const struct gwalk_step *step = &walk->step[i];

		f->slot[i] = &f->entry[i];
		if (i >= walk->steps)
			continue;
		f->slot[i] = gmem_peek(gmem, step->gpa & ~7ull);
		if (!f->slot[i])
			return;
		f->entry[i] = *f->slot[i];
		if (memcmp((const uint8_t *)&f->entry[i] + (step->gpa & 7),
			    &step->entry, walk->fmt->entry_bytes) != 0)
			return; /* changed since the walk */
	}
	f->page = page;
	f->page64 = vcpu_mode(vcpu) == 64 ? page : FETCH_NO_PAGE;
	f->cr3 = vcpu->state.cr3;
	f->code = code;
}

/* Walk to the page of code at a linear address; NULL: it is not there. */
static const uint8_t *
fetch_walk(struct vcpu *vcpu, uint64_t page, struct gwalk *walk)
{
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	uint32_t access = ACCESS_EXEC;

	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl == 3)
		access |= ACCESS_USER;
	if (gwalk(&vcpu->vm->gmem, &mode, page, access, walk) != 0)
		return NULL;
	return gmem_peek(&vcpu->vm->gmem, walk->gpa);
}

static inline bool
fetch_still(const struct vcpu *vcpu, uint64_t page)
{
	const struct fetch_cache *f = &vcpu->fetch;

	return f->code && f->page == page && f->cr3 == vcpu->state.cr3 &&
		*f->slot[0] == f->entry[0] && *f->slot[1] == f->entry[1] &&
		*f->slot[2] == f->entry[2] && *f->slot[3] == f->entry[3];
}

/*
 * The code at RIP, and in *n how many bytes of it the page holds; NULL when
 * it cannot be read.
 */
static const uint8_t *
fetch_peek(struct vcpu *vcpu, size_t *n)
{
	uint64_t linear = fetch_linear(vcpu, 0);
	uint64_t page = page_round_down(linear);
	size_t offset = linear - page;
	struct gwalk walk;
	const uint8_t *code;

	*n = PAGE_SIZE - offset;
	if (fetch_still(vcpu, page))
		return vcpu->fetch.code + offset;
	code = fetch_walk(vcpu, page, &walk);
	if (!code)
		return NULL;
	fetch_remember(vcpu, page, &walk, code);
	return code + offset;
}

size_t
fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n)
{
	size_t here, there = 0;
	const uint8_t *code = fetch_peek(vcpu, &here);
	struct gwalk walk;

	if (!code)
		return 0;
	if (here > n)
		here = n;
	memcpy(buf, code, here);
	if (here == n)
		return n;
	code = fetch_walk(vcpu, fetch_linear(vcpu, here), &walk);
	if (code) {
		there = n - here;
		memcpy(buf + here, code, there);
	}
	return here + there;
}

int
fetch_insn(struct vcpu *vcpu, struct insn *insn)
{
	uint8_t code[INSN_MAX_LEN];
	size_t n = fetch_code(vcpu, code, sizeof(code));
	int err;

	if (n == 0)
		return -EFAULT;
	err = insn_decode(code, n, vcpu_mode(vcpu), insn);
	return err == -ENODATA ? -EFAULT : err;
}
