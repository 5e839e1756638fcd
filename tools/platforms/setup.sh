#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run as root, once, where packages of tools/export are to grade, as the image
# is made: installs what the grader needs, builds it, and has it grade the
# reference.  So an image in which grading would not work is not made, and what
# was built is kept for the submissions.  A Debian or Ubuntu.
set -e
cd "$(dirname "$0")"
if [ -d droste ]; then
	cd droste
else
	cd ../..
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends make gcc libc6-dev
make deps-run deps-grade build/grader
[ -e ../package ] || exit 0
. ../package
chmod 700 .
result=$(mktemp)
DROSTE_SANDBOX=container build/grader one -s "$SEED" "$LAB" . "$result"
grep -q '"points":\([0-9]*\),"max":\1,' "$result" || {
	echo 'setup.sh: the reference has not full marks here' >&2
	exit 1
}
rm "$result"
