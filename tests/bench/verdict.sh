#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How long after a forged reply was sent does mxrayd tell of it? One JSON object.
#
# Real servers and a real forger, as in scripts/run --demo; the time is from the forger's
# sending to the incident's being printed. The way from him to the gateway is in it.
set -euo pipefail
# shellcheck source=scripts/lab/lab.sh
source "$(dirname "$0")/../../scripts/lab/lab.sh"
bench_folder=$(realpath "$(dirname "$0")")

ROUNDS=${BENCH_ROUNDS:-11}
TOLD=

has_told() { (($(wc -l <"$TOLD") >= $1)); }

# Milliseconds of the Nth forgery.
measure() {
  local forged
  lab_start_forger
  lab_send_mail "$LAB_MAIL4" >/dev/null 2>&1 || true # the client takes the forgery for an answer
  lab_until 10 has_told "$1" || lab_fail "no incident was told: $(<"$LAB_DIR/mxrayd.log")"
  forged=$(sed -n 's/^forged //p' "$LAB_DIR/forger.log")
  [[ -n $forged ]] || lab_fail "nothing was forged: $(<"$LAB_DIR/forger.log")"
  sed -n "$1p" "$TOLD" | awk -v forged="$forged" '{ print ($1 - forged) * 1000 }'
}

run() {
  local i
  for ((i = 1; i <= ROUNDS; i++)); do measure "$i" >>"$LAB_DIR/verdicts"; done
  jq --slurp --compact-output --argjson wire $((LAB_FORGER_RTT_MS / 2)) 'map(. * 10 | round / 10) | sort |
    {section: "verdict", forgeries: length, wire_ms: $wire, verdict_ms: {median: .[length / 2 | floor], min: .[0], max: .[-1]}}' \
    "$LAB_DIR/verdicts"
}

if obstacle=$(lab_obstacle); then
  printf '%s\n' "$obstacle" >&2
  exit 77
fi
lab_open
lab_build_network
lab_start_postfix
lab_start_mxrayd
lab_start gateway told.log python3 -B "$bench_folder/told.py" "$LAB_DIR/mxrayd.log"
TOLD=$LAB_DIR/told.log
run
