#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the unit work under a real systemd, with its whole sandbox? From a package to
# a scraped daemon, a reload, a watchdog that bites, and a purge while it runs.
#
# systemd is the first process of a namespace of processes, in a control group of
# its own. It sees no unit but ours: none of this machine's is started.
# shellcheck source=tests/packaging/root.sh
source "$(dirname "$0")/root.sh"

e2e_obstacle() {
  root_obstacle && return 0
  [[ -x /lib/systemd/systemd ]] || { echo "systemd is not installed (scripts/setup test)" && return 0; }
  groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [[ -n $groups && -w $groups ]] || { echo "no control group can be made here (cgroup2 is not writable)" && return 0; }
  return 1
}

# What the test needs otherwise than a user: a log to read, and no patience.
write_units() {
  local folder=$merged/run/test-units target
  mkdir -p "$folder/mxrayd.service.d"
  for target in sysinit basic shutdown network multi-user; do
    printf '[Unit]\nDescription=%s\n' "$target" >"$folder/$target.target"
  done
  ln -s /lib/systemd/system/mxrayd.service "$folder/mxrayd.service"
  ln -s /lib/systemd/system/mxrayd-pins.service "$folder/mxrayd-pins.service"
  printf '[Service]\nStandardError=append:/run/mxrayd.log\nWatchdogSec=5\nRestartSec=100ms\n' \
    >"$folder/mxrayd.service.d/test.conf"
}

start_systemd() {
  groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  group=$groups/${root##*/}
  mkdir "$group"
  mkdir -p "$merged/run/systemd" "$merged/dev/pts" "$merged/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666 devpts "$merged/dev/pts"
  ln -s pts/ptmx "$merged/dev/ptmx"
  : >"$merged/dev/console" # a file: what systemd says
  write_units
  find "${merged:?}/etc/systemd/system" -mindepth 1 -delete # what is enabled here, in the upper layer
  # shellcheck disable=SC2016  # the inner shell expands it
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    exec unshare --pid --fork --kill-child --cgroup --ipc --uts --mount --mount-proc="$merged/proc" sh -ec '
      mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
      mount --bind -o ro "$0/proc/sys" "$0/proc/sys"
      exec chroot "$0" env container=test SYSTEMD_UNIT_PATH=/run/test-units:/etc/systemd/system /lib/systemd/systemd \
        --system --unit=basic.target --log-target=console --show-status=false' "$merged"
  ) >"$LAB_DIR/systemd.log" 2>&1 </dev/null &
  systemd=$!
  LAB_PIDS+=("$systemd")
  lab_until 20 find_first_process
  lab_until 20 systemd_answers || lab_fail "systemd does not start: $(<"$LAB_DIR/systemd.log")"
}

root_before_close() {
  [[ -n ${systemd-} ]] || return 0
  daemon_log >"$LAB_DIR/mxrayd.log"
  cat "$merged/dev/console" >>"$LAB_DIR/systemd.log"
  lab_end "$systemd" KILL
  lab_until 5 drop_group
}

# Once the processes in it have ended.
drop_group() {
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
  [[ ! -d $group ]]
}

find_first_process() { first=$(pgrep --parent "$systemd"); }

# Not by chroot alone: in that, systemctl would do nothing.
inside() { nsenter --target "$first" --mount --pid --root --wd=/ -- "$@"; }

systemd_answers() { inside systemctl list-units; }

property() { inside systemctl show --property "$1" --value mxrayd.service; }

is_active() { [[ $(property ActiveState) == active ]]; }

daemon_log() { cat "$merged/run/mxrayd.log" 2>/dev/null || true; }

set_up() {
  build_package
  make_root
  cp "$package" "$merged/tmp"
  add_uplink wan0 192.0.2
  start_systemd
}

test_from_a_package_to_a_scraped_daemon() {
  inside env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    "/tmp/$(basename "$package")" >"$LAB_DIR/apt.log" 2>&1
  lab_until 20 is_active || fail "the service is $(property ActiveState): $(daemon_log)"
  expect_contains "the metrics" "$(scrape)" 'mxray_store_working 1'
  expect_contains "the metrics" "$(scrape)" 'mxray_attached{interface="wan0"'
}

# The other process of mxrayd is its child.
main_process() { pgrep --ns "$first" --nslist pid --full --oldest '^/usr/sbin/mxrayd'; }

