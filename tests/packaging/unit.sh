#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is the unit one that systemd understands, and as closed as it can be while BPF
# works? systemd itself need not run for this.
# shellcheck source=tests/packaging/harness.sh
source "$(dirname "$0")/harness.sh"

# In tenths, as systemd-analyze counts: what is left is what BPF, netlink and
# listening need. docs/install.md has the list.
most_exposed=18

e2e_obstacle() { lacks_program cmake systemd-analyze systemd-sysusers systemd-tmpfiles; }

set_up() {
  DESTDIR=$LAB_DIR/root cmake --install "$LAB_BUILD" --prefix /usr --component daemon >/dev/null
  unit=$LAB_DIR/root/usr/lib/systemd/system/mxrayd.service
  pins=$LAB_DIR/root/usr/lib/systemd/system/mxrayd-pins.service
}

test_systemd_understands_every_line() {
  local copy file
  for file in "$unit" "$pins"; do
    copy=$LAB_DIR/${file##*/}
    # It looks for the program where the unit says.
    sed "s#/usr/sbin/#$LAB_DIR/root/usr/sbin/#" "$file" >"$copy"
    capture systemd-analyze verify --man=no "$copy"
    expect_equal "systemd-analyze verify ${file##*/}" "$E2E_OUTPUT" ""
    expect_equal "its exit code" "$E2E_STATUS" 0
  done
}

# Root's commands begin with a +.
test_root_never_reads_what_the_user_mxray_pinned() {
  expect_contains "the unit of the pins" "$(<"$pins")" $'\nUser=mxray\n'
  expect_contains "the unit of the pins" "$(<"$pins")" $'\nExecStop=/usr/sbin/mxrayd --detach'
  expect_equal "what root runs" "$(sed -n 's/^Exec[A-Za-z]*=+-\?\([^ ]*\).*/\1/p' "$pins" | sort | xargs)" \
    "/bin/chown /bin/mkdir /bin/mount /bin/rmdir /bin/umount"
}

test_exposure_stays_below_its_limit() {
  capture systemd-analyze security --offline=true --no-pager --threshold="$most_exposed" "$unit"
  expect_equal "exit code of systemd-analyze security" "$E2E_STATUS" 0
  ((E2E_STATUS == 0)) || printf '%s\n' "$E2E_OUTPUT" | grep -v '^✓'
}

# Each was met: they keep the programs from being loaded.
test_nothing_that_breaks_bpf_is_switched_on() {
  local option
  for option in PrivateUsers PrivateNetwork; do
    expect_lacks "the unit" "$(<"$unit")" "$option="
  done
  expect_contains "the unit" "$(<"$unit")" "SystemCallFilter=@system-service bpf"
}

test_user_and_folders_are_understood() {
  local root=$LAB_DIR/root
  mkdir -p "$root/etc"
  capture systemd-sysusers --dry-run --root="$root" mxray.conf
  expect_contains "what systemd-sysusers would do" "$E2E_OUTPUT" "mxray"
  expect_equal "exit code of systemd-sysusers" "$E2E_STATUS" 0
  ((EUID == 0)) || return 0
  systemd-sysusers --root="$root" mxray.conf 2>/dev/null
  capture systemd-tmpfiles --root="$root" --create mxray.conf
  expect_equal "systemd-tmpfiles" "$E2E_OUTPUT" ""
  expect_equal "mode of the folder of the state" "$(stat -c %a "$root/var/lib/mxray")" 750
}

e2e_main set_up
