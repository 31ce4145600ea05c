#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does scripts/bench run to its end and tell a figure for every target it measures?
# Whether they are held is no matter of a test: machines have moods.
set -euo pipefail
cd "$(dirname "$0")/../.."
((EUID == 0)) || { echo "SKIPPED: loading BPF programs needs root" && exit 77; }
sections=(hooks cores)
[[ -z ${MXRAY_TEST_LONG:-} ]] || sections+=(forwarding flows)

figures=$(scripts/bench --quick --json "${sections[@]}")
for figure in xdp_other_over_empty_ns xdp_mail_over_empty_ns xdp_mail_16k_over_empty_ns two_cores_ratio; do
  jq --exit-status --arg figure "$figure" '.[$figure] | numbers' <<<"$figures" >/dev/null ||
    { echo "no $figure in: $figures" && exit 1; }
done
# What is under way makes no records, or something else was measured.
jq --exit-status '[.measurements[] | select(.case == "mail_ack" or .case == "mail_data") | .records // 0] | add == 0' \
  <<<"$figures" >/dev/null || { echo "packets of connections under way made records: $figures" && exit 1; }
echo "ok: $(jq --compact-output 'del(.measurements)' <<<"$figures")"
