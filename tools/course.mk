# SPDX-License-Identifier: MIT
#
# What an instructor does (docs/instructors.md); students' trees are without.

$(foreach s,OUT ONTO SUBMISSIONS JOBS TARGET REGRADE TIME STUDENTS FEW LABS \
	KEEP,\
	$(eval $(call as-given,$s)))

.PHONY: handout grade-all export bench-grading
handout: $(B)/grader ## a student's tree: LAB= OUT=folder; ONTO=their tree
	$(B)/grader handout "$$LAB" "$$OUT" "$$ONTO"
grade-all: $(B)/grader ## grade a class: LAB= SUBMISSIONS= OUT= JOBS= SEED=
	$(B)/grader class "$$LAB" "$$SUBMISSIONS" "$$OUT" "$$JOBS" "$${SEED:-0}"
export: $(B)/grader ## a package for a platform: TARGET= LAB= OUT= SEED= TIME=
	tools/export "$$TARGET" "$$LAB" "$$OUT"
bench-grading: $(B)/grader ## what grading costs: STUDENTS= LAB= LABS= (long)
	tools/bench-grading
