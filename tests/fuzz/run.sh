#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a fuzz target take its corpus, and new inputs for some seconds?
#
#   run.sh TARGET CORPUS-FOLDER [DICTIONARY]
#
# Seconds, or a minute with MXRAY_TEST_LONG=1. What is found is printed, ready to be
# kept in the corpus once it is mended.
set -euo pipefail
target=$1 corpus=$2 dictionary=${3:-}
seconds=4
[[ ${MXRAY_TEST_LONG:-0} == 1 ]] && seconds=60
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"

options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1
  -artifact_prefix="$work/")
[[ -n $dictionary ]] && options+=(-dict="$dictionary")
inputs=("$work/new")
[[ -d $corpus ]] && inputs+=("$corpus")

if ! "$target" "${options[@]}" "${inputs[@]}" >"$work/log" 2>&1; then
  tail -n 60 "$work/log"
  for found in "$work"/*-*; do
    [[ -f $found ]] || continue
    echo "the input, for: base64 -d >$corpus/NAME"
    base64 "$found"
  done
  exit 1
fi
grep -E '^stat::(number_of_executed_units|new_units_added)|^#.*DONE' "$work/log"
