#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do inside clients reach the published mail server, does the server see who
# speaks to it, and do the rules that mxray prints mend what is wrong?
#
# Every failure is provoked with real servers behind a real NAT, in IPv4 and
# IPv6; then the printed nftables rules are applied as they are, and it works.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/nat.sh
source "$e2e_folder/../../scripts/lab/nat.sh"

set_up() {
  nat_build
  nat_policy outside_only
  lab_start_postfix
  lab_start_dovecot
  lab_start_mxrayd --interface lan1
}

# The gateway's own account of what it publishes, and the server's sign of life.
outside_clients_come() {
  local address port
  for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    for port in 25 110 143; do
      nat_talk away "$address" "$port" >/dev/null || fail "away does not reach port $port of $address"
    done
  done
}

# incident_of KIND PUBLISHED-ADDRESS CLIENT-ADDRESS: the latest, as JSON.
incident_of() {
  lab_incidents "map(select(.kind == \"$1\" and .original.ip == \"$2\"
    and (.client.ip == \"$3\" or .inside_client.ip == \"$3\"))) | sort_by(.time) | last // empty"
}

is_ongoing() { [[ $(field "$(incident_of "$@")" .ongoing) == true ]]; }
is_over() { [[ $(field "$(incident_of "$@")" .ongoing) == false ]]; }

# Runs the nftables command of an incident's remedy on the gateway, as a person would.
apply_remedy() {
  local command
  command=$(field "$1" .remedy | sed -n 's/^  \(nft .*\)/\1/p')
  [[ -n $command ]] || fail "no nftables command in: $(field "$1" .remedy)"
  lab_in gateway bash -c "$command" || fail "nft refuses: $command"
}

# expect_mended SPACE PUBLISHED-ADDRESS CLIENT-ADDRESS SERVER-ADDRESS: all three
# ports work, the incident is over, and the connection is one line of mxray flows.
expect_mended() {
  local space=$1 published=$2 client=$3 server=$4 port flows
  for port in 25 110 143; do
    capture nat_talk "$space" "$published" "$port"
    expect_equal "exit of $space to port $port of $published with the rule" "$E2E_STATUS" 0
    [[ $port != 25 ]] || expect_contains greeting "$E2E_OUTPUT" "220 mail.$LAB_DOMAIN"
  done
  lab_until 5 is_over hairpin_failure "$published" "$client" || fail "the failure of $client goes on"
  flows=$(lab_mxray flows --json | jq --slurp --compact-output --arg client "$client" --arg published "$published" \
    'map(select((.inside_client.ip // .client.ip) == $client and .published_server.ip == $published
      and .published_server.port == 25)) | sort_by(.opened) | last')
  expect_equal "server of that flow" "$(field "$flows" .server.ip)" "$server"
  expect_equal "lines of mxray flows about it" \
    "$(lab_mxray flows --json | jq --slurp --argjson flow "$flows" \
      'map(select(.client == $flow.client or (.client == $flow.inside_client and .inside_client == null))) | length')" 1
}

# check_failure SPACE PUBLISHED-ADDRESS CLIENT-ADDRESS SUMMARY-PART: prints nothing.
check_failure() {
  local incident
  lab_until 5 is_ongoing hairpin_failure "$2" "$3" || fail "no hairpin_failure of $3 to $2"
  incident=$(incident_of hairpin_failure "$2" "$3")
  expect_equal "published port" "$(field "$incident" .original.port)" 25
  expect_matches confidence "$(field "$incident" .confidence)" 'probable|certain'
  expect_contains summary "$(field "$incident" .summary)" "$4"
  expect_contains "ports left out" "$(field "$incident" .remedy)" "25, 110 and 143"
  expect_contains "iptables form" "$(field "$incident" .remedy)" "-m multiport --dports 25,110,143"
  apply_remedy "$incident"
}

test_gateway_refuses_inside_clients() {
  outside_clients_come
  local address
  for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    capture nat_talk office "$address" 25
    expect_equal "exit of office to $address without a rule" "$E2E_STATUS" 3
  done
  check_failure office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "refused it itself"
  check_failure office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "refused it itself"
  expect_mended office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "$LAB_MAIL4"
  expect_mended office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "$LAB_MAIL6"
}

