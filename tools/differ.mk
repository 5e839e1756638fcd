# SPDX-License-Identifier: MIT
#
# The differential guest: grading/differ/*.[cS] to $(B)/differ.

differ_objects := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/differ/*.c grading/differ/*.S)))
$O/grading/differ/%.o: grading/differ/%.c Makefile tools/guest.mk | deps-run
	$(call compile,$(guest_flags))
$O/grading/differ/%.o: grading/differ/%.S Makefile tools/guest.mk | deps-run
	$(call compile,$(guest_flags))
$(B)/differ: $(differ_objects) $O/guest.a grading/differ/differ.ld
	$(call say,LD)
	$(link) -T grading/differ/differ.ld -o $@ $(differ_objects) $O/guest.a
tests: $(B)/differ

-include $(differ_objects:.o=.d)
