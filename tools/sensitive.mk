# SPDX-License-Identifier: MIT
.PHONY: sensitive
sensitive: all deps-test ## write the table of docs/sensitive.md anew
	$(MAKE) probes $(B)/system/probes_test
	$(B)/system/probes_test --write
