#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does `mxray trace` name every router on a way of 15, and say what stops it?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/chain.sh
source "$e2e_folder/../../scripts/lab/chain.sh"

ROUTERS=15
MUTE=4
SERVER_HOP=$((ROUTERS + 1))

set_up() {
  chain_build "$ROUTERS"
  chain_mute "$MUTE"
  # shellcheck disable=SC2034  # read by servers.sh
  LAB_MAIL4=$CHAIN_SERVER4 LAB_MAIL6=$CHAIN_SERVER6
  lab_start_postfix
  # Ports with a fate of their own, on the way to the same server.
  lab_in r5 nft -f - <<'NFT'
table inet fate {
  chain forward {
    type filter hook forward priority filter
    tcp dport 2501 reject with icmpx admin-prohibited
  }
}
NFT
  lab_in r12 nft -f - <<'NFT'
table inet fate {
  chain forward {
    type filter hook forward priority filter
    tcp dport 2502 drop
  }
}
NFT
  lab_in r3 nft -f - <<'NFT'
table inet fate {
  chain prerouting {
    type nat hook prerouting priority dstnat
    tcp dport 2503 redirect to :9
  }
}
NFT
}

# In the client's namespace; a daemon is looked for where there is none.
mxray() { lab_in client timeout 60 "$LAB_BUILD/mxray" --socket "$LAB_DIR/nowhere.sock" "$@"; }

# The addresses hop by hop, `*` for silence, one a line.
addresses() { jq --raw-output '.hops[] | .addresses | if length == 0 then "*" else join(",") end' <<<"$1"; }

# wanted_addresses FUNCTION [LAST]: those that the chain has, up to a distance
wanted_addresses() {
  local i
  for ((i = 1; i <= ${2:-SERVER_HOP}; i++)); do
    if ((i == MUTE)); then echo '*'; else "$1" "$i"; fi
  done
}

check_whole_route() {
  local server=$1 address_of=$2 line
  line=$(mxray trace "$server" --json --no-save)
  expect_equal "the hops to $server" "$(addresses "$line")" "$(wanted_addresses "$address_of")"
  expect_equal "the distances" "$(field "$line" '[.hops[].distance] == [range(1; 17)]')" true
  expect_equal "the server's distance" "$(field "$line" .server_distance)" "$SERVER_HOP"
  expect_equal "the server" "$(field "$line" '"\(.server.ip) \(.server.port)"')" "$server 25"
  expect_equal "hops with an unanswered probe" \
    "$(field "$line" '[.hops[] | select(.answers < .probes) | .distance] | join(" ")')" "$MUTE"
  expect_equal "probes of each hop" "$(field "$line" '[.hops[].probes] | unique | join(" ")')" 3
  expect_equal "hops without a round trip" \
    "$(field "$line" '[.hops[] | select(.rtt_ms == null) | .distance] | join(" ")')" "$MUTE"
}

test_every_router_is_named_in_ipv4() { check_whole_route "$CHAIN_SERVER4" chain_address4; }

test_every_router_is_named_in_ipv6() { check_whole_route "$CHAIN_SERVER6" chain_address6; }

test_people_read_a_line_a_hop_and_one_sentence() {
  capture mxray trace "[$CHAIN_SERVER6]:25" --no-save
  expect_equal exit "$E2E_STATUS" 0
  expect_equal "lines" "$(wc -l <<<"$E2E_OUTPUT")" $((SERVER_HOP + 2))
  expect_contains "the trace" "$E2E_OUTPUT" " 4  *"
  expect_contains "the trace" "$E2E_OUTPUT" "15  $(chain_address6 15) "
  expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
    "server [$CHAIN_SERVER6]:25 answers at hop $SERVER_HOP, "
}

test_fifteen_routers_take_seconds_not_minutes() {
  local before=$SECONDS
  mxray trace "$CHAIN_SERVER4" --no-save >/dev/null
  expect_between "seconds" $((SECONDS - before)) 0 20
}

test_closed_port_is_the_server_too() {
  capture mxray trace "$CHAIN_SERVER4:26" --no-save
  expect_equal exit "$E2E_STATUS" 0
  expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
    "server $CHAIN_SERVER4:26 refuses the connection (RST) at hop $SERVER_HOP, "
}

