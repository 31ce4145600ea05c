#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does scripts/bench run to its end and tell a figure for every target it measures?
# Whether they are held is no matter of a test: machines have moods.
set -euo pipefail
cd "$(dirname "$0")/../.."
((EUID == 0)) || { echo "SKIPPED: loading BPF programs needs root" && exit 77; }
sections=(hooks) wanted=({xdp,tc}_{other,udp}_over_empty_ns {xdp,tc}_mail{,_ack,_push,_tls,_sack,_reply}{,_16k}_over_empty_ns)
(($(nproc) < 2)) || { sections+=(cores) && wanted+=(two_cores_ratio); }
if [[ -n ${MXRAY_TEST_LONG:-} ]] && unshare --net true 2>/dev/null; then sections+=(forwarding flows verdict); fi

figures=$(scripts/bench --quick --json "${sections[@]}")
for figure in "${wanted[@]}"; do
  jq --exit-status --arg figure "$figure" '.[$figure] | numbers' <<<"$figures" >/dev/null ||
    { echo "no $figure in: $figures" && exit 1; }
done
# What is under way makes no records, or something else was measured.
jq --exit-status '[.measurements[] | select(.case == "mail_ack" or .case == "mail_data") | .records // 0] | add == 0' \
  <<<"$figures" >/dev/null || { echo "packets of connections under way made records: $figures" && exit 1; }
echo "ok: $(jq --compact-output 'del(.measurements)' <<<"$figures")"
