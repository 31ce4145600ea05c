#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is nothing left where nothing shall be: without a bpffs, and after mxrayd --detach?
# shellcheck source=tests/e2e/pins.sh
source "$(dirname "$0")/pins.sh"

test_without_a_bpffs_it_works_unpinned_and_says_so() {
  lab_start_mxrayd --pin-dir "$LAB_DIR/nowhere/mxray"
  log_says "nothing is pinned, so a restart will miss packets" || fail "it does not say so: $(<"$LAB_DIR/mxrayd.log")"
  lab_stop_mxrayd
  lab_until 5 nothing_attached || fail "still attached: $(lab_attached_to wan0)"
}

test_detaching_leaves_nothing() {
  start
  lab_stop_mxrayd
  expect_between "hooks in use on wan0 after SIGTERM" "$(lab_attached_to wan0 | wc -l)" 2 4
  capture lab_in gateway "$LAB_BUILD/mxrayd" --detach --pin-dir "$PINS"
  expect_equal "exit code of --detach" "$E2E_STATUS" 0
  expect_contains "what it says" "$E2E_OUTPUT" "removed $PINS/net-"
  lab_until 5 nothing_attached || fail "still attached: $(lab_attached_to wan0)"
  expect_equal "what is left on the bpffs" "$(find "$LAB_DIR/bpf" -mindepth 1 -maxdepth 1 -not -name '*.debug')" ""
  capture lab_in gateway "$LAB_BUILD/mxrayd" --detach --pin-dir "$PINS"
  expect_contains "what it says the second time" "$E2E_OUTPUT" "nothing of mxray's was there"
}

test_detaching_without_permission_says_so_and_touches_nothing() {
  local attached as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB_BUILD/mxrayd" --detach)
  start
  lab_stop_mxrayd
  attached=$(lab_attached_to wan0)
  capture lab_in gateway "${as_nobody[@]}" --pin-dir "$PINS"
  expect_equal "exit code of --detach" "$E2E_STATUS" 4
  expect_contains "what it says" "$E2E_OUTPUT" "no permission to look for pins in $PINS; run mxrayd --detach as root"
  capture lab_in gateway "${as_nobody[@]}"
  expect_equal "exit code without a name" "$E2E_STATUS" 4
  expect_contains "what it says without a name" "$E2E_OUTPUT" "no permission to look for pins in $LAB_DIR/bpf"
  expect_equal "what is attached" "$(lab_attached_to wan0)" "$attached"
}

# Wherever it is.
test_detaching_without_a_name_finds_it() {
  start
  lab_stop_mxrayd KILL
  capture lab_in gateway "$LAB_BUILD/mxrayd" --detach
  expect_contains "what it says" "$E2E_OUTPUT" "removed $PINS/net-"
  lab_until 5 nothing_attached || fail "still attached: $(lab_attached_to wan0)"
}

e2e_main build_network
