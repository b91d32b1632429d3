#!/bin/sh
# Builds the client into the folder $1.
set -eu
cargo build --quiet --locked --target-dir "$1/target"
mv "$1/target/debug/daypass-rust-client" "$1/client"
rm -r "$1/target"
