#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a test under Oclgrind with its checks on; any report of it is a failure, whatever the test says.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
oclgrind --data-races --uninitialized --log "$log" "$@"
status=$?
if [ -s "$log" ]; then
    echo "not ok - Oclgrind reports:"
    head -n 60 "$log"
    exit 1
fi
exit $status
