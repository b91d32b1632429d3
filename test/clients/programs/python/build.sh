#!/bin/sh
# Installs the clients into the folder $1. Started as `bin/python`, they work in any other folder too.
set -eu
/usr/bin/python3 -m venv "$1"
"$1/bin/python" -m pip install --quiet --no-deps --requirement requirements.txt