test_router_that_refuses_is_named_with_its_reason() {
  local server router
  for server in "$CHAIN_SERVER4:2501" "[$CHAIN_SERVER6]:2501"; do
    router=$(chain_address4 5)
    [[ $server == \[* ]] && router=$(chain_address6 5)
    capture mxray trace "$server" --no-save
    expect_equal "exit for $server" "$E2E_STATUS" 1
    expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
      "server $server was not reached: $router at hop 5 says: administratively prohibited"
  done
}

test_silent_drop_says_how_far_the_trace_got() {
  capture mxray trace "$CHAIN_SERVER4:2502" --max-hops 18 --no-save
  expect_equal exit "$E2E_STATUS" 1
  expect_contains "the trace" "$E2E_OUTPUT" "13 to 18: no answer"
  expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
    "the last that answered is 10.77.12.1 at hop 12"
}

test_transparent_proxy_is_told_from_the_server() {
  capture mxray trace "$CHAIN_SERVER4:2503" --no-save
  expect_equal exit "$E2E_STATUS" 0
  expect_contains "the trace" "$E2E_OUTPUT" "at hop 3"
  expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
    "port 2503 is answered at hop 3, but the way to port 443 of the same address goes on to hop $SERVER_HOP: a transparent proxy"
  capture mxray trace "$CHAIN_SERVER4" --no-save
  expect_lacks "a trace without a proxy" "$E2E_OUTPUT" proxy
}

# Everything that looks half-open at the server after a trace has ended.
half_open() { lab_in server ss -Htn state syn-recv; }

test_nothing_stays_half_open_at_the_server() {
  mxray trace "$CHAIN_SERVER4" --probes 10 --no-save >/dev/null
  lab_until 2 expect_no_half_open || fail "half-open at the server: $(half_open)"
}
expect_no_half_open() { [[ -z $(half_open) ]]; }

test_source_and_interface_can_be_chosen() {
  capture mxray trace "$CHAIN_SERVER4" --interface far0 --source "$CHAIN_CLIENT4" --no-save
  expect_equal exit "$E2E_STATUS" 0
  expect_contains "the first line" "$(head -n 1 <<<"$E2E_OUTPUT")" "from $CHAIN_CLIENT4,"
  capture mxray trace "$CHAIN_SERVER4" --interface nowhere0 --no-save
  expect_equal "exit for an interface that is not there" "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" nowhere0
  capture mxray trace "$CHAIN_SERVER4" --source 192.0.2.77 --no-save
  expect_equal "exit for an address that is not ours" "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" 192.0.2.77
}

test_interruption_shows_what_is_known() {
  local pid status=0
  lab_start client interrupted.log "$LAB_BUILD/mxray" trace "$CHAIN_SERVER4:2502" --timeout 20 --json --no-save
  pid=$LAB_PID
  lab_sleep 3
  kill -s INT "$pid"
  wait "$pid" || status=$?
  lab_forget "$pid"
  expect_equal exit "$status" 130
  expect_equal "the hops" "$(addresses "$(<"$LAB_DIR/interrupted.log")")" \
    "$(wanted_addresses chain_address4 12)"
}

test_without_privileges_the_way_out_is_named() {
  command -v setpriv >/dev/null || { echo "setpriv is not installed; not checked" && return 0; }
  capture lab_in client setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all \
    "$LAB_BUILD/mxray" trace "$CHAIN_SERVER4"
  [[ $E2E_STATUS == 126 ]] && { echo "nobody may not enter $LAB_BUILD; not checked" && return 0; }
  expect_equal exit "$E2E_STATUS" 4
  expect_contains message "$E2E_OUTPUT" CAP_NET_RAW
  expect_contains message "$E2E_OUTPUT" sudo
  expect_equal "lines of the message" "$(wc -l <<<"$E2E_OUTPUT")" 1
}

test_no_way_to_the_server_is_one_sentence() {
  lab_space island
  capture lab_in island "$LAB_BUILD/mxray" trace 203.0.113.25
  expect_equal exit "$E2E_STATUS" 2
  expect_contains message "$E2E_OUTPUT" "there is no way to 203.0.113.25"
}

test_without_daemon_the_path_is_shown_and_a_note_says_so() {
  capture mxray trace "$CHAIN_SERVER4"
  expect_equal exit "$E2E_STATUS" 0
  expect_contains "the note" "$(tail -n 1 <<<"$E2E_OUTPUT")" \
    "no mxrayd answers at $LAB_DIR/nowhere.sock, so this path is shown but not kept"
}

# On the first router, as on the gateway that people trace from or through.
start_daemon() {
  lab_start r1 mxrayd.log "$LAB_BUILD/mxrayd" --interface near0 --interface far0 \
    --socket "$LAB_DIR/mxray.sock" --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS"
  lab_until 20 lab_mxray status || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

kept_paths() { curl --silent --fail --max-time 5 --unix-socket "$LAB_DIR/mxray.sock" http://mxrayd/v1/paths; }

test_daemon_keeps_the_path_and_takes_the_probes_for_no_incident() {
  local line
  start_daemon
  line=$(lab_in client "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" trace "$CHAIN_SERVER4" --json --probes 10)
  expect_equal "the kept path" "$(kept_paths)" "$line"
  expect_equal "its hops" "$(addresses "$line")" "$(wanted_addresses chain_address4)"
  capture lab_in client "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" trace "$CHAIN_SERVER6" --no-save
  capture lab_in client "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" trace "$CHAIN_SERVER4:587" --no-save
  expect_equal "kept paths" "$(kept_paths | wc -l)" 1
  lab_sleep 2
  expect_equal "incidents" "$(lab_incidents)" "[]"
}

e2e_main set_up
