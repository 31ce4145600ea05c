#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is the right router named, when one of 15 on the way to the server forges? The
# first is the gateway, where mxrayd watches and from where the trace goes.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/chain.sh
source "$e2e_folder/../../scripts/lab/chain.sh"

ROUTERS=15
FORGER=7
# From the gateway, which is the first router, each is one hop nearer.
BEHIND=$((FORGER - 2)) BEFORE=$((FORGER - 1))

set_up() {
  chain_build "$ROUTERS"
  chain_plain_frames "$FORGER"
  # shellcheck disable=SC2034  # read by servers.sh
  LAB_MAIL4=$CHAIN_SERVER4 LAB_MAIL6=$CHAIN_SERVER6
  lab_start_postfix
  lab_start "$(chain_router 1)" mxrayd.log "$LAB_BUILD/mxrayd" --interface far0 --interface near0 \
    --socket "$LAB_DIR/mxray.sock" --state-dir "$LAB_DIR/state" --web.listen-address "$LAB_METRICS"
  lab_until 20 lab_mxray status || lab_fail "mxrayd does not run: $(<"$LAB_DIR/mxrayd.log")"
}

has_incident() { [[ $(lab_session_incidents "$1") != "[]" ]]; }

# check_place NAME SERVER ADDRESS-FUNCTION: mail through the forger, a trace, the place.
check_place() {
  local name=$1 server=$2 address_of=$3 id
  lab_name_session "$name"
  lab_begin_forger "$name" "$(chain_router "$FORGER")" smtp --interface near0
  lab_until 10 lab_forger_is_ready "$name" || fail "$(<"$LAB_DIR/$name.forger.txt")"
  lab_begin_session "$name" smtp "$server" --timeout 5
  lab_await_sessions "$name"
  lab_until 10 has_incident "$name" || fail "no incident; the client saw: $(lab_dialogue "$name")"
  id=$(field "$(lab_session_incidents "$name")" '.[0].id')

  capture lab_mxray explain "$id"
  expect_lacks "explain without a path" "$E2E_OUTPUT" "behind hop"
  capture lab_in "$(chain_router 1)" timeout 60 "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" trace "$server" \
    --source "$("$address_of" 1)" # the one of its addresses that the routers know a way to
  expect_equal "exit of trace ($E2E_OUTPUT)" "$E2E_STATUS" 0
  capture lab_mxray explain "$id"
  expect_equal "exit of explain" "$E2E_STATUS" 0
  expect_contains explain "$E2E_OUTPUT" \
    "behind hop $BEHIND ($("$address_of" $((FORGER - 1)))), before hop $BEFORE"
}

test_forger_on_a_router_is_placed_in_ipv4() {
  check_place placed "$CHAIN_SERVER4" chain_address4
}

test_forger_on_a_router_is_placed_in_ipv6() {
  check_place placed_ipv6 "$CHAIN_SERVER6" chain_address6
}

e2e_main set_up
