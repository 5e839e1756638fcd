# SPDX-License-Identifier: MIT
#
# What the tests of the labs share: `. grading/tree/lab.sh` with $lab, $mutants
# and $cheaters proves that lab's tree and grading (grading/auto/prove.c): its
# tree, its starter, the reference, and these of its mutants and cheaters,
# without the checks that run commands in the machine's shell.  With SOAK=1
# all of it.
unset MAKEFLAGS MFLAGS MAKELEVEL
grader=${B:-build}/grader
if [ -n "$SOAK" ]; then
	exec "$grader" prove "$lab" full
fi
exec "$grader" prove "$lab" starter "{$mutants}" "{$cheaters}"
