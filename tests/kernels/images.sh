#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where do the kernels come from that are booted? Debian's cloud kernels, found through
# this machine's own Debian mirror with apt lists of our own: downloaded and unpacked into
# a cache, installed nowhere. What is there already is not fetched again; a cache that is
# deleted is filled anew. Sourced by run.sh.
#
#   CACHE/5.10/vmlinuz, *.ko, release      release: as uname -r says

KERNELS_CACHE=${MXRAY_KERNELS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mxray/kernels}
# Enough for a network of namespaces with our programs on it, in loading order.
KERNELS_MODULES=(veth sch_ingress cls_bpf)

kernels_suite() {
  case $1 in
    5.10) echo bullseye ;;
    6.1) echo bookworm ;;
    6.12) echo bookworm-backports ;;
    *) return 1 ;;
  esac
}

# Complete, for it is moved into its place only when all is there.
kernels_has() { [[ -f $KERNELS_CACHE/$1/vmlinuz ]]; }

# kernels_fetch KERNEL SECONDS; says on stderr what keeps it from that.
kernels_fetch() {
  local kernel=$1 seconds=$2 folder status=0
  kernels_has "$kernel" && return
  mkdir -p "$KERNELS_CACHE"
  folder=$(mktemp -d "$KERNELS_CACHE/.$kernel-XXXXXX")
  kernels_fetch_into "$folder" "$kernel" "$seconds" || status=1
  # Somebody else may have been faster.
  ((status == 0)) && { mv -T "$folder/kernel" "$KERNELS_CACHE/$kernel" 2>/dev/null || true; }
  rm -rf -- "$folder"
  kernels_has "$kernel"
}

# In a shell of its own: apt is told of FOLDER by a variable.
kernels_fetch_into() (
  folder=$1 kernel=$2 seconds=$3
  suite=$(kernels_suite "$kernel")
  mirror=$(kernels_mirror) || { echo "apt of this machine knows no Debian mirror" >&2 && exit 1; }
  kernels_prepare_apt "$folder" "$mirror" "$suite"
  if ! timeout "$seconds" apt-get -qq update >"$folder/log" 2>&1; then
    echo "no package lists of $suite: $(head -n 1 "$folder/log")" >&2
    exit 1
  fi
  image=$(apt-cache depends --important linux-image-cloud-amd64 2>>"$folder/log" | sed -n 's/^ *Depends: //p')
  if [[ $image != "linux-image-$kernel."* ]]; then
    echo "the kernel of $suite is «$image», not $kernel" >&2
    exit 1
  fi
  if ! (cd "$folder" && timeout "$seconds" apt-get -qq download "$image" >>log 2>&1); then
    echo "$image could not be downloaded: $(tail -n 1 "$folder/log")" >&2
    exit 1
  fi
  kernels_unpack "$folder" "${image#linux-image-}"
)

# What apt was told of Debian on this machine, whichever mirror that is.
kernels_mirror() {
  # shellcheck disable=SC2016  # apt's own variables
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(SITE)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "main" && !/security/ && !found { print $3; found = 1 } END { exit !found }'
}

# apt's lists, cache and knowledge of what is installed, all in FOLDER: the machine's own
# stay as they are.
kernels_prepare_apt() {
  local folder=$1 mirror=$2 suite=$3
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/sources.list"
  cat >"$folder/apt.conf" <<CONFIG
Dir::State::Lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Architecture "amd64";
APT::Sandbox::User "root";
Acquire::Languages "none";
APT::Update::Error-Mode "any";
Acquire::Check-Valid-Until "false";
CONFIG
  export APT_CONFIG=$folder/apt.conf
}

# kernels_unpack FOLDER RELEASE; whoever calls it asks how it ended, so bash does not end it
# at what fails.
kernels_unpack() {
  local folder=$1 release=$2 module found
  dpkg-deb -x "$folder"/*.deb "$folder/root" || return 1
  mkdir "$folder/kernel"
  for module in "${KERNELS_MODULES[@]}"; do
    found=$(find "$folder/root" -name "$module.ko" -o -name "$module.ko.xz")
    case $found in
      *.ko) cp "$found" "$folder/kernel" || return 1 ;;
      *.ko.xz)
        xz --decompress --stdout "$found" >"$folder/kernel/$module.ko" ||
          { echo "$release's module $module cannot be unpacked (xz-utils: scripts/setup kernels)" >&2 && return 1; }
        ;;
      *) echo "$release has no module $module" >&2 && return 1 ;;
    esac
  done
  echo "$release" >"$folder/kernel/release"
  mv "$folder/root/boot/vmlinuz-$release" "$folder/kernel/vmlinuz"
}
