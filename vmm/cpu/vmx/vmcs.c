/* SPDX-License-Identifier: MIT */
/* The names of a VMCS's fields; vmcs.h has the table.  Pure. */
#include "vmm/cpu/vmx/vmcs.h"

const struct vmcs_info vmcs_info[VMCS_SLOTS] = {
#define VMCS_INFO(name_, encoding) { .field = (encoding), .name = #name_ },
	VMCS_TABLE(VMCS_INFO)
};
