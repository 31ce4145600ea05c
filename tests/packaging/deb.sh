#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the Debian package do all its life what a Debian user expects: from
# `apt install` to a scraped daemon, an upgrade, a removal, and a purge that leaves
# nothing?
#
# systemd does not run here: the daemon is started as its unit says, with that user
# and those capabilities. systemd.sh is about the rest of the unit.
# shellcheck source=tests/packaging/root.sh
source "$(dirname "$0")/root.sh"

e2e_obstacle() { root_obstacle || lacks_program lintian setpriv; }

# The same as a younger version, whose configuration says one thing more.
# later_package VERSION
later_package() {
  local tree=$LAB_DIR/later-$1
  dpkg-deb --raw-extract "$package" "$tree"
  sed -i "s/^Version: .*/Version: $1/" "$tree/DEBIAN/control"
  echo "# new in $1" >>"$tree/etc/mxray/mxrayd.yaml"
  dpkg-deb --root-owner-group -Znone --build "$tree" "$LAB_DIR/mxray_$1.deb" >/dev/null
  rm -rf "$tree"
}

# As the unit says: user, capabilities, command. Succeeds when the daemon answers.
start_daemon() {
  local unit command capabilities
  unit=$(<"$merged/usr/lib/systemd/system/mxrayd.service")
  command=$(sed -n 's/^ExecStart=//p' <<<"$unit")
  capabilities=$(sed -n 's/^AmbientCapabilities=//p' <<<"$unit" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
  # shellcheck disable=SC2086  # the command is words
  exec_inside setpriv --reuid mxray --regid mxray --init-groups --no-new-privs --inh-caps "-all,$capabilities" \
    --ambient-caps "-all,$capabilities" --bounding-set "-all,$capabilities" \
    $command >"$LAB_DIR/mxrayd.log" 2>&1 </dev/null &
  daemon=$!
  LAB_PIDS+=("$daemon")
  lab_until 30 scrape
}

stop_daemon() { lab_end "$daemon"; }

# What of the root differs from this machine's, but for the books that dpkg, apt and
# man keep of what was done, and the copies that tools make of files they edit.
differences() {
  local path
  (cd "$changes" && find . -mindepth 1 | sed 's/^\.//' | sort) | grep -Ev \
    '^/(var/lib/dpkg|var/lib/apt|var/cache/(apt|man|ldconfig|debconf)|var/log)(/|$)|^/etc/(ld\.so\.cache|\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-)$|^/(dev|proc|run|sys|tmp)(/|$)' |
    while read -r path; do
      [[ -d $changes$path && ! -L $changes$path && -d $base$path ]] && continue
      cmp -s "$changes$path" "$base$path" && continue
      echo "$path"
    done
}

set_up() {
  build_package
  later_package 9.1
  later_package 9.2
  make_root
  cp "$package" "$LAB_DIR"/mxray_9.*.deb "$merged/tmp"
}

test_lintian_has_nothing_to_say() {
  capture lintian --allow-root --no-cfg --fail-on error,warning --tag-display-limit 0 "$package"
  expect_equal "lintian" "$E2E_OUTPUT" ""
  expect_equal "its exit code" "$E2E_STATUS" 0
}

test_apt_installs_it_with_exactly_the_expected_files() {
  local expected
  inside env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    "/tmp/$(basename "$package")" >"$LAB_DIR/apt.log" 2>&1
  expected=$(expected_files | sed 's#^\(/usr/share/man/.*\)#\1.gz#'
    echo /usr/share/doc/mxray/changelog.Debian.gz
    echo /usr/share/doc/mxray/copyright
    echo /usr/share/lintian/overrides/mxray)
  expect_same_lines "files of the package" \
    "$(inside dpkg --listfiles mxray | while read -r path; do [[ -d $merged$path && ! -L $merged$path ]] || echo "$path"; done | sort)" \
    "$(sort <<<"$expected")"
}

test_it_is_enabled_and_has_its_user_and_folders() {
  [[ -L $merged/etc/systemd/system/multi-user.target.wants/mxrayd.service ]] || fail "the service is not enabled"
  expect_matches "the user" "$(inside getent passwd mxray)" 'mxray:x:[0-9]+:[0-9]+:[^:]*:/var/lib/mxray:/usr/sbin/nologin'
  expect_equal "the folder of the state" "$(inside stat --format '%U:%G %a' /var/lib/mxray)" "mxray:mxray 750"
}

test_without_a_default_route_it_says_so_and_is_worth_another_try() {
  capture inside mxrayd --config /etc/mxray/mxrayd.yaml
  expect_contains "mxrayd" "$E2E_OUTPUT" "this machine has no default route"
  expect_equal "its exit code, which the unit restarts" "$E2E_STATUS" 1
}

# What apt did is the first of the three commands, starting it the second (which a
# running systemd does itself), the scrape the third.
test_the_installed_daemon_is_scraped_with_its_configuration_unedited() {
  add_uplink wan0 192.0.2
  start_daemon || fail "mxrayd does not answer: $(<"$LAB_DIR/mxrayd.log")"
  expect_contains "the metrics" "$(scrape)" "mxray_build_info{"
  expect_contains "mxray status" "$(inside mxray status)" wan0
  expect_contains "the metrics" "$(scrape)" "mxray_store_working 1"
  expect_equal "the user of the process" "$(stat --format %u "/proc/$daemon")" "$(inside id -u mxray)"
}

test_only_members_of_its_group_may_ask() {
  capture inside setpriv --reuid nobody --regid nogroup --groups "$(inside getent group mxray | cut -d: -f3)" mxray status
  expect_equal "exit code for a member of the group" "$E2E_STATUS" 0
  capture inside setpriv --reuid nobody --regid nogroup --clear-groups mxray status
  expect_equal "exit code for somebody else" "$E2E_STATUS" 4
}

test_a_default_route_that_moves_is_followed() {
  add_uplink wan1 198.51.100
  lab_until 15 watches wan1 || fail "wan1 is not watched: $(inside mxray status)"
  watches wan0 || fail "wan0 is no longer watched"
}

watches() { [[ $(<"$LAB_DIR/mxrayd.log") == *"$1 ingress is watched by"* ]]; }

test_a_reload_of_a_wrong_configuration_keeps_the_old_one() {
  cp "$merged/etc/mxray/mxrayd.yaml" "$LAB_DIR/kept.yaml"
  echo "interfaecs: [a]" >>"$merged/etc/mxray/mxrayd.yaml"
  kill -HUP "$daemon"
  lab_until 5 reload_was_refused || fail "no reload was refused: $(scrape | grep config)"
  expect_contains "the log" "$(<"$LAB_DIR/mxrayd.log")" "did you mean 'interfaces'?"
  cat "$LAB_DIR/kept.yaml" >"$merged/etc/mxray/mxrayd.yaml"
  stop_daemon
}

reload_was_refused() { [[ $(scrape) == *'mxray_config_last_reload_successful 0'* ]]; }

upgrade_to() {
  inside env DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --install "/tmp/mxray_$1.deb" \
    >"$LAB_DIR/dpkg-$1.log" 2>&1 </dev/null
}

test_an_upgrade_brings_its_configuration_where_nobody_edited_it() {
  upgrade_to 9.1
  expect_contains "the configuration" "$(<"$merged/etc/mxray/mxrayd.yaml")" "# new in 9.1"
}

test_an_upgrade_keeps_an_edited_configuration_the_state_and_a_disabled_service() {
  sed -i 's/^  max_age: .*/  max_age: 7d/' "$merged/etc/mxray/mxrayd.yaml"
  inside systemctl --quiet disable mxrayd.service
  local state
  state=$(cd "$merged/var/lib/mxray" && ls)
  [[ -n $state ]] || fail "the daemon left no state to keep"
  upgrade_to 9.2
  expect_contains "the configuration" "$(<"$merged/etc/mxray/mxrayd.yaml")" "max_age: 7d"
  expect_lacks "the configuration" "$(<"$merged/etc/mxray/mxrayd.yaml")" "# new in 9.2"
  expect_equal "the state" "$(cd "$merged/var/lib/mxray" && ls)" "$state"
  [[ ! -L $merged/etc/systemd/system/multi-user.target.wants/mxrayd.service ]] || fail "the service is enabled again"
}

test_a_removal_keeps_configuration_and_state_alone() {
  inside dpkg --remove mxray >"$LAB_DIR/remove.log" 2>&1
  expect_same_lines "what is left" "$(differences | grep mxray | grep -v deb-systemd-helper)" \
    "$(printf '%s\n' /etc/mxray /etc/mxray/mxrayd.yaml /etc/mxray/mxrayd.yaml.dpkg-dist /var/lib/mxray
      cd "$merged/var/lib/mxray" && printf '/var/lib/mxray/%s\n' *)"
  [[ ! -e $merged/run/mxray ]] || fail "/run/mxray is left"
}

test_a_purge_leaves_nothing() {
  inside dpkg --purge mxray >"$LAB_DIR/purge.log" 2>&1
  expect_equal "what is left" "$(differences)" ""
  expect_equal "the user that is left" "$(inside getent passwd mxray || true)" ""
  expect_equal "the group that is left" "$(inside getent group mxray || true)" ""
}

e2e_main set_up
