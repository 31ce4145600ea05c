#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What may happen to the packets of one connection on the laboratory's path?
# nftables on router3, between the forger and the server, does it to what goes to
# one client port: the genuine answer vanishes, the TTL moves as routes do, a
# firewall resets. And how does a slow wire get other faults? Sourced by lab.sh.
# shellcheck disable=SC2034  # LAB_PATH_FAULTS is for network.sh

# What the server's packets have for a TTL behind router3, when nothing was done to it.
LAB_ROUTER3_TTL=63

# A rule for what is forwarded; it names the client port itself.
lab_path_rule() {
  lab_in router3 nft -f - <<NFT
table inet path {
  chain forward {
    type filter hook forward priority filter
  }
}
add rule inet path forward $1
NFT
}

# The packets the rules of a port have met.
lab_path_count() {
  lab_in router3 nft --json list table inet path |
    jq --argjson port "$1" '[.nftables[].rule? // empty
      | select([.expr[].match? // empty | .right] | index($port)) | .expr[].counter? // empty
      | .packets] | add // 0'
}

# The server's segments that begin with TEXT do not arrive.
lab_swallow() {
  local bytes
  bytes=$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')
  lab_path_rule "tcp dport $1 @ih,0,$((${#2} * 8)) 0x$bytes counter drop"
}

# lab_set_ttl PORT CONDITION DECREMENT: of those of the server's packets that meet
# the condition, in both families.
lab_set_ttl() {
  local ttl=$((LAB_ROUTER3_TTL - $3))
  lab_path_rule "tcp dport $1 meta nfproto ipv4 $2 counter ip ttl set $ttl"
  lab_path_rule "tcp dport $1 meta nfproto ipv6 $2 counter ip6 hoplimit set $ttl"
}

# Each packet takes the next of three routes, of which each is one hop longer.
lab_ecmp() {
  lab_set_ttl "$1" "numgen inc mod 3 1" 1
  lab_set_ttl "$1" "numgen inc mod 3 2" 2
}

# The route becomes DISTANCE hops longer (shorter: negative) and back, every two packets.
lab_flap() { lab_set_ttl "$1" "numgen inc mod 4 < 2" "$2"; }

# Another box than the server answers the handshake, DISTANCE hops nearer.
lab_front() { lab_set_ttl "$1" "tcp flags & (syn | ack) == (syn | ack)" "-$2"; }

# A firewall in front of the server refuses the connection's next packet, in the
# server's name.
lab_firewall_reset() { lab_path_rule "tcp sport $1 counter reject with tcp reset"; }

# Starts a slow wire anew with other faults: lab_disturb HOP OPTION OF LAB-HOP…
lab_disturb() {
  local hop=$1
  shift
  lab_end "${LAB_HOP_PID[$hop]}"
  LAB_PATH_FAULTS=("$@")
  lab_run_hop "$hop"
}
