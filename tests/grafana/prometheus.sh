#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How does a real Prometheus watch the laboratory's mxrayd? It runs beside it in the
# gateway's namespace and keeps its data below LAB_DIR. Sourced after harness.sh.

PROMETHEUS_ADDRESS=127.0.0.1:9090

prometheus_obstacle() {
  local tool
  for tool in prometheus promtool; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (scripts/setup test)" && return 0; }
  done
  return 1
}

# Scrapes each second, so that a test has a rate after a few.
prometheus_start() {
  cat >"$LAB_DIR/prometheus.yml" <<CONFIG
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: mxray
    static_configs:
      - targets: [$LAB_METRICS]
CONFIG
  lab_start gateway prometheus.log prometheus --config.file="$LAB_DIR/prometheus.yml" \
    --storage.tsdb.path="$LAB_DIR/prometheus" --web.listen-address="$PROMETHEUS_ADDRESS"
  lab_until 20 prometheus_has 'count_over_time(up[5s]) >= 2' || lab_fail "Prometheus does not scrape: $(tail -n 5 "$LAB_DIR/prometheus.log")"
}

# The answer to an instant query, as JSON: an array of series.
prometheus_ask() {
  lab_in gateway curl --silent --show-error --fail --get --max-time 5 \
    --data-urlencode "query=$1" "http://$PROMETHEUS_ADDRESS/api/v1/query" | jq --compact-output .data.result
}

prometheus_has() { [[ $(prometheus_ask "$1") == "[{"* ]]; }
