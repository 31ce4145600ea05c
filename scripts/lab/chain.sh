#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is a route of many routers, each with an address that tells its place?
#
#   client ── r1 ── r2 ── … ── rN ── server
#
# Router i has the addresses 10.77.i.1 and 2001:db8:77:i::1 on the side of the
# client; from there its ICMP errors come, at distance i. The client is
# 10.77.1.2, the server 10.77.(N+1).1, at distance N+1; in IPv6 likewise. Each
# router is a namespace with the interfaces near0 (client's side) and far0; the
# client has far0, the server near0. Forwarding is on and ICMP errors come
# without the kernel's limits.
#
# Source this after lab.sh, then, between lab_open and lab_close:
#   chain_build 15                  15 routers; sets CHAIN_SERVER4, CHAIN_SERVER6, …
#   chain_address4 7                10.77.7.1
#   lab_in "$(chain_router 7)" …    a command on router 7
#   chain_mute 4                    router 4 says nothing about dying packets any more
#   chain_plain_frames 7            frames through router 7 are whole, for a forger there
# lab_close removes the namespaces, as those of every laboratory.
# shellcheck disable=SC2034  # the addresses are for those who source this

CHAIN_ROUTERS=0
CHAIN_CLIENT4=10.77.1.2 CHAIN_CLIENT6=2001:db8:77:1::2
CHAIN_SERVER4='' CHAIN_SERVER6=''

# Distances: 1 to N are the routers, N+1 the server.
chain_address4() { echo "10.77.$1.1"; }
chain_address6() { printf '2001:db8:77:%x::1\n' "$1"; }

# The namespace at a distance, for lab_in; 0 is the client's.
chain_router() {
  if (($1 == 0)); then
    echo client
  elif (($1 > CHAIN_ROUTERS)); then
    echo server
  else
    echo "r$1"
  fi
}

chain_build() {
  local i near far
  CHAIN_ROUTERS=$1
  CHAIN_SERVER4=$(chain_address4 $((CHAIN_ROUTERS + 1)))
  CHAIN_SERVER6=$(chain_address6 $((CHAIN_ROUTERS + 1)))
  lab_space client
  for ((i = 1; i <= CHAIN_ROUTERS; i++)); do
    lab_forwarding_space "r$i"
    lab_in "r$i" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
  done
  lab_space server
  # Wire i leads from distance i-1 to distance i.
  for ((i = 1; i <= CHAIN_ROUTERS + 1; i++)); do
    near=$(chain_router $((i - 1))) far=$(chain_router "$i")
    lab_wire "$near" far0 "$far" near0
    lab_address "$near" far0 "10.77.$i.2/24" "$(printf '2001:db8:77:%x::2/64' "$i")"
    lab_address "$far" near0 "$(chain_address4 "$i")/24" "$(chain_address6 "$i")/64"
  done
  # Everybody's default route leads to the server; what lies towards the client
  # is the one wire that the client is on.
  for ((i = 0; i <= CHAIN_ROUTERS; i++)); do
    lab_route "$(chain_router "$i")" default "$(chain_address4 $((i + 1)))" \
      default "$(chain_address6 $((i + 1)))"
  done
  for ((i = 2; i <= CHAIN_ROUTERS + 1; i++)); do
    lab_route "$(chain_router "$i")" 10.77.1.0/24 "10.77.$i.2" \
      2001:db8:77:1::/64 "$(printf '2001:db8:77:%x::2' "$i")"
  done
  for i in "$CHAIN_SERVER4" "$CHAIN_SERVER6"; do
    lab_until 20 lab_in client ping -c 1 -W 2 "$i" || lab_fail "the client does not reach $i"
  done
}

chain_mute() {
  lab_in "$(chain_router "$1")" nft -f - <<'NFT'
table inet mute {
  chain output {
    type filter hook output priority filter
    icmp type time-exceeded drop
    icmpv6 type time-exceeded drop
  }
}
NFT
}

chain_plain_frames() {
  local here before after
  here=$(chain_router "$1") before=$(chain_router $(($1 - 1))) after=$(chain_router $(($1 + 1)))
  lab_no_offload "$before" far0
  lab_no_offload "$here" near0
  lab_no_offload "$here" far0
  lab_no_offload "$after" near0
}
