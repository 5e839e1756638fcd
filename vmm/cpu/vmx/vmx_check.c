/* SPDX-License-Identifier: MIT */
/* Why VM entry refused a VMCS. */
#include "vmm/cpu/vmx/vmx.h"

#include "kernel/lib/printf.h"

void
vmx_explain(struct vcpu *vcpu, char *buf, size_t size)
{
	const struct trace *t = &vcpu->trace;
	const struct vmexit *x = &t->ring[(t->exits - 1) % TRACE_RING].x;

	snprintf(buf, size,
		"VM entry failed: reason or error 0x%llx, qualification %llu",
		(unsigned long long)x->raw.code,
		(unsigned long long)x->raw.info1);
}
