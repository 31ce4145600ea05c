#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does `mxray check dns` name exactly the fault of each set-up, over IPv4 and
# IPv6, with a real DNS server? And does the record that it tells to add mend it?
#
# Each set-up is a domain NAME.example whose server sends from 192.0.2.N and
# 2001:db8:2::N as mail.NAME.example.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/dns.sh
source "$e2e_folder/../../scripts/lab/dns.sh"

DNS4=192.0.2.53 DNS6=2001:db8:2::53
MUTE4=192.0.2.54

declare -A NUMBER=([right]=10 [noptr]=11 [otherhelo]=12 [mxaddress]=13 [mxalias]=14 [nospf]=15
  [narrowspf]=16 [elsewhere]=17 [mxnowhere]=18 [nullmx]=19 [twospf]=20 [brokenspf]=21 [severalptr]=22
  [large]=23)
ORIGINAL=

address4() { echo "192.0.2.${NUMBER[$1]}"; }
address6() { printf '2001:db8:2::%x\n' "${NUMBER[$1]}"; }
reverse4() { echo "${NUMBER[$1]}.2.0.192.in-addr.arpa."; }
reverse6() {
  printf '%x.%x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.\n' \
    $((NUMBER[$1] % 16)) $((NUMBER[$1] / 16))
}

# A set-up without a fault.
right() {
  dns_record "mail.$1.example. IN A $(address4 "$1")" "mail.$1.example. IN AAAA $(address6 "$1")" \
    "$(reverse4 "$1") IN PTR mail.$1.example." "$(reverse6 "$1") IN PTR mail.$1.example." \
    "$1.example. IN MX 10 mail.$1.example." \
    "$1.example. IN TXT \"v=spf1 ip4:$(address4 "$1") ip6:$(address6 "$1") -all\"" \
    "$1.example. IN TXT \"some-other-service=1\""
}

# in_place_of NAME OLD NEW…
in_place_of() {
  dns_forget "$1"
  shift
  dns_record "$@"
}

write_records() {
  local name
  for name in "${!NUMBER[@]}"; do right "$name"; done
  dns_forget "$(reverse4 noptr) IN PTR mail.noptr.example." "$(reverse6 noptr) IN PTR mail.noptr.example."
  in_place_of "$(reverse4 otherhelo) IN PTR mail.otherhelo.example." \
    "$(reverse4 otherhelo) IN PTR out.otherhelo.example." \
    "out.otherhelo.example. IN A $(address4 otherhelo)" "out.otherhelo.example. IN AAAA $(address6 otherhelo)"
  in_place_of "$(reverse6 otherhelo) IN PTR mail.otherhelo.example." \
    "$(reverse6 otherhelo) IN PTR out.otherhelo.example."
  in_place_of "mxaddress.example. IN MX 10 mail.mxaddress.example." \
    "mxaddress.example. IN MX 10 $(address4 mxaddress)."
  in_place_of "mxalias.example. IN MX 10 mail.mxalias.example." \
    "mxalias.example. IN MX 10 mx.mxalias.example." "mx.mxalias.example. IN CNAME mail.mxalias.example."
  dns_forget "nospf.example. IN TXT \"v=spf1 ip4:$(address4 nospf) ip6:$(address6 nospf) -all\""
  in_place_of "narrowspf.example. IN TXT \"v=spf1 ip4:$(address4 narrowspf) ip6:$(address6 narrowspf) -all\"" \
    'narrowspf.example. IN TXT "v=spf1 include:_spf.narrowspf.example -all"' \
    '_spf.narrowspf.example. IN TXT "v=spf1 ip4:203.0.113.0/24 ip6:2001:db8:3::/48 -all"'
  in_place_of "mail.elsewhere.example. IN A $(address4 elsewhere)" "mail.elsewhere.example. IN A 203.0.113.7"
  in_place_of "mail.elsewhere.example. IN AAAA $(address6 elsewhere)" \
    "mail.elsewhere.example. IN AAAA 2001:db8:3::7"
  in_place_of "mxnowhere.example. IN MX 10 mail.mxnowhere.example." \
    "mxnowhere.example. IN MX 10 mx.mxnowhere.example."
  in_place_of "nullmx.example. IN MX 10 mail.nullmx.example." "nullmx.example. IN MX 0 ."
  dns_record 'twospf.example. IN TXT "v=spf1 a -all"'
  in_place_of "brokenspf.example. IN TXT \"v=spf1 ip4:$(address4 brokenspf) ip6:$(address6 brokenspf) -all\"" \
    'brokenspf.example. IN TXT "v=spf1 ipv4:192.0.2.21 -all"'
  dns_record "$(reverse4 severalptr) IN PTR www.severalptr.example." \
    "$(reverse6 severalptr) IN PTR www.severalptr.example."
  # More than a UDP answer holds: it has to be asked for by TCP.
  for name in 1 2 3 4; do
    dns_record "large.example. IN TXT \"token-$name=$(printf 'x%.0s' {1..200})\""
  done
  dns_record 'delegated.example. IN NS ns.delegated.example.' 'ns.delegated.example. IN A 203.0.113.53'
  dns_lame lame.example
}

