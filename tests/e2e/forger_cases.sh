#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How is one forger among many tested? A case is a named session and a forger of its
# own, told apart by the client's port. Cases are prepared, run at once, and then
# asked one by one what was said of them, and how soon. Sourced after harness.sh.

CASES=()
# Of each case that was named, the seconds until it was in the list.
LISTED_AFTER=()

# A case, and its forger on router2: from_path NAME FORGER-OPTION…
from_path() { prepare "$1" router2 --interface near0 "${@:2}"; }

# The same between the client and the gateway, answering the server.
from_inside() { prepare "$1" client --interface eth0 --from-server "${@:2}"; }

# The names of cases tell their protocol and family.
protocol_of() {
  case $1 in
    pop3_* | imap_*) echo "${1%%_*}" ;;
    *) echo smtp ;;
  esac
}

server_of() { if [[ $1 == *_ipv6* ]]; then echo "$LAB_MAIL6"; else echo "$LAB_MAIL4"; fi; }

prepare() {
  lab_name_session "$1"
  lab_begin_forger "$1" "$2" "$(protocol_of "$1")" "${@:3}"
  CASES+=("$1")
}

# Runs the sessions of the cases prepared since the last time; some run already.
run_cases() {
  local name
  for name in "${CASES[@]}"; do
    lab_until 10 lab_forger_is_ready "$name" || lab_fail "no forger: $(<"$LAB_DIR/$name.forger.txt")"
  done
  for name in "${CASES[@]}"; do
    [[ -n ${LAB_SESSION_PID[$name]:-} ]] ||
      lab_begin_session "$name" "$(protocol_of "$name")" "$(server_of "$name")" --timeout 5
  done
  lab_await_sessions "${CASES[@]}"
  lab_sleep 1
  CASES=()
}

# Every incident with the moment at which the command line had it.
note_when_listed() {
  local line
  {
    lab_mxray incidents --follow --json | while read -r line; do
      printf '%s %s\n' "$EPOCHREALTIME" "$line"
    done
  } >"$LAB_DIR/listed.txt" 2>&1 &
  LAB_PIDS+=($!)
}

# The seconds from a case's first forged packet to its being listed.
seconds_until_listed() {
  local port=${LAB_SESSION_PORT[$1]} forged listed
  forged=$(sed -n '/^forged /{s///p;q}' "$LAB_DIR/$1.forger.txt")
  listed=$(sed -En "/\"port\": ?$port\b/{p;q}" "$LAB_DIR/listed.txt")
  awk -v a="$forged" -v b="${listed%% *}" 'BEGIN { print b ? b - a : "never" }'
}

# Exactly one incident: expect_named NAME KIND CLASS HOPS, the class as a
# pattern, the hops as seen at the gateway's outer side, or null. The incident is
# in INCIDENT.
expect_named() {
  local name=$1 incidents hops=$4 before=$E2E_FAILURES
  incidents=$(lab_session_incidents "$name")
  expect_equal "incidents of $name" "$(field "$incidents" length)" 1
  INCIDENT=$(field "$incidents" '.[0] // {}')
  # Behind the gateway everything has come one hop further, or was sent there.
  [[ $hops == null || $(field "$INCIDENT" .interface) == wan0 ]] || hops=$((hops + 1))
  expect_equal "kind of $name" "$(field "$INCIDENT" .kind)" "$2"
  expect_matches "class of $name" "$(field "$INCIDENT" .forger_class)" "$3"
  expect_equal "forger's hops of $name" "$(field "$INCIDENT" .forger_hops)" "$hops"
  expect_equal "protocol of $name" "$(field "$INCIDENT" .protocol)" "$(protocol_of "$name")"
  LISTED_AFTER+=("$(seconds_until_listed "$name")")
  expect_between "seconds until $name is listed" "${LISTED_AFTER[-1]}" 0 10
  # What a forgery seems to answer must not shorten the path's round trip.
  [[ $(field "$INCIDENT" .rtt_ms) == null ]] ||
    expect_takes "rtt_ms of $name" "$(field "$INCIDENT" .rtt_ms)" "$LAB_RTT_MS"
  ((E2E_FAILURES == before)) || show "$name" "$incidents"
}

show() {
  printf '  %s, forged: %s\n' "$1" "$(grep -c ^forged "$LAB_DIR/$1.forger.txt" || true)"
  jq --raw-output '.[] | "  \(.kind) \(.confidence) \(.score): \(.summary)\n    \([.evidence[].signal])"' <<<"$2"
  sed '/S: 250-/d; s/^/    /' "$LAB_DIR/$1.txt"
}

# expect_reply NAME CLASS HOPS FORGED GENUINE
expect_reply() {
  expect_named "$1" forged_reply "$2" "$3"
  expect_equal "forged_text of $1" "$(field "$INCIDENT" .forged_text)" "$4"
  expect_equal "genuine_text of $1" "$(field "$INCIDENT" .genuine_text)" "$5"
}
