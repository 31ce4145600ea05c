#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How does mxrayd run on the laboratory's gateway, and how is it asked? The
# socket and the state are below LAB_DIR, the metrics inside the namespace.
# Sourced by lab.sh.

LAB_METRICS=127.0.0.1:9725
LAB_MONITOR=

lab_start_mxrayd() {
  lab_start gateway mxrayd.log "$LAB_BUILD/mxrayd" --interface wan0 --interface lan0 \
    --socket "$LAB_DIR/mxray.sock" --state-dir "$LAB_DIR/state" \
    --web.listen-address "$LAB_METRICS" --print-incidents "$@"
  LAB_MONITOR=$LAB_PID
  lab_await_mxrayd
}

# Until it answers.
lab_await_mxrayd() {
  lab_until 20 lab_metrics || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

# Fails if it does not end by itself.
lab_stop_mxrayd() {
  local pid=$LAB_MONITOR ended=0
  [[ -n $pid ]] || return 0
  LAB_MONITOR=
  lab_signal "${1:-TERM}" "$pid"
  lab_until 30 lab_gone "$pid" || ended=1
  lab_end "$pid"
  return "$ended"
}
lab_gone() { ! lab_alive "$1"; }

# All BPF programs on one of the gateway's interfaces, at any hook.
lab_attached_to() {
  local direction
  lab_in gateway "$LAB_BUILD/lab-attached" "$1"
  for direction in ingress egress; do
    lab_in gateway tc filter show dev "$1" "$direction" 2>/dev/null | grep bpf || true
  done
}

lab_metrics() { lab_in gateway curl --silent --show-error --fail --max-time 5 "http://$LAB_METRICS/metrics"; }

# The value of one sample: lab_metric 'name{label="x"}'; nothing if it is not there.
lab_metric() { lab_metrics | awk -v sample="$1" 'index($0, sample " ") == 1 { print $NF }'; }

lab_mxray() { "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" "$@"; }

# Incidents as one JSON array, after the filter given to jq.
lab_incidents() { lab_mxray incidents --json | jq --slurp --compact-output "${1:-.}"; }

lab_incident_count() { lab_incidents length; }

# Succeeds when the incidents number at least $1.
lab_has_incidents() { (($(lab_incident_count) >= $1)); }
