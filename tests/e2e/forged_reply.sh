#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is a forged reply on the wire named within a second, with everything that
# gives it away, and does genuine mail stay unsuspected?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  lab_start_mxrayd
}

healthy_sessions() {
  local ip session
  for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
    for session in lab_send_mail lab_fetch_pop3 lab_read_imap; do
      capture "$session" "$ip"
      expect_equal "exit of $session to $ip" "$E2E_STATUS" 0
    done
  done
}

# Of each forged reply, the seconds until it was in the list.
LISTED_AFTER=()

# The seconds from the packet's forging to its being in the list; polls while
# the client's session still goes on.
seconds_until_listed() {
  local wanted=$1 forged now
  lab_until 10 lab_has_incidents "$wanted" || return 0
  now=$(date +%s.%N)
  forged=$(sed -n 's/^forged //p' "$LAB_DIR/forger.log")
  awk -v a="$forged" -v b="$now" 'BEGIN { print b - a }'
}

# The newest incident, once the client's session is over and told what it can.
newest_incident() { lab_incidents 'max_by(.time)'; }

# check_forged_reply SERVER CLIENT INSIDE-CLIENT TEXT
check_forged_reply() {
  local server=$1 client=$2 inside=$3 text=$4 count incident session shift=0
  count=$(lab_incident_count)
  lab_start_forger --text "$text\r\n"
  lab_send_mail "$server" >"$LAB_DIR/session.txt" 2>&1 &
  session=$!
  LISTED_AFTER+=("$(seconds_until_listed $((count + 1)))")
  wait "$session" || true
  expect_contains "what the client saw" "$(<"$LAB_DIR/session.txt")" "S: $text"
  lab_sleep 1

  expect_equal "number of incidents" "$(lab_incident_count)" $((count + 1))
  incident=$(newest_incident)
  # Behind the gateway everything has come one hop further.
  [[ $(field "$incident" .interface) == lan0 ]] && shift=1
  expect_equal kind "$(field "$incident" .kind)" forged_reply
  expect_equal confidence "$(field "$incident" .confidence)" certain
  expect_equal protocol "$(field "$incident" .protocol)" smtp
  expect_equal forged_text "$(field "$incident" .forged_text)" "$text"
  expect_equal forged_code "$(field "$incident" .forged_code)" "${text%% *}"
  expect_equal genuine_text "$(field "$incident" .genuine_text)" "250 2.1.5 Ok"
  expect_equal baseline_ttl "$(field "$incident" .baseline_ttl)" $((LAB_BASELINE_TTL - shift))
  expect_equal forged_ttl "$(field "$incident" .forged_ttl)" $((LAB_FORGED_TTL - shift))
  expect_equal server_hops "$(field "$incident" .server_hops)" $((LAB_SERVER_HOPS + shift))
  expect_equal forger_hops "$(field "$incident" .forger_hops)" $((LAB_FORGER_HOPS + shift))
  expect_equal forger_class "$(field "$incident" .forger_class)" simple
  expect_takes rtt_ms "$(field "$incident" .rtt_ms)" "$LAB_RTT_MS"
  expect_takes forged_delay_ms "$(field "$incident" .forged_delay_ms)" "$LAB_FORGER_RTT_MS"
  expect_takes genuine_delay_ms "$(field "$incident" .genuine_delay_ms)" "$LAB_RTT_MS"
  expect_equal "forged ahead of genuine" "$(field "$incident" '.forged_delay_ms < .genuine_delay_ms')" true
  expect_equal client_accepted "$(field "$incident" .client_accepted)" true
  expect_equal server "$(field "$incident" '.server.ip + " " + (.server.port | tostring)')" "$server 25"
  expect_equal inside "$(field "$incident" 'if .interface == "lan0" then .client.ip else .inside_client.ip end')" "$inside"
  if ((shift == 0)); then expect_equal client "$(field "$incident" .client.ip)" "$client"; fi
  check_explanation "$(field "$incident" .id)" "$text"
}

check_explanation() {
  capture lab_mxray explain "$1"
  expect_equal "exit of explain" "$E2E_STATUS" 0
  expect_contains explain "$E2E_OUTPUT" "$2"
  expect_contains explain "$E2E_OUTPUT" "250 2.1.5 Ok"
  expect_contains explain "$E2E_OUTPUT" "RCPT TO"
}

test_healthy_sessions_raise_nothing() {
  healthy_sessions
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

test_forged_reply_over_ipv4_is_named() {
  check_forged_reply "$LAB_MAIL4" "$LAB_GATEWAY4" "$LAB_CLIENT4" "500 error"
}

test_forged_reply_over_ipv6_is_named() {
  check_forged_reply "$LAB_MAIL6" "$LAB_GATEWAY6" "$LAB_CLIENT6" "500 error"
}

# Longer than the genuine reply: the client's acknowledgement runs ahead of the server.
test_long_forged_reply_is_named() {
  check_forged_reply "$LAB_MAIL4" "$LAB_GATEWAY4" "$LAB_CLIENT4" \
    "551 User not local; please try <forward-path>"
}

# A machine may stand still for a while, but not each time.
test_they_are_listed_within_a_second() {
  expect_between "seconds of the quickest (of ${LISTED_AFTER[*]})" \
    "$(printf '%s\n' "${LISTED_AFTER[@]}" | sort -n | head -n 1)" 0 1
}

test_healthy_sessions_afterwards_raise_nothing() {
  local before
  before=$(lab_incident_count)
  healthy_sessions
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" "$before"
}

test_metrics_count_what_was_found() {
  expect_equal "certain forged replies in the metrics" \
    "$(lab_metrics | awk '/^mxray_incidents_total\{/ && /forged_reply/ && /certain/ { print $NF }')" 3
  expect_equal "all incidents in the metrics" \
    "$(lab_metrics | awk '/^mxray_incidents_total\{/ { sum += $NF } END { print sum + 0 }')" 3
}

test_scrape_passes_promtool() {
  command -v promtool >/dev/null || { echo "promtool is not installed; not checked" && return 0; }
  capture promtool check metrics < <(lab_metrics)
  expect_equal "exit of promtool" "$E2E_STATUS" 0
  expect_equal "promtool's findings" "$E2E_OUTPUT" ""
}

test_json_lines_agree_with_the_schema() {
  lab_mxray incidents --json >"$LAB_DIR/lines.json"
  lab_mxray flows --json >>"$LAB_DIR/lines.json"
  lab_mxray status --json >>"$LAB_DIR/lines.json"
  capture /usr/bin/python3 "$LAB_ROOT/tests/unit/format_validate.py" \
    "$LAB_ROOT/docs/incident.schema.json" <"$LAB_DIR/lines.json"
  [[ $E2E_STATUS == 77 ]] || expect_equal "validation ($E2E_OUTPUT)" "$E2E_STATUS" 0
}

e2e_main set_up
