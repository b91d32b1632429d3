#!/bin/sh
# Installs a Node that is too old for daypass into the folder $1.
set -eu
npm install --no-audit --no-fund --prefix "$1" node@18.20.8