test_rule_for_another_segment_masquerades_nobody() {
  local incident
  nat_policy outside_only
  capture nat_talk branch "$NAT_PUBLISHED4" 25
  expect_equal "exit of branch without a rule" "$E2E_STATUS" 3
  check_failure branch "$NAT_PUBLISHED4" "$NAT_BRANCH4" "$NAT_BRANCH4"
  incident=$(incident_of hairpin_failure "$NAT_PUBLISHED4" "$NAT_BRANCH4")
  expect_lacks remedy "$(field "$incident" .remedy)" "masquerade"
  expect_contains remedy "$(field "$incident" .remedy)" 'iifname "lan1"'
  expect_mended branch "$NAT_PUBLISHED4" "$NAT_BRANCH4" "$LAB_MAIL4"
}

# Both families at once, for SYNs take their time.
office_waits_in_vain() {
  local ipv4 ipv6
  nat_talk office "$NAT_PUBLISHED4" 25 --timeout 5 >/dev/null 2>&1 &
  ipv4=$!
  nat_talk office "$NAT_PUBLISHED6" 25 --timeout 5 >/dev/null 2>&1 &
  ipv6=$!
  ! wait "$ipv4" || fail "office reaches $NAT_PUBLISHED4"
  ! wait "$ipv6" || fail "office reaches $NAT_PUBLISHED6"
}

test_gateway_drops_what_inside_clients_send() {
  nat_policy dropped
  outside_clients_come
  office_waits_in_vain
  check_failure office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "answered none of 3 SYNs"
  check_failure office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "answered none of 3 SYNs"
  expect_mended office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "$LAB_MAIL4"
  expect_mended office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "$LAB_MAIL6"
}

test_server_on_the_gateway_answers_inside_clients() {
  local address
  nat_policy outside_only
  lab_start_postfix gateway "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"
  for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    capture nat_talk office "$address" 25
    expect_contains "greeting of $address without a rule" "$E2E_OUTPUT" "220 gateway.$LAB_DOMAIN"
  done
  check_failure office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "a server on this gateway answered"
  check_failure office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "a server on this gateway answered"
  expect_mended office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "$LAB_MAIL4"
  expect_mended office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "$LAB_MAIL6"
  lab_in gateway postfix -c "$LAB_DIR/postfix-gateway/etc" stop
}

test_server_answers_its_own_segment_past_the_gateway() {
  local before incident
  nat_policy everywhere
  outside_clients_come
  before=$(lab_incident_count)
  capture nat_talk branch "$NAT_PUBLISHED4" 25
  expect_equal "exit of branch, which needs no masquerade" "$E2E_STATUS" 0
  expect_equal "number of incidents" "$(lab_incident_count)" "$before"
  office_waits_in_vain
  check_failure office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "past the gateway"
  check_failure office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "past the gateway"
  incident=$(incident_of hairpin_failure "$NAT_PUBLISHED4" "$NAT_OFFICE4")
  expect_equal "translated address" "$(field "$incident" .translated.ip)" "$LAB_MAIL4"
  expect_equal confidence "$(field "$incident" .confidence)" certain
  expect_lacks remedy "$(field "$incident" .remedy)" "dnat"
  expect_mended office "$NAT_PUBLISHED4" "$NAT_OFFICE4" "$LAB_MAIL4"
  expect_mended office "$NAT_PUBLISHED6" "$NAT_OFFICE6" "$LAB_MAIL6"
}

