#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How does an end-to-end test run? A file defines functions test_…, each a
# sentence, and calls e2e_main with a set-up function. Expectations count what
# failed and go on; a command that fails unexpectedly stops the file. What
# cannot run on this machine says so and exits with 77, which ctest shows as skipped.
set -Eeuo pipefail

e2e_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lab/lab.sh
source "$e2e_folder/../../scripts/lab/lab.sh"

E2E_FAILURES=0
E2E_TEST=set-up

e2e_skip() {
  printf 'SKIPPED %s: %s\n' "$(basename "$0")" "$*"
  exit 77
}

fail() {
  printf 'FAILED  %s: %s\n' "$E2E_TEST" "$*"
  E2E_FAILURES=$((E2E_FAILURES + 1))
}

# expect_equal WHAT ACTUAL WANTED
expect_equal() { [[ $2 == "$3" ]] || fail "$1 is «$2», not «$3»"; }

# expect_matches WHAT ACTUAL PATTERN, the pattern an extended regular expression of the whole
expect_matches() { [[ $2 =~ ^($3)$ ]] || fail "$1 is «$2», not «$3»"; }

# expect_between WHAT ACTUAL LEAST MOST, for numbers with decimals
expect_between() {
  awk -v value="$2" -v least="$3" -v most="$4" \
    'BEGIN { exit !(value ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ && value + 0 >= least && value + 0 <= most) }' ||
    fail "$1 is «$2», not between $3 and $4"
}

# expect_takes WHAT ACTUAL LEAST: as long as the laboratory makes it. Machines stand still at times, so ten
# times as long is right, too; another unit is not.
expect_takes() { expect_between "$1" "$2" "$3" "$(awk -v least="$3" 'BEGIN { print 10 * least }')"; }

# expect_contains WHAT TEXT PART
expect_contains() { [[ $2 == *"$3"* ]] || fail "$1 does not say «$3» but: $2"; }

# expect_lacks WHAT TEXT PART
expect_lacks() { [[ $2 != *"$3"* ]] || fail "$1 says «$3»: $2"; }

# Runs a command whose failure is expected: output in E2E_OUTPUT, code in E2E_STATUS.
# shellcheck disable=SC2034  # read by the tests
capture() {
  E2E_STATUS=0
  E2E_OUTPUT=$("$@" 2>&1) || E2E_STATUS=$?
}

# One field of a JSON object: field OBJECT FILTER
field() { jq --raw-output "$2" <<<"$1"; }

lab_before_close() {
  local log
  ((E2E_FAILURES > 0)) || return 0
  for log in "$LAB_DIR"/*.log; do
    [[ -s $log ]] && printf -- '--- %s\n%s\n' "$(basename "$log")" "$(tail -n 30 "$log")"
  done
}

# What keeps this machine from running the file, as lab_obstacle says it; a file
# that needs less or more than a laboratory defines it anew.
e2e_obstacle() { lab_obstacle; }

# e2e_main SET-UP: the tests run in the order in which the file defines them.
e2e_main() {
  local test tests obstacle
  if obstacle=$(e2e_obstacle); then e2e_skip "$obstacle"; fi
  trap 'fail "line $LINENO: $BASH_COMMAND gave $?"' ERR
  lab_open
  "$1"
  mapfile -t tests < <(grep -o '^test_[a-z0-9_]*' "$0")
  for test in "${tests[@]}"; do
    E2E_TEST=$test
    local before=$E2E_FAILURES
    "$test"
    ((E2E_FAILURES > before)) || printf 'ok      %s\n' "$test"
  done
  ((E2E_FAILURES == 0))
}
