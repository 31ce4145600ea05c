#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is a connection that a stranger resets told from one that the server resets?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_postfix
  lab_start_mxrayd
}

check_forged_reset() {
  local server=$1 count incident
  count=$(lab_incident_count)
  lab_start_forger --reset
  capture lab_send_mail "$server"
  expect_contains "what the client saw" "$E2E_OUTPUT" "Connection reset by peer"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" $((count + 1))
  incident=$(lab_incidents 'max_by(.time)')
  expect_equal kind "$(field "$incident" .kind)" forged_reset
  expect_equal server "$(field "$incident" .server.ip)" "$server"
}

test_forged_reset_over_ipv4_is_named() { check_forged_reset "$LAB_MAIL4"; }

test_forged_reset_over_ipv6_is_named() { check_forged_reset "$LAB_MAIL6"; }

# Nothing listens on 587: the server's own stack refuses.
test_genuine_refusal_raises_nothing() {
  local count server
  count=$(lab_incident_count)
  for server in "$LAB_MAIL4" "$LAB_MAIL6"; do
    capture lab_mail smtp "$server" 587 QUIT
    expect_contains "what the client saw" "$E2E_OUTPUT" "Connection refused"
  done
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" "$count"
}

e2e_main set_up
