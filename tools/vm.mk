# SPDX-License-Identifier: MIT
#
# A VM with a kernel from the host's disk.
.PHONY: vm
vm: ## boot GUEST=kernel in a VM; INITRD CMDLINE ENGINE MMU MEM EXITS=1
	$(call hand-over,tools/vm)
