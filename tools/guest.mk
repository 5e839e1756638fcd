# SPDX-License-Identifier: MIT
#
# What guests have in common, grading/guest/*.[cS] and the dice of
# grading/drivers/lib/, to a library.

guest_objects := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/guest/*.c grading/guest/*.S)) grading/guest/dice)
guest_flags := $(common) -mno-red-zone -mgeneral-regs-only -mcmodel=small
$O/grading/guest/%.o: grading/guest/%.c Makefile tools/guest.mk | deps-run
	$(call compile,$(guest_flags))
$O/grading/guest/%.o: grading/guest/%.S Makefile tools/guest.mk | deps-run
	$(call compile,$(guest_flags))
$O/grading/guest/dice.o: grading/drivers/lib/dice.c Makefile tools/guest.mk \
		| deps-run
	$(call compile,$(guest_flags))
$O/guest.a: $(guest_objects)
	rm -f $@ && ar rcD $@ $^

-include $(guest_objects:.o=.d)
