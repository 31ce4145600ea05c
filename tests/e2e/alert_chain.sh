#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do a forged reply, a stalled greeting and a refusal reach a person, through mxrayd,
# Prometheus and Alertmanager, within a minute? And does an hour of healthy mail reach nobody?
# The rules are those of dashboards/prometheus, the configurations its examples;
# only the intervals are shorter. All programs are in the gateway's namespace, so
# no port can be taken.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

RULES=$LAB_ROOT/dashboards/prometheus
PROMETHEUS=127.0.0.1:9090 ALERTMANAGER=127.0.0.1:9093 WEBHOOK_PORT=9099
HEALTHY_SECONDS=20
GREYLISTED=greylisted@$LAB_DOMAIN
STRICT=strict@$LAB_DOMAIN # takes no mail from an address without a name
PROMETHEUS_PID=

chain_obstacle() {
  local tool
  for tool in prometheus promtool prometheus-alertmanager; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (scripts/setup test)" && return 0; }
  done
  /usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo "python3-yaml is not installed (scripts/setup test)" && return 0; }
  return 1
}

# A server that is slow but no fault: it greets on LAB_IDENT4 after 3 s. And one
# that greylists.
make_postfix_human() {
  local etc=$LAB_DIR/postfix-server/etc
  cat >>"$etc/master.cf" <<CONFIG
$LAB_IDENT4:25 inet n - n - - smtpd
  -o smtpd_delay_reject=no
  -o { smtpd_client_restrictions = sleep 3, permit }
CONFIG
  postconf -c "$etc" "smtpd_recipient_restrictions = check_recipient_access inline:{ { $LAB_STRANGER = 551 User not local; please try <forward-path> }, { $GREYLISTED = 450 4.2.0 Greylisted, please try again in 300 seconds }, { $STRICT = 550 5.7.25 Client host rejected: cannot find your reverse hostname } }"
  lab_in server postfix -c "$etc" reload >>"$LAB_DIR/postfix-reload.log" 2>&1
  lab_until 10 lab_listens "$LAB_IDENT4" 25 || lab_fail "postfix does not listen on $LAB_IDENT4"
}

start_alertmanager() {
  sed 's/group_interval: 5m/group_interval: 2s/' "$RULES/alertmanager.example.yml" >"$LAB_DIR/alertmanager.yml"
  lab_start gateway alertmanager.log prometheus-alertmanager --config.file="$LAB_DIR/alertmanager.yml" \
    --storage.path="$LAB_DIR/alertmanager" --cluster.listen-address= --web.listen-address="$ALERTMANAGER"
  lab_until 20 lab_in gateway curl --silent --fail "http://$ALERTMANAGER/-/ready" ||
    lab_fail "Alertmanager does not run: $(tail -n 5 "$LAB_DIR/alertmanager.log")"
}

start_prometheus() {
  local folder=$LAB_DIR/prometheus
  mkdir -p "$folder/rules"
  cp "$RULES"/mxray.*.yml "$folder/rules"
  # Shorter intervals, and the commented label that says where the runbooks are.
  sed -E -e 's/^(  (scrape|evaluation)_interval): 15s/\1: 1s/' -e 's/^  # (external_labels:|  mxray_runbooks:)/  \1/' \
    "$RULES/prometheus.example.yml" >"$folder/prometheus.yml"
  lab_start gateway prometheus.log prometheus --config.file="$folder/prometheus.yml" \
    --storage.tsdb.path="$folder/data" --web.listen-address="$PROMETHEUS" --rules.alert.resend-delay=5s
  PROMETHEUS_PID=$LAB_PID
  lab_until 20 has_result 'up{job="mxray"} == 1' ||
    lab_fail "Prometheus does not scrape: $(tail -n 5 "$LAB_DIR/prometheus.log")"
  # It finds its Alertmanager some seconds after its start; alerts before that are sent again later.
  lab_until 20 knows_alertmanager || lab_fail "Prometheus does not find Alertmanager"
}
knows_alertmanager() { [[ $(ask_prometheus alertmanagers | jq '.activeAlertmanagers | length') == 1 ]]; }

start_webhook() {
  : >"$LAB_DIR/told.jsonl"
  lab_start gateway webhook.log /usr/bin/python3 "$e2e_folder/alert_webhook.py" "$WEBHOOK_PORT" "$LAB_DIR/told.jsonl"
  lab_until 10 lab_listens 127.0.0.1 "$WEBHOOK_PORT" gateway || lab_fail "no webhook: $(<"$LAB_DIR/webhook.log")"
}

set_up() {
  local obstacle
  if obstacle=$(chain_obstacle); then e2e_skip "$obstacle"; fi
  lab_build_network
  lab_ident_policy reset
  lab_start_postfix
  make_postfix_human
  lab_start_dovecot
  lab_start_ident_server
  lab_start_mxrayd
  start_webhook
  start_alertmanager
  start_prometheus
}

