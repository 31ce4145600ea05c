#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does `mxray top` show on a real terminal what the daemon sees, and does it leave
# the terminal as it was? The terminal is tmux's.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"

SESSION=top
CLIENT=       # the one that waits
STATE_BEFORE= # of the terminal

set_up() {
  command -v tmux >/dev/null || e2e_skip "tmux is not installed (scripts/setup test)"
  lab_build_network
  lab_start_ident_server
  lab_ident_policy drop
  lab_start_mxrayd
  lab_start gateway tmux.log env -u TMUX tmux -u -D -S "$LAB_DIR/tmux" -f /dev/null
  lab_until 10 test -S "$LAB_DIR/tmux" || lab_fail "tmux does not run: $(<"$LAB_DIR/tmux.log")"
  terminal new-session -d -s "$SESSION" -x 80 -y 24 \
    "env LC_ALL=C.UTF-8 PS1='at the shell\$ ' MXRAY_SOCKET='$LAB_DIR/mxray.sock' bash --norc --noprofile"
  lab_until 10 screen_says 'at the shell' || lab_fail "the shell does not start: $(screen)"
  STATE_BEFORE=$(terminal_state)
}

terminal() { tmux -u -S "$LAB_DIR/tmux" "$@"; }
screen() { terminal capture-pane -p -t "$SESSION"; }
press() { terminal send-keys -t "$SESSION" "$@"; }
screen_says() { [[ $(screen) == *"$1"* ]]; }
screen_says_not() { ! screen_says "$1"; }

# expect_screen SECONDS TEXT…: each comes within that time.
expect_screen() {
  local seconds=$1 text
  shift
  for text in "$@"; do
    lab_until "$seconds" screen_says "$text" || fail "«$text» does not come; the screen is:
$(screen)"
  done
}

start_top() { press "clear; ${1:-}${1:+ }$LAB_BUILD/mxray top" Enter; }

# The program's id, not the shell's.
top_id() { pgrep -f "^$LAB_BUILD/mxray top" | head -n 1; }
top_runs() { [[ -n $(top_id) ]]; }
top_has_ended() { [[ -z $(top_id) ]]; }

# What programs change and must change back: screen, cursor, keypad, the tty's modes.
terminal_state() {
  terminal display-message -p -t "$SESSION" '#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag}'
  stty --all --file "$(terminal display-message -p -t "$SESSION" '#{pane_tty}')" | sed 's/speed.*line/line/'
}

# Seconds for which the first row says somebody has waited.
seconds_waited() { screen | sed -n 's/^[> ] *\([0-9]*\)\.[0-9] s pop3 .*/\1/p' | head -n 1; }
has_waited() { (($(seconds_waited) >= $1)); }

test_it_needs_a_terminal() {
  capture lab_mxray top </dev/null
  expect_equal "exit without a terminal" "$E2E_STATUS" 2
  expect_contains "its sentence" "$E2E_OUTPUT" "needs a terminal"
  expect_equal "lines of it" "$(wc -l <<<"$E2E_OUTPUT")" 1
}

# Who takes connections at a socket, but is no mxrayd.
start_stranger() {
  lab_start gateway stranger.log python3 -c '
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
while True:
    client = server.accept()[0]
    client.recv(4096)
    client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")
    client.close()' "$LAB_DIR/stranger.sock"
  lab_until 10 test -S "$LAB_DIR/stranger.sock" || lab_fail "the stranger does not listen"
}

test_without_an_mxrayd_it_ends_at_once() {
  local socket
  start_stranger
  for socket in nobody.sock stranger.sock; do
    press "clear; $LAB_BUILD/mxray top --socket $LAB_DIR/$socket; echo \"$socket: \$?\"" Enter
    expect_screen 5 "$socket: 3"
  done
}

test_a_wait_counts_up_and_tells_who_waits_for_whom() {
  local first
  start_top
  expect_screen 10 "mxray top" "wan0 in" "nobody waits" "q quit"
  lab_fetch_ident "$LAB_IDENT4" >"$LAB_DIR/session.txt" 2>&1 &
  CLIENT=$!
  lab_until 10 has_waited 2 || fail "nobody waits: $(screen)"
  first=$(seconds_waited)
  expect_screen 3 "$LAB_CLIENT4:" "$LAB_IDENT4:110" "ident unanswered" "Waiting for a greeting: 1,"
  lab_until 5 has_waited $((first + 2)) || fail "the wait does not count up from $first: $(screen)"
  expect_between "hops of the server" "$(screen | sed -n 's/.* \([0-9]*\) hops.*/\1/p' | head -n 1)" \
    "$LAB_SERVER_HOPS" "$LAB_SERVER_HOPS"
}

