#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the measuring tool find no forgery in genuine captures, those in forged
# ones, and say what is wrong with a folder that holds none?
#
#   base_rates_test.sh TOOL CAPTURES     exit 77: there are no captures
set -euo pipefail
tool=$1
captures=${MXRAY_CAPTURES:-$2}

fail() { echo "FAILED: $*" >&2 && exit 1; }

empty=$(mktemp -d)
trap 'rmdir "$empty"' EXIT
status=0
said=$("$tool" "$empty" 2>&1) || status=$?
((status == 2)) || fail "an empty folder ends with $status"
[[ $said == *"there is no *.pcap"* ]] || fail "of an empty folder it says: $said"

if [[ ! -f $captures/INDEX.md ]]; then
  echo "NOT TESTED: no captures in $captures; set MXRAY_CAPTURES to the folder that holds INDEX.md"
  exit 77
fi

genuine=$("$tool" "$captures"/{C,D,F,G})
[[ $genuine == *$'\n0 forgeries raised in '* ]] || fail "genuine captures: $genuine"
[[ $genuine == *$'\n0.0 per 10,000 connections'* ]] || fail "no rate of false alarms: $genuine"
[[ $genuine =~ "no timestamps, though negotiated"\ +0\ +0\.000 ]] || fail "no rate of a signal: $genuine"

forged=$("$tool" "$captures/A")
[[ $forged =~ [1-9][0-9]*" forgeries raised in " ]] || fail "injected data: $forged"
[[ $forged == *"id1.cn-inject.pcap: forged_reply (certain)"* ]] || fail "injected data: $forged"
