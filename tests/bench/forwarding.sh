#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How many packets a second does a gateway forward, with mxrayd on both its
# interfaces, with tcpdump, and with neither? One JSON object a way and kind of packet.
#
# Wires are veth pairs: no hardware, no driver; a packet costs the sender, two wires
# and the routing between them on the same CPU. The ways take turns, round by round.
set -euo pipefail
# shellcheck source=tests/bench/bench_lab.sh
source "$(dirname "$0")/bench_lab.sh"

ROUNDS=${BENCH_ROUNDS:-5}
PACKETS=${BENCH_PACKETS:-300000}
FLOWS=1024
KINDS=(mail_data other_tcp)
WAYS=(nothing mxray_tc mxray_native tcpdump)

received() { lab_in server ip --json --statistics link show dev eth0 | jq '.[0].stats64.rx.packets'; }

# Who looks on: begin WAY
begin() {
  case $1 in
    mxray_tc) bench_start_mxrayd --interface lan0 --interface wan0 --attach tc ;;
    mxray_native) bench_start_mxrayd --interface lan0 --interface wan0 --attach native ;;
    tcpdump)
      lab_start gateway tcpdump.log tcpdump -n -i any -w /dev/null tcp
      WATCHER=$LAB_PID
      lab_until 10 grep --quiet listening "$LAB_DIR/tcpdump.log"
      ;;
  esac
}

end() {
  case $1 in
    mxray_*) lab_stop_mxrayd ;;
    tcpdump) lab_end "$WATCHER" ;;
  esac
}

# Packets forwarded a second.
measure() {
  local before sent
  bench_blast clients "$1" "$FLOWS" 20000 >/dev/null
  before=$(received)
  sent=$(bench_blast clients "$1" "$FLOWS" "$PACKETS")
  sleep 0.2
  jq --argjson forwarded "$(($(received) - before))" '($forwarded / .seconds) | round' <<<"$sent"
}

run() {
  local round way kind median plain
  for ((round = 0; round < ROUNDS; round++)); do
    for way in "${WAYS[@]}"; do
      begin "$way"
      for kind in "${KINDS[@]}"; do measure "$kind" >>"$LAB_DIR/$way.$kind"; done
      end "$way"
    done
  done
  for kind in "${KINDS[@]}"; do
    plain=$(bench_median <"$LAB_DIR/nothing.$kind")
    for way in "${WAYS[@]}"; do
      median=$(bench_median <"$LAB_DIR/$way.$kind")
      jq --null-input --compact-output --arg way "$way" --arg kind "$kind" --argjson median "$median" \
        --argjson plain "$plain" --slurpfile all "$LAB_DIR/$way.$kind" \
        '{section: "forwarding", way: $way, kind: $kind, packets_per_second: $median, least: ($all | min), most: ($all | max),
          of_nothing: ($median / $plain * 100 | round / 100), more_ns: (1e9 / $median - 1e9 / $plain | round)}'
    done
  done
}

bench_main run
