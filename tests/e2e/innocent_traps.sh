#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does what looks forged but is not stay unnamed: routes that change, load
# balancers, keep-alive bytes, doubled packets, refusals and resets by the server
# itself? Sessions of all three protocols in both families run at once; each trap
# must have been sprung, or the test fails.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

PROTOCOLS=(smtp pop3 imap)

set_up() {
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  begin_before_mxrayd
  lab_start_mxrayd
}

# The names of sessions tell their protocol and family: TRAP_PROTOCOL_FAMILY.
protocol_of() { [[ $1 =~ _(smtp|pop3|imap)_ ]] && echo "${BASH_REMATCH[1]}"; }
server_of() { if [[ $1 == *_ipv6 ]]; then echo "$LAB_MAIL6"; else echo "$LAB_MAIL4"; fi; }

# The six sessions of a trap, in NAMES; their ports are taken.
name_sessions() {
  local protocol
  NAMES=()
  for protocol in "${PROTOCOLS[@]}"; do
    NAMES+=("$1_${protocol}_ipv4" "$1_${protocol}_ipv6")
  done
  for name in "${NAMES[@]}"; do lab_name_session "$name"; done
}

begin_sessions() {
  local name
  for name in "$@"; do
    lab_begin_session "$name" "$(protocol_of "$name")" "$(server_of "$name")" --timeout 20
  done
}

# The sessions NAMES, which say something and wait for LAB_DIR/TRAP to go on.
begin_held_sessions() {
  local trap=$1 name commands
  for name in "${NAMES[@]}"; do
    case $(protocol_of "$name") in
      smtp) commands=("EHLO client.example.org" NOOP "@$LAB_DIR/$trap" NOOP QUIT) ;;
      pop3) commands=("USER $LAB_USER" "PASS $LAB_PASSWORD" NOOP "@$LAB_DIR/$trap" STAT QUIT) ;;
      imap) commands=("LOGIN $LAB_USER $LAB_PASSWORD" NOOP "@$LAB_DIR/$trap" LOGOUT) ;;
    esac
    lab_begin_session "$name" "$(protocol_of "$name")" "$(server_of "$name")" --timeout 40 "${commands[@]}"
  done
}

# What the server has said to the NOOP before the hold.
holds() { grep -A 1 "C: .*NOOP" "$LAB_DIR/$1.txt" | grep -q "S: "; }

expect_holding() {
  local name
  for name in "$@"; do
    lab_until 20 holds "$name" || fail "$name: $(lab_dialogue "$name")"
  done
}

begin_before_mxrayd() {
  name_sessions midflow
  begin_held_sessions midflow
  expect_holding "${NAMES[@]}"
  MIDFLOW=("${NAMES[@]}")
}

# Nothing of the three kinds that blame someone, and the session was watched.
expect_unsuspected() {
  local name port
  lab_sleep 1
  for name in "$@"; do
    port=${LAB_SESSION_PORT[$name]}
    expect_equal "accusations of $name" "$(lab_session_incidents "$name" |
      jq --raw-output '.[] | select(.kind | IN("forged_reply", "forged_reset", "ident_stall")) |
        "\(.kind) \(.confidence) \(.score): \(.summary) \([.evidence[].signal])"')" ""
    lab_mxray flows --json | jq --slurp --exit-status "any(.client.port == $port)" >/dev/null ||
      fail "mxrayd has not seen $name"
  done
}

expect_finished() {
  local name
  for name in "$@"; do
    expect_lacks "$name" "$(lab_dialogue "$name")" "lab-mail-client:"
    expect_contains "$name" "$(lab_dialogue "$name")" "C: $(last_command "$name")"
  done
}

last_command() { if [[ $(protocol_of "$1") == imap ]]; then echo "a3 LOGOUT"; else echo QUIT; fi; }

test_session_older_than_mxrayd_is_innocent() {
  : >"$LAB_DIR/midflow"
  lab_await_sessions "${MIDFLOW[@]}"
  expect_finished "${MIDFLOW[@]}"
  expect_unsuspected "${MIDFLOW[@]}"
}

# check_moving_route TRAP FUNCTION [ARGUMENT…]: the function gets each session's port.
check_moving_route() {
  local trap=$1 name
  shift
  name_sessions "$trap"
  for name in "${NAMES[@]}"; do
    "$1" "${LAB_SESSION_PORT[$name]}" "${@:2}"
  done
  begin_sessions "${NAMES[@]}"
  lab_await_sessions "${NAMES[@]}"
  expect_finished "${NAMES[@]}"
  for name in "${NAMES[@]}"; do
    expect_between "packets of $name with another TTL" \
      "$(lab_path_count "${LAB_SESSION_PORT[$name]}")" 1 1000
  done
  expect_unsuspected "${NAMES[@]}"
}

