#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is a forgery named whatever its handwriting, its moment, its protocol and the
# path it comes by? Its cases (forger_cases.sh) run at once.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=tests/e2e/forger_cases.sh
source "$e2e_folder/forger_cases.sh"

# The TTL of the server's packets where the forger stands: with it a forgery
# arrives with the TTL that the server's have.
SERVERS_TTL=$((LAB_BASELINE_TTL + LAB_FORGER_HOPS))
LONG_REPLY="551 User not local; please try <forward-path>"

set_up() {
  lab_build_network
  # Another window than the server's, as the two ends of a real connection have.
  lab_in client sysctl -qw net.ipv4.tcp_rmem="4096 32768 65536"
  lab_start_postfix
  lab_start_dovecot
  begin_before_mxrayd
  lab_start_mxrayd
  note_when_listed
  : >"$LAB_DIR/go"
  attack_at_once
}

# These have come as far as MAIL FROM before anything watches.
begin_before_mxrayd() {
  local name seen
  for name in midflow midflow_ipv6 midflow_first; do
    from_path "$name"
    seen=(NOOP NOOP)
    [[ $name != midflow_first ]] || seen=()
    lab_begin_session "$name" smtp "$(server_of "$name")" --timeout 30 "EHLO client.example.org" \
      "MAIL FROM:<anna@example.org>" "@$LAB_DIR/go" "${seen[@]}" "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" QUIT
    lab_until 10 grep -q "S: 250 2.1.0" "$LAB_DIR/$name.txt" || lab_fail "$(lab_dialogue "$name")"
  done
}

attack_at_once() {
  local name
  from_path text --text "$LONG_REPLY\r\n"
  from_path text_ipv6 --text "$LONG_REPLY\r\n"
  from_path swallowed
  from_path swallowed_ipv6
  from_path late --after-ms 200
  from_path late_ipv6 --after-ms 200
  from_path hello --trigger EHLO --text "554 no service\r\n"
  from_path several --text "$LONG_REPLY\r\n" --pieces 3
  from_path fin --text "$LONG_REPLY\r\n" --fin
  from_path then_reset --then-reset
  from_path mimic --style mimic --watch far0
  from_path mimic_ipv6 --style mimic --watch far0
  from_path stealth --ttl "$SERVERS_TTL"
  from_path stealth_ipv6 --ttl "$SERVERS_TTL"
  from_path reflector --style reflector --ttl "$SERVERS_TTL"
  from_path constant_window --style constant-window --window 566 --copies 3
  from_path constant_window_ipv6 --style constant-window --window 566 --text "$LONG_REPLY\r\n" --pieces 3
  from_path pop3_user --trigger USER --text "-ERR no such user\r\n"
  from_path pop3_stat_ipv6 --trigger STAT --text "-ERR mailbox locked\r\n"
  from_path imap_login --trigger "a1 LOGIN" --text "a1 BAD command unknown\r\n"
  from_path imap_select_ipv6 --trigger "a2 SELECT" --text "a2 BAD command unknown\r\n"
  from_path resets_staggered --reset
  from_path resets_identical_ipv6 --reset --identical
  from_path resets_constant_window --reset --style constant-window --window 566
  attack_from_inside
  for name in swallowed swallowed_ipv6; do
    lab_swallow "${LAB_SESSION_PORT[$name]}" "250 2.1.5"
  done
  for name in healthy pop3_healthy imap_healthy_ipv6; do
    lab_name_session "$name"
    lab_begin_session "$name" "$(protocol_of "$name")" "$(server_of "$name")"
  done
  run_cases
  lab_await_sessions healthy pop3_healthy imap_healthy_ipv6
}

# These clients go on a moment later: cut off, but they do not know yet.
attack_from_inside() {
  local name
  from_inside client_resets_staggered --trigger "250 2.1.5" --ttl 60 --reset
  from_inside client_resets_identical --trigger "250 2.1.5" --ttl 60 --reset --identical
  for name in client_resets_staggered client_resets_identical; do
    lab_until 10 lab_forger_is_ready "$name"
    lab_begin_session "$name" smtp "$LAB_MAIL4" --timeout 5 "EHLO client.example.org" \
      "MAIL FROM:<anna@example.org>" "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" "~0.04" DATA
  done
}

