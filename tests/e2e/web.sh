#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a real Prometheus scrape mxrayd over TLS with a certificate and a password,
# and what becomes of a web configuration that changes?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

# `secret`, by bcrypt at a cost of 10.
# shellcheck disable=SC2016  # dollars are part of it
readonly WEB_HASH='$2b$10$CtQxICk7sSBfKW4iAXtbfejtk/fNA6ifgd3uDsWmcXuDVr7f8Tcga'
PROMETHEUS=127.0.0.1:9090

set_up() {
  local tool
  for tool in openssl prometheus promtool; do
    command -v "$tool" >/dev/null || e2e_skip "$tool is not installed (scripts/setup test)"
  done
  WEB=$LAB_DIR/web
  mkdir "$WEB"
  make_authority
  certify server serverAuth
  certify prometheus clientAuth
  write_web_configuration
  lab_build_network
  lab_start_postfix
  lab_start gateway mxrayd.log "$LAB_BUILD/mxrayd" --interface wan0 --interface lan0 \
    --socket "$LAB_DIR/mxray.sock" --state-dir "$LAB_DIR/state" --web.config.file "$WEB/web.yml"
  LAB_MONITOR=$LAB_PID
  lab_until 20 visit /-/ready || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
  start_prometheus
}

make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test CA" \
    -keyout "$WEB/ca.key" -out "$WEB/ca.crt" 2>/dev/null
}

# A certificate of our CA: certify NAME PURPOSE
certify() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
    -keyout "$WEB/$1.key.new" -out "$WEB/$1.csr" 2>/dev/null
  openssl x509 -req -in "$WEB/$1.csr" -CA "$WEB/ca.crt" -CAkey "$WEB/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:%s.example,IP:127.0.0.1\nextendedKeyUsage=%s\n' "$1" "$2") \
    -out "$WEB/$1.crt.new" 2>/dev/null
  mv "$WEB/$1.key.new" "$WEB/$1.key"
  mv "$WEB/$1.crt.new" "$WEB/$1.crt"
}

write_web_configuration() {
  cat >"$WEB/web.yml" <<YAML
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example]
basic_auth_users:
  prometheus: $WEB_HASH
YAML
}

start_prometheus() {
  cat >"$WEB/prometheus.yml" <<YAML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: mxray
    scheme: https
    tls_config: {ca_file: ca.crt, cert_file: prometheus.crt, key_file: prometheus.key}
    basic_auth: {username: prometheus, password: secret}
    static_configs: [{targets: ['$LAB_METRICS']}]
YAML
  lab_start gateway prometheus.log prometheus --config.file "$WEB/prometheus.yml" \
    --storage.tsdb.path "$WEB/data" --web.listen-address "$PROMETHEUS" \
    --enable-feature=exemplar-storage
}

# A request that is let in: visit PATH [OPTION…]
visit() {
  local path=$1
  shift
  ask_web "$path" --cert "$WEB/prometheus.crt" --key "$WEB/prometheus.key" --user prometheus:secret "$@"
}

ask_web() {
  local path=$1
  shift
  lab_in gateway curl --silent --show-error --fail --max-time 10 --cacert "$WEB/ca.crt" "$@" "https://$LAB_METRICS$path"
}

sample() { visit /metrics | awk -v sample="$1" 'index($0, sample " ") == 1 { print $NF }'; }

# What Prometheus knows: query KIND EXPRESSION, the kind as in its address
query() {
  lab_in gateway curl --silent --show-error --fail --max-time 5 --get --data-urlencode "query=$2" \
    "http://$PROMETHEUS/api/v1/$1"
}

is_up() { [[ $(query query 'up{job="mxray"}' | jq -r '.data.result[0].value[1]') == 1 ]]; }

exemplar() {
  query query_exemplars 'mxray_incidents_total{kind="forged_reply"}' |
    jq --raw-output --exit-status '.data[0].exemplars[0].labels.incident_id'
}

served_serial() {
  lab_in gateway openssl s_client -connect "$LAB_METRICS" -cert "$WEB/prometheus.crt" \
    -key "$WEB/prometheus.key" </dev/null 2>/dev/null | openssl x509 -noout -serial
}

serves_the_file() { [[ $(served_serial) == "$(openssl x509 -noout -serial -in "$WEB/server.crt")" ]]; }

test_certificate_and_password_are_both_needed() {
  capture visit /-/healthy
  expect_equal "answer with both" "$E2E_OUTPUT" healthy
  capture ask_web /metrics --user prometheus:secret
  expect_between "curl's code without a certificate" "$E2E_STATUS" 35 56
  capture visit /metrics --user prometheus:guess
  expect_contains "answer to a wrong password" "$E2E_OUTPUT" 401
  capture lab_in gateway curl --silent --max-time 5 "http://$LAB_METRICS/metrics"
  expect_lacks "answer to plain HTTP" "$E2E_OUTPUT" mxray_
}

