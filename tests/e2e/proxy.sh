#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who takes port 25 for himself? A transparent proxy on the first router, which
# takes STARTTLS and AUTH away, writes over them or leaves them, seen from the client's
# gateway and from the one in front of the server; users who log in on 587, encrypted
# or not, raise nothing.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

PROXY_PORT=10025
PROXY_NAME=mail.globalsuite.example
PROXY_PID=

set_up() {
  [[ -x $LAB_BUILD/lab-smtp-proxy ]] || e2e_skip "$LAB_BUILD/lab-smtp-proxy is not built"
  command -v openssl >/dev/null || e2e_skip "openssl is not installed"
  lab_build_network
  lab_start_dovecot
  lab_start_postfix
  offer_login
  lab_start_mxrayd
}

make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj "/CN=mail.$LAB_DOMAIN" -keyout "$1/key.pem" -out "$1/certificate.pem" 2>/dev/null
}

# postfix offers STARTTLS, and AUTH of dovecot's users, on 25 and 587.
offer_login() {
  local etc=$LAB_DIR/postfix-server/etc
  make_certificate "$etc"
  postconf -c "$etc" -e smtpd_tls_security_level=may "smtpd_tls_cert_file=$etc/certificate.pem" \
    "smtpd_tls_key_file=$etc/key.pem" smtpd_tls_session_cache_database= tls_random_source=dev:/dev/urandom
  postconf -c "$etc" -M 'tlsmgr/unix=tlsmgr unix - - n 1000? 1 tlsmgr'
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

# encrypted_as_user PORT: the dialogue inside TLS; commands one by one, for nobody pipelines there.
encrypted_as_user() {
  local login line
  login=$(printf '\0%s\0%s' "$LAB_USER" "$LAB_PASSWORD" | base64)
  for line in "EHLO pc" "AUTH PLAIN $login" "MAIL FROM:<$LAB_USER@$LAB_DOMAIN>" "RCPT TO:<anna@$LAB_DOMAIN>" QUIT; do
    sleep 0.5
    printf '%s\r\n' "$line"
  done | lab_in client timeout 20 openssl s_client -connect "$LAB_MAIL4:$1" -starttls smtp -quiet -ign_eof 2>&1
}

incident_of() { lab_incidents "map(select(.kind == \"$1\"))[0] // empty"; }
tells_of_starttls() { [[ $(incident_of smtp_proxy) == *starttls_lost* ]]; }
has_incident_of() { [[ -n $(incident_of "$1") ]]; }

test_mail_on_all_ports_of_one_host_raises_nothing() {
  capture lab_read_imap "$LAB_MAIL4"
  capture lab_read_imap "$LAB_MAIL4"
  expect_equal "exit of the IMAP session" "$E2E_STATUS" 0
  capture submit_as_user
  expect_equal "exit of the submission" "$E2E_STATUS" 0
  capture send_as_user
  expect_contains "the offers" "$E2E_OUTPUT" "250-STARTTLS"
  expect_contains "the offers" "$E2E_OUTPUT" "250-AUTH"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

test_encrypted_submission_on_587_raises_nothing() {
  capture encrypted_as_user 587
  expect_contains "what was said inside TLS" "$E2E_OUTPUT" "235 2.7.0"
  expect_contains "what was said inside TLS" "$E2E_OUTPUT" "221 2.0.0"
  capture encrypted_as_user 25
  expect_contains "what was said inside TLS" "$E2E_OUTPUT" "221 2.0.0"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
  # The name that openssl says before it encrypts; what follows nobody saw.
  expect_contains "the flows" "$(lab_mxray flows --json | jq --compact-output '[.server.port, .helo, .sender_domain]')" \
    '[587,"mail.example.com",null]'
}

# Only the path gives it away: far nearer than the server's other ports.
test_proxy_that_takes_nothing_away_is_seen_by_its_distance() {
  local incident
  start_proxy
  capture send_as_user
  stop_proxy
  expect_contains "the offers" "$E2E_OUTPUT" "250-STARTTLS"
  lab_until 5 has_incident_of smtp_proxy || fail "no incident"
  incident=$(incident_of smtp_proxy)
  expect_matches signals "$(field "$incident" '[.evidence[].signal] | join(" ")')" 'hops round_trip.*'
  expect_lacks signals "$(field "$incident" '[.evidence[].signal] | join(" ")')" lost
  expect_equal confidence "$(field "$incident" .confidence)" possible
}

test_proxy_that_strips_starttls_and_login_is_seen_at_the_client() {
  local incident
  start_proxy --strip
  capture send_as_user
  stop_proxy
  expect_lacks "the offers" "$E2E_OUTPUT" "250-AUTH"
  expect_lacks "the offers" "$E2E_OUTPUT" "250-STARTTLS"
  lab_until 5 tells_of_starttls || fail "the lost STARTTLS is not told: $(incident_of smtp_proxy)"
  incident=$(incident_of smtp_proxy)
  expect_equal server "$(field "$incident" '"\(.server.ip):\(.server.port)"')" "$LAB_MAIL4:25"
  expect_matches signals "$(field "$incident" '[.evidence[].signal] | join(" ")')" \
    'hops round_trip.* starttls_lost auth_lost'
  expect_equal confidence "$(field "$incident" .confidence)" certain
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
  # MAIL and RSET hand in nothing; those that the server refuses count.
  for ((i = 0; i < 6; i++)); do
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
