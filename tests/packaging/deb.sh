#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the Debian package do all its life what a Debian user expects: from
# `apt install` to a scraped daemon, an upgrade, a removal, and a purge that leaves
# nothing?
#
# In a root of its own: this machine's, with all changes kept in memory (overlayfs),
# in namespaces of its own for mounts, network and processes. What dpkg changed is
# then exactly what lies in the upper layer. systemd does not run there: the daemon
# is started as its unit says, with that user and those capabilities, but without
# the unit's sandbox.
if [[ -z ${MXRAY_INSIDE-} ]] && ((EUID == 0)) && unshare --mount --net --pid --fork true 2>/dev/null; then
  MXRAY_INSIDE=yes exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$@"
fi
# shellcheck source=tests/packaging/harness.sh
source "$(dirname "$0")/harness.sh"

e2e_obstacle() {
  ((EUID == 0)) || { echo "a root of its own needs root" && return 0; }
  [[ -n ${MXRAY_INSIDE-} ]] || { echo "this machine does not let root make namespaces" && return 0; }
  lacks_program cpack dpkg-shlibdeps apt-get lintian setpriv curl ip getent && return 0
  ! dpkg --status mxray >/dev/null 2>&1 || { echo "mxray is installed here, so a first installation cannot be tried" && return 0; }
  grep -qw overlay /proc/filesystems || { echo "this kernel has no overlayfs" && return 0; }
  return 1
}

build_package() {
  cpack --config "$LAB_BUILD/CPackConfig.cmake" -B "$LAB_DIR/packages" >"$LAB_DIR/cpack.log" 2>&1
  rm -rf "$LAB_DIR/packages/_CPack_Packages"
  package=$(echo "$LAB_DIR"/packages/mxray_*.deb)
}

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

# The folder `root` is not below LAB_DIR: nothing shall ever delete through a mount.
make_root() {
  local device folder
  root=$(mktemp -d "${TMPDIR:-/tmp}/mxray-root-XXXXXX")
  mount -t tmpfs -o mode=755 tmpfs "$root"
  mkdir "$root/without" "$root/base" "$root/upper" "$root/work" "$root/merged"
  # As if this machine had never run it: overlayfs takes such a device for "deleted".
  for folder in etc var/lib; do
    mkdir -p "$root/without/$folder"
    mknod "$root/without/$folder/mxray" c 0 0
  done
  mount -t overlay overlay -o "lowerdir=$root/without:/" "$root/base"
  mount -t overlay overlay -o "lowerdir=$root/without:/,upperdir=$root/upper,workdir=$root/work" "$root/merged"
  base=$root/base
  changes=$root/upper
  merged=$root/merged
  mount -t proc proc "$merged/proc"
  mount -t sysfs -o ro sysfs "$merged/sys"
  for device in dev run tmp; do mount -t tmpfs -o mode=755 tmpfs "$merged/$device"; done
  for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$merged/dev/${device%:*}" c 1 "${device#*:}"
  done
  chmod 1777 "$merged/tmp"
}

lab_before_close() {
  ((E2E_FAILURES == 0)) || tail -n 30 "$LAB_DIR"/*.log
  [[ -z ${root-} ]] || { umount --recursive "$root" || umount --recursive --lazy "$root"; } && rmdir "$root"
}

inside() { chroot "$merged" "$@"; }
# In a subshell: takes its place, so that it has its process id.
exec_inside() { exec chroot "$merged" "$@"; }

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

scrape() { curl --silent --show-error --fail --max-time 5 http://127.0.0.1:9725/metrics; }

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
  ip link set lo up
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
    "$(inside dpkg --listfiles mxray | while read -r path; do [[ -d $merged$path ]] || echo "$path"; done | sort)" \
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
  ip link add wan0 type veth peer name far0
  ip link set far0 up
  ip link set wan0 up
  ip address add 192.0.2.2/24 dev wan0
  ip route add default via 192.0.2.1
  start_daemon || fail "mxrayd does not answer: $(<"$LAB_DIR/mxrayd.log")"
  expect_contains "the metrics" "$(scrape)" "mxray_build_info{"
  expect_contains "mxray status" "$(inside mxray status)" wan0
  expect_contains "the metrics" "$(scrape)" "mxray_store_working 1"
  expect_equal "the user of the process" "$(stat --format %u "/proc/$(pidof -s mxrayd)")" "$(inside id -u mxray)"
}

test_only_members_of_its_group_may_ask() {
  capture inside setpriv --reuid nobody --regid nogroup --groups "$(inside getent group mxray | cut -d: -f3)" mxray status
  expect_equal "exit code for a member of the group" "$E2E_STATUS" 0
  capture inside setpriv --reuid nobody --regid nogroup --clear-groups mxray status
  expect_equal "exit code for somebody else" "$E2E_STATUS" 4
}

test_a_default_route_that_moves_is_followed() {
  ip link add wan1 type veth peer name far1
  ip link set far1 up
  ip link set wan1 up
  ip address add 198.51.100.2/24 dev wan1
  ip route replace default via 198.51.100.1
  lab_until 15 watches wan1 || fail "wan1 is not watched: $(inside mxray status)"
  watches wan0 || fail "wan0 is no longer watched"
}

watches() { [[ $(<"$LAB_DIR/mxrayd.log") == *"$1 ingress is watched by"* ]]; }

test_a_reload_of_a_wrong_configuration_keeps_the_old_one() {
  cp "$merged/etc/mxray/mxrayd.yaml" "$LAB_DIR/kept.yaml"
  echo "interfaecs: [a]" >>"$merged/etc/mxray/mxrayd.yaml"
  kill -HUP "$daemon"
  lab_until 5 refused_once || fail "no reload was refused: $(scrape | grep config)"
  expect_contains "the log" "$(<"$LAB_DIR/mxrayd.log")" "did you mean 'interfaces'?"
  cat "$LAB_DIR/kept.yaml" >"$merged/etc/mxray/mxrayd.yaml"
  stop_daemon
}

refused_once() { [[ $(scrape) == *'mxray_config_reloads_total{outcome="refused"} 1'* ]]; }

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
