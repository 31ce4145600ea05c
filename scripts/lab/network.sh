#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What network does the laboratory have?
#
#   client ── lan0 gateway wan0 ── router1 ──(hop1)── router2 ──(hop2)── router3 ── server
#             NAT, mxrayd here              20 ms, 5 hops   |  30 ms, 6 hops
#                                                         forger
#
# Round trip 100 ms; seen at wan0 the server is 14 hops away (TTL 50) and the
# forger 6 (TTL 58), at lan0 and behind it 15 and 7: the figures of the first
# recorded case. The same in IPv4 and IPv6, both behind masquerade. Documentation and
# private addresses only; nothing leads out of the namespaces.
# Sourced by lab.sh.
# shellcheck disable=SC2034  # the addresses are for those who source this

LAB_CLIENT4=10.0.1.200 LAB_CLIENT6=2001:db8:1::200
LAB_GATEWAY4=192.0.2.2 LAB_GATEWAY6=2001:db8:2::2
LAB_MAIL4=198.51.100.25 LAB_MAIL6=2001:db8:5::25
LAB_IDENT4=198.51.100.113 LAB_IDENT6=2001:db8:5::113
LAB_SERVER_HOPS=14 LAB_FORGER_HOPS=6
LAB_BASELINE_TTL=50 LAB_FORGED_TTL=58
LAB_RTT_MS=100 LAB_FORGER_RTT_MS=40
# What else the path does to packets, as options of lab-hop; set before building.
LAB_PATH_FAULTS=()
declare -A LAB_HOP_PID=() LAB_HOP_OPTIONS=()

lab_space() {
  local name=$LAB_PREFIX-$1
  LAB_SPACES+=("$name") # first, so that an interruption in between is cleaned up too
  ip netns add "$name"
  lab_in "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
    net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  ip -n "$name" link set lo up
}

lab_forwarding_space() {
  lab_space "$1"
  lab_in "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# A wire: interface of one namespace, interface of the other.
lab_wire() {
  ip link add "$2" netns "$LAB_PREFIX-$1" type veth peer name "$4" netns "$LAB_PREFIX-$3"
  ip -n "$LAB_PREFIX-$1" link set "$2" up
  ip -n "$LAB_PREFIX-$3" link set "$4" up
}

lab_address() {
  local space=$LAB_PREFIX-$1 interface=$2 address
  shift 2
  for address in "$@"; do
    case $address in
      *:*) ip -n "$space" address add "$address" dev "$interface" nodad ;;
      *) ip -n "$space" address add "$address" dev "$interface" ;;
    esac
  done
}

# lab_route SPACE DESTINATION4 VIA4 DESTINATION6 VIA6
lab_route() {
  ip -n "$LAB_PREFIX-$1" route add "$2" via "$3"
  ip -n "$LAB_PREFIX-$1" -6 route add "$4" via "$5"
}

# Raw sockets see frames as the stack hands them over: whole, with checksums,
# only if the interface that sends them promises nothing to the hardware.
lab_no_offload() {
  lab_in "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off >/dev/null
}

# A slow wire in the place of a plain one: SPACE NEAR-ROUTER FAR-ROUTER DELAY-MS HOPS
lab_slow_wire() {
  local hop=$1 near=$2 far=$3
  lab_space "$hop"
  lab_in "$hop" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  lab_wire "$near" far0 "$hop" near0
  lab_wire "$hop" far0 "$far" near0
  lab_no_offload "$near" far0
  lab_no_offload "$far" near0
  lab_no_offload "$hop" near0
  lab_no_offload "$hop" far0
  LAB_HOP_OPTIONS[$hop]="--delay-ms $4 --hops $5"
  lab_run_hop "$hop"
}

lab_run_hop() {
  local hop=$1 options
  read -ra options <<<"${LAB_HOP_OPTIONS[$hop]}"
  lab_start "$hop" "$hop.log" "$LAB_BUILD/lab-hop" --a near0 --b far0 "${options[@]}" \
    --seconds "$LAB_SECONDS" "${LAB_PATH_FAULTS[@]}"
  LAB_HOP_PID[$hop]=$LAB_PID
  lab_until 5 grep -q ready "$LAB_DIR/$hop.log" || lab_fail "$hop does not run: $(<"$LAB_DIR/$hop.log")"
}

# The gateway hides the inside behind its own address, as in the recorded cases.
lab_masquerade() {
  lab_in gateway nft -f - <<'NFT'
table inet lab {
  chain postrouting {
    type nat hook postrouting priority srcnat
    oifname "wan0" masquerade
  }
}
NFT
}

# What the gateway does with ident queries: drop | reset | unreachable
lab_ident_policy() {
  local verdict
  case $1 in
    drop) verdict='drop' ;;
    reset) verdict='reject with tcp reset' ;;
    unreachable) verdict='reject' ;;
    *) lab_fail "no such ident policy: $1" ;;
  esac
  lab_in gateway nft -f - <<NFT
table inet ident
delete table inet ident
table inet ident {
  chain input {
    type filter hook input priority filter
    iifname "wan0" tcp dport 113 $verdict
  }
}
NFT
}

# A packet there and back, which also teaches every neighbour the other's address.
lab_reaches() { lab_in client ping -c 1 -W 2 "$1" >/dev/null 2>&1; }

lab_build_network() {
  lab_space client
  lab_forwarding_space gateway
  lab_forwarding_space router1
  lab_forwarding_space router2
  lab_forwarding_space router3
  lab_space server
  lab_wire client eth0 gateway lan0
  lab_wire gateway wan0 router1 near0
  lab_slow_wire hop1 router1 router2 20 5
  lab_slow_wire hop2 router2 router3 30 6
  lab_wire router3 far0 server eth0

  lab_address client eth0 $LAB_CLIENT4/24 $LAB_CLIENT6/64
  lab_address gateway lan0 10.0.1.1/24 2001:db8:1::1/64
  lab_address gateway wan0 $LAB_GATEWAY4/24 $LAB_GATEWAY6/64
  lab_address router1 near0 192.0.2.1/24 2001:db8:2::1/64
  lab_address router1 far0 10.1.0.1/24 2001:db8:3::1/64
  lab_address router2 near0 10.1.0.2/24 2001:db8:3::2/64
  lab_address router2 far0 10.2.0.1/24 2001:db8:4::1/64
  lab_address router3 near0 10.2.0.2/24 2001:db8:4::2/64
  lab_address router3 far0 198.51.100.1/24 2001:db8:5::1/64
  lab_address server eth0 $LAB_MAIL4/24 $LAB_IDENT4/24 $LAB_MAIL6/64 $LAB_IDENT6/64

  lab_route client default 10.0.1.1 default 2001:db8:1::1
  lab_route gateway default 192.0.2.1 default 2001:db8:2::1
  lab_route router1 198.51.100.0/24 10.1.0.2 2001:db8:5::/64 2001:db8:3::2
  lab_route router2 198.51.100.0/24 10.2.0.2 2001:db8:5::/64 2001:db8:4::2
  lab_route router2 192.0.2.0/24 10.1.0.1 2001:db8:2::/64 2001:db8:3::1
  lab_route router3 192.0.2.0/24 10.2.0.1 2001:db8:2::/64 2001:db8:4::1
  lab_route server default 198.51.100.1 default 2001:db8:5::1
  lab_masquerade

  local address
  for address in $LAB_MAIL4 $LAB_IDENT4 $LAB_MAIL6 $LAB_IDENT6; do
    lab_until 20 lab_reaches "$address" || lab_fail "the client does not reach $address"
  done
}
