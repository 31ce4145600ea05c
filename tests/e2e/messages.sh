#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What do mxrayd and mxray say when they cannot do what was asked? One sentence
# on stderr that names the thing and the way out, and the exit code for it.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_space gateway
  lab_wire gateway wan0 gateway lan0
}

mxrayd() {
  lab_in gateway timeout 20 "$LAB_BUILD/mxrayd" --socket "$LAB_DIR/mxray.sock" \
    --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS" "$@"
}

expect_nothing_attached() {
  local interface
  for interface in wan0 lan0; do
    expect_equal "what is attached to $interface" "$(lab_in gateway "$LAB_BUILD/lab-attached" "$interface")" ""
  done
}

expect_one_line() { expect_equal "lines of the message «$1»" "$(wc -l <<<"$1")" 1; }

# refuses_config KEY-AND-VALUE: put on line 3 of a file
refuses_config() {
  printf '# for a test\ninterfaces: [wan0]\n%s\n' "$1" >"$LAB_DIR/mxray.yaml"
  capture mxrayd --config "$LAB_DIR/mxray.yaml"
  expect_equal "exit ($1)" "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" "mxray.yaml:3"
  expect_contains message "$E2E_OUTPUT" "${1%%:*}"
  expect_one_line "$E2E_OUTPUT"
  expect_nothing_attached
}

test_unknown_key_is_named_with_file_and_line() { refuses_config 'no_such_key: 1'; }

test_bad_value_is_named_with_file_and_line() { refuses_config 'slow_greeting_seconds: soon'; }

test_file_that_is_not_there_is_named() {
  capture mxrayd --config "$LAB_DIR/nowhere.yaml"
  expect_equal exit "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" nowhere.yaml
  expect_one_line "$E2E_OUTPUT"
}

test_interface_that_is_not_there_is_named() {
  capture mxrayd --interface nowhere0
  expect_equal exit "$E2E_STATUS" 1 # it may come yet: systemd tries again
  expect_contains message "$E2E_OUTPUT" nowhere0
  expect_one_line "$E2E_OUTPUT"
}

test_unknown_flag_is_named() {
  capture mxrayd --no-such-flag
  expect_equal exit "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" no-such-flag
}

test_missing_privileges_are_named() {
  command -v setpriv >/dev/null || { echo "setpriv is not installed; not checked" && return 0; }
  capture lab_in gateway setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all \
    timeout 20 "$LAB_BUILD/mxrayd" --interface wan0 --socket "$LAB_DIR/n.sock" --state-dir "$LAB_DIR/n" \
    --web.listen-address "$LAB_METRICS"
  [[ $E2E_STATUS == 126 ]] && { echo "nobody may not enter $LAB_BUILD; not checked" && return 0; }
  expect_equal exit "$E2E_STATUS" 4
  expect_contains message "$E2E_OUTPUT" CAP_BPF
  expect_one_line "$E2E_OUTPUT"
}

test_command_line_without_daemon_says_how_to_start_one() {
  local command
  for command in incidents flows status "explain 0123456789ab"; do
    # shellcheck disable=SC2086  # two words on purpose
    capture "$LAB_BUILD/mxray" --socket "$LAB_DIR/nowhere.sock" $command
    expect_equal "exit of $command" "$E2E_STATUS" 3
    expect_contains "message of $command" "$E2E_OUTPUT" mxrayd
    expect_contains "message of $command" "$E2E_OUTPUT" nowhere.sock
  done
}

test_unknown_subcommand_is_a_usage_error() {
  capture "$LAB_BUILD/mxray" no-such-command
  expect_equal exit "$E2E_STATUS" 2
}

test_file_that_is_no_capture_is_named() {
  echo "this is no capture" >"$LAB_DIR/mail.pcap"
  capture "$LAB_BUILD/mxray" replay "$LAB_DIR/mail.pcap"
  expect_equal exit "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" mail.pcap
}

test_incident_that_is_not_there_is_named() {
  lab_start_mxrayd
  capture lab_mxray explain 0123456789ab
  expect_contains message "$E2E_OUTPUT" 0123456789ab
  [[ $E2E_STATUS != 0 ]] || fail "explain of an unknown incident exits with 0"
}

test_second_daemon_on_the_same_socket_is_refused() {
  capture mxrayd --interface wan0
  [[ $E2E_STATUS != 0 && $E2E_STATUS != 124 ]] || fail "a second daemon ran: $E2E_STATUS"
  expect_one_line "$E2E_OUTPUT"
  lab_mxray status >/dev/null || fail "the first daemon does not answer any more"
}

e2e_main set_up
