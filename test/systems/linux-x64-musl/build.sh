#!/bin/sh
# Puts musl 1.2.5 of Debian 13 and libstdc++ for musl into the folder $1. Bun needs musl 1.2.4 or newer for
# its relocations (DT_RELR), and Debian 12 has 1.2.3. No Debian has libstdc++ for musl, but some wheels on
# PyPI contain that of Alpine.
set -eu
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n '/^Debian /{s///p;q}')
mmdebstrap --variant=extract --include=musl trixie "$1/root" "${mirror:-http://deb.debian.org/debian}"
cp "$1/root/usr/lib/x86_64-linux-musl/libc.so" "$1"
rm -r "$1/root"

/usr/bin/python3 -m venv "$1/python"
"$1/python/bin/python" -m pip download --quiet --no-deps --only-binary=:all: --dest "$1" \
  --platform musllinux_1_2_x86_64 --python-version 3.12 greenlet==3.5.6
cd "$1"
echo '3dbb4596a6a4e5d47121a33ff20533a81e60f302d9e67b69909a8bc21a43f0a7  greenlet-3.5.6-cp312-cp312-musllinux_1_2_x86_64.whl' | sha256sum --check --quiet
python/bin/python -m zipfile -e greenlet-*.whl wheel
mv wheel/greenlet.libs/libstdc++-*.so.* libstdc++.so.6
mv wheel/greenlet.libs/libgcc_s-*.so.1 .
rm -r wheel python greenlet-*.whl
