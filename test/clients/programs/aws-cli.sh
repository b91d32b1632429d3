#!/bin/sh
# Runs one command of the AWS CLI, which the arguments start, for each request, and prints a line for each: ok or
# error.
for _ in $(seq "$REQUESTS"); do
  if arn=$("$@" sts get-caller-identity ${PROFILE:+--profile "$PROFILE"} --endpoint-url "$STS" --query Arn --output text); then
    echo "ok $arn"
  else
    echo "error $?"
  fi
done
