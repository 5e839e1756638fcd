# SPDX-License-Identifier: MIT
#
# What the tests of the labs share: `. grading/tree/lab.sh NN` proves that lab's
# tree and grading (grading/auto/prove.c): its tree, reference and starter, and
# some mutants.  With SOAK=1 all of it, machines and cheaters included.
unset MAKEFLAGS MFLAGS MAKELEVEL
if [ -n "$SOAK" ]; then
	exec "${B:-build}/grader" prove "$lab" full
fi
exec "${B:-build}/grader" prove "$lab" starter '[a-d]*'
