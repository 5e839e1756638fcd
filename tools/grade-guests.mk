# SPDX-License-Identifier: MIT
#
# Guests that checks in the machine bring: grading/guests/NAME/*.c, 32-bit code
# on the frame of grading/flat/, to $(B)/guests/NAME.
grade_guests := $(patsubst grading/guests/%/,%,$(wildcard grading/guests/*/))
guest_frame := $(addprefix $O/grading/flat/,entry.o guest.o mem.o)

flat_flags := $(common) -m32 -mgeneral-regs-only
$O/grading/flat/%.o: grading/flat/%.c Makefile tools/grade-guests.mk | deps-run
	$(call compile,$(flat_flags))
$O/grading/flat/%.o: grading/flat/%.S Makefile tools/grade-guests.mk | deps-run
	$(call compile,$(flat_flags))
$O/grading/flat/mem.o: grading/guest/mem.c Makefile tools/grade-guests.mk \
		| deps-run
	$(call compile,$(flat_flags))
$O/grading/guests/%.o: grading/guests/%.c Makefile tools/grade-guests.mk \
		| deps-run
	$(call compile,$(flat_flags))
define guest
guest_$1_objects := $(patsubst %.c,$O/%.o,$(wildcard grading/guests/$1/*.c))
$(B)/guests/$1: $$(guest_$1_objects) $(guest_frame) grading/guest/guest.ld
	$$(call say,LD)
	mkdir -p $$(@D)
	$$(link) -m elf_i386 -T grading/guest/guest.ld -o $$@ \
		$$(filter %.o,$$^)
-include $$(guest_$1_objects:.o=.d)
endef
$(foreach g,$(grade_guests),$(eval $(call guest,$g)))