test_equal_cost_routes_are_innocent() { check_moving_route ecmp lab_ecmp; }
test_route_one_hop_longer_and_back_is_innocent() { check_moving_route longer1 lab_flap 1; }
test_route_three_hops_longer_and_back_is_innocent() { check_moving_route longer3 lab_flap 3; }
test_route_two_hops_shorter_and_back_is_innocent() { check_moving_route shorter2 lab_flap -2; }
# Nearer and sooner at once, in the middle of each session: as a forger's replies are.
test_route_that_becomes_much_shorter_is_innocent() {
  local before=${LAB_HOP_OPTIONS[hop2]}
  name_sessions shorter
  begin_held_sessions shorter
  expect_holding "${NAMES[@]}"
  LAB_HOP_OPTIONS[hop2]="--delay-ms 2 --hops 2"
  lab_disturb hop2
  : >"$LAB_DIR/shorter"
  lab_await_sessions "${NAMES[@]}"
  LAB_HOP_OPTIONS[hop2]=$before
  lab_disturb hop2
  expect_finished "${NAMES[@]}"
  expect_unsuspected "${NAMES[@]}"
}

test_front_that_answers_the_handshake_is_innocent() { check_moving_route front lab_front 20; }

has_probed() { grep -q ^forged "$LAB_DIR/$1.forger.txt"; }

# The stack of the lab's machine probes with no byte at all, so lab-forger stands
# in for one that sends a 0 in the place of the last byte; all else is the server's.
test_keep_alive_byte_is_innocent() {
  local name trigger
  name_sessions keepalive
  for name in "${NAMES[@]}"; do
    trigger=NOOP
    [[ $name != *_imap_* ]] || trigger="a2 NOOP"
    lab_begin_forger "$name" router2 "$(protocol_of "$name")" --interface near0 --watch far0 \
      --trigger "$trigger" --style mimic --keep-alive --after-ms 500
  done
  for name in "${NAMES[@]}"; do
    lab_until 20 lab_forger_is_ready "$name" || fail "no forger: $(<"$LAB_DIR/$name.forger.txt")"
  done
  begin_held_sessions keepalive
  for name in "${NAMES[@]}"; do
    lab_until 20 has_probed "$name" || fail "no probe in $name: $(<"$LAB_DIR/$name.forger.txt")"
  done
  lab_sleep 0.2
  : >"$LAB_DIR/keepalive"
  lab_await_sessions "${NAMES[@]}"
  expect_finished "${NAMES[@]}"
  expect_unsuspected "${NAMES[@]}"
}

test_genuine_refusals_are_innocent() {
  local name server
  name_sessions refused
  for name in "${NAMES[@]}"; do
    server=$(server_of "$name")
    case $(protocol_of "$name") in
      smtp) lab_begin_session "$name" smtp "$server" "EHLO client.example.org" \
        "MAIL FROM:<anna@example.org>" "RCPT TO:<$LAB_STRANGER>" ;;
      pop3) lab_begin_session "$name" pop3 "$server" "USER $LAB_USER" "PASS wrong" ;;
      imap) lab_begin_session "$name" imap "$server" "LOGIN $LAB_USER $LAB_PASSWORD" BOGUS ;;
    esac
  done
  lab_await_sessions "${NAMES[@]}"
  for name in "${NAMES[@]}"; do
    case $(protocol_of "$name") in
      smtp) expect_contains "$name" "$(lab_dialogue "$name")" "S: 551 5.7.1" ;;
      pop3) expect_contains "$name" "$(lab_dialogue "$name")" "S: -ERR" ;;
      imap) expect_contains "$name" "$(lab_dialogue "$name")" "S: a2 BAD" ;;
    esac
  done
  expect_unsuspected "${NAMES[@]}"
}

# check_resets TRAP FUNCTION: the function gets each session's name while it holds.
check_resets() {
  local trap=$1 name
  name_sessions "$trap"
  begin_held_sessions "$trap"
  expect_holding "${NAMES[@]}"
  for name in "${NAMES[@]}"; do
    "$2" "$name"
  done
  : >"$LAB_DIR/$trap"
  lab_await_sessions "${NAMES[@]}"
  for name in "${NAMES[@]}"; do
    expect_contains "$name" "$(lab_dialogue "$name")" "Connection reset by peer"
  done
  expect_unsuspected "${NAMES[@]}"
}

kill_at_server() {
  lab_in server ss --kill --tcp "sport = :$(lab_port_of "$(protocol_of "$1")")" \
    "dport = :${LAB_SESSION_PORT[$1]}" >/dev/null 2>&1 || true
}

reset_by_firewall() { lab_firewall_reset "${LAB_SESSION_PORT[$1]}"; }

test_reset_by_the_server_is_innocent() { check_resets killed kill_at_server; }

# One hop nearer than the server: a TTL of its own, and nothing else.
test_reset_by_the_servers_firewall_is_innocent() { check_resets firewalled reset_by_firewall; }

duplicates_the_client_saw() {
  lab_in client nstat -az TcpExtTCPDSACKOldSent | awk '/DSACK/ { print $2 }'
}

test_every_packet_twice_is_innocent() {
  local before
  before=$(duplicates_the_client_saw)
  lab_disturb hop2 --duplicate 100
  name_sessions twice
  begin_sessions "${NAMES[@]}"
  lab_await_sessions "${NAMES[@]}"
  lab_disturb hop2
  expect_finished "${NAMES[@]}"
  expect_between "segments the client had twice" $(($(duplicates_the_client_saw) - before)) 12 1000
  expect_unsuspected "${NAMES[@]}"
}

e2e_main set_up
