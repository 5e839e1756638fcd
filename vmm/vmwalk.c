/* SPDX-License-Identifier: MIT */
/* The text of /vm/N/walk (vmfs.h). */
#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "vmm/vmfs.h"
#include "vmm/walk2d.h"

int
vmwalk_parse(struct vmdir *dir, const char *address)
{
	uint64_t value;

	if (!strcmp(address, "rip") || !strcmp(address, "rsp") ||
		!str_to_u64(address, &value))
		return 0;
	return vmdir_error(dir, -EINVAL,
		"walk: '%s' is no address: a number below 2^64, rip or rsp",
		address);
}

void
vmwalk_format(struct vcpu *vcpu, const char *address, char *buf, size_t size,
	size_t *pos)
{
	const struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	const struct vcpu_state *s = &vcpu->state;
	struct walk2d walk;
	uint64_t gva;

	if (!strcmp(address, "rsp"))
		gva = vcpu->regs.gpr[GPR_RSP] + s->seg[SEG_SS].base;
	else if (str_to_u64(address, &gva))
		gva = vcpu->regs.rip + s->seg[SEG_CS].base;
	walk2d(&walk, &mode, vcpu->vm->mmu, vcpu, gva);
	walk2d_format(&walk, buf, size, pos);
}
