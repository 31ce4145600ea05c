#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is everything gone from the interfaces when mxrayd is, and do its incidents
# outlive it?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_postfix
}

# All BPF programs on the gateway's two interfaces, at any hook.
attached() {
  local interface direction
  lab_in gateway bpftool net show | grep -E '(wan0|lan0)\(' || true
  for interface in wan0 lan0; do
    for direction in ingress egress; do
      lab_in gateway tc filter show dev "$interface" "$direction" 2>/dev/null | grep bpf || true
    done
  done
}

# Programs held by links are freed a moment after their process.
nothing_attached() { [[ -z $(attached) ]]; }

# Before 6.6 there is no link for TC: what was killed outright leaves a filter.
kernel_has_tc_links() {
  local release
  release=$(uname -r)
  [[ $(printf '6.6\n%s\n' "${release%%-*}" | sort -V | head -n 1) == 6.6 ]]
}

test_programs_watch_both_interfaces() {
  lab_start_mxrayd
  expect_contains "what is attached" "$(attached)" "wan0("
  expect_contains "what is attached" "$(attached)" "lan0("
}

test_incident_outlives_the_daemon() {
  local before
  lab_start_forger
  capture lab_send_mail "$LAB_MAIL4"
  lab_until 5 lab_has_incidents 1 || fail "no incident"
  lab_sleep 1
  before=$(lab_incidents 'map(del(.amendments, .ongoing, .revision))')
  lab_stop_mxrayd TERM
  lab_start_mxrayd
  expect_equal "incidents after a restart" "$(lab_incidents 'map(del(.amendments, .ongoing, .revision))')" "$before"
}

test_termination_leaves_nothing_attached() {
  lab_stop_mxrayd TERM
  lab_until 5 nothing_attached || fail "still attached: $(attached)"
}

test_being_killed_leaves_nothing_attached() {
  lab_start_mxrayd
  lab_stop_mxrayd KILL
  if ! kernel_has_tc_links; then
    echo "kernel $(uname -r) has no TC links; not checked"
    return 0
  fi
  lab_until 5 nothing_attached || fail "still attached: $(attached)"
}

test_daemon_starts_again_after_being_killed() {
  lab_start_mxrayd
  expect_equal "incidents kept" "$(lab_incident_count)" 1
}

test_interface_that_vanishes_and_returns_is_watched_again() {
  ip -n "$LAB_PREFIX-gateway" link add dummy9 type dummy 2>/dev/null || {
    echo "kernel has no dummy interfaces; not checked"
    return 0
  }
  ip -n "$LAB_PREFIX-gateway" link set dummy9 up
  lab_stop_mxrayd
  lab_start_mxrayd --interface dummy9
  lab_in gateway bpftool net show | grep -q 'dummy9(' || fail "dummy9 is not watched"
  ip -n "$LAB_PREFIX-gateway" link del dummy9
  lab_sleep 0.5
  lab_alive "$LAB_MONITOR" || fail "mxrayd ended when its interface did"
  ip -n "$LAB_PREFIX-gateway" link add dummy9 type dummy
  ip -n "$LAB_PREFIX-gateway" link set dummy9 up
  lab_until 10 eval "lab_in gateway bpftool net show | grep 'dummy9('" || fail "dummy9 is not watched again"
}

# A filter that another tool put there stays.
test_filters_of_others_stay() {
  lab_stop_mxrayd
  lab_in gateway tc qdisc add dev wan0 clsact
  lab_in gateway tc filter add dev wan0 egress protocol ip prio 7 matchall action ok
  lab_start_mxrayd
  lab_stop_mxrayd TERM
  lab_until 5 nothing_attached || fail "still attached: $(attached)"
  expect_contains "the other tool's filter" "$(lab_in gateway tc filter show dev wan0 egress)" "pref 7 matchall"
}

e2e_main set_up
