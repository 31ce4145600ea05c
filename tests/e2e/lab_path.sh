#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the laboratory's path look as the recorded case did, before anything
# watches it? Judged by tcpdump on the gateway, not by mxray.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  lab_build_network
  lab_start_postfix
  lab_start gateway dump.log tcpdump -l -n -v -tt -i wan0 'tcp src port 25'
  lab_until 5 grep -q listening "$LAB_DIR/dump.log"
}

# The dump with one packet a line, those with data only.
segments() { sed 's/^[^0-9]/ &/' "$LAB_DIR/dump.log" | awk '/^[0-9]/ { if (line) print line; line = $0; next } { line = line $0 } END { print line }' | grep -v 'length 0'; }

test_round_trip_is_a_tenth_of_a_second() {
  local ip rtt
  for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
    rtt=$(lab_in client ping -c 3 -i 0.2 -q "$ip" | sed -n 's|^rtt [^=]*= \([0-9.]*\)/.*|\1|p')
    expect_takes "round trip to $ip in ms" "$rtt" "$LAB_RTT_MS"
  done
}

check_forged_segment() {
  local ip=$1 ttl_name=$2 forged genuine asked answered
  lab_start_forger
  capture lab_send_mail "$ip"
  expect_equal "exit of the client" "$E2E_STATUS" 1
  expect_contains "the client's dialogue" "$E2E_OUTPUT" "500 error"
  lab_sleep 0.3
  forged=$(segments | grep "$ttl_name $LAB_FORGED_TTL," | tail -n 1)
  genuine=$(segments | grep "$ttl_name $LAB_BASELINE_TTL," | grep '250 2.1.5' | tail -n 1)
  expect_contains "the forged segment" "$forged" "500 error"
  expect_contains "the forged segment" "$forged" "win 0, length 11"
  expect_lacks "the forged segment" "$forged" "options"
  expect_contains "the forged segment" "$forged" "(correct)"
  expect_contains "the genuine segment" "$genuine" "TS val"
  asked=$(sed -n 's/^ *\([0-9.]*\) C: RCPT.*/\1/p' <<<"$E2E_OUTPUT")
  answered=$(sed -n 's/^ *\([0-9.]*\) S: 500.*/\1/p' <<<"$E2E_OUTPUT")
  expect_takes "the forged reply's delay in ms" \
    "$(awk -v a="$asked" -v b="$answered" 'BEGIN { print (b - a) * 1000 }')" "$LAB_FORGER_RTT_MS"
  expect_equal "order of arrival" \
    "$(printf '%s\n' "$forged" "$genuine" | sort -n | head -n 1)" "$forged"
}

test_forged_ipv4_reply_has_the_handwriting_of_the_recorded_case() {
  check_forged_segment "$LAB_MAIL4" ttl
  expect_contains "the forged segment" "$(segments | grep "ttl $LAB_FORGED_TTL,")" "id 64, offset 0, flags [none]"
}

test_forged_ipv6_reply_has_the_handwriting_of_the_recorded_case() {
  check_forged_segment "$LAB_MAIL6" hlim
}

test_healthy_mail_passes() {
  local ip
  for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
    capture lab_send_mail "$ip"
    expect_equal "exit of the client to $ip" "$E2E_STATUS" 0
  done
}

e2e_main set_up
