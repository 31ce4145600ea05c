#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What could somebody do who took over the running mxrayd, and does it still do all
# that it shall with that little?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_postfix
  lab_start_mxrayd
}

# The process that attaches is the child of the one that was started.
attacher() { pgrep --parent "$LAB_MONITOR"; }

# status PID FIELD, of each of its threads, each value once
status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1"/task/*/status | sort -u; }

kernel_asks_for_cap_bpf() {
  local release
  release=$(uname -r)
  [[ $(printf '6.1\n%s\n' "${release%%-*}" | sort -V | head -n 1) != 6.1 ]]
}

test_the_monitor_holds_nothing() {
  local set nothing=0000000000000000 held=0000000000000000
  kernel_asks_for_cap_bpf && held=0000008000000000
  for set in CapInh CapAmb CapBnd; do
    expect_equal "$set" "$(status "$LAB_MONITOR" "$set")" "$nothing"
  done
  for set in CapPrm CapEff; do
    expect_equal "$set" "$(status "$LAB_MONITOR" "$set")" "$held"
  done
  expect_equal "the filter of system calls" "$(status "$LAB_MONITOR" Seccomp)" 2
  expect_equal "new privileges" "$(status "$LAB_MONITOR" NoNewPrivs)" 1
  expect_contains "the log" "$(<"$LAB_DIR/mxrayd.log")" "system calls are filtered"
}

# CAP_NET_ADMIN and CAP_BPF, bits 12 and 39; in effect only while it attaches.
test_the_attacher_may_attach_and_no_more() {
  local set child
  child=$(attacher)
  expect_equal "its name" "$(<"/proc/$child/comm")" mxrayd-attacher
  for set in CapInh CapAmb CapBnd CapEff; do
    expect_equal "$set of the attacher" "$(status "$child" "$set")" 0000000000000000
  done
  expect_equal "CapPrm of the attacher" "$(status "$child" CapPrm)" 0000008000001000
  expect_equal "its filter of system calls" "$(status "$child" Seccomp)" 2
  expect_equal "its open sockets to the network" "$(lab_in gateway ss --tcp --listening --processes | grep -c "pid=$child," || true)" 0
}

test_mail_is_watched_and_asked_for_as_ever() {
  lab_start_forger
  capture lab_send_mail "$LAB_MAIL4"
  lab_until 5 lab_has_incidents 1 || fail "no incident"
  expect_contains "mxray status" "$(lab_mxray status)" wan0
  kernel_asks_for_cap_bpf || expect_contains "mxray status" "$(lab_mxray status)" \
    "privileges: holds no capability; system calls are filtered"
  expect_contains "the metrics" "$(lab_metrics)" "mxray_store_working 1"
  # One table is counted each second.
  lab_until 30 counts_entries || fail "no map has entries: $(lab_metrics | grep ^mxray_map_entries)"
}
counts_entries() { (($(lab_metric 'mxray_map_entries{map="client_sides"}') >= 1)); }

test_an_interface_that_is_made_again_is_watched_again() {
  lab_stop_mxrayd
  ip -n "$LAB_PREFIX-gateway" link add spare0 type veth peer name spare1
  lab_start_mxrayd --interface spare0
  ip -n "$LAB_PREFIX-gateway" link del spare0
  lab_until 5 says_hook_of_spare none || fail "it does not notice that spare0 is gone: $(lab_metrics | grep spare0)"
  ip -n "$LAB_PREFIX-gateway" link add spare0 type veth peer name spare1
  lab_until 10 says_hook_of_spare "tcx\?" || fail "spare0 is not watched again: $(lab_metrics | grep spare0)"
}
says_hook_of_spare() { lab_metrics | grep -q "^mxray_attached{interface=\"spare0\",direction=\"ingress\",hook=\"$1\"} [01]"; }

