#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is a greeting that comes late because the server waits for the DNS explained so? A
# published Exim that looks up who comes before it greets; its resolver is outside, so
# that the gateway sees the questions, and sees that nobody answers.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/nat.sh
source "$e2e_folder/../../scripts/lab/nat.sh"
# shellcheck source=scripts/lab/dns.sh
source "$e2e_folder/../../scripts/lab/dns.sh"
# shellcheck source=scripts/lab/exim.sh
source "$e2e_folder/../../scripts/lab/exim.sh"

RESOLVER4=203.0.113.2

set_up() {
  local obstacle
  if obstacle=$(dns_obstacle) || obstacle=$(exim_obstacle); then e2e_skip "$obstacle"; fi
  nat_build
  nat_policy outside_only
  dns_record "away.example. IN A ${NAT_AWAY4[0]}" "away.example. IN AAAA ${NAT_AWAY6[0]}" \
    "7.100.51.198.in-addr.arpa. IN PTR away.example." \
    '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR away.example.'
  dns_start isp $RESOLVER4
  EXIM_RESOLVER=$RESOLVER4 EXIM_DNS_WAIT=3s EXIM_CHECKS=no exim_start server "$LAB_DIR/exim" 25
  lab_start_mxrayd --interface lan1
  nat_come_from 0
}

# Both families at once: their dialogues are in LAB_DIR/4.txt and 6.txt.
both_come() {
  local family address pids=()
  for family in 4 6; do
    address=NAT_PUBLISHED$family
    nat_talk away "${!address}" 25 --timeout 40 >"$LAB_DIR/$family.txt" 2>&1 &
    pids+=($!)
  done
  for family in "${pids[@]}"; do
    wait "$family" || fail "a session failed: $(cat "$LAB_DIR"/?.txt)"
  done
}

# The seconds until the greeting: delay_of FAMILY
delay_of() { sed -n '1s/^ *\([0-9.]*\) S: 220 .*/\1/p' "$LAB_DIR/$1.txt"; }

incident_of() { lab_incidents "map(select(.client.ip == \"$1\"))[0] // empty"; }
lookup_of() { field "$1" '[.evidence[] | select(.signal == "server_lookup").seen] | join(" ")'; }

test_server_whose_resolver_answers_raises_nothing() {
  both_come
  expect_between "seconds to the greeting" "$(delay_of 4)" 0 4.9
  expect_between "seconds to the greeting" "$(delay_of 6)" 0 4.9
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

# expect_explained CLIENT: nothing else is told of it
expect_explained() {
  local incident
  incident=$(incident_of "$1")
  expect_equal "kind of the incident of $1" "$(field "$incident" .kind)" slow_greeting
  expect_contains "the summary for $1" "$(field "$incident" .summary)" "asked the DNS for the name of $1 ("
  expect_contains "the summary for $1" "$(field "$incident" .summary)" "questions to $RESOLVER4, no answer for"
  expect_contains "the evidence for $1" "$(lookup_of "$incident")" "the name of $1"
  expect_contains "the remedy for $1" "$(field "$incident" .remedy)" "what drops UDP port 53"
  expect_between "its delay" "$(field "$incident" .greeting_delay_seconds)" 5 39
}

test_unanswered_lookup_of_the_client_explains_a_slow_greeting() {
  dns_mute isp $RESOLVER4
  both_come
  expect_between "seconds to the greeting" "$(delay_of 4)" 5 39
  expect_between "seconds to the greeting" "$(delay_of 6)" 5 39
  lab_until 5 lab_has_incidents 2 || fail "only these incidents: $(lab_incidents)"
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 2
  expect_explained "${NAT_AWAY4[0]}"
  expect_explained "${NAT_AWAY6[0]}"
}

# The gateway's own firewall drops what the server asks.
test_drop_at_the_gateway_itself_is_seen_too() {
  lab_in isp nft delete table inet mute
  lab_in gateway nft -f - <<'NFT'
table inet silent {
  chain forward {
    type filter hook forward priority filter
    udp dport 53 drop
  }
}
NFT
  nat_come_from 1
  both_come
  lab_until 5 lab_has_incidents 4 || fail "only these incidents: $(lab_incidents)"
  expect_explained "${NAT_AWAY4[1]}"
  expect_explained "${NAT_AWAY6[1]}"
}

test_once_the_resolver_answers_again_nothing_more_is_raised() {
  lab_in gateway nft delete table inet silent
  nat_come_from 0
  both_come
  expect_between "seconds to the greeting" "$(delay_of 4)" 0 4.9
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" 4
}

e2e_main set_up
