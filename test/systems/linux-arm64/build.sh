#!/bin/sh
# Unpacks the C library of Debian 12 for arm64 into the folder $1. It runs no program of arm64.
set -eu
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n '/^Debian /{s///p;q}')
mmdebstrap --variant=extract --architectures=arm64 --include=libc6 bookworm "$1/root" "${mirror:-http://deb.debian.org/debian}"
