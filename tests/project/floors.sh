#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file in lib/ includes only headers of its own floor and of those below. data and files stand
# beside the floors from ops upwards: they see base and each other. ops and augment share constants
# with their kernels, in cl.
set -eu
cd "$1/lib"

below() {
    case $1 in
    base) echo base ;;
    device) echo base device ;;
    ops) echo base device ops cl ;;
    augment) echo base device ops augment cl ;;
    files | data) echo base files data ;;
    layers) echo base device ops files data layers ;;
    network) echo base device ops augment files data layers network ;;
    training) echo base device ops augment files data layers network training ;;
    *) echo "$1 is not a floor" >&2; return 1 ;;
    esac
}

status=0
for file in */*.c */*.h; do
    allowed=$(below "${file%%/*}")
    for header in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
        case $header in */*) floor=${header%%/*} ;; *) floor=${file%%/*} ;; esac
        case " $allowed " in
        *" $floor "*) ;;
        *) echo "lib/$file includes $header, which is not below it"; status=1 ;;
        esac
    done
done
exit $status