test_promtool_accepts_the_text_format() {
  capture promtool check metrics < <(visit /metrics --compressed)
  expect_equal "promtool's code" "$E2E_STATUS" 0
  expect_equal "what promtool says" "$E2E_OUTPUT" ""
}

test_prometheus_scrapes_it() {
  lab_until 20 is_up || fail "not up: $(query targets '' | jq -c '.data.activeTargets[0] | {lastError, health}')"
}

# Exemplars come in OpenMetrics only, so Prometheus has read that.
test_an_incident_comes_as_an_exemplar() {
  lab_start_forger
  capture lab_send_mail "$LAB_MAIL4"
  lab_until 5 lab_has_incidents 1 || fail "no incident"
  lab_until 10 exemplar || fail "no exemplar: $(visit /metrics --header 'Accept: application/openmetrics-text' | grep forged_reply)"
  expect_equal "the exemplar" "$(exemplar)" "$(lab_incidents '.[0].id' | tr -d '"')"
}

test_renewed_certificate_is_served_without_a_restart() {
  serves_the_file || fail "another certificate than that of the file is served"
  certify server serverAuth
  lab_until 5 serves_the_file || fail "the old certificate is still served"
}

shows_reload() { [[ $(sample mxray_web_config_last_reload_successful) == "$1" ]]; }

test_wrong_file_keeps_the_old_one_and_is_told() {
  echo 'rate_limit: {burst: 1}' >>"$WEB/web.yml"
  lab_until 5 shows_reload 0 || fail "the metric does not show it"
  expect_contains "the log" "$(<"$LAB_DIR/mxrayd.log")" \
    "the old one stays in force: $WEB/web.yml:9: rate_limit: mxrayd has no such limit"
  expect_contains "mxray status" "$("$LAB_BUILD/mxray" status --socket "$LAB_DIR/mxray.sock")" \
    "the web configuration on disk is not in force: $WEB/web.yml:9: rate_limit"
  write_web_configuration
  lab_until 5 shows_reload 1 || fail "the mended file is not taken over"
}

scrape_time() { visit /metrics --output /dev/null --write-out '%{time_total} s, %{http_code}\n' --max-time 5; }

# More than mxrayd allows, from more than one address. The limit is half of what a silent client is granted:
# whoever waits for that comes too late.
test_scrapes_go_on_while_others_hold_all_connections() {
  local times i
  lab_start gateway crowd.log python3 "$e2e_folder/web_crowd.py" "${LAB_METRICS##*:}" 1100 \
    "$WEB/prometheus.crt" "$WEB/prometheus.key" prometheus:secret
  lab_until 30 grep --quiet holding "$LAB_DIR/crowd.log" || fail "the crowd did not gather: $(<"$LAB_DIR/crowd.log")"
  times=$(for ((i = 0; i < 25; i++)); do scrape_time || true; done | sort -n)
  expect_equal "answered scrapes" "$(grep --count ' 200$' <<<"$times")" 25
  printf '        median %s, slowest %s beside the crowd\n' "$(sed -n 13p <<<"$times")" "$(tail -n 1 <<<"$times")"
  # Other work on the machine delays some; what the crowd does to scrapes, it does to all.
  expect_between "seconds of the quickest quarter" "$(sed -n '7s/ .*//p' <<<"$times")" 0 0.1
  lab_alive "$LAB_PID" || fail "the crowd has gone"
  expect_between "displaced connections" "$(sample mxray_http_connections_displaced_total)" 1 1000000
  is_up || fail "Prometheus was kept out"
  kill "$LAB_PID"
}

test_wrong_file_is_refused_at_start() {
  printf 'tls_server_config:\n  cert_file: server.crt\n  key_file: ca.key\n' >"$WEB/wrong.yml"
  capture lab_in gateway "$LAB_BUILD/mxrayd" --interface wan0 --socket "$LAB_DIR/other.sock" \
    --state-dir "$LAB_DIR/other" --web.config.file "$WEB/wrong.yml"
  expect_equal "exit code" "$E2E_STATUS" 2
  expect_equal "lines of it" "$(wc -l <<<"$E2E_OUTPUT")" 1
  expect_contains "the sentence" "$E2E_OUTPUT" "cert_file $WEB/server.crt and key_file $WEB/ca.key are no pair"
}

e2e_main set_up