test_an_incident_appears_and_enter_explains_it() {
  expect_screen 20 "ident_stall" "Incidents: 1,"
  press Tab
  press Enter
  expect_screen 5 "incident $(lab_incidents '.[0].id' | tr -d '"')" "has waited"
  press End
  expect_screen 5 "100 %" "What to do" "reset"
  press q
  expect_screen 5 "Incidents: 1,"
}

test_a_filter_leaves_only_what_it_names() {
  press / "$LAB_MAIL4" Enter
  expect_screen 5 "Incidents: 0," "nothing here has '$LAB_MAIL4'"
  press Escape
  expect_screen 5 "Incidents: 1,"
}

keys_are_last() { [[ $(screen | tail -n 1) == *"q quit"* ]]; }

test_it_follows_the_size_of_the_terminal() {
  terminal resize-window -t "$SESSION" -x 40 -y 10
  expect_screen 5 "needs 60 x 16; this terminal" "has 40 x 10"
  terminal resize-window -t "$SESSION" -x 120 -y 40
  expect_screen 5 "Incidents: 1,"
  expect_equal "lines of the screen" "$(screen | wc -l)" 40
  keys_are_last || fail "the keys are not in the last line: $(screen)"
  terminal resize-window -t "$SESSION" -x 80 -y 24
  expect_screen 5 "q quit"
  lab_until 5 keys_are_last || fail "the keys are not in the last line: $(screen)"
}

test_a_daemon_that_hangs_holds_up_no_key() {
  kill -STOP "$LAB_MONITOR"
  press '?'
  expect_screen 2 "mxray top: help"
  press q
  expect_screen 2 "Incidents: 1,"
  expect_screen 8 "NO ANSWER since"
  kill -CONT "$LAB_MONITOR"
  lab_until 8 screen_says_not "NO ANSWER" || fail "it does not come back: $(screen)"
}

test_when_the_daemon_is_gone_the_picture_stays() {
  lab_stop_mxrayd
  expect_screen 5 "NO ANSWER since" "ident_stall"
  lab_start_mxrayd
  lab_until 10 screen_says_not "NO ANSWER" || fail "it does not come back: $(screen)"
  expect_screen 5 "ident_stall"
}

test_to_the_shell_and_back() {
  press C-z
  expect_screen 5 "Stopped"
  expect_equal "alternate screen while stopped" "$(terminal display-message -p -t "$SESSION" '#{alternate_on}')" 0
  press fg Enter
  expect_screen 5 "Incidents: 1," "q quit"
}

terminal_is_as_before() { [[ $(terminal_state) == "$STATE_BEFORE" ]]; }
terminate_top() { kill -TERM "$(top_id)"; }

# expect_end HOW COMMAND…: the command ends top.
expect_end() {
  local how=$1
  shift
  top_runs || fail "top does not run before $how"
  "$@"
  lab_until 10 top_has_ended || fail "top goes on after $how"
  lab_until 5 screen_says 'at the shell' || fail "no shell after $how: $(screen)"
  lab_until 5 terminal_is_as_before ||
    fail "after $how the terminal is $(terminal_state), before it was $STATE_BEFORE"
}

test_the_terminal_is_left_as_it_was() {
  expect_lacks "the terminal's state while top runs" "$(terminal_state)" "$STATE_BEFORE"
  expect_end q press q
  start_top
  expect_screen 5 "q quit"
  expect_end Ctrl-C press C-c
  start_top
  expect_screen 5 "q quit"
  expect_end SIGTERM terminate_top
}

colours_on_screen() { terminal capture-pane -p -e -t "$SESSION" | grep -Ec $'\x1b''\[([0-9;]*;)?3[0-7]m' || true; }

has_colours() { (($(colours_on_screen) > 0)); }

test_colour_and_letters_are_as_the_user_wants_them() {
  start_top
  expect_screen 5 "q quit" "─" "Incidents: 1,"
  lab_until 5 has_colours || fail "no line has a colour"
  press q
  lab_until 10 top_has_ended
  start_top "NO_COLOR=1 LC_ALL=C"
  expect_screen 5 "q quit" "- Incidents: 1,"
  expect_equal "lines with colour, NO_COLOR" "$(colours_on_screen)" 0
  expect_equal "bytes that are no ASCII" "$(screen | LC_ALL=C tr -d '\000-\177' | wc -c)" 0
  press q
  lab_until 10 top_has_ended
  start_top "TERM=dumb"
  expect_screen 5 "cannot place its cursor"
  start_top "TERM=no-such-terminal"
  expect_screen 5 "is unknown here"
  kill "$CLIENT" 2>/dev/null || true
}

e2e_main set_up
