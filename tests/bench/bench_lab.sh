#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What do the benchmarks with real interfaces share? Clients and a server, each one
# wire away from the gateway that mxrayd may watch; neither answers, what they say is
# made by mxray-bench-blast. Sourced.
# shellcheck source=scripts/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lab/lab.sh"

# As in streams.cpp.
BENCH_CLIENT_MAC=02:00:00:00:00:01 BENCH_SERVER_MAC=02:00:00:00:00:02
BENCH_CLIENTS=10.0.0.0/8 BENCH_SERVERS=203.0.113.0/24

bench_network() {
  lab_space clients
  lab_forwarding_space gateway
  lab_space server
  lab_wire clients eth0 gateway lan0
  lab_wire gateway wan0 server eth0
  lab_in clients ip link set eth0 address "$BENCH_CLIENT_MAC"
  lab_in gateway ip link set lan0 address "$BENCH_SERVER_MAC"
  lab_in gateway ip link set wan0 address "$BENCH_CLIENT_MAC"
  lab_in server ip link set eth0 address "$BENCH_SERVER_MAC"
  bench_way lan0 192.0.2.1 192.0.2.2 "$BENCH_CLIENT_MAC" "$BENCH_CLIENTS"
  bench_way wan0 192.0.2.5 192.0.2.6 "$BENCH_SERVER_MAC" "$BENCH_SERVERS"
}

# bench_way INTERFACE ADDRESS NEIGHBOUR MAC NETWORK: all of it lives behind one neighbour.
bench_way() {
  lab_in gateway ip address add "$2/30" dev "$1"
  lab_in gateway ip neighbour replace "$3" lladdr "$4" dev "$1"
  lab_in gateway ip route add "$5" via "$3"
}

# bench_blast SPACE KIND FLOWS [PACKETS]
bench_blast() {
  lab_in "$1" "$LAB_BUILD/mxray-bench-blast" --interface eth0 --kind "$2" --flows "$3" ${4:+--packets "$4"}
}

# bench_open FLOWS [FIRST [END]]: connections of that many clients, or of some of them, each with a whole
# handshake and a greeting; so many at once as wait for an answer in a busy hour.
bench_open() {
  local first=${2:-0} end=${3:-$1} at_once
  for (( ; first < end; first += at_once)); do
    at_once=$((end - first < 4096 ? end - first : 4096))
    bench_open_step clients open_syn "$1"
    bench_open_step server open_syn_ack "$1"
    bench_open_step clients open_ack "$1"
    bench_open_step server greeting "$1"
  done
}
bench_open_step() {
  lab_in "$1" "$LAB_BUILD/mxray-bench-blast" --interface eth0 --kind "$2" --flows "$3" --first "$first" \
    --packets "$at_once" >/dev/null
}

# bench_start_mxrayd OPTION…
bench_start_mxrayd() {
  lab_start gateway mxrayd.log "$LAB_BUILD/mxrayd" --socket "$LAB_DIR/mxray.sock" \
    --state-dir "$(mktemp -d "$LAB_DIR/state.XXXX")" --web.listen-address "$LAB_METRICS" "$@"
  LAB_MONITOR=$LAB_PID
  lab_until 30 lab_metrics || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

# bench_median: of numbers, one a line
bench_median() { sort -g | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'; }

bench_main() {
  local obstacle
  if obstacle=$(lab_obstacle); then
    printf '%s\n' "$obstacle" >&2
    exit 77
  fi
  lab_open
  bench_network
  "$1"
}
