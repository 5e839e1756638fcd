# SPDX-License-Identifier: MIT
#
# The differential guest: grading/differ/*.[cS] to $(B)/differ.

differ_objects := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/differ/*.c grading/differ/*.S)))
differ_flags := $(common) -mno-red-zone -mgeneral-regs-only -mcmodel=small
$O/grading/differ/%.o: grading/differ/%.c Makefile tools/differ.mk | deps-run
	$(call compile,$(differ_flags))
$O/grading/differ/%.o: grading/differ/%.S Makefile tools/differ.mk | deps-run
	$(call compile,$(differ_flags))
$(B)/differ: $(differ_objects) grading/differ/differ.ld
	$(call say,LD)
	$(link) -T grading/differ/differ.ld -o $@ $(differ_objects)
tests: $(B)/differ

-include $(differ_objects:.o=.d)
