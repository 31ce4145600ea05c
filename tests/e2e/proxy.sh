#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who takes port 25 for himself? A transparent proxy on the first router, which
# takes offers away or writes over them, seen from the client's gateway and from
# the one in front of the server; users who log in on 587 raise nothing.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

PROXY_PORT=10025
PROXY_NAME=mail.globalsuite.example
PROXY_PID=

set_up() {
  [[ -x $LAB_BUILD/lab-smtp-proxy ]] || e2e_skip "$LAB_BUILD/lab-smtp-proxy is not built"
  lab_build_network
  lab_start_dovecot
  lab_start_postfix
  offer_login
  lab_start_mxrayd
}

# postfix offers AUTH on 25 and 587, of dovecot's users.
offer_login() {
  local etc=$LAB_DIR/postfix/etc
  postconf -c "$etc" -e smtpd_sasl_auth_enable=yes smtpd_sasl_type=dovecot \
    "smtpd_sasl_path=$LAB_DIR/dovecot/run/auth-smtp" smtpd_client_message_rate_limit=2
  postconf -c "$etc" -M 'submission/inet=submission inet n - n - - smtpd'
  postconf -c "$etc" -P submission/inet/smtpd_client_message_rate_limit=0
  lab_in server postfix -c "$etc" reload >/dev/null 2>&1
  lab_until 20 lab_listens "$LAB_MAIL4" 587 || lab_fail "postfix does not take submissions"
}

# start_proxy OPTION…: from now on port 25 leads to it.
start_proxy() {
  lab_start router1 proxy.log "$LAB_BUILD/lab-smtp-proxy" --port "$PROXY_PORT" --source 192.0.2.1 \
    --seconds 120 "$@"
  PROXY_PID=$LAB_PID
  lab_until 5 grep -q ready "$LAB_DIR/proxy.log" || lab_fail "no proxy: $(<"$LAB_DIR/proxy.log")"
  lab_in router1 nft -f - <<NFT
table ip proxy {
  chain prerouting {
    type nat hook prerouting priority dstnat
    iifname "near0" tcp dport 25 redirect to :$PROXY_PORT
  }
}
NFT
}

stop_proxy() {
  lab_in router1 nft delete table ip proxy
  lab_end "$PROXY_PID"
}

# Mail of a user of the server's own domain, from a program that logs in where it can.
send_as_user() { lab_mail smtp "$LAB_MAIL4" 25 "EHLO pc" "MAIL FROM:<anna@$LAB_DOMAIN>" "RSET" "QUIT"; }

submit_as_user() {
  lab_mail smtp "$LAB_MAIL4" 587 "EHLO pc" \
    "AUTH PLAIN $(printf '\0%s\0%s' "$LAB_USER" "$LAB_PASSWORD" | base64)" \
    "MAIL FROM:<$LAB_USER@$LAB_DOMAIN>" "RCPT TO:<anna@$LAB_DOMAIN>" "RSET" "QUIT"
}

incident_of() { lab_incidents "map(select(.kind == \"$1\"))[0] // empty"; }
has_incident_of() { [[ -n $(incident_of "$1") ]]; }

test_mail_on_all_ports_of_one_host_raises_nothing() {
  capture lab_read_imap "$LAB_MAIL4"
  capture lab_read_imap "$LAB_MAIL4"
  expect_equal "exit of the IMAP session" "$E2E_STATUS" 0
  capture submit_as_user
  expect_equal "exit of the submission" "$E2E_STATUS" 0
  capture send_as_user
  expect_contains "the offers" "$E2E_OUTPUT" "250-AUTH"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

test_proxy_that_takes_the_login_away_is_seen_at_the_client() {
  local incident
  start_proxy --strip
  capture send_as_user
  stop_proxy
  expect_lacks "the offers" "$E2E_OUTPUT" "250-AUTH"
  lab_until 5 has_incident_of smtp_proxy || fail "no incident"
  incident=$(incident_of smtp_proxy)
  expect_equal server "$(field "$incident" '"\(.server.ip):\(.server.port)"')" "$LAB_MAIL4:25"
  expect_matches signals "$(field "$incident" '[.evidence[].signal] | join(" ")')" \
    'hops round_trip.* auth_lost'
  expect_contains remedy "$(field "$incident" .remedy)" 587
}

test_firewall_that_writes_over_the_offers_is_certain() {
  start_proxy --overwrite
  capture send_as_user
  stop_proxy
  expect_contains "the offers" "$E2E_OUTPUT" "250-XXXXXXXA"
  lab_sleep 1
  expect_equal "number of incidents, one for the host" "$(lab_incident_count)" 1
  expect_equal confidence "$(field "$(incident_of smtp_proxy)" .confidence)" certain
  expect_contains remedy "$(field "$(incident_of smtp_proxy)" .remedy)" "no inspect esmtp"
}

# From here on mxrayd is in front of the server, as at S2.
watch_the_server() {
  lab_stop_mxrayd
  printf 'interfaces: [near0, far0]\nlocal_domains: [%s]\n' "$LAB_DOMAIN" >"$LAB_DIR/server.yaml"
  lab_start router3 mxrayd.log "$LAB_BUILD/mxrayd" --config "$LAB_DIR/server.yaml" \
    --socket "$LAB_DIR/mxray.sock" --state-dir "$LAB_DIR/state-server" \
    --web.listen-address "$LAB_METRICS"
  LAB_MONITOR=$LAB_PID
  lab_until 20 lab_mxray status || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

test_user_who_logs_in_on_587_raises_nothing_at_the_server() {
  watch_the_server
  capture submit_as_user
  expect_equal "exit of the submission" "$E2E_STATUS" 0
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

test_users_behind_a_proxy_are_named_at_the_server() {
  local i incident
  start_proxy --strip --ehlo "$PROXY_NAME"
  for ((i = 0; i < 4; i++)); do
    capture send_as_user
  done
  stop_proxy
  expect_contains "the last reply" "$E2E_OUTPUT" "too much mail"
  lab_until 10 has_incident_of smtp_proxy || fail "no proxy is named"
  expect_equal "number of incidents" "$(lab_incident_count)" 2
  incident=$(incident_of unauthenticated_submission)
  expect_equal client "$(field "$incident" .client.ip)" 192.0.2.1
  expect_equal helo "$(field "$incident" .helo)" "$PROXY_NAME"
  expect_equal sender_domain "$(field "$incident" .sender_domain)" "$LAB_DOMAIN"
  expect_equal auth "$(field "$incident" '"\(.auth_offered) \(.auth_used)"')" "true false"
  incident=$(incident_of smtp_proxy)
  expect_contains summary "$(field "$incident" .summary)" "EHLO $PROXY_NAME"
  expect_contains remedy "$(field "$incident" .remedy)" VPN
}

e2e_main set_up
