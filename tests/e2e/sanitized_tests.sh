#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do the tests also pass when address and undefined-behaviour sanitizers look
# on? Runs those of build/sanitize, as one test of the release build, so that
# one summary tells it all. With MXRAY_TEST_LONG=1 the end-to-end tests as well.
set -euo pipefail

build=$(cd "$(dirname "$0")/../.." && pwd)/build/sanitize
if [[ ! -f $build/CTestTestfile.cmake ]]; then
  echo "SKIPPED: build/sanitize is not built (cmake --preset sanitize && cmake --build --preset sanitize)"
  exit 77
fi
without=(--label-exclude e2e)
[[ ${MXRAY_TEST_LONG:-0} == 1 ]] && without=()
exec ctest --test-dir "$build" --parallel 2 --no-tests=error --output-on-failure "${without[@]}"