# ask_prometheus PATH NAME=VALUE…: the field `data` of its answer
ask_prometheus() {
  local path=$1 pair options=()
  shift
  for pair in "$@"; do options+=(--data-urlencode "$pair"); done
  lab_in gateway curl --silent --show-error --max-time 5 --get "${options[@]}" "http://$PROMETHEUS/api/v1/$path" |
    jq --compact-output .data
}

results() { ask_prometheus query "query=$1" | jq --compact-output .result; }
has_result() { [[ $(results "$1") != "[]" ]]; }

# What the webhook was told, as a JSON array after a filter.
told() { jq --slurp --compact-output "$1" "$LAB_DIR/told.jsonl"; }
was_told() { [[ $(told "$1") == true ]]; }

# One client's day: mail that is taken, refused, greylisted, slowly greeted; fetched and read.
healthy_client() {
  local deadline=$((SECONDS + HEALTHY_SECONDS)) send=(--protocol smtp --port 25) from=("EHLO client.example.org" "MAIL FROM:<anna@example.org>")
  local client=(lab_in client "$LAB_BUILD/lab-mail-client")
  while ((SECONDS < deadline)); do
    "${client[@]}" "${send[@]}" --server "$LAB_MAIL4" "${from[@]}" "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" DATA "Subject: lab\r\n\r\nHello.\r\n." QUIT && echo mail
    "${client[@]}" "${send[@]}" --server "$LAB_MAIL6" "${from[@]}" "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" DATA "Subject: lab\r\n\r\nHello.\r\n." QUIT && echo mail
    "${client[@]}" "${send[@]}" --server "$LAB_MAIL4" "${from[@]}" "RCPT TO:<$LAB_STRANGER>" QUIT || echo refused
    "${client[@]}" "${send[@]}" --server "$LAB_MAIL6" "${from[@]}" "RCPT TO:<$GREYLISTED>" QUIT || echo refused
    "${client[@]}" --protocol pop3 --port 110 --server "$LAB_MAIL4" "USER $LAB_USER" "PASS $LAB_PASSWORD" STAT QUIT && echo pop3
    "${client[@]}" --protocol imap --port 143 --server "$LAB_MAIL6" "LOGIN $LAB_USER $LAB_PASSWORD" "SELECT INBOX" LOGOUT && echo imap
    "${client[@]}" --protocol pop3 --port 110 --server "$LAB_IDENT4" QUIT && echo asked
    "${client[@]}" "${send[@]}" --server "$LAB_IDENT4" "${from[@]}" QUIT && echo slow
  done 2>&1 | grep -Ex '[a-z0-9]+' >"$LAB_DIR/healthy.$1" || true
}

# A page of metrics each second, while the clients are at work.
keep_pages() {
  local folder=$1 count=$2 i
  mkdir -p "$folder"
  for ((i = 0; i < count; i++)); do
    lab_metrics >"$folder/$(printf '%03d' "$i")"
    lab_sleep 1
  done
}

test_healthy_mail_of_an_hour_tells_nobody() {
  local client pids=() hour=$LAB_DIR/hour.test.yml
  for client in 1 2 3 4 5 6 7 8; do
    healthy_client "$client" &
    pids+=($!)
    LAB_PIDS+=($!)
  done
  keep_pages "$LAB_DIR/pages" $((HEALTHY_SECONDS + 2))
  wait "${pids[@]}" || true
  lab_metrics >"$LAB_DIR/pages/900"
  # As many sessions as a small site has in an hour, of each kind.
  for client in mail refused pop3 imap asked slow; do
    expect_between "sessions of kind $client" "$(cat "$LAB_DIR"/healthy.? | grep -cx "$client")" 8 100000
  done
  expect_equal "mxrayd's incidents" "$(lab_incidents 'map(.summary)')" "[]"
  expect_equal "alerts while it lasted" "$(results 'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[10m]))')" "[]"
  expect_equal "what the webhook was told" "$(told .)" "[]"
  # The same pages as the scrapes of an hour, so that `for:` and the windows have their time.
  /usr/bin/python3 "$e2e_folder/compressed_hour.py" "$RULES/mxray.alerts.yml" "$LAB_DIR/pages" >"$hour"
  capture promtool test rules "$hour"
  expect_equal "exit of promtool ($E2E_OUTPUT)" "$E2E_STATUS" 0
}

