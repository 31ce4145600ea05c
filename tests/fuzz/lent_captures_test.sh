#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does scripts/fuzz leave others' captures out of the repository, even when one breaks mxray?
# In a tree of its own, with a target that breaks at the word "lent" and at nothing else.
set -euo pipefail
sources=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{scripts,bin,captures,outside,tests/fuzz,build/sanitize}
cp "$sources/scripts/fuzz" "$tree/scripts/fuzz"
cp "$sources/tests/fuzz/run.sh" "$tree/tests/fuzz/run.sh"
: >"$tree/tests/fuzz/capture.cpp"
echo "lent by somebody" >"$tree/captures/one.pcap"
for stub in scripts/setup bin/cmake build/sanitize/fuzz_seeds; do
  printf '#!/bin/sh\n' >"$tree/$stub" && chmod +x "$tree/$stub"
done
cat >"$tree/build/sanitize/fuzz_capture" <<'TARGET'
#!/bin/sh
prefix= grown=
for argument; do
  case $argument in
    -artifact_prefix=*) prefix=${argument#*=} ;;
    -exact_artifact_path=*) exit 1 ;;
    -*) ;;
    *)
      grown=${grown:-$argument}
      found=$(grep -Rl lent "$argument" | head -n 1)
      [ -z "$found" ] || { cp "$found" "$grown/new" && cp "$found" "${prefix}crash" && exit 1; }
      ;;
  esac
done
TARGET
chmod +x "$tree/build/sanitize/fuzz_capture"

status=0
said=$(TMPDIR=$tree/outside MXRAY_CAPTURES=$tree/captures PATH=$tree/bin:$PATH "$tree/scripts/fuzz" capture --seconds 1 2>&1) || status=$?
fail() { echo "$1; scripts/fuzz said: $said" && exit 1; }
((status == 1)) || fail "exit code $status after a finding"
kept=$(grep -Rl lent "$tree/tests" "$tree/build" --exclude=fuzz_capture --exclude=run.sh || true)
[[ -z $kept ]] || fail "others' bytes are kept as $kept"
finding=$(grep -Rl lent "$tree/outside" || true)
[[ -f $finding ]] || fail "the finding is not kept, or more than that: $finding"
[[ $said == *"capture: kept as $finding; again: build/sanitize/fuzz_capture $finding"* ]] || fail "nobody is told of $finding"

# And where nothing is found, nothing stays.
rm -rf "$tree"/captures/* "$tree"/outside/*
TMPDIR=$tree/outside MXRAY_CAPTURES=$tree/captures PATH=$tree/bin:$PATH "$tree/scripts/fuzz" capture --seconds 1 >/dev/null 2>&1 || fail "exit code $? without a finding"
[[ -z $(ls -A "$tree/outside") ]] || fail "there remain $(ls "$tree/outside")"
echo "ok: $finding, outside"
