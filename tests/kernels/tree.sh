#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What does a guest consist of? The programs under test and those that the scenario
# needs, each with the shared libraries that it has here: the same binaries on each
# kernel. Sourced by run.sh.

# Of the build; they go to /mxray in the guest.
TREE_PROGRAMS=(mxrayd mxray lab-hop lab-forger lab-mail-client verifier-count)
# Of this machine; busybox is the guest's shell.
TREE_TOOLS=(ip ethtool busybox)

# tree_build FOLDER BUILD
tree_build() {
  local tree=$1 build=$2 tool programs=() tools=()
  programs=("${TREE_PROGRAMS[@]/#/$build/}")
  for tool in "${TREE_TOOLS[@]}"; do tools+=("$(command -v "$tool")"); done
  mkdir -p "$tree"/{bin,dev,proc,sys,run,tmp,etc,mxray,modules,usr/sbin}
  cp "${programs[@]}" "$tree/mxray"
  cp --dereference "${tools[@]}" "$tree/usr/sbin"
  mv "$tree/usr/sbin/busybox" "$tree/bin"
  ln -s busybox "$tree/bin/sh"
  tree_libraries "${programs[@]}" "${tools[@]}" | xargs cp --parents --dereference --target-directory="$tree"
  cp "$(dirname "${BASH_SOURCE[0]}")"/{scenario.sh,init} "$tree"
}

# Their paths, the loader's too. A static program has none, which ldd calls a failure.
tree_libraries() { { ldd "$@" 2>/dev/null || true; } | grep -o '/[^ ]*\.so[^ ]*' | sort --unique; }

# What keeps the programs from being taken along, in one sentence; fails if nothing does.
tree_obstacle() {
  local build=$1 name
  for name in "${TREE_TOOLS[@]}"; do
    command -v "$name" >/dev/null || { echo "$name is not installed (scripts/setup test)" && return; }
  done
  for name in "${TREE_PROGRAMS[@]}"; do
    [[ -x $build/$name ]] || { echo "$build/$name is not built" && return; }
  done
  return 1
}
