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

attached() { lab_attached_to wan0 && lab_attached_to lan0; }

# Programs held by links are freed a moment after their process.
nothing_attached() { [[ -z $(attached) ]]; }

# Before 6.6 there is no link for TC: what was killed outright leaves a filter.
kernel_has_tc_links() {
  local release
  release=$(uname -r)
  [[ $(printf '6.6\n%s\n' "${release%%-*}" | sort -V | head -n 1) == 6.6 ]]
}

# Both directions of both interfaces.
expect_watched() {
  local interface
  for interface in wan0 lan0; do
    expect_between "hooks in use on $interface ($1)" "$(lab_attached_to "$interface" | wc -l)" 2 4
  done
}

test_programs_watch_both_interfaces() {
  lab_start_mxrayd
  expect_watched auto
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
  local mode
  for mode in auto native generic tc; do
    lab_start_mxrayd --attach "$mode"
    expect_watched "$mode"
    lab_stop_mxrayd KILL
    kernel_has_tc_links || continue
    lab_until 5 nothing_attached || fail "still attached after --attach $mode: $(attached)"
  done
  kernel_has_tc_links || echo "kernel $(uname -r) has no TC links; only starting again was checked"
}

test_daemon_starts_again_after_being_killed() {
  lab_start_mxrayd
  expect_equal "incidents kept" "$(lab_incident_count)" 1
}

add_spare_interface() {
  ip -n "$LAB_PREFIX-gateway" link add spare0 type veth peer name spare1
  ip -n "$LAB_PREFIX-gateway" link set spare0 up
}

spare_is_watched() { [[ -n $(lab_attached_to spare0) ]]; }

test_interface_that_vanishes_and_returns_is_watched_again() {
  add_spare_interface
  lab_stop_mxrayd
  lab_start_mxrayd --interface spare0
  spare_is_watched || fail "spare0 is not watched"
  ip -n "$LAB_PREFIX-gateway" link del spare0
  lab_sleep 0.5
  lab_alive "$LAB_MONITOR" || fail "mxrayd ended when its interface did"
  add_spare_interface
  lab_until 10 spare_is_watched || fail "spare0 is not watched again"
}

# A dial-up line: without carrier but with routes, which is all that is needed.
dial() {
  ip -n "$LAB_PREFIX-gateway" tuntap add dev "$1" mode tun
  ip -n "$LAB_PREFIX-gateway" link set "$1" up
  ip -n "$LAB_PREFIX-gateway" route replace default dev "$1"
}

hang_up() { ip -n "$LAB_PREFIX-gateway" link del "$1"; }

# expect_hooks INTERFACE HOOK…: what the metrics say of it, each direction, within 15 s.
hooks_of() {
  lab_metrics | sed -n "s/^mxray_attached{interface=\"$1\",.*hook=\"\([a-z_]*\)\".*/\1/p" | sort -u | xargs
}
hooks_are() { [[ $(hooks_of "$1") == "$2" ]]; }
expect_hooks() { lab_until 15 hooks_are "$1" "$2" || fail "$1 has the hooks «$(hooks_of "$1")», not «$2» ($3)"; }

# With hooks that tun devices have on every kernel.
test_line_that_is_dialled_anew_under_another_name_takes_its_watch_along() {
  lab_stop_mxrayd
  dial ppp0
  lab_start_mxrayd --interface default-route --attach tc
  local hook
  hook=$(hooks_of ppp0)
  [[ $hook == tc || $hook == tcx ]] || fail "ppp0 is not watched: «$hook»"
  hang_up ppp0
  expect_hooks ppp0 none "there is no default route, which must wake somebody"
  dial ppp1
  expect_hooks ppp1 "$hook" "the new line"
  expect_hooks ppp0 "" "the line that is gone for good"
}

test_failover_and_back_lose_nothing() {
  local hook
  hook=$(hooks_of ppp1)
  dial wwan0
  expect_hooks wwan0 "$hook" "the second line"
  expect_hooks ppp1 "$hook" "the first line, which is only asleep"
  ip -n "$LAB_PREFIX-gateway" route replace default dev ppp1
  hang_up wwan0
  expect_hooks wwan0 "" "the second line, pulled out"
  expect_hooks ppp1 "$hook" "the first line, in use again"
  ip -n "$LAB_PREFIX-gateway" route replace default via 192.0.2.1
  hang_up ppp1
  expect_hooks ppp1 "" "the first line, cancelled"
  expect_hooks wan0 "$hook" "the line named in the configuration"
}

# What another tool put there stays.
test_filters_of_others_stay() {
  lab_stop_mxrayd
  lab_in gateway tc qdisc add dev wan0 clsact
  if ! lab_in gateway tc filter add dev wan0 egress protocol ip prio 7 u32 match u32 0 0 classid 1:1; then
    echo "this kernel has no u32 filters; not checked"
    return 0
  fi
  lab_start_mxrayd
  lab_stop_mxrayd TERM
  lab_until 5 nothing_attached || fail "still attached: $(attached)"
  expect_contains "the other tool's filter" "$(lab_in gateway tc filter show dev wan0 egress)" "pref 7 u32"
}

e2e_main set_up
