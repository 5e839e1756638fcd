# SPDX-License-Identifier: MIT
#
# What the shell tests share: `. grading/tree/tap.sh`, `plan N`, and then N
# times `check 'what holds' COMMAND...`; what a failing command says is shown.

plan() {
	echo "1..$1"
	cases=0
	failures=0
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/droste-test.XXXXXX") || exit 1
	trap 'rm -rf "$scratch"' EXIT
	# Whatever make runs this test is not to direct the one in a test.
	unset MAKEFLAGS MFLAGS MAKELEVEL
	B=${B:-build}
}

check() {
	title=$1
	shift
	cases=$((cases + 1))
	if "$@" >"$scratch/said" 2>&1; then
		echo "ok $cases - $title"
	else
		echo "not ok $cases - $title"
		tail -n 100 "$scratch/said" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

# skip TITLE WHY: a case that cannot be checked here.
skip() {
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}

# conclude: the test's exit status.
conclude() {
	[ $failures = 0 ]
	exit
}
