#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where do mail servers come from that Debian does not let stand beside postfix?
# Their packages are downloaded and unpacked below build/servers, installed
# nowhere, and run by path. What is there already is not fetched again.
#
#   scripts/lab/unpack_mtas.sh              all of them; exit 1 if one could not be fetched
#   mta_unpack exim                         the same as a function, for one
# shellcheck disable=SC2034  # read by those who source this

MTA_ROOT=${MXRAY_SERVERS:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/servers}

mta_packages() {
  case $1 in
    exim) echo exim4-daemon-light ;;
    sendmail) echo sendmail-bin sendmail-cf ;;
    *) return 1 ;;
  esac
}

# Complete, for it is moved into its place only when all is unpacked.
mta_is_unpacked() { [[ -d $MTA_ROOT/$1 ]]; }

mta_fetch() {
  local folder=$1 packages
  read -ra packages <<<"$(mta_packages "$2")"
  (cd "$folder" && timeout 60 apt-get download -qq "${packages[@]}" >/dev/null 2>&1)
}

# mta_unpack NAME; says on stderr what keeps it from that.
mta_unpack() {
  local name=$1 folder package
  mta_is_unpacked "$name" && return
  mkdir -p "$MTA_ROOT"
  folder=$(mktemp -d "$MTA_ROOT/.$name-XXXXXX")
  if ! mta_fetch "$folder" "$name"; then
    timeout 60 apt-get update -qq >/dev/null 2>&1
    mta_fetch "$folder" "$name" || true
  fi
  mkdir "$folder/root"
  for package in "$folder"/*.deb; do
    [[ -f $package ]] && dpkg-deb -x "$package" "$folder/root" && continue
    echo "could not download the packages of $name ($(mta_packages "$name")); is there a network?" >&2
    rm -rf -- "$folder"
    return 1
  done
  # Somebody else may have been faster.
  mv -T "$folder/root" "$MTA_ROOT/$name" 2>/dev/null || true
  rm -rf -- "$folder"
  mta_is_unpacked "$name"
}

# The shared libraries that a program does not find.
mta_lacks() { ldd "$1" | awk '/not found/ { print $1 }' | paste -sd ' '; }

# Runs a server that insists on users of its own and on a full host name, with a
# resolver of our choice: in namespaces where the host is mail.receiver.example and
# these files of /etc are others.
# mta_run FOLDER RESOLVER USERS COMMAND…; the users get the ids of `mail`.
mta_run() {
  local folder=$1 resolver=$2 users=$3 user
  shift 3
  cp /etc/passwd "$folder/passwd"
  cp /etc/group "$folder/group"
  for user in $users; do
    printf '%s:x:%s:%s::%s:/bin/false\n' "$user" "$(id -u mail)" "$(id -g mail)" "$folder" >>"$folder/passwd"
    printf '%s:x:%s:\n' "$user" "$(id -g mail)" >>"$folder/group"
  done
  printf 'nameserver %s\noptions timeout:2 attempts:2\n' "$resolver" >"$folder/resolv.conf"
  printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 mail.receiver.example\n' >"$folder/hosts"
  # shellcheck disable=SC2016  # expanded by the shell inside
  unshare --mount --uts sh -c 'hostname mail.receiver.example
    for file in passwd group hosts resolv.conf; do mount --bind "$1/$file" "/etc/$file" || exit 1; done
    shift && exec "$@"' sh "$folder" "$@"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  status=0
  for name in exim sendmail; do
    mta_unpack "$name" || status=1
  done
  exit "$status"
fi
