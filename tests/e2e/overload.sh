#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What does mxrayd still find under a flood, with a reader that stands still and on a
# full disk? And does it say what it lost, to the last record?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

FORGED="500 error"
# With MXRAY_TEST_LONG=1 everything ten times.
TIMES=1
[[ ${MXRAY_TEST_LONG-} != 1 ]] || TIMES=10
ANSWERED=$((60000 * TIMES)) # SYNs, and as many packets of data

set_up() {
  lab_build_network
  lab_start_postfix
  start_on_small_disk
}

# mxrayd with a disk of 2 MiB, which is gone with it.
start_on_small_disk() {
  mkdir -p "$LAB_DIR/state"
  # shellcheck disable=SC2016  # the inner shell expands
  lab_start gateway mxrayd.log unshare --mount sh -c \
    'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"' sh "$LAB_DIR/state" \
    "$LAB_BUILD/mxrayd" --interface wan0 --interface lan0 --socket "$LAB_DIR/mxray.sock" \
    --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS"
  LAB_MONITOR=$LAB_PID
  lab_until 60 lab_metrics || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

on_small_disk() { nsenter --mount="/proc/$LAB_MONITOR/ns/mnt" -- "$@"; }

# flood KIND COUNT: out of the router, past wan0.
flood() { lab_in router1 "$e2e_folder/flood.py" near0 "$1" "$2"; }

# Of memory that floods may take.
MOST_KILOBYTES=30000
grep -aqm 1 __asan_init "$LAB_BUILD/mxrayd" && MOST_KILOBYTES=250000 # AddressSanitizer keeps what was freed

# metric NAME: the sum over its labels.
metric() { lab_metrics | awk -v name="$1" '$1 == name || index($1, name "{") == 1 { sum += $NF } END { print sum + 0 }'; }

kilobytes() { awk -v what="$1:" '$1 == what { print $2 }' "/proc/$LAB_MONITOR/status"; }

# There are so many incidents; that records were lost, which makes exit 5, is no matter.
knows_incidents() { (($({ lab_mxray incidents --json || true; } | jq --slurp length) == $1)); }

send_forged_mail() {
  lab_start_forger --text "$FORGED\r\n"
  capture lab_send_mail "$LAB_MAIL4"
  expect_contains "what the client saw" "$E2E_OUTPUT" "S: $FORGED"
}

# The flows a million SYNs would have pushed out, had they been let in.
test_forged_reply_within_floods_is_found() {
  local flooding
  flood answered 2000 # what is to be measured has touched its memory
  RSS_BEFORE=$(kilobytes VmRSS)
  OPENED_BEFORE=$(metric mxray_flow_events_total)
  { flood answered "$ANSWERED" && flood data $((ANSWERED / 2)); } &
  flooding=$!
  send_forged_mail
  lab_until 10 knows_incidents 1 || fail "the forged reply was not found"
  wait "$flooding"
  expect_equal "incidents" "$(lab_incidents 'map(.kind)')" '["forged_reply"]'
  expect_equal "what was forged" "$(lab_incidents '.[0].forged_text')" "\"$FORGED\""
}

test_floods_take_no_places() {
  local suppressed opened
  suppressed=$(metric mxray_unproven_suppressed_total)
  opened=$(($(metric mxray_flow_events_total) - OPENED_BEFORE))
  # Each packet of data opened a flow, was the first of its other side, or was counted.
  expect_between "flows opened and closed meanwhile" "$opened" 1 $((ANSWERED / 3))
  expect_between "packets that opened no flow" "$suppressed" $((ANSWERED - 2 * opened)) "$ANSWERED"
  expect_equal "records lost" "$(metric mxray_records_lost_total)" 0
}

test_memory_is_flat() {
  expect_between "kilobytes more than before the floods" $(($(kilobytes VmRSS) - RSS_BEFORE)) -200000 "$MOST_KILOBYTES"
}

test_cli_and_metrics_are_content_while_nothing_was_lost() {
  capture lab_mxray incidents
  expect_equal "exit of incidents" "$E2E_STATUS" 0
}

everything_is_read() {
  local refused
  refused=$(($(metric mxray_records_refused_total) + $(metric mxray_records_unreadable_total)))
  (($(metric mxray_records_total) == $(metric mxray_records_read_total) + refused))
}

# More than the rings hold: 4 MiB of incidents at 1.5 KiB, 2 MiB of dialogue at 0.8 KiB a session.
test_stopped_reader_loses_nothing_uncounted() {
  local sessions=6000 incidents dialogue
  lab_until 10 everything_is_read || fail "records lie about"
  incidents=$(metric 'mxray_records_total{ring="incident"}')
  dialogue=$(metric 'mxray_records_total{ring="dialogue"}')
  kill -STOP "$LAB_MONITOR"
  flood greeted "$sessions"
  flood reset "$sessions"
  kill -CONT "$LAB_MONITOR"
  lab_until 30 everything_is_read || fail "what the rings held is not read"
  local lost_incidents lost_dialogue
  lost_incidents=$(metric 'mxray_records_lost_total{ring="incident"}')
  lost_dialogue=$(metric 'mxray_records_lost_total{ring="dialogue"}')
  expect_between "incident records lost" "$lost_incidents" 1000 "$sessions"
  expect_between "dialogue records lost" "$lost_dialogue" 1000 $((3 * sessions))
  expect_equal "incident records: one a reset, read or lost" \
    $(($(metric 'mxray_records_total{ring="incident"}') - incidents + lost_incidents)) "$sessions"
  expect_equal "dialogue records: opened, greeted, closed, read or lost" \
    $(($(metric 'mxray_records_total{ring="dialogue"}') - dialogue + lost_dialogue)) $((3 * sessions))
  LOST=$((lost_incidents + lost_dialogue))
}

test_everybody_says_how_much_was_lost() {
  capture lab_mxray incidents
  expect_equal "exit of incidents" "$E2E_STATUS" 5
  expect_contains "mxray incidents" "$E2E_OUTPUT" "$LOST records were lost"
  capture lab_mxray flows
  expect_equal "exit of flows" "$E2E_STATUS" 5
  expect_equal "records_lost of the status" "$(lab_mxray status --json | jq .records_lost)" "$LOST"
  lab_until 20 grep -q "$LOST records were lost" "$LAB_DIR/mxrayd.log" || fail "the log does not tell"
}

test_records_are_judged_as_before_once_the_reader_goes_on() {
  send_forged_mail
  lab_until 10 knows_incidents 2 || fail "the second forged reply was not found"
}

store_is() { [[ $(metric mxray_store_working) == "$1" ]]; }

test_full_disk_keeps_incidents_in_memory_and_says_so() {
  on_small_disk dd if=/dev/zero of="$LAB_DIR/state/ballast" bs=64k status=none 2>/dev/null || true
  send_forged_mail
  lab_until 10 knows_incidents 3 || fail "the third forged reply was not found"
  lab_until 10 store_is 0 || fail "the metrics do not tell that the disk is full"
  expect_contains "mxray status" "$(lab_mxray status)" "no space is left"
}

test_incidents_reach_the_disk_once_there_is_room() {
  on_small_disk rm "$LAB_DIR/state/ballast"
  lab_until 20 store_is 1 || fail "the metrics do not tell that there is room"
  expect_equal "rows given up" "$(metric mxray_store_rows_dropped_total)" 0
  expect_equal "incidents on the disk" "$(metric mxray_store_incidents)" 3
}

# A forger on the path, at every connection at once.
test_forgeries_in_many_connections_are_an_incident_each_and_one_wave() {
  local connections=$((20 * TIMES)) before wave
  before=$(kilobytes VmRSS)
  flood talking "$connections"
  lab_until 20 everything_is_read || fail "records lie about"
  flood lied-to "$connections"
  lab_until 30 knows_incidents $((3 + connections)) || fail "it knows $(lab_incidents length) incidents"
  wave=$({ lab_mxray incidents --group --json || true; } | jq --slurp --compact-output \
    'map(select(.forged_texts.values | any(.value | startswith("554 5.7.1 by another box"))))')
  expect_equal "waves of that forger" "$(field "$wave" length)" 1
  expect_equal "forgeries in it" "$(field "$wave" '.[0].count')" "$connections"
  expect_equal "clients hit" "$(field "$wave" '.[0].clients.values | length')" "$connections"
  expect_between "kilobytes more than before" $(($(kilobytes VmRSS) - before)) -200000 "$MOST_KILOBYTES"
}

e2e_main set_up
