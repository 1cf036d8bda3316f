#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a test under Oclgrind with its checks on; any report of it is a failure, whatever the test says.
# usage: oclgrind.sh LIBRARY PROGRAM [ARGUMENT...]
library=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Oclgrind puts itself into LD_PRELOAD; the library goes before it.
oclgrind --data-races --uninitialized --log "$log" \
    sh -c 'LD_PRELOAD="$0 $LD_PRELOAD" exec "$@"' "$library" "$@"
status=$?
if [ -s "$log" ]; then
    echo "not ok - Oclgrind reports:"
    head -n 60 "$log"
    exit 1
fi
exit $status
