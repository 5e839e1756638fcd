/* SPDX-License-Identifier: MIT */
/* Reading the guest's code; fetch.h has the idea and the contracts. */
#include "vmm/fetch.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"
#include "vmm/gwalk.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#define FETCH_NEEDS (VCPU_CODE | VCPU_MODE | VCPU_CPL)

/* The linear address of RIP + offset, in code of a mode. */
static inline uint64_t
fetch_linear(const struct vcpu *vcpu, int mode, size_t offset)
{
	uint64_t linear = vcpu->regs.rip + offset;

	if (mode != 64)
		linear = (uint32_t)(linear + vcpu->state.seg[SEG_CS].base);
	return linear;
}

/* The page of code that holds linear: it becomes walks.code if it is RAM. */
static __attribute__((noinline)) const uint8_t *
fetch_find(struct vcpu *vcpu, uint64_t linear, uint32_t access)
{
	struct walk *w = walks_find(vcpu, linear, access);
	struct gwalk_mode mode;
	struct gwalk walk;

	if (!w) {
		mode = vcpu_gwalk_mode(vcpu);
		if (gwalk(&vcpu->vm->gmem, &mode, linear, access, &walk) != 0)
			return NULL;
		walks_remember(vcpu, linear, access, &walk);
		w = walks_find(vcpu, linear, access);
		if (!w)
			return gmem_peek(&vcpu->vm->gmem, walk.gpa);
	}
	w->page64 = vcpu_mode(vcpu) == 64 ? w->page : WALK_NO_PAGE;
	vcpu->walks.code = w;
	return w->host + (linear & (PAGE_SIZE - 1));
}

static inline uint32_t
fetch_access(const struct vcpu *vcpu)
{
	return vcpu->state.cpl == 3 ? ACCESS_EXEC | ACCESS_USER : ACCESS_EXEC;
}

/* Is w still the way to its page for code at this CPL? */
static inline bool
fetch_page_is(const struct vcpu *vcpu, const struct walk *w)
{
	return w->cr3 == vcpu->state.cr3 &&
		(w->proven >> walk_kind(fetch_access(vcpu), 0) & 1) &&
		walk_same(w);
}

/*
 * The code at a linear address, and in *n how many bytes of it the page
 * holds; NULL when it cannot be read.  Most often it is in the same page as
 * the last.
 */
static inline const uint8_t *
fetch_peek(struct vcpu *vcpu, uint64_t linear, size_t *n)
{
	const struct walk *w = vcpu->walks.code;

	vcpu_need(vcpu, FETCH_NEEDS);
	*n = PAGE_SIZE - (linear & (PAGE_SIZE - 1));
	if (linear - w->page < PAGE_SIZE && fetch_page_is(vcpu, w))
		return w->host + (linear & (PAGE_SIZE - 1));
	return fetch_find(vcpu, linear, fetch_access(vcpu));
}

size_t
fetch_code(struct vcpu *vcpu, uint8_t *buf, size_t n)
{
	int mode = vcpu_mode(vcpu);
	size_t here, there;
	const uint8_t *code =
		fetch_peek(vcpu, fetch_linear(vcpu, mode, 0), &here);

	if (!code)
		return 0;
	if (here > n)
		here = n;
	memcpy(buf, code, here);
	if (here == n)
		return n;
	code = fetch_peek(vcpu, fetch_linear(vcpu, mode, here), &there);
	if (!code)
		return here;
	memcpy(buf + here, code, n - here);
	return n;
}

/* The bytes at RIP into code[], zeroes behind; how many there are. */
static inline size_t
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

/* Was f decoded from these bytes?  It must hold something. */
static inline bool
fetch_is(const struct fetch_insn *f, uint64_t low, uint64_t high)
{
	return (low & f->mask[0]) == f->code[0] &&
		(high & f->mask[1]) == f->code[1];
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

/* Where an instruction at a linear address is remembered. */
static inline struct fetch_insn *
fetch_place(struct vcpu *vcpu, uint64_t linear)
{
	return &vcpu->fetch.insn[linear * 0x9e3779b97f4a7c15ull >> 56];
}
_Static_assert(FETCH_INSNS == 1 << (64 - 56), "fetch_place()");

static __attribute__((noinline)) int
fetch_slow(struct vcpu *vcpu, const struct insn **insn)
{
	int mode = vcpu_mode(vcpu);
	uint64_t linear = fetch_linear(vcpu, mode, 0), code[2];
	struct fetch_insn *f = fetch_place(vcpu, linear);
	size_t n = fetch_words(vcpu, linear, code);

	if (n == 0)
		return -EFAULT;
	*insn = &f->insn;
	if (f->insn.mode == mode && f->insn.len <= n &&
		fetch_is(f, code[0], code[1]))
		return 0;
	return fetch_decode(f, code, n, mode);
}

/*
 * The common case: 64-bit code that was decoded before, in the page that the
 * last code was in, and not at its end.
 */
int
fetch_insn(struct vcpu *vcpu, const struct insn **insn)
{
	const struct walk *w = vcpu->walks.code;
	uint64_t rip = vcpu->regs.rip, offset = rip - w->page64, low, high;
	struct fetch_insn *f = fetch_place(vcpu, rip);

	vcpu_need(vcpu, FETCH_NEEDS);
	if (offset > PAGE_SIZE - 16 || f->insn.mode != 64 ||
		!(vcpu->state.seg[SEG_CS].attr & VSEG_LONG) ||
		!fetch_page_is(vcpu, w))
		return fetch_slow(vcpu, insn);
	__builtin_memcpy(&low, w->host + offset, 8);
	__builtin_memcpy(&high, w->host + offset + 8, 8);
	if (!fetch_is(f, low, high))
		return fetch_slow(vcpu, insn);
	*insn = &f->insn;
	return 0;
}
