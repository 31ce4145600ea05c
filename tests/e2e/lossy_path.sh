#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does genuine mail stay unsuspected on a path that loses, doubles and reorders
# packets? Retransmissions are the likeliest false alarm.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

set_up() {
  # Each of the two hops, each way.
  LAB_PATH_FAULTS=(--loss 1 --duplicate 4 --reorder 8 --seed 5321)
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  lab_start_mxrayd
}

test_sessions_on_a_bad_path_raise_nothing() {
  local ip session finished=0
  for _ in 1 2 3; do
    for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
      for session in lab_send_mail lab_fetch_pop3 lab_read_imap; do
        capture "$session" "$ip"
        [[ $E2E_STATUS == 0 ]] && finished=$((finished + 1))
      done
    done
  done
  # A path this bad may cost a session its timeout, but not many.
  expect_between "sessions that finished of 18" "$finished" 14 18
  lab_sleep 1
  # A lost greeting may rightly be slow; nothing may look forged.
  expect_equal "incidents but slow greetings" \
    "$(lab_incidents 'map(select(.kind != "slow_greeting")) | map(.summary)')" "[]"
}

e2e_main set_up
