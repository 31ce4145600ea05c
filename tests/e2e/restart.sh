#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does mxrayd come back as if it had never been away: no packet unseen, connections,
# baselines and incidents in progress kept, whenever and however it was ended?
# shellcheck source=tests/e2e/pins.sh
source "$(dirname "$0")/pins.sh"

# How often it is killed while it starts.
KILLS=20
[[ ${MXRAY_TEST_LONG-} != 1 ]] || KILLS=200 LAB_SECONDS=1500

set_up() {
  build_network
  lab_start_postfix
  lab_start_ident_server
  # What comes out behind mxray's hook: counted, then dropped, for it is nobody's.
  lab_in gateway nft "add table ip spare; add counter ip spare arrived; add chain ip spare entry { type filter hook prerouting priority 0; }
    add rule ip spare entry iifname spare0 counter name arrived drop"
}

# watch_spare OPTION…: mxrayd on the spare wire alone, which nobody else talks over.
watch_spare() {
  lab_start gateway mxrayd.log "$LAB_BUILD/mxrayd" --interface spare0 --socket "$LAB_DIR/mxray.sock" \
    --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS" --pin-dir "$PINS" "$@"
  LAB_MONITOR=$LAB_PID
}

seen() { lab_metric mxray_packets_total; }

# Every record that was made has been read once, by this mxrayd or an earlier one.
books_balance() {
  lab_metrics | awk '/^mxray_records_total[{]/ { made += $2 }
    /^mxray_records_(read|refused|unreadable)_total / { read += $2 }
    END { print made, read; exit !(made > 0 && made == read) }'
}

arrived() { lab_in gateway nft --json list counters table ip spare | jq '.nftables[].counter.packets // empty'; }
begin_sending() {
  rm -f "$LAB_DIR/stop"
  lab_start gateway sent.txt python3 "$e2e_folder/packet_sender.py" spare1 1000000 1000 "$LAB_DIR/stop"
  SENDER=$LAB_PID
}

# How many packets were sent in all is in SENT.
end_sending() {
  touch "$LAB_DIR/stop"
  wait "$SENDER"
  lab_forget "$SENDER"
  SENT=$(<"$LAB_DIR/sent.txt")
}

# expect_all_seen HOW SEEN-BEFORE SENT
expect_all_seen() {
  lab_until 5 has_seen $(($2 + $3)) || true
  expect_equal "packets seen $1" "$(($(seen) - $2))" "$3"
}
has_seen() { (($(seen) >= $1)); }

test_no_packet_passes_unseen_while_mxrayd_is_replaced() {
  local mode signal before
  local -A hook=([tc]="tcx\?" [native]=xdp_native [generic]=xdp_generic)
  for mode in tc native generic; do
    watch_spare --attach "$mode"
    lab_await_mxrayd
    before=$(seen)
    begin_sending
    for signal in TERM KILL; do
      lab_sleep 0.3
      lab_stop_mxrayd "$signal"
      lab_sleep 0.3
      watch_spare --attach "$mode"
      lab_await_mxrayd
      log_says "connections taken over from $PINS" || fail "nothing was taken over after SIG$signal: $(<"$LAB_DIR/mxrayd.log")"
      lab_metrics | grep -q "^mxray_attached{interface=\"spare0\",direction=\"ingress\",hook=\"${hook[$mode]}\"} 1" ||
        fail "--attach $mode is not in force: $(lab_metrics | grep ^mxray_attached)"
    done
    end_sending
    expect_between "packets sent ($mode)" "$SENT" 500 1000000
    expect_all_seen "by --attach $mode over two restarts" "$before" "$SENT"
    lab_stop_mxrayd
  done
}

# The moments are spread over a start, as long as one takes here.
test_killed_at_any_moment_the_next_start_is_whole() {
  local took before i
  watch_spare
  took=$(date +%s%N)
  lab_await_mxrayd
  took=$((($(date +%s%N) - took) / 1000000))
  before=$(seen)
  lab_in gateway nft reset counters table ip spare >/dev/null
  begin_sending
  for ((i = 0; i < KILLS; i++)); do
    lab_stop_mxrayd KILL
    watch_spare
    lab_sleep "$(awk -v i="$i" -v n="$KILLS" -v ms="$took" 'BEGIN { print 1.2 * ms / 1000 * i / n }')"
  done
  lab_stop_mxrayd KILL
  watch_spare
  lab_await_mxrayd
  end_sending
  expect_all_seen "over $KILLS kills" "$before" "$SENT"
  expect_equal "packets that went on behind the hook" "$(arrived)" "$SENT"
  log_says "connections taken over from $PINS" || fail "nothing was taken over: $(<"$LAB_DIR/mxrayd.log")"
  expect_equal "folders of maps" "$(find "$PINS" -name 'maps-*' | wc -l)" 1
  expect_equal "hooks in use on spare0" "$(hooks_in_use spare0)" 2
  lab_stop_mxrayd
}

# The first start of all, without anything to take over.
test_killed_at_its_first_start_the_next_one_is_whole() {
  local i took
  "$LAB_BUILD/mxrayd" --detach --pin-dir "$PINS" >/dev/null
  took=$(date +%s%N)
  watch_spare
  lab_await_mxrayd
  took=$((($(date +%s%N) - took) / 1000000))
  lab_stop_mxrayd KILL
  for ((i = 0; i < KILLS / 4; i++)); do
    "$LAB_BUILD/mxrayd" --detach --pin-dir "$PINS" >/dev/null
    watch_spare
    lab_sleep "$(awk -v i="$i" -v n="$KILLS" -v ms="$took" 'BEGIN { print 4 * 1.2 * ms / 1000 * i / n }')"
    lab_stop_mxrayd KILL
  done
  watch_spare
  lab_await_mxrayd
  expect_equal "hooks in use on spare0" "$(hooks_in_use spare0)" 2
}

