# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Where does a test of pinned programs run: with a bpffs of its own, and a wire
# that nobody else talks over.
#
# Sourced instead of the harness. Begins the test anew in mounts of its own, so that
# its bpffs ends with it however it ends.
if [[ -z ${MXRAY_INSIDE-} ]] && ((EUID == 0)) && unshare --mount true 2>/dev/null; then
  MXRAY_INSIDE=yes exec unshare --mount "$0" "$@"
fi
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"

e2e_obstacle() {
  lab_obstacle && return 0
  [[ -n ${MXRAY_INSIDE-} ]] || { echo "this machine does not let root make mount namespaces" && return 0; }
  command -v setpriv >/dev/null || { echo "setpriv is not installed (util-linux)" && return 0; }
  command -v python3 >/dev/null || { echo "python3 is not installed (scripts/setup test)" && return 0; }
  grep -qw bpf /proc/filesystems || { echo "this kernel has no bpffs" && return 0; }
  return 1
}

# `mxrayd --detach` without a name takes off whatever is pinned anywhere: in here only ours.
hide_other_pins() {
  local mount
  awk '$3 == "bpf" { print $2 }' /proc/mounts | while read -r mount; do umount --lazy "$mount"; done
  ! grep -q ' bpf ' /proc/mounts || lab_fail "bpffs of others are still seen"
}

build_network() {
  hide_other_pins
  PINS=$LAB_DIR/bpf/mxray
  mkdir "$LAB_DIR/bpf"
  mount -t bpf bpf "$LAB_DIR/bpf"
  lab_build_network
  ip -n "$LAB_PREFIX-gateway" -batch - <<<$'link add spare0 address 02:00:00:00:00:02 type veth peer name spare1\nlink set spare0 up\nlink set spare1 up'
}

before_close=$(declare -f lab_before_close | tail -n +2)
lab_before_close() {
  umount --lazy "$LAB_DIR/bpf" || true # lazily: mxrayd ends later
  eval "$before_close"
}

start() { lab_start_mxrayd --pin-dir "$PINS" "$@"; }

log_says() { grep -qF -- "$1" "$LAB_DIR/mxrayd.log"; }

# hooks_in_use INTERFACE: how many of its hooks have a program. For each filter, tc shows
# its priority in a line of its own as well.
hooks_in_use() { lab_attached_to "$1" | awk '!/^filter / || / handle / { hooks++ } END { print hooks + 0 }'; }

nothing_attached() { [[ -z $(lab_attached_to wan0; lab_attached_to lan0; lab_attached_to spare0) ]]; }
