#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is a mail server behind a NAT gateway with two inner segments?
#
#   away ── isp ── wan0 gateway lan0 ── switch ── office, server
#                               lan1 ── branch
#
# The server is 192.168.1.55 (fd00:1::55) and published as 203.0.113.88
# (2001:db8:88::88), an address of wan0: the addresses of the recorded case but
# for the documentation's prefixes. office is on the server's own segment,
# branch on another one. away has three addresses; nat_come_from chooses one.
#
# Source this after lab.sh, then, between lab_open and lab_close:
#   nat_build; lab_start_postfix; nat_policy outside_only
# shellcheck disable=SC2034  # the addresses are for those who source this

NAT_PUBLISHED4=203.0.113.88 NAT_PUBLISHED6=2001:db8:88::88
NAT_GATEWAY4=192.168.1.1 NAT_GATEWAY6=fd00:1::1
NAT_OFFICE4=192.168.1.100 NAT_OFFICE6=fd00:1::100
NAT_BRANCH4=192.168.2.100 NAT_BRANCH6=fd00:2::100
NAT_AWAY4=(198.51.100.7 198.51.100.8 198.51.100.9)
NAT_AWAY6=(2001:db8:51::7 2001:db8:51::8 2001:db8:51::9)
LAB_MAIL4=192.168.1.55 LAB_MAIL6=fd00:1::55

nat_build() {
  local port
  lab_space away
  lab_forwarding_space isp
  lab_forwarding_space gateway
  lab_space switch
  lab_space office
  lab_space server
  lab_space branch
  lab_wire away eth0 isp far0
  lab_wire isp near0 gateway wan0
  lab_wire gateway lan0 switch port1
  lab_wire office eth0 switch port2
  lab_wire server eth0 switch port3
  lab_wire gateway lan1 branch eth0
  lab_in switch ip link add br0 type bridge
  for port in port1 port2 port3; do lab_in switch ip link set "$port" master br0; done
  lab_in switch ip link set br0 up

  lab_address away eth0 "${NAT_AWAY4[@]/%//24}" "${NAT_AWAY6[@]/%//64}"
  lab_address isp far0 198.51.100.1/24 2001:db8:51::1/64
  lab_address isp near0 203.0.113.2/24 2001:db8:88::2/64
  lab_address gateway wan0 203.0.113.1/24 $NAT_PUBLISHED4/24 2001:db8:88::1/64 $NAT_PUBLISHED6/64
  lab_address gateway lan0 $NAT_GATEWAY4/24 $NAT_GATEWAY6/64
  lab_address gateway lan1 192.168.2.1/24 fd00:2::1/64
  lab_address office eth0 $NAT_OFFICE4/24 $NAT_OFFICE6/64
  lab_address server eth0 $LAB_MAIL4/24 $LAB_MAIL6/64
  lab_address branch eth0 $NAT_BRANCH4/24 $NAT_BRANCH6/64

  lab_route away default 198.51.100.1 default 2001:db8:51::1
  lab_route gateway default 203.0.113.2 default 2001:db8:88::2
  lab_route office default $NAT_GATEWAY4 default $NAT_GATEWAY6
  lab_route server default $NAT_GATEWAY4 default $NAT_GATEWAY6
  lab_route branch default 192.168.2.1 default fd00:2::1
  for port in "$LAB_MAIL4" "$LAB_MAIL6"; do
    lab_until 20 lab_in office ping -c 1 -W 2 "$port" || lab_fail "office does not reach $port"
    lab_until 20 lab_in branch ping -c 1 -W 2 "$port" || lab_fail "branch does not reach $port"
  done
  for port in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    lab_until 20 lab_in away ping -c 1 -W 2 "$port" || lab_fail "away does not reach $port"
  done
}

# Which of its addresses away uses from now on: 0, 1 or 2.
nat_come_from() {
  lab_in away ip route replace default via 198.51.100.1 src "${NAT_AWAY4[$1]}"
  lab_in away ip -6 route replace default via 2001:db8:51::1 src "${NAT_AWAY6[$1]}"
}

# nat_forward INTERFACE: the published ports lead to the server for what comes in there.
nat_forward() {
  echo "iifname $1 ip daddr $NAT_PUBLISHED4 tcp dport { 25, 110, 143 } dnat ip to $LAB_MAIL4"
  echo "iifname $1 ip6 daddr $NAT_PUBLISHED6 tcp dport { 25, 110, 143 } dnat ip6 to $LAB_MAIL6"
}

# The gateway's rules, anew:
#   outside_only   published for what comes in on wan0
#   dropped        likewise, and the gateway drops what it does not serve
#   everywhere     published on all interfaces, nobody masqueraded
#   masked         likewise, and all that goes to the server is masqueraded
#   right          likewise, but only clients of the server's own segment are
nat_policy() {
  local forwards masquerade='' input=''
  forwards=$(nat_forward wan0)
  case $1 in
    outside_only) ;;
    dropped) input='tcp dport { 25, 110, 143 } drop' ;;
    everywhere | masked | right) forwards+=$'\n'$(nat_forward lan0)$'\n'$(nat_forward lan1) ;;
    *) lab_fail "no such policy: $1" ;;
  esac
  case $1 in
    masked) masquerade='oifname lan0 masquerade' ;;
    right) masquerade=$'oifname lan0 ip saddr 192.168.1.0/24 masquerade\noifname lan0 ip6 saddr fd00:1::/64 masquerade' ;;
  esac
  lab_in gateway nft -f - <<NFT
flush ruleset
table inet lab {
  chain prerouting {
    type nat hook prerouting priority dstnat
    $forwards
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    oifname "wan0" masquerade
    $masquerade
  }
  chain input {
    type filter hook input priority filter
    $input
  }
}
NFT
}

# nat_talk SPACE ADDRESS PORT [OPTION…]: a whole session with what is at that
# address; the dialogue goes to standard output, the exit code is the client's.
nat_talk() {
  local space=$1 address=$2 port=$3 protocol commands
  shift 3
  case $port in
    25) protocol=smtp commands=("EHLO $space.example.org" "QUIT") ;;
    110) protocol=pop3 commands=(QUIT) ;;
    143) protocol=imap commands=(LOGOUT) ;;
  esac
  lab_wait_for nsenter --net="/run/netns/$LAB_PREFIX-$space" -- "$LAB_BUILD/lab-mail-client" \
    --protocol "$protocol" --server "$address" --port "$port" "$@" "${commands[@]}"
}
