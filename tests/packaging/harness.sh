#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What do the tests of packaging share? The end-to-end harness, and the list of
# files that belong to mxray.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/harness.sh"

packaging_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Succeeds, and says so, if one of the programs is missing.
lacks_program() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "$program is not installed (scripts/setup test)" && return 0; }
  done
  return 1
}

# All files of an installation below /usr, sorted: what is always the same, and
# each document and dashboard that the sources have.
expected_files() {
  {
    cat "$packaging_folder/expected_files.txt"
    cd "$LAB_ROOT" || return
    find docs -name man -prune -o \
      \( -name '*.md' -o -name '*.json' -o -name '*.png' \) -printf '/usr/share/doc/mxray/%p\n'
    [[ ! -d dashboards ]] || find dashboards -name tests -prune -o \
      \( -name '*.md' -o -name '*.json' -o -name '*.yml' \) -printf '/usr/share/mxray/%p\n'
  } | sort
}

# expect_same_lines WHAT ACTUAL WANTED
expect_same_lines() {
  local difference
  difference=$(diff <(printf '%s\n' "$3") <(printf '%s\n' "$2") | grep '^[<>]' || true)
  [[ -z $difference ]] || fail "$1 differ (< missing, > too many): $difference"
}
