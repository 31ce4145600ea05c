#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Have the programs in the kernel grown? Their instructions and their calls of the kernel,
# function by function, against instructions.txt: unlike a time, the same on every machine.
#
#   instructions.sh OBJECT           fails if a function grew by more than 2 %, calls a helper more
#                                    or less often than it did, or is no longer there
#   instructions.sh OBJECT --write   takes the new numbers over: look at the difference
#
# mxray_xdp, mxray_tc_ethernet and mxray_tc_raw hold what every packet may cost; the
# functions they call are for packets that tell something. Calls are held exactly: the
# clock or a look-up is an instruction or a few, and costs more than a hundred others.
set -euo pipefail
export LC_ALL=C # one order for sort and join
object=$1 table=$(dirname "$0")/instructions.txt
helpers=/usr/include/bpf/bpf_helper_defs.h # libbpf's, which the programs include

compiler() { clang --version | sed -n '1s/.*clang version \([0-9]*\).*/clang \1/p'; }

# A BPF instruction has 8 bytes.
sizes() { llvm-readelf --symbols "$object" | awk '$4 == "FUNC" { print $8, $3 / 8 }' | sort; }

# Lines "5 ktime_get_ns".
names() { sed -n 's/.*(\*\( *const\)\{0,1\} *bpf_\([a-z0-9_]*\))(.*= (void \*) \([0-9]*\);.*/\3 \2/p' "$helpers"; }

# Lines "FUNCTION HELPER=CALLS HELPER=CALLS…" of a disassembly such as
#   0000000000000198 <mxray_xdp>:                    (labels of jumps are named LBB…)
#     12:  85 00 00 00 05 00 00 00  call 5           (85 10: one of our own functions)
calls() {
  llvm-objdump --disassemble "$object" |
    awk 'names { name[$1] = $2; next }
      /^[0-9a-f]+ <.*>:$/ && !/<LBB/ { at = substr($2, 2, length($2) - 3) }
      $2 == "85" && $3 == "00" { print at, $NF in name ? name[$NF] : "helper_" $NF }' names=1 <(names) names= - |
    sort | uniq -c |
    awk '{ line[$2] = line[$2] " " $3 "=" $1 } END { for (at in line) print at line[at] }' | sort
}

count() { join -a 1 <(sizes) <(calls); }

if [[ ${2:-} == --write ]]; then
  {
    printf '# Instructions of each function and calls of helpers in it, by %s: written by instructions.sh\n' "$(compiler)"
    count
  } >"$table"
  exit 0
fi

if [[ $(head -n 1 "$table") != *"by $(compiler):"* ]]; then
  echo "SKIPPED: $table was written with another compiler than $(compiler)"
  exit 77
fi
count | awk '
  function read_calls(calls, i) {
    for (i = 3; i <= NF; i++) { split($i, part, "="); calls[$1 " " part[1]] = part[2]; called[$1 " " part[1]] = $1 }
  }
  /^#/ { next }
  { functions[$1] }
  NR == FNR { size_was[$1] = $2; read_calls(calls_were); next }
  { size[$1] = $2; read_calls(calls_are) }
  END {
    for (f in functions) {
      if (!(f in size)) { printf "%-34s     0, was %5d  <-\n", f, size_was[f] | "sort"; gone = 1; continue }
      printf "%-34s %5d, was %5d%s\n", f, size[f], size_was[f], size[f] == size_was[f] ? "" : "  <-" | "sort"
      if (size[f] > size_was[f] * 1.02 + 2) grown = 1
    }
    for (pair in called) {
      if (!(called[pair] in size) || calls_are[pair] + 0 == calls_were[pair] + 0) continue
      printf "%s: %d in its code, was %d  <-\n", pair, calls_are[pair], calls_were[pair] | "sort"
      other_calls = 1
    }
    close("sort")
    if (gone) print "gone: the object lacks functions of the table; if that is meant, run tests/bpf/instructions.sh OBJECT --write"
    if (grown) print "grown: if it has to be, run tests/bpf/instructions.sh OBJECT --write and say in the commit what it buys"
    if (other_calls) print "other calls of helpers: if it has to be, run tests/bpf/instructions.sh OBJECT --write and say in the commit what it buys"
    exit grown || gone || other_calls
  }' "$table" -