set_up() {
  local obstacle
  if obstacle=$(dns_obstacle); then e2e_skip "$obstacle"; fi
  lab_space mail
  lab_space dns
  lab_wire mail eth0 dns eth0
  lab_address mail eth0 192.0.2.1/24 2001:db8:2::1/64
  lab_address dns eth0 $DNS4/24 $MUTE4/24 $DNS6/64
  write_records
  cp "$LAB_DIR/dns/records" "$LAB_DIR/original"
  ORIGINAL=$LAB_DIR/original
  dns_start dns $DNS4 $DNS6
  dns_mute dns $MUTE4
}

mxray() { lab_in mail timeout 60 "$LAB_BUILD/mxray" --socket "$LAB_DIR/nowhere.sock" "$@"; }

# check NAME ADDRESS RESOLVER OPTION…
check() {
  local name=$1 address=$2 resolver=$3
  shift 3
  capture mxray check dns "$address" --helo "mail.$name.example" --domain "$name.example" \
    --resolver "$resolver" "$@"
}

# expect_faults NAME CODES: in both families, each asked over its own.
expect_faults() {
  local name=$1 codes=$2 address resolver exit=1
  [[ -n $codes ]] || exit=0
  for address in "$(address4 "$name")" "$(address6 "$name")"; do
    resolver=$DNS4
    [[ $address != *:* ]] || resolver=[$DNS6]:53
    check "$name" "$address" "$resolver" --json
    expect_equal "exit for $name, $address" "$E2E_STATUS" "$exit"
    expect_equal "faults of $name, $address" \
      "$(field "$E2E_OUTPUT" '[.findings[].code] | sort | join(" ")')" "$codes"
    printf '%s\n' "$E2E_OUTPUT" >>"$LAB_DIR/lines"
    expect_equal "unanswered for $name, $address" "$(field "$E2E_OUTPUT" '.unanswered | length')" 0
  done
}

test_right_set_up_is_said_to_be_right() {
  expect_faults right ""
  expect_faults large ""
  check right "$(address4 right)" $DNS4
  expect_equal exit "$E2E_STATUS" 0
  expect_contains "the last line" "$(tail -n 1 <<<"$E2E_OUTPUT")" "$(address4 right): everything is right"
}

test_each_fault_is_named_and_no_other() {
  expect_faults noptr ptr_missing
  expect_faults otherhelo helo_differs_from_ptr
  expect_faults mxaddress mx_is_address
  expect_faults mxalias mx_is_alias
  expect_faults nospf spf_missing
  expect_faults narrowspf spf_does_not_cover
  expect_faults elsewhere ptr_leads_elsewhere
  expect_faults mxnowhere mx_does_not_resolve
  expect_faults nullmx mx_null
  expect_faults twospf spf_several
  expect_faults brokenspf spf_permerror
  expect_faults severalptr ptr_several
}

test_every_line_agrees_with_the_schema() {
  capture python3 "$LAB_ROOT/tests/unit/format_validate.py" "$LAB_ROOT/docs/incident.schema.json" <"$LAB_DIR/lines"
  [[ $E2E_STATUS == 77 ]] && { echo "$E2E_OUTPUT" && return 0; }
  expect_equal "exit of the validator: $E2E_OUTPUT" "$E2E_STATUS" 0
}

test_record_to_add_is_a_line_of_the_zone() {
  check noptr "$(address4 noptr)" $DNS4
  expect_contains "the PTR" "$E2E_OUTPUT" "11.2.0.192.in-addr.arpa. IN PTR mail.noptr.example."
  expect_contains "who adds it" "$E2E_OUTPUT" "by the owner of 192.0.2.11, in its reverse zone"
  check mxaddress "$(address4 mxaddress)" $DNS4
  expect_contains "the MX" "$E2E_OUTPUT" "mxaddress.example. IN MX 10 mail.mxaddress.example."
  expect_contains "what receivers say" "$E2E_OUTPUT" "invalid MX record with an IP address"
}

# Does as told: the lines to remove leave the DNS, those to add come into it.
follow_advice() {
  local line
  check "$1" "$2" $DNS4 --json
  while read -r line; do dns_forget "$line"; done < <(field "$E2E_OUTPUT" '.findings[].remove[]')
  while read -r line; do dns_record "$line"; done < <(field "$E2E_OUTPUT" '.findings[].add[]')
}

