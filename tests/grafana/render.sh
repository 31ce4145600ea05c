#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is every panel of the dashboards drawn by Grafana's own components? A real Prometheus
# that watches a real mxrayd, with hours of made-up history before it, and the test page
# of render/ in headless Chromium.
#
#   MXRAY_TEST_LONG=1 tests/grafana/render.sh      npm fetches 500 MB on the first run
#   MXRAY_PICTURES=docs/pictures … render.sh       and keeps the pictures there
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/../e2e/harness.sh"
# shellcheck source=tests/grafana/prometheus.sh
source "$LAB_ROOT/tests/grafana/prometheus.sh"

PAGE=$LAB_BUILD/grafana-render
HOURS=6
CHROMIUM=$(command -v chromium || true)
export CHROMIUM

render_obstacle() {
  [[ ${MXRAY_TEST_LONG:-} == 1 ]] || { echo "npm takes minutes; scripts/test --long draws the dashboards" && return 0; }
  [[ -n $CHROMIUM ]] || { echo "chromium is not installed (scripts/setup test)" && return 0; }
  command -v npm >/dev/null || { echo "npm is not installed (apt-get install --no-install-recommends nodejs npm)" && return 0; }
  (($(node --eval 'console.log(parseInt(process.versions.node))') >= 18)) ||
    { echo "node $(node --version) is older than 18" && return 0; }
  prometheus_obstacle
}

# A copy in the build folder, so that no node_modules lie in the sources.
build_page() {
  mkdir -p "$PAGE"
  cp -r "$LAB_ROOT"/tests/grafana/render/{.npmrc,package.json,package-lock.json,tsconfig.json,vite.config.ts,index.html,src,render.mjs} "$PAGE"
  if ! cmp -s "$PAGE/package-lock.json" "$PAGE/node_modules/.installed"; then
    # Not npm ci: it refuses a lock file without the optional binaries of other platforms.
    lab_wait_for npm install --prefix "$PAGE" --no-save --ignore-scripts --no-progress >"$LAB_DIR/npm.log" 2>&1 ||
      lab_fail "npm install: $(tail -n 5 "$LAB_DIR/npm.log")"
    cp "$PAGE/package-lock.json" "$PAGE/node_modules/.installed"
  fi
  (cd "$PAGE" && lab_wait_for node_modules/.bin/vite build >"$LAB_DIR/vite.log" 2>&1) ||
    lab_fail "vite: $(tail -n 5 "$LAB_DIR/vite.log")"
}

# What came before the daemon: the series are those that it exports itself.
write_history() {
  local page=$LAB_DIR/page.txt history=$LAB_DIR/history.txt
  lab_metrics >"$page"
  /usr/bin/python3 "$LAB_ROOT/tests/grafana/render/story.py" "$LAB_METRICS" "$(($(date +%s) - 5))" $((HOURS + 2)) <"$page" >"$history"
  promtool tsdb create-blocks-from openmetrics --quiet "$history" "$LAB_DIR/prometheus"
}

set_up() {
  local obstacle
  if obstacle=$(render_obstacle); then e2e_skip "$obstacle"; fi
  build_page
  lab_build_network
  lab_start_postfix
  lab_start_dovecot
  lab_start_ident_server
  lab_ident_policy drop
  printf 'interfaces: [wan0, lan0]\nkernel_statistics: true\n' >"$LAB_DIR/mxrayd.yaml"
  lab_start_mxrayd --config "$LAB_DIR/mxrayd.yaml"
  lab_send_mail "$LAB_MAIL4" >/dev/null
  write_history
  prometheus_start
  lab_start_forger --text '500 error\r\n'
  lab_send_mail "$LAB_MAIL4" >/dev/null 2>&1 || true
  lab_fetch_pop3 "$LAB_MAIL4" >/dev/null
  # Waits for its greeting while the pictures are taken.
  lab_start client stalled.txt "$LAB_BUILD/lab-mail-client" --protocol pop3 --server "$LAB_IDENT4" --port 110 --timeout 45 QUIT
  lab_sleep 5
}

# draw UID: the dashboard as a picture in LAB_DIR
draw() {
  capture lab_in gateway node "$PAGE/render.mjs" "http://$PROMETHEUS_ADDRESS" \
    "$LAB_ROOT/dashboards/grafana/$1.json" "$LAB_DIR/$1.png" "$HOURS"
  expect_equal "exit of render.mjs" "$E2E_STATUS" 0
  [[ $E2E_STATUS == 0 ]] || printf '%s\n' "$E2E_OUTPUT"
  keep_picture "$1"
}

keep_picture() {
  [[ -n ${MXRAY_PICTURES:-} && -s $LAB_DIR/$1.png ]] || return 0
  mkdir -p "$MXRAY_PICTURES"
  if command -v pngquant >/dev/null; then
    pngquant --force --strip --output "$MXRAY_PICTURES/$1.png" 128 "$LAB_DIR/$1.png"
  else
    cp "$LAB_DIR/$1.png" "$MXRAY_PICTURES/$1.png"
  fi
}

test_every_panel_of_the_overview_is_drawn() { draw mxray-overview; }

test_every_panel_of_the_drilldown_is_drawn() { draw mxray-drilldown; }

e2e_main set_up
