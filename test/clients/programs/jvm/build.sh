#!/bin/sh
# Builds the clients into the folder $1.
set -eu
/usr/bin/mvn --quiet --batch-mode --no-transfer-progress "-Dout=$1" compile