test_forged_551_is_named() {
  expect_reply text simple "$LAB_FORGER_HOPS" "$LONG_REPLY" "250 2.1.5 Ok"
  expect_reply text_ipv6 simple "$LAB_FORGER_HOPS" "$LONG_REPLY" "250 2.1.5 Ok"
}

test_forgery_whose_genuine_reply_never_comes_is_named() {
  local name
  for name in swallowed swallowed_ipv6; do
    expect_reply "$name" simple "$LAB_FORGER_HOPS" "500 error" null
    expect_between "genuine replies swallowed" \
      "$(lab_path_count "${LAB_SESSION_PORT[$name]}")" 1 100
  done
}

test_forgery_that_comes_after_the_genuine_reply_is_named() {
  local name
  for name in late late_ipv6; do
    expect_reply "$name" simple "$LAB_FORGER_HOPS" "500 error" "250 2.1.5 Ok"
    expect_lacks "what the client saw" "$(lab_dialogue "$name")" "500 error"
  done
}

test_forged_answer_to_the_first_command_is_named() {
  expect_named hello forged_reply simple "$LAB_FORGER_HOPS"
  expect_equal forged_text "$(field "$INCIDENT" .forged_text)" "554 no service"
}

test_forgery_in_several_segments_is_one_incident() {
  expect_named several forged_reply simple "$LAB_FORGER_HOPS"
}

# A tracker that believes the FIN no longer looks when the genuine reply comes.
test_forgery_that_closes_the_stream_is_named() {
  expect_reply fin simple "$LAB_FORGER_HOPS" "$LONG_REPLY" "250 2.1.5 Ok"
}

# As national firewalls do: both are the same deed.
test_forgery_with_a_reset_behind_it_is_one_incident() {
  expect_named then_reset forged_reply simple "$LAB_FORGER_HOPS"
}

# Nothing is left but the moment and the bytes.
test_perfect_mimic_is_named() {
  expect_reply mimic mimic null "500 error" "250 2.1.5 Ok"
  expect_reply mimic_ipv6 mimic null "500 error" "250 2.1.5 Ok"
}

# A TTL chosen to arrive as the server's tells no distance. Is it a mimic, when all
# else is its own? Either may be said.
test_forgery_with_the_servers_ttl_is_named() {
  expect_reply stealth "simple|mimic" null "500 error" "250 2.1.5 Ok"
  expect_reply stealth_ipv6 "simple|mimic" null "500 error" "250 2.1.5 Ok"
}

test_reflector_is_named() {
  expect_reply reflector reflector null "500 error" "250 2.1.5 Ok"
}

test_constant_window_is_named() {
  expect_reply constant_window constant_window null "500 error" "250 2.1.5 Ok"
  expect_named constant_window_ipv6 forged_reply constant_window null
}

test_forged_pop3_error_is_named() {
  expect_reply pop3_user simple "$LAB_FORGER_HOPS" "-ERR no such user" "+OK"
  expect_reply pop3_stat_ipv6 simple "$LAB_FORGER_HOPS" "-ERR mailbox locked" "+OK 0 0"
}

test_forged_imap_bad_is_named() {
  expect_named imap_login forged_reply simple "$LAB_FORGER_HOPS"
  expect_equal forged_text "$(field "$INCIDENT" .forged_text)" "BAD command unknown"
  expect_named imap_select_ipv6 forged_reply simple "$LAB_FORGER_HOPS"
  expect_equal forged_text "$(field "$INCIDENT" .forged_text)" "BAD command unknown"
}

test_resets_in_the_servers_name_are_named() {
  expect_named resets_staggered forged_reset simple "$LAB_FORGER_HOPS"
  expect_named resets_identical_ipv6 forged_reset simple "$LAB_FORGER_HOPS"
  expect_named resets_constant_window forged_reset constant_window null
}

