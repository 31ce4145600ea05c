#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How do demo and end-to-end tests get a laboratory, and how is it gone again
# whatever happens? Source this file, call lab_open, then the functions of
# network.sh, path.sh, servers.sh, sessions.sh and monitor.sh.
#
# Everything happens in network namespaces named mxray-PID-… and in one
# temporary folder. lab_close ends only the processes it started (each leads a
# process group of its own) or finds in its own namespaces, and deletes only
# those namespaces and that folder. It runs on every exit and may run twice.

lab_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_ROOT=$(cd "$lab_folder/../.." && pwd)
LAB_BUILD=${MXRAY_BUILD:-$LAB_ROOT/build/release}
LAB_PREFIX=mxray-$$
LAB_DIR=
LAB_SPACES=()
LAB_PIDS=()
# The path is gone after this, even if nobody could close the laboratory.
LAB_SECONDS=${LAB_SECONDS:-900}

# shellcheck source=scripts/lab/network.sh
source "$lab_folder/network.sh"
# shellcheck source=scripts/lab/servers.sh
source "$lab_folder/servers.sh"
# shellcheck source=scripts/lab/sessions.sh
source "$lab_folder/sessions.sh"
# shellcheck source=scripts/lab/path.sh
source "$lab_folder/path.sh"
# shellcheck source=scripts/lab/monitor.sh
source "$lab_folder/monitor.sh"

lab_fail() {
  printf 'lab: %s\n' "$*" >&2
  return 1
}

# What keeps this machine from having a laboratory? Prints one sentence and
# fails if something does.
lab_obstacle() {
  local tool
  ((EUID == 0)) || { echo "network namespaces need root" && return 0; }
  for tool in ip nsenter nft ethtool setsid sysctl curl jq ping; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (scripts/setup demo)" && return 0; }
  done
  for tool in lab-hop lab-forger lab-mail-client lab-attached; do
    [[ -x $LAB_BUILD/$tool ]] || { echo "$LAB_BUILD/$tool is not built" && return 0; }
  done
  # Unnamed, so that nothing stays behind however this ends.
  if ! unshare --net true 2>/dev/null || [[ ! -w /run ]]; then
    echo "this machine does not let root make network namespaces"
    return 0
  fi
  if ! unshare --net nft add table inet try 2>/dev/null; then
    echo "this kernel has no nftables"
    return 0
  fi
  return 1
}

# Sets the traps and makes the folder; the caller's own cleanup may go into
# lab_before_close.
lab_open() {
  trap lab_close EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  trap 'exit 141' PIPE # who read the output is gone; the namespaces must go too
  LAB_DIR=$(mktemp -d "${TMPDIR:-/tmp}/$LAB_PREFIX-XXXXXX")
  chmod 755 "$LAB_DIR" # the servers' own users look into it
  lab_sweep
}

lab_before_close() { :; }

lab_close() {
  local status=$? space
  trap - EXIT
  trap '' INT TERM HUP PIPE # a second Ctrl-C must not leave half of it
  set +e
  lab_before_close
  lab_end_all
  for space in "${LAB_SPACES[@]}"; do
    lab_drop_space "$space"
  done
  LAB_SPACES=()
  [[ -n $LAB_DIR ]] && rm -rf -- "$LAB_DIR"
  LAB_DIR=
  exit "$status"
}

# Runs a command in a namespace. nsenter instead of ip netns exec, which mounts
# another /sys.
lab_in() {
  local space=$1
  shift
  nsenter --net="/run/netns/$LAB_PREFIX-$space" -- "$@"
}

# Starts a program in a namespace, output to LAB_DIR/LOG; its id is in LAB_PID.
lab_start() {
  local space=$1 log=$LAB_DIR/$2
  shift 2
  setsid nsenter --net="/run/netns/$LAB_PREFIX-$space" -- "$@" >"$log" 2>&1 </dev/null &
  LAB_PID=$!
  LAB_PIDS+=("$LAB_PID")
}

# Runs a command to its end but lets a signal to this script through at once:
# bash handles signals while it waits, not while a foreground command runs.
lab_wait_for() {
  local status=0
  "$@" &
  LAB_PID=$!
  LAB_PIDS+=("$LAB_PID")
  wait "$LAB_PID" || status=$?
  lab_forget "$LAB_PID"
  return "$status"
}

lab_sleep() { lab_wait_for sleep "$1"; }

lab_alive() { kill -0 "$1" 2>/dev/null; }

lab_forget() {
  local pid kept=()
  for pid in "${LAB_PIDS[@]}"; do
    [[ $pid == "$1" ]] || kept+=("$pid")
  done
  LAB_PIDS=("${kept[@]}")
}

# Ends one program this laboratory started, with what it started, and waits.
lab_end() {
  local pid=$1 signal=${2:-TERM} i
  {
    lab_signal "$signal" "$pid"
    for ((i = 0; i < 50; i++)); do
      lab_alive "$pid" || break
      sleep 0.1
    done
    lab_signal KILL "$pid"
    wait "$pid" || true
  } 2>/dev/null # bash would report a killed job here
  lab_forget "$pid"
}

# A program started by lab_start leads a group; one of lab_wait_for does not.
lab_signal() { kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null || true; }

lab_end_all() {
  local pid i alive
  for pid in "${LAB_PIDS[@]}"; do
    lab_signal TERM "$pid"
  done
  for ((i = 0; i < 30; i++)); do
    alive=0
    for pid in "${LAB_PIDS[@]}"; do
      lab_alive "$pid" && alive=1
    done
    ((alive == 0)) && break
    sleep 0.1
  done
  for pid in "${LAB_PIDS[@]}"; do
    lab_signal KILL "$pid"
    wait "$pid" 2>/dev/null || true
  done
  LAB_PIDS=()
}

# Deletes a namespace of ours and ends what still runs in it.
lab_drop_space() {
  local pid
  for pid in $(ip netns pids "$1" 2>/dev/null); do
    kill -KILL "$pid" 2>/dev/null
  done
  ip netns del "$1" 2>/dev/null
}

# Removes what a laboratory left that was killed outright: its namespaces are
# named after a process that is no more.
lab_sweep() {
  local space owner
  for space in $(ip netns list | sed -n 's/^\(mxray-[0-9]*-[a-z0-9]*\).*/\1/p'); do
    owner=${space#mxray-}
    owner=${owner%%-*}
    [[ -d /proc/$owner ]] && continue
    lab_drop_space "$space" || true
    rm -rf -- "${TMPDIR:-/tmp}/mxray-$owner-"??????
  done
}

# Waits until a command succeeds: lab_until SECONDS COMMAND…
lab_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
