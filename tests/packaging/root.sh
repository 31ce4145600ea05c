#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where can a package be installed, run and purged without touching this machine?
#
# In a root of its own: this machine's, with all changes kept in memory (overlayfs),
# in namespaces of its own for mounts, network and processes, which end with the
# test however it ends. What dpkg changed is exactly what lies in the upper layer.
# Source this file first: it starts the test again inside.
# shellcheck disable=SC2034  # package, base, changes and merged are for the tests
if [[ -z ${MXRAY_INSIDE-} ]] && ((EUID == 0)) && unshare --mount --net --pid --fork true 2>/dev/null; then
  MXRAY_INSIDE=yes exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$@"
fi
# shellcheck source=tests/packaging/harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"

# In here the owners of other laboratories cannot be seen, and would be taken for dead.
lab_sweep() { :; }

root_obstacle() {
  ((EUID == 0)) || { echo "a root of its own needs root" && return 0; }
  [[ -n ${MXRAY_INSIDE-} ]] || { echo "this machine does not let root make namespaces" && return 0; }
  lacks_program cpack dpkg-shlibdeps apt-get curl ip getent && return 0
  ! dpkg --status mxray >/dev/null 2>&1 || { echo "mxray is installed here, so a first installation cannot be tried" && return 0; }
  grep -qw overlay /proc/filesystems || { echo "this kernel has no overlayfs" && return 0; }
  return 1
}

build_package() {
  cpack --config "$LAB_BUILD/CPackConfig.cmake" -B "$LAB_DIR/packages" >"$LAB_DIR/cpack.log" 2>&1
  rm -rf "$LAB_DIR/packages/_CPack_Packages"
  package=$(echo "$LAB_DIR"/packages/mxray_*.deb)
}

# The folder `root` is not below LAB_DIR: nothing shall ever delete through a mount.
make_root() {
  local device path
  root=$(mktemp -d "${TMPDIR:-/tmp}/mxray-root-XXXXXX")
  mount -t tmpfs -o mode=755 tmpfs "$root"
  mkdir "$root/without" "$root/base" "$root/upper" "$root/work" "$root/merged"
  # As if this machine had never run it, and let packages start services: overlayfs takes such a device for "deleted".
  for path in etc/mxray var/lib/mxray usr/sbin/policy-rc.d; do
    mkdir -p "$root/without/${path%/*}"
    mknod "$root/without/$path" c 0 0
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

# What a file has to end itself, before its root goes.
root_before_close() { :; }

lab_before_close() {
  ((E2E_FAILURES == 0)) || tail -n 30 "$LAB_DIR"/*.log
  root_before_close
  [[ -z ${root-} ]] || { umount --recursive "$root" || umount --recursive --lazy "$root"; } && rmdir "$root"
}

inside() { chroot "$merged" "$@"; }
# In a subshell: takes its place, so that it has its process id.
exec_inside() { exec chroot "$merged" "$@"; }

scrape() { curl --silent --show-error --fail --max-time 5 http://127.0.0.1:9725/metrics; }

# An interface with a neighbour, and the default route over it: add_uplink NAME NETWORK
add_uplink() {
  ip link set lo up
  ip link add "$1" type veth peer name "far-$1"
  ip link set "far-$1" up
  ip link set "$1" up
  ip address add "$2.2/24" dev "$1"
  ip route replace default via "$2.1"
}
