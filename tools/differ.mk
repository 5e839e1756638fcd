# SPDX-License-Identifier: MIT
#
# The differential guest: grading/differ/*.c to $(B)/differ.

differ_objects := $(patsubst %.c,$O/%.o,$(wildcard grading/differ/*.c))
$O/grading/differ/%.o: grading/differ/%.c Makefile tools/guest.mk | deps-run
	$(call compile,$(guest_flags))
$(B)/differ: $(differ_objects) $O/guest.a grading/guest/guest.ld
	$(call say,LD)
	$(link) -T grading/guest/guest.ld -o $@ $(differ_objects) $O/guest.a
tests: $(B)/differ

-include $(differ_objects:.o=.d)