# The forger is four hops beyond the client, as its TTL has it.
test_resets_in_the_clients_name_are_named() {
  local name
  for name in client_resets_staggered client_resets_identical; do
    expect_named "$name" forged_reset simple "$(client_forger_hops "$name")"
    expect_contains "summary of $name" "$(field "$INCIDENT" .summary)" "in the name of client"
  done
}

# As if the box stood outside, four hops away: the gateway takes one more.
client_forger_hops() {
  if lab_session_incidents "$1" | jq --exit-status '.[0].interface == "lan0"' >/dev/null; then
    echo 3
  else
    echo 5
  fi
}

test_forgery_in_a_session_older_than_mxrayd_is_named() {
  expect_reply midflow simple "$LAB_FORGER_HOPS" "500 error" "250 2.1.5 Ok"
  expect_reply midflow_ipv6 simple "$LAB_FORGER_HOPS" "500 error" "250 2.1.5 Ok"
}

# Nothing genuine was seen before it: only the genuine reply tells.
test_forgery_that_is_the_first_packet_seen_is_named() {
  expect_named midflow_first forged_reply simple "$LAB_FORGER_HOPS"
}

test_healthy_sessions_beside_them_raise_nothing() {
  local name
  for name in healthy pop3_healthy imap_healthy_ipv6; do
    expect_lacks "$name" "$(lab_dialogue "$name")" "lab-mail-client:"
    expect_equal "incidents of $name" "$(lab_session_incidents "$name")" "[]"
  done
}

# SYN cookies without timestamps: the server forgets what was negotiated.
test_forgery_behind_syn_cookies_is_named() {
  local name sent
  lab_in server sysctl -qw net.ipv4.tcp_syncookies=2 net.ipv4.tcp_timestamps=0
  for name in cookies cookies_ipv6 pop3_cookies; do
    if [[ $name == pop3* ]]; then
      from_path "$name" --trigger STAT --text "-ERR mailbox locked\r\n"
    else
      from_path "$name"
    fi
  done
  run_cases
  lab_in server sysctl -qw net.ipv4.tcp_syncookies=1 net.ipv4.tcp_timestamps=1
  sent=$(lab_in server nstat -az TcpExtSyncookiesRecv | awk '/Syncookies/ { print $2 }')
  expect_between "SYN cookies that came back" "$sent" 3 100
  for name in cookies cookies_ipv6 pop3_cookies; do
    expect_named "$name" forged_reply simple "$LAB_FORGER_HOPS"
  done
}

# The path may lose a forgery too. What a client was told must be named.
test_forgeries_on_a_bad_path_are_named() {
  local name names=() told=0
  lab_disturb hop1 --loss 2 --duplicate 4 --reorder 8 --seed 1
  lab_disturb hop2 --loss 2 --duplicate 4 --reorder 8 --seed 2
  names=(bad bad_ipv6 bad_again bad_ipv6_again pop3_bad pop3_bad_ipv6)
  for name in "${names[@]}"; do
    if [[ $name == pop3* ]]; then
      from_path "$name" --trigger STAT --text "-ERR mailbox locked\r\n"
    else
      from_path "$name" --text "$LONG_REPLY\r\n"
    fi
  done
  run_cases
  for name in "${names[@]}"; do
    grep -Eq "S: (551 User|-ERR mailbox)" "$LAB_DIR/$name.txt" || continue
    told=$((told + 1))
    expect_named "$name" forged_reply simple "$LAB_FORGER_HOPS"
  done
  expect_between "clients that were told a forgery, of ${#names[@]}" "$told" 3 "${#names[@]}"
}

# They came all at once, and a machine may stand still for a while: most of them.
test_they_are_listed_within_a_second() {
  expect_between "median seconds of ${#LISTED_AFTER[@]} cases" \
    "$(printf '%s\n' "${LISTED_AFTER[@]}" | sort -n | sed -n "$(((${#LISTED_AFTER[@]} + 1) / 2))p")" 0 1
}

e2e_main set_up
