# SPDX-License-Identifier: MIT
#
# The probes: guests that check one idea each, grading/probes/NAME.c or NAME.S
# to $(B)/probes/NAME.  (The Makefile includes every tools/*.mk.)

probe_sources := $(wildcard grading/probes/*.c grading/probes/*.S)
probe_lib := $(patsubst %,$O/%.o,$(basename \
	$(wildcard grading/probes/lib/*.c grading/probes/lib/*.S)))
probe_objects := $(patsubst %,$O/%.o,$(basename $(probe_sources)))
probes := $(patsubst grading/%,$(B)/%,$(basename $(probe_sources)))

# (TRAPS() returns twice, with the registers as they were the first time.)
probe_flags = $(guest_flags) $(if $(findstring clang,$(CC)),,-Wno-clobbered)
$O/grading/probes/%.o: grading/probes/%.c Makefile tools/probes.mk \
		tools/guest.mk | deps-run
	$(call compile,$(probe_flags))
$O/grading/probes/%.o: grading/probes/%.S Makefile tools/probes.mk \
		tools/guest.mk | deps-run
	$(call compile,$(probe_flags))

$O/probes.a: $(probe_lib)
	rm -f $@ && ar rcD $@ $^
$(probes): $(B)/probes/%: $O/grading/probes/%.o $O/probes.a $O/guest.a \
		grading/guest/guest.ld
	$(call say,LD)
	mkdir -p $(@D)
	$(link) -T grading/guest/guest.ld -o $@ \
		$< --start-group $O/probes.a $O/guest.a --end-group

.PHONY: probes
probes: $(probes)
tests: $(probes)

-include $(patsubst %.o,%.d,$(probe_lib) $(probe_objects))
