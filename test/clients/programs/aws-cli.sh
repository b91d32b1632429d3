#!/bin/sh
# The AWS CLI, a command for each request. A line each: ok or error.
for _ in $(seq "$REQUESTS"); do
  if arn=$(aws sts get-caller-identity ${PROFILE:+--profile "$PROFILE"} --endpoint-url "$STS" --query Arn --output text); then
    echo "ok $arn"
  else
    echo "error $?"
  fi
done
