#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run as root, once, where packages of tools/export are to grade, as the image
# is made: installs what the grader needs, and builds it.  A Debian or Ubuntu.
set -e
kit=$(dirname "$0")
[ ! -d "$kit/droste" ] || kit=$kit/droste
cd "$kit"
[ -e tools/grading.mk ] || cd ../..
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends make gcc libc6-dev
make deps-run deps-grade build/grader
