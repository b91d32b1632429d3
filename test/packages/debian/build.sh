#!/bin/sh
# Builds in the folder $1, as root: a clean Debian 13 with man-db and an account, in which apt knows the Debian archive
# and has downloaded what daypass depends on. So the tests need no network.
set -eu
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n '/^Debian /{s///p;q}')
mmdebstrap --variant=apt --include=man-db,passwd --skip=cleanup/apt/lists,cleanup/apt/cache \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='chroot "$1" apt-get install -y --download-only --no-install-recommends libsecret-1-0 libstdc++6' \
  --customize-hook='chroot "$1" useradd --uid 1000 --create-home --shell /bin/sh ada' \
  trixie "$1/root" "${mirror:-http://deb.debian.org/debian}"
