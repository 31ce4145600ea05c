#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What does mxray show when mail breaks on its way? Plays a forged reply, an
# ident stall and healthy sessions in the laboratory; exits with 0 only if the
# incidents expected came, and no other. Called by scripts/run --demo [--keep].
set -euo pipefail
source "$(dirname "$0")/lab.sh"

keep=no
[[ ${1-} == --keep ]] && keep=yes
failures=0

bold='' plain=''
[[ -t 1 ]] && bold=$'\e[1m' plain=$'\e[0m'

title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$*"; }
shown() { sed 's/^/    /'; }

# A client's session and what it saw. Not through a pipe: there, a signal would
# wait for the session's end.
converse() {
  "$@" >"$LAB_DIR/session.txt" 2>&1 || true
  shown <"$LAB_DIR/session.txt"
}

# Prints a command as one would type it, then what it answers.
ask() {
  printf '\n  $ mxray %s\n' "$*"
  lab_mxray "$@" | shown
}

# expect WHAT ACTUAL WANTED
expect() {
  if [[ $2 == "$3" ]]; then
    say "  as expected: $1: $2"
  else
    say "  NOT as expected: $1: $2, wanted $3"
    failures=$((failures + 1))
  fi
}

kinds() { lab_incidents 'map(.kind) | sort | join(" ")' | tr -d '"'; }

build_the_lab() {
  title "Building a mail path in network namespaces"
  say "  client ── gateway (NAT, mxrayd) ── router ── 5 hops ── router ── 6 hops ── router ── mail servers"
  say "  Nothing of it touches this machine's own network. Round trip: $LAB_RTT_MS ms."
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  lab_start_ident_server
  lab_start_mxrayd
  say "  postfix, dovecot and xinetd run; mxrayd watches wan0 and lan0 of the gateway."
}

play_forged_reply() {
  title "1. A forged reply"
  say "A box on the way answers RCPT TO in the server's name, before the server can. The client sends a mail:"
  lab_start_forger
  converse lab_send_mail "$LAB_MAIL4"
  say "The client believes that postfix refused. postfix said \"250 2.1.5 Ok\" a moment later."
  lab_until 5 lab_has_incidents 1 || true
  lab_sleep 1
  say "What mxrayd says; look at the two TTLs and at the time before the path's round trip:"
  ask incidents
  ask explain "$(lab_incidents '.[0].id' | tr -d '"')"
  expect "incidents so far" "$(kinds)" "forged_reply"
}

play_ident_stall() {
  local session
  title "2. A greeting that does not come"
  say "The POP3 server asks the gateway's port 113 who is calling (ident); the gateway drops the question."
  lab_ident_policy drop
  lab_mail pop3 "$LAB_IDENT4" 110 --timeout 45 QUIT >"$LAB_DIR/stall.txt" 2>&1 &
  session=$!
  LAB_PIDS+=("$session")
  say "The client waits. After 8 seconds, look at who waits, and for whom:"
  lab_sleep 8
  ask flows
  say ""
  say "The server gives up asking after 30 seconds; please wait with the client."
  wait "$session" || true
  shown <"$LAB_DIR/stall.txt"
  lab_sleep 1
  ask incidents
  expect "incidents so far" "$(kinds)" "forged_reply ident_stall"

  say ""
  say "Now the remedy: the gateway refuses port 113 with a TCP reset. The same session again:"
  lab_ident_policy reset
  converse lab_fetch_ident "$LAB_IDENT4"
}

play_healthy_sessions() {
  local ip session
  title "3. Healthy sessions"
  say "SMTP, POP3 and IMAP over IPv4 and IPv6, nobody in between:"
  for ip in "$LAB_MAIL4" "$LAB_MAIL6"; do
    for session in lab_send_mail lab_fetch_pop3 lab_read_imap; do
      "$session" "$ip" >"$LAB_DIR/session.txt" 2>&1 || failures=$((failures + 1))
      say "  ${session#lab_} $ip: $(wc -l <"$LAB_DIR/session.txt") lines, last: $(tail -n 1 "$LAB_DIR/session.txt")"
    done
  done
  lab_sleep 1
  expect "incidents, still" "$(kinds)" "forged_reply ident_stall"
}

hold() {
  [[ $keep == yes ]] || return 0
  title "Held"
  say "  mxray:        $LAB_BUILD/mxray --socket $LAB_DIR/mxray.sock status"
  say "  metrics:      nsenter --net=/run/netns/$LAB_PREFIX-gateway curl http://$LAB_METRICS/metrics"
  say "  as client:    nsenter --net=/run/netns/$LAB_PREFIX-client bash"
  read -r -p "  Enter cleans up. " || true
}

if obstacle=$(lab_obstacle); then
  say "no demo here: $obstacle" >&2
  exit 4
fi
[[ -x $LAB_BUILD/mxrayd ]] || { say "no demo here: $LAB_BUILD/mxrayd is not built" >&2 && exit 4; }
lab_open
build_the_lab
play_forged_reply
play_ident_stall
play_healthy_sessions
hold
title "Done"
if ((failures > 0)); then
  say "Something was not as expected; see above. The daemon's log:"
  shown <"$LAB_DIR/mxrayd.log"
  exit 1
fi
say "One forged reply, one ident stall, and nothing else. Everything is cleaned up now."
