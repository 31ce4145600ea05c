#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What do 0, 10,000, 100,000 and a million live connections cost mxrayd: memory,
# processor time at rest, the time of a scrape; and how fast does it read records?
# One JSON object a number.
#
# The last is measured of full rings: mxrayd is stopped while they fill. Otherwise whoever
# sends the packets would be measured, who is slower.
set -euo pipefail
# shellcheck source=tests/bench/bench_lab.sh
source "$(dirname "$0")/bench_lab.sh"
bench_folder=$(dirname "$0")

REST_SECONDS=${BENCH_REST_SECONDS:-10}
# mxray-bench-blast wants powers of two.
read -ra NUMBERS <<<"${BENCH_NUMBERS:-0 8192 131072 1048576}"

sum() { awk -v family="$1" 'index($1, family) == 1 && ($1 == family || $1 ~ "^" family "[{]") { sum += $2 } END { print sum + 0 }'; }
# Bytes of all its maps, each once.
kernel_memory() {
  cat "/proc/$LAB_MONITOR"/fdinfo/* 2>/dev/null |
    awk '/^memlock:/ { bytes = $2 } /^map_id:/ && !seen[$2]++ { total += bytes } END { print total + 0 }'
}
status_kilobytes() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$LAB_MONITOR/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$LAB_MONITOR/stat"; }

# What the rings hold is known, and nothing is lost: 0.8 KiB of 2 MiB a connection.
FILLING=2048
# Each is over in some ten milliseconds.
FILLINGS=4

records_are_read() {
  lab_metrics >"$LAB_DIR/page"
  (($(sum mxray_records_total <"$LAB_DIR/page") == $(sum mxray_records_read_total <"$LAB_DIR/page")))
}

# drain FLOWS: opens the first of them while mxrayd is stopped; prints records read a second, or null.
drain() {
  local i before status=0
  : >"$LAB_DIR/drained"
  for ((i = 0; i < FILLINGS; i++)); do
    lab_until 20 records_are_read || status=1
    before=$(sum mxray_records_read_total <"$LAB_DIR/page")
    kill -STOP "$LAB_MONITOR"
    bench_open "$1" $((i * FILLING)) $(((i + 1) * FILLING))
    lab_in gateway python3 "$bench_folder/drained.py" "$LAB_MONITOR" "$LAB_METRICS" "$before" >>"$LAB_DIR/drained" || status=1
  done
  kill -CONT "$LAB_MONITOR"
  if ((status == 0)); then
    awk '{ records += $1; seconds += $2 } END { printf "%.0f\n", records / seconds }' "$LAB_DIR/drained"
  else
    echo null
  fi
}

scrape_milliseconds() {
  local i
  for ((i = 0; i < 21; i++)); do
    lab_in gateway curl --silent --output /dev/null --write-out '%{time_total}\n' "http://$LAB_METRICS/metrics"
  done | awk '{ print $1 * 1000 }'
}

measure() {
  local flows=$1 rate=null before resting
  printf 'max_flows: %s\n' "$((flows < 65536 ? 65536 : flows))" >"$LAB_DIR/bench.yaml"
  bench_start_mxrayd --interface lan0 --config "$LAB_DIR/bench.yaml"
  if ((flows > 0)); then
    rate=$(drain "$flows")
    bench_open "$flows" $((FILLINGS * FILLING))
    lab_until 120 records_are_read || true
  fi
  sleep 2
  before=$(ticks)
  sleep "$REST_SECONDS"
  resting=$(($(ticks) - before))
  scrape_milliseconds | sort -g >"$LAB_DIR/scrapes"
  lab_metrics >"$LAB_DIR/page"
  jq --null-input --compact-output --argjson flows "$flows" --argjson rate "$rate" --slurpfile scrapes "$LAB_DIR/scrapes" \
    --argjson read "$(sum mxray_records_read_total <"$LAB_DIR/page")" --argjson lost "$(sum mxray_records_lost_total <"$LAB_DIR/page")" \
    --argjson known "$(sum mxray_flows <"$LAB_DIR/page")" \
    --argjson resident "$(status_kilobytes VmRSS)" --argjson peak "$(status_kilobytes VmHWM)" --argjson kernel "$(kernel_memory)" \
    --argjson resting "$resting" --argjson seconds "$REST_SECONDS" --argjson hertz "$(getconf CLK_TCK)" \
    '{section: "flows", flows: $flows, known: $known, records_read: $read, records_lost: $lost,
      records_per_second: $rate,
      scrape_ms: {median: $scrapes[10], min: $scrapes[0], max: $scrapes[20]},
      resident_mib: ($resident / 1024 | round), peak_mib: ($peak / 1024 | round), kernel_mib: ($kernel / 1048576 | round),
      cpu_at_rest_percent: ($resting / $hertz / $seconds * 1000 | round / 10)}'
  lab_stop_mxrayd
}

run() {
  local number
  for number in "${NUMBERS[@]}"; do measure "$number"; done
}

bench_main run
