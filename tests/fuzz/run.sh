#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a fuzz target take what is kept for it, and new inputs besides?
#
#   run.sh fuzz_TARGET SEEDS-FOLDER [--seconds N --grow FOLDER [--findings FOLDER]]
#
# So many inputs, the same in each run unless the machine is too slow for all of them,
# which is said; a minute of others with MXRAY_TEST_LONG=1. What is found is made small, and
# printed; where a corpus grows, it is kept beside the sources, or in the folder of --findings.
set -euo pipefail
binary=$1 seeds=$2
seconds='' grow=''
[[ ${MXRAY_TEST_LONG:-0} == 1 ]] && seconds=60
target=${binary##*/fuzz_}
here=$(dirname "$0")
kept=$here/corpus/$target
findings=$kept
shift 2
while (($#)); do
  case $1 in
    --seconds) seconds=$2 ;;
    --grow) grow=$2 ;;
    --findings) findings=$2 ;;
    *) echo "run.sh: what is $1?" >&2 && exit 2 ;;
  esac
  shift 2
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# About two seconds of CPU each, with sanitizers; and the longest input worth a try.
declare -A runs=([frame]=12000 [conversation]=500 [records]=6000 [capture]=4000
  [configuration]=2000 [web_configuration]=2000 [http]=2000 [mail_log]=2000
  [traceroute]=2000 [dns_message]=40000)
declare -A longest=([frame]=512 [conversation]=1200)

options=(-timeout=20 -rss_limit_mb=2048 -max_len="${longest[$target]:-4096}" -artifact_prefix="$work/found-")
if [[ -n $seconds ]]; then
  options+=(-max_total_time="$seconds")
else
  options+=(-runs="${runs[$target]:-5000}" -seed=1 -max_total_time=20)
fi
[[ -f $here/dictionary/$target ]] && options+=(-dict="$here/dictionary/$target")

mkdir -p "${grow:-$work/new}"
inputs=("${grow:-$work/new}")
for folder in "$kept" "$seeds/$target"; do
  [[ -d $folder ]] && inputs+=("$folder")
done

# Inputs of the corpora count as well.
tell_if_cut_short() {
  local wanted=${runs[$target]:-5000} ran
  [[ -z $seconds ]] || return 0
  ran=$(sed -n 's/^#\([0-9]*\)[[:space:]]*DONE .*/\1/p' "$work/log")
  ((${ran:-0} >= wanted)) || echo "$target: CUT SHORT after 20 s: ${ran:-no} of $wanted inputs; another run may try others"
}

if "$binary" "${options[@]}" "${inputs[@]}" >"$work/log" 2>&1; then
  sed -n "s|^#\([0-9]*\)[[:space:]]*DONE *cov: \([0-9]*\) ft: \([0-9]*\) corp: \([0-9]*\).*exec/s: \([0-9]*\).*|$target: \1 inputs, \5 a second; \2 edges, \3 features, \4 inputs worth keeping|p" "$work/log"
  tell_if_cut_short
  exit 0
fi

tail -n 60 "$work/log"
for found in "$work"/found-*; do
  [[ -f $found ]] || continue
  # What cannot be made smaller stays as it is.
  timeout 60 "$binary" -minimize_crash=1 -max_total_time=20 -exact_artifact_path="$work/small" "$found" >/dev/null 2>&1 || true
  [[ -s $work/small ]] && mv "$work/small" "$found"
  name=found-$(sha1sum "$found" | cut -c 1-8)
  if [[ -n $grow ]]; then
    cp "$found" "$findings/$name"
    echo "$target: kept as $findings/$name; again: $binary $findings/$name"
  else
    echo "$target: to keep it: base64 -d >tests/fuzz/corpus/$target/$name"
    base64 "$found"
  fi
done
exit 1