test_rules_ask_for_series_that_are_there() {
  local selector
  while read -r selector; do
    [[ $(ask_prometheus series "match[]=$selector") != "[]" ]] || fail "no series is $selector"
  done < <(/usr/bin/python3 "$LAB_ROOT/tests/alerts/selectors_of_rules.py")
  expect_equal "rules that could not be evaluated" \
    "$(ask_prometheus rules | jq --compact-output '[.groups[].rules[] | select(.health != "ok") | .name + ": " + .lastError]')" "[]"
}

# What lasts is told while it lasts: the greeting comes after 30 s.
test_stalled_and_refused_mail_make_tickets_within_a_minute() {
  local client ticket
  lab_ident_policy drop
  lab_fetch_ident "$LAB_IDENT4" >"$LAB_DIR/stalled.txt" 2>&1 &
  client=$!
  LAB_PIDS+=("$client")
  capture lab_in client "$LAB_BUILD/lab-mail-client" --protocol smtp --port 25 --server "$LAB_MAIL4" "EHLO client.example.org" \
    "MAIL FROM:<anna@example.org>" "RCPT TO:<$STRICT>" QUIT
  expect_contains "what the client saw" "$E2E_OUTPUT" "550 5.7.25"
  lab_until 60 was_told 'map(select(.path == "/ticket" and .status == "firing").labels.alertname) | unique == ["MxrayIdentStall", "MxrayRejected"]' ||
    fail "within a minute only this was told: $(told 'map(.labels.alertname)')"
  ticket=$(told 'map(select(.labels.alertname == "MxrayIdentStall"))[0]')
  expect_contains "description of the stall" "$(field "$ticket" .annotations.description)" "dropped without an answer: 1. Which firewall"
  ticket=$(told 'map(select(.labels.alertname == "MxrayRejected"))[0]')
  expect_contains "description of the refusal" "$(field "$ticket" .annotations.description)" "reverse_dns 1; What they said"
  expect_equal "tickets that were told" "$(told 'map(.labels.alertname) | unique')" '["MxrayIdentStall","MxrayRejected"]'
  wait "$client"
  lab_ident_policy reset
}

page_of_forged_reply='[.[] | select(.labels.alertname == "MxrayForgedReply")]'

test_forged_reply_pages_within_a_minute() {
  local began page hour=$LAB_DIR/forged.test.yml
  lab_start_forger --text "500 error\r\n"
  began=$(date +%s.%N)
  capture lab_send_mail "$LAB_MAIL4"
  expect_contains "what the client saw" "$E2E_OUTPUT" "500 error"
  lab_until 60 was_told "$page_of_forged_reply | any(.status == \"firing\")" || fail "nobody was told within a minute"
  expect_between "seconds until somebody was told" \
    "$(awk -v began="$began" -v told="$(date +%s.%N)" 'BEGIN { print told - began }')" 0 60
  page=$(told "$page_of_forged_reply | .[0]")
  expect_equal receiver "$(field "$page" .path)" /page
  expect_equal severity "$(field "$page" .labels.severity)" critical
  expect_equal instance "$(field "$page" .labels.instance)" "$LAB_METRICS"
  expect_equal summary "$(field "$page" .annotations.summary)" "Forged replies on the path of the mail through $LAB_METRICS"
  # shellcheck disable=SC2016  # the backticks are the description's
  expect_matches description "$(field "$page" .annotations.description)" \
    'Replies that no server sent, certain, within the last hour: 1\. Forgers of that hour, by class and hops from this gateway: 1 simple at 5-7; See whom they hit: `mxray incidents --since 1h --kind forged_reply --group`; .*'
  expect_equal runbook "$(field "$page" .annotations.runbook_url)" https://wiki.example.org/mxray/MxrayForgedReply.md
  expect_equal "label that has done its work" "$(field "$page" .labels.mxray_runbooks)" null
  expect_equal "pages that were told" "$(told 'map(select(.path == "/page").labels.alertname) | unique')" '["MxrayForgedReply"]'
  # The compressed hour would have noticed it.
  lab_metrics >"$LAB_DIR/pages/901"
  lab_metrics >"$LAB_DIR/pages/902"
  /usr/bin/python3 "$e2e_folder/compressed_hour.py" "$RULES/mxray.alerts.yml" "$LAB_DIR/pages" \
    MxrayForgedReply MxrayIdentStall MxrayRejected >"$hour"
  capture promtool test rules "$hour"
  expect_equal "exit of promtool ($E2E_OUTPUT)" "$E2E_STATUS" 0
}

# An hour's window would take an hour; nothing but the window is changed.
test_it_is_told_when_it_is_over() {
  sed -i 's/\[1h\]/[5s]/g' "$LAB_DIR/prometheus/rules/mxray.alerts.yml"
  lab_signal HUP "$PROMETHEUS_PID"
  lab_until 60 was_told "$page_of_forged_reply | any(.status == \"resolved\")" || fail "nobody was told that it is over"
}

e2e_main set_up
