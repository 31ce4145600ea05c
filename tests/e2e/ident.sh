#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who keeps a client waiting for the greeting? A server that asks ident of a
# gateway which drops the question; and nobody, once the gateway refuses it.
#
# xinetd asks and waits its 30 s; IPv4 and IPv6 wait at the same time.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_ident_server
  lab_start_mxrayd
}

waiting_flow() {
  lab_mxray flows --json | jq --slurp --compact-output --arg server "$1" --arg inside "$2" \
    'map(select(.state == "waiting" and .server.ip == $server and .inside_client.ip == $inside))[0] // empty'
}

# check_waiting SERVER INSIDE-CLIENT
check_waiting() {
  local flow
  flow=$(waiting_flow "$1" "$2")
  expect_equal "protocol of the waiting flow to $1" "$(field "$flow" .protocol)" pop3
  expect_between "its seconds of waiting" "$(field "$flow" .waiting_seconds)" 5 20
  expect_between "its ident queries" "$(field "$flow" .ident_queries)" 2 12
}

# check_stall SERVER CLIENT INSIDE-CLIENT
check_stall() {
  local server=$1 incident
  incident=$(lab_incidents "map(select(.server.ip == \"$server\"))[0]")
  expect_equal kind "$(field "$incident" .kind)" ident_stall
  expect_equal protocol "$(field "$incident" .protocol)" pop3
  expect_equal client "$(field "$incident" .client.ip)" "$2"
  expect_equal inside_client "$(field "$incident" .inside_client.ip)" "$3"
  expect_equal ident_outcome "$(field "$incident" .ident_outcome)" dropped
  expect_between ident_queries "$(field "$incident" .ident_queries)" 2 12
  expect_between stall_seconds "$(field "$incident" .stall_seconds)" 29.5 40
  expect_between greeting_delay_seconds "$(field "$incident" .greeting_delay_seconds)" 29.7 40
  expect_takes breakdown.handshake "$(field "$incident" .breakdown.handshake)" 0.1
  expect_between breakdown.ident "$(field "$incident" .breakdown.ident)" 29.5 40
  expect_between "sum of the breakdown less the delay" \
    "$(field "$incident" '([.breakdown[]] | add) - .greeting_delay_seconds | if . < 0 then -. else . end')" 0 0.005
  expect_contains remedy "$(field "$incident" .remedy)" "reset"
}

stalls_are_measured() {
  [[ $(lab_incidents 'map(select(.greeting_delay_seconds != null)) | length') == 2 ]]
}

test_stall_is_seen_while_it_lasts_and_named_when_it_ends() {
  local ipv4 ipv6
  lab_ident_policy drop
  lab_fetch_ident "$LAB_IDENT4" >"$LAB_DIR/session4.txt" 2>&1 &
  ipv4=$!
  lab_fetch_ident "$LAB_IDENT6" >"$LAB_DIR/session6.txt" 2>&1 &
  ipv6=$!
  lab_sleep 8
  check_waiting "$LAB_IDENT4" "$LAB_CLIENT4"
  check_waiting "$LAB_IDENT6" "$LAB_CLIENT6"
  wait "$ipv4" "$ipv6"
  lab_until 5 stalls_are_measured || fail "the greeting did not complete both incidents"
  expect_equal "number of incidents" "$(lab_incident_count)" 2
  check_stall "$LAB_IDENT4" "$LAB_GATEWAY4" "$LAB_CLIENT4"
  check_stall "$LAB_IDENT6" "$LAB_GATEWAY6" "$LAB_CLIENT6"
  expect_between "dropped queries in the metrics" "$(lab_metric 'mxray_ident_queries_total{outcome="dropped"}')" 2 99
  expect_equal "flows still waiting" "$(waiting_flow "$LAB_IDENT4" "$LAB_CLIENT4")" ""
}

test_refused_query_raises_nothing() {
  local before ip outcome
  before=$(lab_incident_count)
  for outcome in reset unreachable; do
    lab_ident_policy "$outcome"
    for ip in "$LAB_IDENT4" "$LAB_IDENT6"; do
      capture lab_fetch_ident "$ip"
      expect_equal "exit of the client to $ip ($outcome)" "$E2E_STATUS" 0
      expect_between "seconds to the greeting ($outcome)" \
        "$(sed -n '1s/^ *\([0-9.]*\) S: +OK.*/\1/p' <<<"$E2E_OUTPUT")" 0.1 10
    done
    lab_sleep 1
    expect_equal "number of incidents ($outcome)" "$(lab_incident_count)" "$before"
    expect_between "queries in the metrics ($outcome)" \
      "$(lab_metric "mxray_ident_queries_total{outcome=\"$outcome\"}")" 2 99
  done
}

e2e_main set_up
