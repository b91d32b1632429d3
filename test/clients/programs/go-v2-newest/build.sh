#!/bin/sh
# Builds the client into the folder $1.
set -eu
go build -o "$1/client" .
