/* SPDX-License-Identifier: MIT */
/* Reading the guest's code; fetch.h has the idea and the contracts. */
#include "vmm/fetch.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/gwalk.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/* The linear address of RIP + offset. */
static uint64_t
fetch_linear(struct vcpu *vcpu, size_t offset)
{
	uint64_t linear = vcpu->regs.rip + offset;

	if (vcpu_mode(vcpu) != 64)
		linear = (uint32_t)(linear + vcpu->state.seg[SEG_CS].base);
	return linear;
}

/*
 * The code at a linear address, and in *n how many bytes of it the page
 * holds; NULL when it cannot be read.
 */
static const uint8_t *
fetch_peek(struct vcpu *vcpu, uint64_t linear, size_t *n)
{
	size_t offset = linear & (PAGE_SIZE - 1);
	uint32_t access = ACCESS_EXEC;
	struct gwalk_mode mode;
	struct gwalk walk;
	struct walk *w;

	*n = PAGE_SIZE - offset;
	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl == 3)
		access |= ACCESS_USER;
	w = walks_find(vcpu, linear, access);
	if (w) {
		w->page64 = vcpu_mode(vcpu) == 64 ? w->page : WALK_NO_PAGE;
		vcpu->walks.code = w;
		return w->host + offset;
	}
	mode = vcpu_gwalk_mode(vcpu);
	if (gwalk(&vcpu->vm->gmem, &mode, linear, access, &walk) != 0)
		return NULL;
	walks_remember(vcpu, linear, access, &walk);
	return gmem_peek(&vcpu->vm->gmem, walk.gpa);
}

size_t
fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n)
{
	uint64_t linear = fetch_linear(vcpu, 0);
	size_t here, there;
	const uint8_t *code = fetch_peek(vcpu, linear, &here);

	if (!code)
		return 0;
	if (here > n)
		here = n;
	memcpy(buf, code, here);
	if (here == n)
		return n;
	code = fetch_peek(vcpu, fetch_linear(vcpu, here), &there);
	if (!code)
		return here;
	memcpy(buf + here, code, n - here);
	return n;
}

/* The bytes at RIP into code[], zeroes behind; how many there are. */
static size_t
fetch_words(struct vcpu *vcpu, uint64_t linear, uint64_t code[2])
{
	size_t here;
	const uint8_t *from = fetch_peek(vcpu, linear, &here);

	if (from && here >= 16) {
		__builtin_memcpy(code, from, 16);
		return INSN_MAX_LEN;
	}
	code[0] = code[1] = 0;
	return from ? fetch_code(vcpu, (uint8_t *)code, INSN_MAX_LEN) : 0;
}

/* The bits of word i of the code that n bytes take. */
static uint64_t
fetch_mask(size_t n, unsigned i)
{
	if (n >= 8 * (i + 1))
		return ~0ull;
	return n <= 8 * i ? 0 : (1ull << 8 * (n - 8 * i)) - 1;
}

static int
fetch_decode(struct fetch_insn *f, const uint64_t code[2], size_t n, int mode)
{
	int err = insn_decode(
		(const uint8_t *)code, n, (enum cpu_mode)mode, &f->insn);

	if (err) {
		f->insn.mode = 0;
		return err == -ENODATA ? -EFAULT : err;
	}
	for (unsigned i = 0; i < 2; i++) {
		f->mask[i] = fetch_mask(f->insn.len, i);
		f->code[i] = code[i] & f->mask[i];
	}
	return 0;
}

int
fetch_insn(struct vcpu *vcpu, const struct insn **insn)
{
	uint64_t linear = fetch_linear(vcpu, 0), code[2];
	struct fetch_insn *f = &vcpu->fetch.insn[linear % FETCH_INSNS];
	size_t n = fetch_words(vcpu, linear, code);
	int mode = vcpu_mode(vcpu);

	if (n == 0)
		return -EFAULT;
	*insn = &f->insn;
	if (f->insn.mode == mode && f->insn.len <= n &&
		(code[0] & f->mask[0]) == f->code[0] &&
		(code[1] & f->mask[1]) == f->code[1])
		return 0;
	return fetch_decode(f, code, n, mode);
}
