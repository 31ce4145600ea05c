#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does the same binary work on this kernel: does its verifier take the programs, do they
# attach by each hook that the kernel has, are a forged reply and an ident stall found?
#
#   run.sh host|5.10|6.1|6.12
#
# `host` is the kernel that runs, in namespaces; the others boot in QEMU, without KVM.
# All run the same scenario.sh, from the same folder of files. Without MXRAY_TEST_LONG=1
# only the oldest is booted, which lacks the most, and the host tries one hook: native
# XDP, for other tests have the TC one.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/../e2e/harness.sh"
tests_folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/kernels/images.sh
source "$tests_folder/images.sh"
# shellcheck source=tests/kernels/tree.sh
source "$tests_folder/tree.sh"

KERNEL=${1:?run.sh host|5.10|6.1|6.12}
KERNEL_OF_SHORT_RUNS=5.10
FACTS= # a file: what the scenario told
DAEMONS=() # one a hook, as scenario.sh knows them

e2e_obstacle() {
  local trouble seconds=300
  ((EUID == 0)) || { echo "network namespaces need root" && return; }
  command -v jq >/dev/null || { echo "jq is not installed (scripts/setup test)" && return; }
  tree_obstacle "$LAB_BUILD" && return
  if [[ $KERNEL == host ]]; then
    lab_obstacle
    return
  fi
  if [[ ${MXRAY_TEST_LONG:-0} != 1 ]]; then
    [[ $KERNEL == "$KERNEL_OF_SHORT_RUNS" ]] || { echo "kernel $KERNEL is booted by scripts/test --long only" && return; }
    seconds=20
  fi
  [[ $(uname -m) == x86_64 ]] || { echo "the kernels fetched are for x86_64" && return; }
  command -v qemu-system-x86_64 >/dev/null || { echo "KERNEL $KERNEL NOT TRIED: QEMU is not installed (scripts/setup kernels)" && return; }
  trouble=$(kernels_fetch "$KERNEL" "$seconds" 2>&1) && return 1
  echo "KERNEL $KERNEL NOT TRIED: it cannot be had: $trouble"
}

set_up() {
  FACTS=$LAB_DIR/facts
  tree_build "$LAB_DIR/tree" "$LAB_BUILD"
  choose_daemons
  echo "${DAEMONS[*]}" >"$LAB_DIR/tree/daemons"
  if [[ $KERNEL == host ]]; then
    run_here
  else
    boot
  fi
  sed -i 's/\r$//' "$FACTS"
  grep '^trouble' "$FACTS" >"$LAB_DIR/trouble.log" || true
}

# Loading takes an emulated CPU 20 s a daemon: where there is one hook, one is enough.
choose_daemons() {
  DAEMONS=(generic native tc)
  is_since 5.18 || DAEMONS=(native)
  [[ ${MXRAY_TEST_LONG:-0} == 1 || $KERNEL != host ]] || DAEMONS=(native)
}

# Mounts and namespaces end with the process that made them.
run_here() {
  # shellcheck disable=SC2016  # expanded by the shell inside
  lab_wait_for timeout 300 unshare --net --mount --pid --fork --kill-child sh -c \
    'mount --bind "$1" "$1" && mount --rbind /dev "$1/dev" && exec chroot "$1" /bin/sh /scenario.sh' sh "$LAB_DIR/tree" \
    >"$FACTS" 2>"$LAB_DIR/scenario.log" || true
}

