#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Have the programs in the kernel grown? Their instructions, function by function,
# against instructions.txt: unlike a time, the same on every machine.
#
#   instructions.sh OBJECT           fails if a function grew by more than 2 %, or is no longer there
#   instructions.sh OBJECT --write   takes the new numbers over: look at the difference
#
# mxray_xdp, mxray_tc_ethernet and mxray_tc_raw hold what every packet may cost; the
# functions they call are for packets that tell something.
set -euo pipefail
object=$1 table=$(dirname "$0")/instructions.txt

compiler() { clang --version | sed -n '1s/.*clang version \([0-9]*\).*/clang \1/p'; }

# A BPF instruction has 8 bytes.
count() { llvm-readelf --symbols "$object" | awk '$4 == "FUNC" { print $8, $3 / 8 }' | LC_ALL=C sort; }

if [[ ${2:-} == --write ]]; then
  {
    printf '# Instructions of each function, by %s: written by instructions.sh\n' "$(compiler)"
    count
  } >"$table"
  exit 0
fi

if [[ $(head -n 1 "$table") != *"by $(compiler):"* ]]; then
  echo "SKIPPED: $table was written with another compiler than $(compiler)"
  exit 77
fi
count | LC_ALL=C join -a 1 -a 2 -e 0 -o 0,1.2,2.2 <(grep -v '^#' "$table") - | awk '
  { printf "%-34s %5d, was %5d%s\n", $1, $3, $2, $3 == $2 ? "" : "  <-" }
  $3 > $2 * 1.02 + 2 { grown = 1 }
  $3 == 0 { gone = 1 }
  END {
    if (gone) print "gone: the object lacks functions of the table; if that is meant, run tests/bpf/instructions.sh OBJECT --write"
    if (grown) print "grown: if it has to be, run tests/bpf/instructions.sh OBJECT --write and say in the commit what it buys"
    exit grown || gone
  }'