masked_clients() { field "$(lab_incidents "map(select(.kind == \"source_masked\" and .original.ip == \"$1\" and .original.port == 25)) | last // empty")" .summary; }
three_are_masked() { [[ $(masked_clients "$1") == *"3 outside clients"* ]]; }

test_masquerade_of_all_hides_outside_clients() {
  local i incident published
  nat_policy masked
  for i in 0 1 2; do
    nat_come_from "$i"
    nat_talk away "$NAT_PUBLISHED4" 25 >/dev/null
    nat_talk away "$NAT_PUBLISHED6" 25 >/dev/null
  done
  nat_talk office "$NAT_PUBLISHED4" 25 >/dev/null || fail "office does not get through"
  for published in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    lab_until 5 three_are_masked "$published" || fail "of three clients: $(masked_clients "$published")"
  done
  expect_equal "incidents of source_masked" "$(lab_incidents 'map(select(.kind == "source_masked")) | length')" 2
  for i in "$NAT_PUBLISHED4 $NAT_GATEWAY4" "$NAT_PUBLISHED6 $NAT_GATEWAY6"; do
    incident=$(lab_incidents "map(select(.kind == \"source_masked\" and .original.ip == \"${i% *}\"))[0]")
    expect_equal "what the server sees" "$(field "$incident" .client.ip)" "${i#* }"
    expect_equal confidence "$(field "$incident" .confidence)" certain
    apply_remedy "$incident"
  done
  nat_come_from 0
  nat_talk away "$NAT_PUBLISHED4" 25 >/dev/null
  nat_talk away "$NAT_PUBLISHED6" 25 >/dev/null
  expect_contains "the server's log" "$(<"$LAB_DIR/postfix.log")" "connect from unknown[${NAT_AWAY4[0]}]"
  expect_contains "the server's log" "$(<"$LAB_DIR/postfix.log")" "connect from unknown[${NAT_AWAY6[0]}]"
  nat_talk office "$NAT_PUBLISHED4" 25 >/dev/null || fail "office does not get through any more"
}

# The same with iptables, where it is installed; the wrong rule is its own, too.
apply_iptables_remedy() {
  local commands
  commands=$(field "$1" .remedy | grep -E '^  ip6?tables ')
  lab_in gateway bash -e -c "$commands" || fail "iptables refuses: $commands"
}

test_rules_for_iptables_mend_the_same() {
  local published address client server
  command -v iptables ip6tables >/dev/null || { echo "        (iptables is not installed)" && return 0; }
  nat_policy outside_only
  outside_clients_come
  for published in "$NAT_PUBLISHED4 $NAT_OFFICE4 $LAB_MAIL4" "$NAT_PUBLISHED6 $NAT_OFFICE6 $LAB_MAIL6"; do
    read -r address client server <<<"$published"
    capture nat_talk office "$address" 25
    lab_until 5 is_ongoing hairpin_failure "$address" "$client" || fail "no hairpin_failure to $address"
    apply_iptables_remedy "$(incident_of hairpin_failure "$address" "$client")"
    expect_mended office "$address" "$client" "$server"
  done
  nat_policy everywhere
  lab_in gateway iptables -t nat -A POSTROUTING -o lan0 -j MASQUERADE
  nat_come_from 1
  apply_iptables_remedy "$(lab_incidents "map(select(.kind == \"source_masked\" and .original.ip == \"$NAT_PUBLISHED4\"))[0]")"
  nat_talk away "$NAT_PUBLISHED4" 25 >/dev/null
  lab_until 5 grep -q "connect from unknown\[${NAT_AWAY4[1]}\]" "$LAB_DIR/postfix.log" ||
    fail "the server does not see ${NAT_AWAY4[1]}"
  nat_talk office "$NAT_PUBLISHED4" 25 >/dev/null || fail "office does not get through any more"
}

test_right_rules_raise_nothing() {
  local before space address
  nat_policy right
  before=$(lab_incident_count)
  outside_clients_come
  for space in office branch; do
    for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
      capture nat_talk "$space" "$address" 25
      expect_equal "exit of $space to $address" "$E2E_STATUS" 0
    done
  done
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" "$before"
}

test_what_is_no_failure_of_the_gateway_raises_nothing() {
  local before address
  nat_policy right
  before=$(lab_incident_count)
  for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    # Published nowhere; and the server stopped, which refuses outside clients as well.
    capture nat_talk office "$address" 25 # so that the server is known to have lived
    capture lab_in office timeout 3 bash -c "exec 3<>/dev/tcp/$address/587"
    expect_equal "exit of office to port 587" "$E2E_STATUS" 1
  done
  lab_in server postfix -c "$LAB_DIR/postfix-server/etc" stop
  for address in "$NAT_PUBLISHED4" "$NAT_PUBLISHED6"; do
    capture nat_talk office "$address" 25
    expect_equal "exit of office to a stopped server" "$E2E_STATUS" 3
    capture nat_talk branch "$address" 25
    expect_equal "exit of branch to a stopped server" "$E2E_STATUS" 3
  done
  lab_sleep 1
  expect_equal "number of incidents" "$(lab_incident_count)" "$before"
}

e2e_main set_up