test_a_second_mxrayd_is_refused() {
  capture lab_in gateway "$LAB_BUILD/mxrayd" --interface spare0 --socket "$LAB_DIR/second.sock" \
    --state-dir "$LAB_DIR/second" --web.listen-address 127.0.0.1:0 --pin-dir "$PINS"
  expect_equal "its exit code" "$E2E_STATUS" 1
  expect_contains "its complaint" "$E2E_OUTPUT" "another mxrayd is running with $PINS"
  capture "$LAB_BUILD/mxrayd" --detach --pin-dir "$PINS"
  expect_equal "exit code of --detach" "$E2E_STATUS" 1
  expect_contains "what --detach says" "$E2E_OUTPUT" "another mxrayd is running with $PINS"
}

test_another_layout_begins_anew_and_says_so() {
  local before
  before=$(seen)
  ((before == 0)) || fail "$before packets were seen before any was sent"
  begin_sending
  lab_sleep 0.5
  lab_stop_mxrayd
  printf 'interfaces: [spare0]\nmax_flows: 4096\n' >"$LAB_DIR/other.yaml"
  watch_spare --config "$LAB_DIR/other.yaml"
  lab_await_mxrayd
  log_says "another version or another max_flows: connections begin anew" || fail "it does not say so: $(<"$LAB_DIR/mxrayd.log")"
  expect_equal "folders of maps" "$(find "$PINS" -name 'maps-*' | wc -l)" 1
  lab_sleep 0.3
  end_sending
  expect_between "packets seen by the new one" "$(seen)" 1 "$((SENT - 1))"
  lab_stop_mxrayd
}

test_an_interface_that_is_no_longer_meant_is_let_go() {
  start
  expect_equal "hooks in use on spare0" "$(hooks_in_use spare0)" 0
  expect_equal "hooks in use on wan0" "$(hooks_in_use wan0)" 2
}

# The mail client waits at an @FILE until there is that file.
restart_with() {
  lab_stop_mxrayd "$1"
  start
}

open_flows() { lab_mxray flows --json | jq --slurp --compact-output "map(select(.closed == null and .server.port == 25)) | $1"; }

test_a_reply_forged_after_the_restart_is_found_by_a_baseline_from_before() {
  local incident
  lab_name_session forged
  lab_begin_forger forged router2 smtp --interface near0 --trigger "RCPT TO" --text '550 5.1.1 forged\r\n' --ttl 64
  lab_until 5 lab_forger_is_ready forged || fail "no forger: $(<"$LAB_DIR/forged.forger.txt")"
  lab_begin_session forged smtp "$LAB_MAIL4" --timeout 60 "EHLO client.example.org" "@$LAB_DIR/go" \
    "MAIL FROM:<anna@example.org>" "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" "QUIT"
  lab_until 10 grep -q "S: 250" "$LAB_DIR/forged.txt" || fail "no session: $(lab_dialogue forged)"
  lab_sleep 1
  restart_with KILL
  expect_equal "connections open after the restart" "$(open_flows 'map([.inside_client.ip, .midstream, .helo, .interface, .client.ip])')" \
    '[["10.0.1.200",false,"client.example.org","wan0","192.0.2.2"]]'
  touch "$LAB_DIR/go"
  lab_await_sessions forged
  lab_until 5 lab_has_incidents 1 || fail "no incident: $(lab_dialogue forged)"
  incident=$(lab_incidents 'max_by(.time)')
  expect_equal kind "$(field "$incident" .kind)" forged_reply
  expect_equal confidence "$(field "$incident" .confidence)" certain
  expect_equal baseline_ttl "$(field "$incident" .baseline_ttl)" "$LAB_BASELINE_TTL"
}

test_an_incident_is_told_once_and_grows_on_over_restarts() {
  local before signal
  before=$(lab_incidents 'map(del(.revision))')
  for signal in TERM KILL; do
    restart_with "$signal"
    expect_equal "incidents after SIG$signal" "$(lab_incidents 'map(del(.revision))')" "$before"
  done
  expect_equal "closed connections kept" "$(closed_kept)" 1
  lab_until 5 books_balance || fail "records made and read: $(books_balance)"
}

closed_kept() {
  curl --silent --unix-socket "$LAB_DIR/mxray.sock" "http://localhost/v1/sessions?since_ns=0" |
    jq --slurp 'map(select(.client.port != null)) | length'
}

test_an_ident_stall_goes_on_over_a_restart() {
  local session incident
  lab_ident_policy drop
  lab_fetch_ident "$LAB_IDENT4" >"$LAB_DIR/ident.txt" 2>&1 &
  session=$!
  lab_sleep 8
  restart_with KILL
  lab_sleep 1
  restart_with TERM
  wait "$session" || true
  lab_until 5 stall_is_measured || fail "no stall: $(lab_incidents)"
  incident=$(lab_incidents 'map(select(.kind == "ident_stall"))[0]')
  expect_equal "number of stalls" "$(lab_incidents 'map(select(.kind == "ident_stall")) | length')" 1
  expect_between stall_seconds "$(field "$incident" .stall_seconds)" 29 45
  expect_between "ident queries" "$(field "$incident" .ident_queries)" 4 12
  expect_equal inside_client "$(field "$incident" .inside_client.ip)" "$LAB_CLIENT4"
}
stall_is_measured() { [[ $(lab_incidents 'map(select(.kind == "ident_stall" and .greeting_delay_seconds != null)) | length') == 1 ]]; }

e2e_main set_up
