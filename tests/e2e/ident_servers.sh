#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do the servers that ask ident in earnest, Sendmail and Exim, lead to the right
# verdicts, with several clients behind one address? And what does `check ident` say
# of the gateway, whose firewall decides?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/exim.sh
source "$LAB_ROOT/scripts/lab/exim.sh"
# shellcheck source=scripts/lab/sendmail.sh
source "$LAB_ROOT/scripts/lab/sendmail.sh"

PATIENCE=9 # seconds that the servers wait for ident
COLLEAGUE4=10.0.1.201
SLOW_PORT=143

set_up() {
  local obstacle
  if obstacle=$(exim_obstacle) || obstacle=$(sendmail_obstacle); then
    e2e_skip "$obstacle"
  fi
  lab_build_network
  lab_address client eth0 "$COLLEAGUE4/24"
  sendmail_start server "$LAB_DIR/sendmail" 25 "${PATIENCE}s"
  exim_start server "$LAB_DIR/exim" 587 "${PATIENCE}s"
  start_slow_greeter
  lab_start_mxrayd
}

# Greets after 11 s and asks nobody anything.
start_slow_greeter() {
  local folder=$LAB_DIR/slow
  mkdir -p "$folder"
  cat >"$folder/greeter" <<'GREETER'
#!/bin/sh
sleep 11
printf '* OK ready\r\n'
read -r tag _
printf '%s OK bye\r\n' "$tag"
GREETER
  chmod 755 "$folder/greeter"
  cat >"$folder/xinetd.conf" <<CONFIG
service slow-imap
{
  type = UNLISTED
  port = $SLOW_PORT
  socket_type = stream
  protocol = tcp
  wait = no
  user = nobody
  server = $folder/greeter
  flags = IPv4 NOLIBWRAP
  bind = $LAB_MAIL4
}
CONFIG
  lab_start server slow.log xinetd -dontfork -f "$folder/xinetd.conf" -pidfile "$folder/pid"
  lab_until 20 lab_listens "$LAB_MAIL4" "$SLOW_PORT" || lab_fail "xinetd does not run: $(<"$LAB_DIR/slow.log")"
}

# greet SERVER PORT [OPTION…]: a session that only waits for the greeting.
greet() {
  local server=$1 port=$2
  shift 2
  lab_mail smtp "$server" "$port" --timeout 40 "$@" QUIT
}

incident_with() { lab_incidents "map(select($1))[0] // empty"; }

# expect_stall SERVER PORT INSIDE-CLIENT
expect_stall() {
  local incident
  incident=$(incident_with ".server.ip == \"$1\" and .server.port == $2 and .inside_client.ip == \"$3\"")
  expect_equal "kind of the incident with $1:$2 and $3" "$(field "$incident" .kind)" ident_stall
  expect_equal "its ident_outcome" "$(field "$incident" .ident_outcome)" dropped
  expect_between "its stall_seconds" "$(field "$incident" .stall_seconds)" $((PATIENCE - 1)) $((PATIENCE + 10))
}

test_stalls_of_sendmail_and_exim_are_told_from_a_slow_greeting_behind_one_address() {
  local sessions=() incident session
  lab_ident_policy drop
  # All at once: the same NAT address, three of them with the same server host.
  lab_mail imap "$LAB_MAIL4" "$SLOW_PORT" --timeout 40 --source "$COLLEAGUE4" LOGOUT >"$LAB_DIR/slow.txt" 2>&1 &
  sessions+=($!)
  lab_sleep 1
  greet "$LAB_MAIL4" 25 >"$LAB_DIR/sendmail4.txt" 2>&1 &
  sessions+=($!)
  lab_sleep 1
  greet "$LAB_MAIL4" 587 --source "$COLLEAGUE4" >"$LAB_DIR/exim4.txt" 2>&1 &
  sessions+=($!)
  greet "$LAB_MAIL6" 587 >"$LAB_DIR/exim6.txt" 2>&1 &
  sessions+=($!)
  for session in "${sessions[@]}"; do
    wait "$session" || fail "a session failed: $(cat "$LAB_DIR"/*.txt)"
  done
  lab_until 10 lab_has_incidents 4 || fail "only these incidents: $(lab_incidents)"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 4
  expect_stall "$LAB_MAIL4" 25 "$LAB_CLIENT4"
  expect_stall "$LAB_MAIL4" 587 "$COLLEAGUE4"
  expect_stall "$LAB_MAIL6" 587 "$LAB_CLIENT6"
  incident=$(incident_with ".server.port == $SLOW_PORT")
  expect_equal "kind of the slow greeting" "$(field "$incident" .kind)" slow_greeting
  expect_equal "who waited for it" "$(field "$incident" .inside_client.ip)" "$COLLEAGUE4"
  expect_equal "its ident queries" "$(field "$incident" .ident_queries)" 0
}

