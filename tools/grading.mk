# SPDX-License-Identifier: MIT
#
# The autograder and the drivers that it runs (docs/grading.md).
#
# grading/drivers/NAME.c is a driver on the host, $(B)/drivers/NAME, linked
# with the sources that it names in `/* links: ... */`.
# grading/drivers/kernel/NAME.c stands in for kernel/main.c in the kernel
# $(B)/kernels/NAME; kernel_driver_wraps_NAME are options for the linker.

$(foreach s,LAB ONLY SEED LINE,$(eval $(call as-given,$s)))

.PHONY: grade debug
debug: $(B)/grader | deps-gdb ## one check under GDB: LAB=NN ONLY=check
	+$(B)/grader debug "$$LAB" "$$ONLY" "$${SEED:-0}" "$${LINE:-0}"
grade: $(B)/grader ## grade this tree: LAB=NN, ONLY=check for one check
	$(B)/grader grade -o "$$ONLY" -s "$${SEED:-0}" "$$LAB"

$(B)/grader: $(wildcard grading/auto/*.c) $(wildcard grading/auto/*.h) \
		Makefile tools/grading.mk | deps-grade
	$(call say,CC)
	mkdir -p $(@D)
	gcc $(hosted) -O2 -o $@.$$$$ $(filter %.c,$^) -ljansson -linih \
		-lsqlite3 -lpthread && mv $@.$$$$ $@

.PHONY: drivers
tests: $(B)/grader

driver_sources := $(wildcard grading/drivers/*.c)
driver_names := $(patsubst grading/drivers/%.c,%,$(driver_sources))
driver_lib := $(patsubst %.c,$O/host/%.o,$(wildcard grading/drivers/lib/*.c))

$O/host/%.o: %.c Makefile tools/grading.mk
	$(call begin,CC) exec gcc $(hosted) -MMD -MP -c -o $@ $<

define driver
driver_$1_objects := $O/host/grading/drivers/$1.o $$(patsubst %.c,$O/host/%.o,\
	$$(call noted,links,grading/drivers/$1.c))
$(B)/drivers/$1: $$(driver_$1_objects) $$(driver_lib)
	mkdir -p $$(@D)
	gcc -o $$@ $$^
driver_objects += $$(driver_$1_objects)
endef
driver_objects := $(driver_lib)
ifneq ($(filter drivers $(B)/drivers/% tests test soak,$(MAKECMDGOALS)),)
$(foreach d,$(driver_names),$(eval $(call driver,$d)))
endif

kernel_driver_names := $(patsubst grading/drivers/kernel/%.c,%,\
	$(wildcard grading/drivers/kernel/*.c))
$O/grading/drivers/%.o: grading/drivers/%.c Makefile tools/grading.mk
	$(call compile,$(kernel_flags))
kernel_driver_lib := $(patsubst %.c,$O/%.o,grading/drivers/lib/dice.c \
	grading/drivers/lib/said.c \
	$(wildcard grading/drivers/kernel/lib/*.c))
kernel_driver_wraps_memory := --wrap=spin_lock
$(B)/kernels/%: $O/grading/drivers/kernel/%.o $(kernel_driver_lib) \
		$(kernel_objects) \
		$O/ksyms-none.o kernel/kernel.ld
	$(call say,LD)
	mkdir -p $(@D)
	$(link) $(kernel_driver_wraps_$*) -T kernel/kernel.ld -o $@ \
		$(filter-out $O/kernel/main.o,$(filter %.o,$^))

drivers: $(patsubst %,$(B)/drivers/%,$(driver_names)) \
	$(patsubst %,$(B)/kernels/%,$(kernel_driver_names))

-include $(patsubst %.o,%.d,$(driver_objects)) \
	$(wildcard $O/grading/drivers/kernel/*.d)

# The initrd of checks in the machine: with the guests that they bring
# (tools/grade-guests.mk).
$(B)/grade.tar: $(B)/initrd.tar $(addprefix $(B)/guests/,$(grade_guests))
	$(call say,TAR)
	new=$@.$$$$ && mkdir -p $$new/host && \
		for g in $(filter-out %.tar,$^); do \
			cp $$g $$new/host/ || exit; done && \
		$(tar) -C $$new -cf $$new/guests host && \
		cat $< $$new/guests >$$new/all && mv $$new/all $@ && rm -r $$new