# A PTR is of one family; what concerns the domain is mended for both at once, but for SPF.
test_following_the_advice_mends_the_fault() {
  local name address
  for name in noptr otherhelo mxaddress mxalias nospf narrowspf elsewhere mxnowhere nullmx severalptr; do
    follow_advice "$name" "$(address4 "$name")"
  done
  dns_serve_changes
  for name in noptr otherhelo elsewhere severalptr narrowspf nospf; do
    follow_advice "$name" "$(address6 "$name")"
  done
  dns_serve_changes
  for name in noptr otherhelo mxaddress mxalias nospf narrowspf elsewhere mxnowhere nullmx severalptr; do
    for address in "$(address4 "$name")" "$(address6 "$name")"; do
      check "$name" "$address" $DNS4
      expect_equal "exit for $name, $address, mended: $E2E_OUTPUT" "$E2E_STATUS" 0
    done
  done
  cp "$ORIGINAL" "$LAB_DIR/dns/records"
  dns_serve_changes
}

test_several_addresses_share_one_spf_record() {
  capture mxray check dns "$(address4 nospf)" "$(address6 nospf)" --helo mail.nospf.example \
    --domain nospf.example --resolver $DNS4 --json
  expect_equal "objects" "$(wc -l <<<"$E2E_OUTPUT")" 2
  expect_equal "the records to add" "$(jq --raw-output '.findings[].add[]' <<<"$E2E_OUTPUT" | sort -u)" \
    "nospf.example. IN TXT \"v=spf1 ip4:$(address4 nospf) ip6:$(address6 nospf) ~all\""
}

test_silent_resolver_is_no_missing_record() {
  local before=$SECONDS
  check right "$(address4 right)" $MUTE4 --timeout 1
  expect_equal exit "$E2E_STATUS" 6
  expect_equal "lines" "$(wc -l <<<"$E2E_OUTPUT")" 1
  expect_contains message "$E2E_OUTPUT" "no resolver answered, so nothing is known of $(address4 right)"
  expect_contains message "$E2E_OUTPUT" "$MUTE4:53 did not answer within 1 s"
  expect_between "seconds to give up" $((SECONDS - before)) 0 15
  check noptr "$(address4 noptr)" $MUTE4 --timeout 0.3 --json
  expect_equal "findings" "$(field "$(grep '^{' <<<"$E2E_OUTPUT")" '.findings | length')" 0
}

test_closed_port_is_no_missing_record() {
  check right "$(address4 right)" "$DNS4:5300"
  expect_equal exit "$E2E_STATUS" 6
  expect_contains message "$E2E_OUTPUT" "$DNS4:5300 cannot be reached"
}

test_second_resolver_answers_for_a_silent_one() {
  check right "$(address4 right)" $MUTE4 --timeout 0.5 --resolver $DNS4
  expect_equal exit "$E2E_STATUS" 0
  check noptr "$(address4 noptr)" $MUTE4 --timeout 0.5 --resolver $DNS4
  expect_equal exit "$E2E_STATUS" 1
}

test_failing_zone_is_unknown_and_the_rest_is_told() {
  local domain
  for domain in lame delegated; do
    capture mxray check dns "$(address4 noptr)" --helo mail.noptr.example --domain $domain.example \
      --resolver $DNS4 --json
    expect_equal "exit for $domain" "$E2E_STATUS" 1 # a fault found outweighs what is unknown
    expect_equal "findings for $domain" \
      "$(field "$(grep '^{' <<<"$E2E_OUTPUT")" '[.findings[].code] | join(" ")')" ptr_missing
    expect_contains "what is unknown for $domain" "$E2E_OUTPUT" "MX of $domain.example"
  done
}

test_resolver_of_resolv_conf_is_the_default() {
  capture lab_in mail bash -c "$(declare -f dns_folder dns_use); LAB_DIR=$LAB_DIR; dns_use $DNS4 \
    $LAB_BUILD/mxray check dns $(address4 noptr) --helo mail.noptr.example --domain noptr.example"
  expect_equal exit "$E2E_STATUS" 1
  expect_contains "the last line" "$E2E_OUTPUT" "1 fault: ptr_missing"
}

test_without_address_and_daemon_both_ways_out_are_named() {
  capture mxray check dns
  expect_equal exit "$E2E_STATUS" 3
  expect_contains message "$E2E_OUTPUT" "no mxrayd answers at $LAB_DIR/nowhere.sock"
  expect_contains message "$E2E_OUTPUT" "name the address"
}

e2e_main set_up