test_check_ident_names_the_drop_and_who_asked() {
  lab_ident_policy drop
  capture lab_in gateway "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" check ident --timeout 1
  expect_equal "exit of check ident (drop)" "$E2E_STATUS" 1
  for address in "$LAB_GATEWAY4" "$LAB_GATEWAY6"; do
    expect_contains "check ident" "$E2E_OUTPUT" "$address"
    expect_contains "its remedy" "$E2E_OUTPUT" "daddr $address tcp dport 113 reject with tcp reset"
  done
  expect_contains "who asked" "$E2E_OUTPUT" "$LAB_MAIL4"
  capture lab_in gateway "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" check ident --json
  expect_equal "what became of Sendmail's and Exim's queries" \
    "$(jq --slurp "map(select(.asking_server == \"$LAB_MAIL4\" and .asked_address == \"$LAB_GATEWAY4\"))[0].outcomes.dropped" <<<"$E2E_OUTPUT")" 2
}

test_check_ident_sees_that_the_remedy_works() {
  local policy
  for policy in reset unreachable; do
    lab_ident_policy "$policy"
    capture lab_in gateway "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" check ident --json
    expect_equal "exit of check ident ($policy)" "$E2E_STATUS" 0
    expect_equal "outcomes ($policy)" \
      "$(jq --slurp --compact-output 'map(select(.ident_address) | .outcome) | unique' <<<"$E2E_OUTPUT")" "[\"$policy\"]"
  done
}

test_an_ident_daemon_that_answers_raises_nothing() {
  local before
  before=$(lab_incidents 'map(select(.kind == "ident_stall")) | length')
  lab_in gateway nft delete table inet ident
  lab_start gateway oidentd.log oidentd --foreground --nosyslog --error --masquerade
  lab_until 10 oidentd_listens || fail "oidentd does not run: $(<"$LAB_DIR/oidentd.log")"
  for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
    capture greet "$ip" 587
    expect_equal "exit of the session with $ip" "$E2E_STATUS" 0
  done
  lab_sleep 1
  # Exim also looks its clients up in a DNS that is not there, which may take it 5 s.
  expect_equal "number of ident stalls" "$(lab_incidents 'map(select(.kind == "ident_stall")) | length')" "$before"
  expect_between "answered queries" "$(lab_metric 'mxray_ident_queries_total{outcome="answered"}')" 2 99
  capture lab_in gateway "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" check ident
  expect_equal "exit of check ident" "$E2E_STATUS" 0
  expect_contains "check ident" "$E2E_OUTPUT" "an ident daemon?"
}

oidentd_listens() { [[ -n $(lab_in gateway ss -Hltn "sport = :113") ]]; }

scan_ident() {
  local i
  for ((i = 0; i < 200; i++)); do
    (exec 3<>"/dev/tcp/$1/113") 2>/dev/null || true
  done
}

# From a router that mail never came from.
test_a_scan_of_port_113_raises_nothing() {
  local before queries
  before=$(lab_incident_count)
  queries=$(lab_metrics | grep '^mxray_ident_queries_total')
  lab_ident_policy reset
  lab_in router1 bash -c "$(declare -f scan_ident); scan_ident $LAB_GATEWAY4"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" "$before"
  expect_equal "ident queries in the metrics" "$(lab_metrics | grep '^mxray_ident_queries_total')" "$queries"
}

e2e_main set_up