# Nothing of it is an event of the interface.
test_a_program_that_is_taken_off_by_force_is_put_on_again() {
  local link
  expect_equal "hooks in use on spare0" "$(hooks_of_spare)" 2
  while read -r link; do
    bpftool link detach id "$link"
  done < <(sed -n 's/^link_id:[[:space:]]*//p' "/proc/$(attacher)"/fdinfo/*)
  tc -n "$LAB_PREFIX-gateway" qdisc del dev spare0 clsact 2>/dev/null || true
  expect_equal "hooks in use on spare0 after that" "$(hooks_of_spare)" 0
  lab_until 15 both_are_watched_again || fail "spare0 is not watched again: $(lab_metrics | grep spare0)"
}
# A line for each, of either kind.
hooks_of_spare() {
  local direction
  {
    lab_in gateway "$LAB_BUILD/lab-attached" spare0
    for direction in ingress egress; do
      tc -n "$LAB_PREFIX-gateway" filter show dev spare0 "$direction" 2>/dev/null | grep 'handle 0x6d78' || true
    done
  } | wc -l
}
both_are_watched_again() { (($(hooks_of_spare) == 2)) && says_hook_of_spare "tcx\?"; }

test_a_password_is_worked_out_and_a_configuration_read_again() {
  lab_stop_mxrayd
  # shellcheck disable=SC2016  # the hash is full of dollars
  local hash='$2b$04$OLFPQPD2ONmPYbG8Tm4gTuGjdKjhcuqBKq/nU5PRAV2/2oYIhGzOu'
  printf 'basic_auth_users:\n  anna: %s\n' "$hash" >"$LAB_DIR/web.yaml"
  printf 'interfaces: [wan0, lan0]\nlocal_domains: []\n' >"$LAB_DIR/mxrayd.yaml"
  lab_start gateway mxrayd.log "$LAB_BUILD/mxrayd" --config "$LAB_DIR/mxrayd.yaml" --socket "$LAB_DIR/mxray.sock" \
    --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS" --web.config.file "$LAB_DIR/web.yaml"
  LAB_MONITOR=$LAB_PID
  lab_until 20 asks_for_a_password || fail "mxrayd does not answer: $(<"$LAB_DIR/mxrayd.log")"
  capture lab_in gateway curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' --user anna:wrong "http://$LAB_METRICS/metrics"
  expect_equal "the answer to a wrong password" "$E2E_OUTPUT" 401
  expect_equal "capabilities of all threads" "$(status "$LAB_MONITOR" CapPrm | tail -n 1)" \
    "$(kernel_asks_for_cap_bpf && echo 0000008000000000 || echo 0000000000000000)"
  expect_equal "the filter of all threads" "$(status "$LAB_MONITOR" Seccomp)" 2
  printf 'interfaces: [wan0, lan0]\nlocal_domains: [example.org]\n' >"$LAB_DIR/mxrayd.yaml"
  kill -HUP "$LAB_MONITOR"
  lab_until 5 grep -q "local_domains taken over" "$LAB_DIR/mxrayd.log" || fail "no reload: $(<"$LAB_DIR/mxrayd.log")"
}
asks_for_a_password() {
  [[ $(lab_in gateway curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "http://$LAB_METRICS/metrics") == 401 ]]
}

test_without_its_attacher_it_ends_and_says_why() {
  kill -KILL "$(attacher)"
  lab_until 5 monitor_has_ended || fail "it runs on"
  expect_contains "the log" "$(<"$LAB_DIR/mxrayd.log")" "the process that attaches programs has ended"
  lab_forget "$LAB_MONITOR"
  LAB_MONITOR=
}
monitor_has_ended() { ! lab_alive "$LAB_MONITOR" || [[ $(awk '{ print $3 }' "/proc/$LAB_MONITOR/stat") == Z ]]; }

# It has just followed a change, or not: what recv() and errno tell then differs.
test_the_attacher_ends_with_the_monitor() {
  local signal child
  for signal in KILL TERM; do
    lab_start_mxrayd --interface spare0
    child=$(attacher)
    ip -n "$LAB_PREFIX-gateway" link del spare0
    lab_until 5 says_hook_of_spare none || fail "it does not notice that spare0 is gone: $(lab_metrics | grep spare0)"
    ip -n "$LAB_PREFIX-gateway" link add spare0 type veth peer name spare1
    lab_until 10 says_hook_of_spare "tcx\?" || fail "spare0 is not watched again: $(lab_metrics | grep spare0)"
    lab_stop_mxrayd "$signal" || fail "mxrayd runs on after a signal $signal"
    lab_until 5 has_ended "$child" || fail "the attacher runs on after a signal $signal"
  done
}
has_ended() { ! lab_alive "$1"; }

e2e_main set_up
