#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does every query of the dashboards find its data in a real Prometheus that watches
# a real mxrayd, and does the verdict at the top say what is true?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/../e2e/harness.sh"
# shellcheck source=tests/grafana/prometheus.sh
source "$LAB_ROOT/tests/grafana/prometheus.sh"

DASHBOARDS=("$LAB_ROOT"/dashboards/grafana/mxray-*.json)

set_up() {
  local obstacle
  if obstacle=$(prometheus_obstacle); then e2e_skip "$obstacle"; fi
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  # Only while the kernel measures is there a run time to show.
  printf 'interfaces: [wan0, lan0]\nkernel_statistics: true\n' >"$LAB_DIR/mxrayd.yaml"
  lab_start_mxrayd --config "$LAB_DIR/mxrayd.yaml"
  prometheus_start
}

ask() { lab_in gateway /usr/bin/python3 "$LAB_ROOT/tests/grafana/ask.py" "http://$PROMETHEUS_ADDRESS" "$@"; }

verdict() { ask --value "Mail's path" "$LAB_ROOT/dashboards/grafana/mxray-overview.json"; }
verdict_is() { [[ $(verdict) == "$1" ]]; }

# Both directions of time: what the panels' shortest windows hold was scraped by then.
sessions() {
  local session
  for session in lab_send_mail lab_fetch_pop3 lab_read_imap; do
    "$session" "$LAB_MAIL4" >/dev/null || fail "$session failed"
  done
  lab_sleep 3
}

expect_data() {
  capture ask "${DASHBOARDS[@]}"
  expect_equal "exit of ask.py" "$E2E_STATUS" 0
  [[ $E2E_STATUS == 0 ]] || printf '%s\n' "$E2E_OUTPUT"
  expect_matches "its last line" "${E2E_OUTPUT##*$'\n'}" '[5-9][0-9] queries asked, 0 faults'
}

test_healthy_traffic_fills_every_panel() {
  sessions
  expect_data
}

test_verdict_on_healthy_traffic_is_healthy() { expect_equal verdict "$(verdict)" 0; }

test_verdict_names_forgeries_within_seconds() {
  lab_start_forger --text '500 error\r\n'
  lab_send_mail "$LAB_MAIL4" >/dev/null 2>&1 || true
  lab_until 10 verdict_is 5 || fail "the verdict is «$(verdict)», not 5"
}

test_forgery_fills_every_panel() {
  sessions
  expect_data
}

test_count_of_incidents_agrees_with_mxray() {
  expect_equal incidents "$(ask --value Incidents "$LAB_ROOT/dashboards/grafana/mxray-overview.json")" "$(lab_incident_count)"
}

test_verdict_says_when_nobody_watches() {
  lab_stop_mxrayd
  lab_until 10 verdict_is 6 || fail "the verdict is «$(verdict)», not 6"
}

e2e_main set_up
