#!/bin/sh
# Puts the AWS SDK for Ruby of Debian 13 into the folder $1. That of Debian 12 does not ask an endpoint whose address is
# in AWS_CONTAINER_CREDENTIALS_FULL_URI, which 3.171.0 and later do.
set -eu
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n '/^Debian /{s///p;q}')
mkdir -p "$1/apt/lists/partial" "$1/apt/archives/partial"
touch "$1/apt/status"
key=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$key] ${mirror:-http://deb.debian.org/debian} trixie main" >"$1/apt/sources.list"
# The state of the machine's own apt stays as it is.
debian13() {
  apt-get -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt" -o Dir::State::status="$apt/status" "$@"
}
apt=$1/apt
cd "$1"
debian13 update
debian13 download ruby-aws-sdk-core ruby-aws-partitions ruby-aws-sigv4 ruby-aws-eventstream ruby-jmespath
for package in *.deb; do dpkg-deb --extract "$package" .; done
for gem in usr/share/rubygems-integration/all/gems/*; do cp -R "$gem/." .; done
cp -R usr/lib/ruby/vendor_ruby/. lib
rm -r apt usr ./*.deb