# A CPU without cmpxchg16b: with it, half of the boots of 6.12 fault (QEMU 7.2).
boot() {
  local image=$KERNELS_CACHE/$KERNEL
  cp "$image"/*.ko "$LAB_DIR/tree/modules"
  (cd "$LAB_DIR/tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$LAB_DIR/initrd"
  : >"$FACTS"
  lab_wait_for timeout 1100 qemu-system-x86_64 -accel tcg,thread=multi -cpu Nehalem,-cx16 -smp 2 -m 768 \
    -nodefaults -display none -no-reboot \
    -serial "file:$LAB_DIR/console.log" -serial "file:$FACTS" \
    -kernel "$image/vmlinuz" -initrd "$LAB_DIR/initrd" -append "console=ttyS0 quiet panic=-1" \
    >"$LAB_DIR/qemu.log" 2>&1 || true
}

# The rest of the lines that begin with WORDS.
told() { sed -n "s/^$* //p" "$FACTS"; }

release() {
  local full=$KERNEL
  [[ $KERNEL == host ]] && full=$(uname -r)
  grep -oE '^[0-9]+\.[0-9]+' <<<"$full"
}

# is_since 6.6: whether the kernel is that old or newer.
is_since() { [[ $(printf '%s\n' "$1" "$(release)" | sort --version-sort | head -n 1) == "$1" ]]; }

test_scenario_came_to_its_end() {
  expect_equal "what went wrong" "$(<"$LAB_DIR/trouble.log")" ""
  expect_equal "the last line" "$(tail -n 1 "$FACTS")" end
  expect_contains "the kernel" "$(told kernel)" "$(release)."
  printf 'kernel  %s, watched by %s\n' "$(told kernel)" "${DAEMONS[*]}"
}

# The bound of PROGRAM on this kernel: a tenth above what was measured. As text: as numbers, 6.1 and 6.10 are one.
bound() {
  awk -v kernel="$(release)" -v program="$1" \
    '$2 == program && ($1 "" == kernel "" || $1 == "*") { if (!bound || $1 "" == kernel "") bound = $3 } END { print bound + 0 }' \
    "$tests_folder/verifier_bounds.txt"
}

test_verifier_takes_the_programs_within_their_bounds() {
  local program count
  for program in mxray_xdp mxray_tc_ethernet mxray_tc_raw; do
    count=$(told verifier "$program")
    printf 'verifier %s %s: %s of at most %s instructions\n' "$(release)" "$program" "$count" "$(bound "$program")"
    if [[ $program == mxray_xdp ]] && ! is_since 5.18; then
      expect_equal "$program before multi-buffer XDP" "$count" left-out
    else
      expect_between "instructions of $program" "$count" 1 "$(bound "$program")"
    fi
  done
}

hooks_of() { told status "$1" | jq --raw-output '[.attachments[].hook] | join(" ")'; }

# Ingress and egress.
hooks_wanted() {
  local tc=tc xdp=xdp_$1
  is_since 6.6 && tc=tcx
  is_since 5.18 && [[ $1 != tc ]] || xdp=$tc
  echo "$xdp $tc"
}

test_each_hook_of_the_kernel_is_used() {
  local daemon
  for daemon in "${DAEMONS[@]}"; do
    expect_equal "hooks of --attach $daemon" "$(hooks_of "$daemon")" "$(hooks_wanted "$daemon")"
  done
}

# Before 6.1 the kernel asks for CAP_BPF where a table is read.
test_no_more_is_held_than_this_kernel_asks_for() {
  local daemon wanted="no capability"
  is_since 6.1 || wanted=cap_bpf
  for daemon in "${DAEMONS[@]}"; do
    expect_contains "privileges of $daemon" "$(told status "$daemon" | jq --raw-output .privileges)" "holds $wanted;"
  done
}

test_what_is_pinned_is_taken_over_after_a_kill() {
  local daemon
  for daemon in "${DAEMONS[@]}"; do
    expect_contains "the log of $daemon" "$(told restart "$daemon")" "connections taken over from /sys/fs/bpf/mxray"
    expect_equal "pin_dir of $daemon" "$(told status "$daemon" | jq --raw-output .pin_dir)" /sys/fs/bpf/mxray
  done
}

test_sessions_end_as_without_mxray() {
  expect_equal "exit of the healthy session" "$(told session healthy)" 0
  expect_equal "exit of the session that was lied to" "$(told session forged)" 1
  expect_equal "exit of the session that waited" "$(told session ident)" 0
}

test_forged_reply_and_ident_stall_are_found_at_each_hook() {
  local daemon forged stall
  for daemon in "${DAEMONS[@]}"; do
    expect_equal "kinds found by $daemon" \
      "$(told incident "$daemon" | jq --slurp --raw-output '[.[].kind] | sort | join(" ")')" \
      "forged_reply ident_stall"
    forged=$(told incident "$daemon" | jq 'select(.kind == "forged_reply")')
    expect_equal "confidence of $daemon" "$(field "$forged" .confidence)" certain
    expect_equal "forged text of $daemon" "$(field "$forged" .forged_text)" "500 error"
    expect_equal "genuine text of $daemon" "$(field "$forged" .genuine_text)" "250 2.1.5 Ok"
    expect_equal "server of $daemon" "$(field "$forged" '.server.ip')" 198.51.100.25
    stall=$(told incident "$daemon" | jq 'select(.kind == "ident_stall")')
    expect_equal "protocol of $daemon" "$(field "$stall" .protocol)" pop3
    expect_equal "ident outcome of $daemon" "$(field "$stall" .ident_outcome)" dropped
    # A SYN a second at first on newer kernels, after 1 and 3 s on older ones.
    expect_between "ident queries of $daemon" "$(field "$stall" .ident_queries)" 2 10
    expect_takes "stall seconds of $daemon" "$(field "$stall" .stall_seconds)" 7.9
  done
}

test_no_record_is_lost() {
  local daemon
  for daemon in "${DAEMONS[@]}"; do
    expect_equal "records lost by $daemon" \
      "$(told status "$daemon" | jq '[.records_lost, (.counters | to_entries[] | select(.key | startswith("lost_")) | .value)] | add')" 0
  done
}

e2e_main set_up
