# SPDX-License-Identifier: MIT
#
# The guest without paging: grading/flat/*.[cS], 32-bit code, to $(B)/flat.
# How they are compiled: tools/grade-guests.mk.

flat_objects := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/flat/*.c grading/flat/*.S)) grading/flat/mem)
$(B)/flat: $(flat_objects) grading/guest/guest.ld
	$(call say,LD)
	$(link) -m elf_i386 -T grading/guest/guest.ld -o $@ $(flat_objects)
tests: $(B)/flat

-include $(flat_objects:.o=.d)
