# SPDX-License-Identifier: MIT
#
# The guest without paging: grading/flat/*.[cS], 32-bit code, to $(B)/flat.
# How they are compiled: tools/grade-guests.mk.

flat_objects := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/flat/*.c grading/flat/*.S)))
$(B)/flat: $(flat_objects) grading/flat/flat.ld
	$(call say,LD)
	$(link) -m elf_i386 -T grading/flat/flat.ld $(rwx_is_meant) \
		-o $@ $(flat_objects)
tests: $(if $(flat_objects),$(B)/flat)

-include $(flat_objects:.o=.d)
