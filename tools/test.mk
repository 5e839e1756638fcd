# SPDX-License-Identifier: MIT
#
# The tests of the tree (grading/run-tests): each is found by its name.

# Unless make was told how many jobs to run: as many as there are CPUs.
parallel = $(if $(findstring -j,$(MAKEFLAGS)),,-j$$(nproc))

.PHONY: test bench soak
test: all deps-test ## run tests; TESTS='unit/x ...'
	$(MAKE) -k $(parallel) tests; UNBUILT=$$? grading/run-tests $(TESTS)
bench: all probes ## print the cost table, in instructions
	tools/bench
soak: all deps-soak ## and what takes long
	$(MAKE) -k $(parallel) tests; \
		UNBUILT=$$? SOAK=1 grading/run-tests $(TESTS)

tests_in = $(patsubst grading/%.c,$(B)/%,$(wildcard grading/$1/*_$2.c))
unit := $(call tests_in,unit,test)
fuzz := $(call tests_in,fuzz,fuzz)
system := $(call tests_in,system,test) $(call tests_in,soak,test)

sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all

# hosted-test COMPILER,FLAGS,LIBRARIES.  (A source that has gone since is no
# error: it makes the test anew.)
define hosted-test
	$(call say,TEST)
	mkdir -p $(@D)
	sources='$< $(call noted,links,$<)'; \
	$1 $(hosted) $2 -MM -MP -MT $@ $$sources >$@.d && \
	printf '%s:\n' $$sources >>$@.d && \
	$1 $(hosted) $2 -o $@ $$sources $3 $(addprefix -l,$(call noted,libs,$<))
endef
$(B)/unit/%: grading/unit/%.c Makefile tools/test.mk | deps-test
	$(call hosted-test,gcc,-Igrading/unit $(sanitize),-lcmocka)
$(B)/fuzz/%: grading/fuzz/%.c Makefile tools/test.mk | deps-test
	$(call hosted-test,clang,-fsanitize=fuzzer $(sanitize),)
$(system): $(B)/%: grading/%.c Makefile tools/test.mk | deps-test
	$(call hosted-test,gcc,-Igrading/system,-lcmocka -lutil)

.PHONY: tests
tests: $(unit) $(fuzz) $(system)

-include $(addsuffix .d,$(unit) $(fuzz) $(system))