status() { grep "^$2:" "/proc/$1/status"; }

test_it_runs_in_its_sandbox() {
  local main attacher process
  main=$(main_process)
  attacher=$(pgrep --parent "$main")
  expect_matches "what the monitor holds" "$(status "$main" CapPrm)" "CapPrm:.0000000000000000"
  # CAP_NET_ADMIN and CAP_BPF: bits 12 and 39
  expect_matches "what the attacher holds" "$(status "$attacher" CapPrm)" "CapPrm:.0000008000001000"
  for process in "$main" "$attacher"; do
    expect_matches "CapEff" "$(status "$process" CapEff)" "CapEff:.0000000000000000"
    # ... and CAP_PERFMON, bit 38: what nobody can gain.
    expect_matches "CapBnd" "$(status "$process" CapBnd)" "CapBnd:.000000c000001000"
    expect_matches "the filter of system calls" "$(status "$process" Seccomp)" "Seccomp:.2"
    expect_matches "new privileges" "$(status "$process" NoNewPrivs)" "NoNewPrivs:.1"
  done
}

test_a_restart_takes_over_and_a_stop_leaves_nothing() {
  inside systemctl restart mxrayd.service
  lab_until 20 is_active || fail "the service is $(property ActiveState)"
  lab_until 5 log_says "connections taken over from /run/mxrayd-pins" || fail "nothing was taken over: $(daemon_log)"
  inside systemctl stop mxrayd.service
  lab_until 10 nothing_attached || fail "still attached: $("$LAB_BUILD/lab-attached" wan0)"
  lab_until 10 pins_are_gone || fail "the bpffs is still there"
  expect_equal "how mxrayd-pins ended" "$(inside systemctl show --property Result --value mxrayd-pins.service)" success
  inside systemctl start mxrayd.service
  lab_until 20 is_active || fail "the service is $(property ActiveState)"
}
nothing_attached() { [[ -z $("$LAB_BUILD/lab-attached" wan0) ]]; }
pins_are_gone() { ! inside test -e /run/mxrayd-pins; }

test_systemd_knows_how_it_is() {
  expect_equal "its status" "$(property StatusText)" "watching wan0; 0 connections, 0 incidents since the start"
}

test_a_reload_takes_over_what_it_can_and_refuses_what_is_wrong() {
  sed -i 's/^  max_age: .*/  max_age: 7d/' "$merged/etc/mxray/mxrayd.yaml"
  inside systemctl reload mxrayd.service
  lab_until 5 log_says "retention.max_age taken over" || fail "no reload: $(daemon_log)"
  echo "interfaecs: [a]" >>"$merged/etc/mxray/mxrayd.yaml"
  inside systemctl reload mxrayd.service
  lab_until 5 status_says "not in force" || fail "the status is: $(property StatusText)"
  expect_equal "its state" "$(property ActiveState)" active
  sed -i '$d' "$merged/etc/mxray/mxrayd.yaml"
}

log_says() { [[ $(daemon_log) == *"$1"* ]]; }
status_says() { [[ $(property StatusText) == *"$1"* ]]; }

test_a_daemon_that_hangs_is_started_again() {
  kill -STOP "$(main_process)"
  lab_until 20 was_restarted || fail "$(property NRestarts) restarts"
  lab_until 20 is_active || fail "the service is $(property ActiveState)"
}

was_restarted() { (($(property NRestarts) >= 1)); }

test_a_wrong_configuration_at_the_start_is_not_tried_again() {
  inside systemctl stop mxrayd.service
  echo "interfaecs: [a]" >>"$merged/etc/mxray/mxrayd.yaml"
  capture inside systemctl start mxrayd.service
  expect_equal "its state" "$(property ActiveState)" failed
  sed -i '$d' "$merged/etc/mxray/mxrayd.yaml"
  inside systemctl start mxrayd.service
}

test_a_purge_ends_it_and_leaves_nothing() {
  inside dpkg --purge mxray >"$LAB_DIR/purge.log" 2>&1
  expect_equal "the process that is left" "$(pidof mxrayd || true)" ""
  for path in /etc/mxray /run/mxray /var/lib/mxray; do
    [[ ! -e $merged$path ]] || fail "$path is left"
  done
  expect_equal "the user that is left" "$(inside getent passwd mxray || true)" ""
}

e2e_main set_up
