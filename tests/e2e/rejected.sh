#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does mxray say why a real receiver refuses our mail, and does the log of the server
# that sent it then lead to the session? A gateway with an address of its own for each
# set-up, an Exim that checks its senders, and a forger on the way.
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/dns.sh
source "$e2e_folder/../../scripts/lab/dns.sh"
# shellcheck source=scripts/lab/exim.sh
source "$e2e_folder/../../scripts/lab/exim.sh"

# shellcheck source=tests/e2e/sender_set_ups.sh
source "$e2e_folder/sender_set_ups.sh"

inside4() { echo "10.0.1.${NUMBER[$1]}"; }
inside6() { printf '2001:db8:1::%x\n' "${NUMBER[$1]}"; }

write_records() {
  write_set_ups
  # The receiver; and the gateway's own address, from which a real server sends.
  dns_record "receiver.example. IN MX 10 mail.receiver.example." "mail.receiver.example. IN A $LAB_MAIL4" \
    "2.2.0.192.in-addr.arpa. IN PTR gateway.office.example." "gateway.office.example. IN A $LAB_GATEWAY4" \
    "office.example. IN MX 10 gateway.office.example." "mail.office.example. IN A 192.0.2.77" \
    'office.example. IN TXT "v=spf1 mx -all"'
}

# Each address inside has one outside of its own, in both directions.
translate() {
  local name rules_in='' rules_out=''
  for name in "${!NUMBER[@]}"; do
    lab_address client eth0 "$(inside4 "$name")/24" "$(inside6 "$name")/64"
    lab_address gateway wan0 "$(address4 "$name")/24" "$(address6 "$name")/64"
    rules_out+="ip saddr $(inside4 "$name") snat ip to $(address4 "$name")"$'\n'
    rules_out+="ip6 saddr $(inside6 "$name") snat ip6 to $(address6 "$name")"$'\n'
    rules_in+="ip daddr $(address4 "$name") dnat ip to $(inside4 "$name")"$'\n'
    rules_in+="ip6 daddr $(address6 "$name") dnat ip6 to $(inside6 "$name")"$'\n'
  done
  lab_in gateway nft -f - <<NFT
table inet own {
  chain prerouting {
    type nat hook prerouting priority dstnat
    iifname "wan0" meta l4proto { tcp, udp } jump inwards
  }
  chain inwards {
    $rules_in
  }
  chain postrouting {
    type nat hook postrouting priority srcnat - 1
    oifname "wan0" jump outwards
  }
  chain outwards {
    $rules_out
  }
}
NFT
}

set_up() {
  local obstacle
  if obstacle=$(dns_obstacle) || obstacle=$(exim_obstacle); then e2e_skip "$obstacle"; fi
  lab_build_network
  translate
  write_records
  dns_start server $LAB_MAIL4 $LAB_MAIL6
  EXIM_RESOLVER=$LAB_MAIL4
  exim_start server "$LAB_DIR/receiver" 25
  # The sender's own server, which is asked whether it knows the sender.
  EXIM_CHECKS=no EXIM_NAME=mail.office.example EXIM_REFUSED=ghost@right.example exim_start client "$LAB_DIR/sender" 25
  lab_start_mxrayd
}

# From both addresses of a set-up, at once: send NAME SENDER EXIT [MORE-COMMANDS…]
send() {
  local name=$1 sender=$2 exit=$3 pids=() family server inside status
  shift 3
  for family in 4 6; do
    server=LAB_MAIL$family inside=$("inside$family" "$name")
    lab_in client "$LAB_BUILD/lab-mail-client" --protocol smtp --server "${!server}" --port 25 --timeout 20 \
      --source "$inside" "EHLO mail.$name.example" "MAIL FROM:<$sender>" "RCPT TO:<walter@receiver.example>" \
      "$@" QUIT >"$LAB_DIR/session$family.txt" 2>&1 &
    pids+=($!)
  done
  for family in 0 1; do
    status=0
    wait "${pids[family]}" || status=$?
    expect_equal "exit of the client, $name, $(cat "$LAB_DIR"/session?.txt)" "$status" "$exit"
  done
}

# incident_of OUTER-ADDRESS, as JSON; nothing if there is none
incident_of() { lab_incidents "map(select(.kind == \"rejected\" and .client.ip == \"$1\"))[0] // empty"; }
has_incident_of() { [[ -n $(incident_of "$1") ]]; }
mails_refused() { field "$(incident_of "$1")" '.evidence[] | select(.signal == "mails_refused").seen'; }
has_mails_refused() { [[ $(mails_refused "$1") == "$2" ]]; }

# expect_rejected NAME REASON SUMMARY-PART REMEDY-PART: one incident a family
expect_rejected() {
  local name=$1 reason=$2 summary=$3 remedy=$4 address incident
  for address in "$(address4 "$name")" "$(address6 "$name")"; do
    lab_until 10 has_incident_of "$address" || fail "no incident of $address"
    incident=$(incident_of "$address")
    expect_equal "reason of $address" "$(field "$incident" .reason)" "$reason"
    expect_equal "HELO of $address" "$(field "$incident" .helo)" "mail.$name.example"
    expect_equal "code to $address" "$(field "$incident" .reply_code)" 550
    expect_contains "summary of $address" "$(field "$incident" .summary)" "$summary"
    expect_contains "remedy of $address" "$(field "$incident" .remedy)" "$remedy"
  done
}

test_right_set_up_raises_nothing() {
  send right anna@right.example 0 DATA "Subject: lab\r\n\r\nHello.\r\n."
  lab_sleep 3 # refusals are held for two seconds
  expect_equal "number of incidents" "$(lab_incident_count)" 0
}

test_each_refusal_has_its_own_reason() {
  send noptr anna@noptr.example 1
  send otherhelo anna@otherhelo.example 1
  send mxaddress anna@mxaddress.example 1
  send right ghost@right.example 1
  expect_rejected noptr reverse_dns "because of its reverse DNS" "PTR record"
  expect_rejected otherhelo helo "the name it gives in HELO" "mail.otherhelo.example"
  expect_rejected mxaddress sender_verify "MX of the sender's domain is no usable host" \
    "The MX of mxaddress.example must name a host, not an address"
  expect_rejected right sender_verify "the sender's own server does not take mail for the sender" \
    "Create that mailbox there"
  expect_equal "number of incidents" "$(lab_incident_count)" 8
}

test_more_refused_mails_amend_the_incident() {
  send noptr berta@noptr.example 1
  lab_until 10 has_mails_refused "$(address4 noptr)" 2 || fail "mails: $(mails_refused "$(address4 noptr)")"
  lab_until 10 has_mails_refused "$(address6 noptr)" 2 || fail "mails: $(mails_refused "$(address6 noptr)")"
  expect_equal "number of incidents" "$(lab_incident_count)" 8
}

# What the real server logs is read as any log is.
test_refusal_of_a_real_server_is_found_by_its_log() {
  exim_send client "$LAB_DIR/sender" anna@office.example walter@receiver.example >"$LAB_DIR/exim_send.log" 2>&1
  lab_until 10 has_incident_of "$LAB_GATEWAY4" || fail "no incident of $LAB_GATEWAY4"
  expect_equal reason "$(field "$(incident_of "$LAB_GATEWAY4")" .reason)" helo
  expect_equal domain "$(field "$(incident_of "$LAB_GATEWAY4")" .sender_domain)" office.example
  capture lab_mxray bounces --json "$LAB_DIR/sender/mainlog"
  expect_equal "exit of bounces: $E2E_OUTPUT" "$E2E_STATUS" 0
  expect_equal "verdict on what the receiver refused" \
    "$(jq --raw-output 'select(.recipient_domain == "receiver.example").verdict' <<<"$E2E_OUTPUT")" genuine
}

test_senders_are_known_with_their_names() {
  local senders flows
  senders=$(curl --silent --unix-socket "$LAB_DIR/mxray.sock" http://localhost/v1/senders)
  expect_contains "the senders" "$(jq --compact-output '.. | objects | select(.helo) | [.helo, .sender_domain]' <<<"$senders")" \
    '["mail.mxaddress.example","mxaddress.example"]'
  flows=$(lab_mxray flows --json | jq --slurp --compact-output '.[] | [.helo, .sender_domain]')
  expect_contains "the flows" "$flows" '["mail.noptr.example","noptr.example"]'
}

test_check_dns_asks_the_daemon_who_sends() {
  local name code address
  capture lab_in client "$LAB_BUILD/mxray" --socket "$LAB_DIR/mxray.sock" check dns --resolver $LAB_MAIL4 --json
  expect_equal "exit of check dns" "$E2E_STATUS" 1
  for name in right: noptr:ptr_missing otherhelo:helo_differs_from_ptr mxaddress:mx_is_address; do
    code=${name#*:} name=${name%%:*}
    for address in "$(address4 "$name")" "$(address6 "$name")"; do
      expect_equal "the faults of $address" "$(jq --raw-output "select(.address == \"$address\") |
        [.findings[].code] | join(\" \")" <<<"$E2E_OUTPUT")" "$code"
    done
  done
}

# bounce_of TIME RELAY REPLY: the verdict on a line of postfix's
bounce_of() {
  printf '%s gateway postfix/smtp[99]: 4F1: to=<walter@receiver.example>, relay=mail.receiver.example[%s]:25, %s %s (in reply to RCPT TO command))\n' \
    "$1" "$2" 'delay=1, dsn=5.0.0, status=bounced (host mail.receiver.example said:' "$3" >"$LAB_DIR/mail.log"
  capture lab_mxray bounces --json "$LAB_DIR/mail.log"
}

test_line_of_a_refused_mail_is_genuine_and_another_not_seen() {
  local time
  time=$(date --date "$(field "$(incident_of "$(address6 noptr)")" .time)" '+%b %e %T')
  bounce_of "$time" $LAB_MAIL6 "550 no reverse DNS for $(address6 noptr): refused"
  expect_equal "verdict on the refused mail" "$(field "$E2E_OUTPUT" .verdict)" genuine
  expect_contains "its session" "$E2E_OUTPUT" "$(inside6 noptr)"
  bounce_of "$time" 203.0.113.99 "550 no reverse DNS for $(address4 noptr): refused"
  expect_equal "exit for a server never seen" "$E2E_STATUS" 0
  expect_equal "verdict on a server never seen" "$(field "$E2E_OUTPUT" .verdict)" not_seen
}

test_line_of_a_forged_refusal_is_forged_with_the_incident() {
  local incident
  lab_start_forger --text '554 5.7.1 rejected by local policy\r\n'
  capture lab_in client "$LAB_BUILD/lab-mail-client" --protocol smtp --server $LAB_MAIL4 --port 25 \
    --source "$(inside4 right)" "EHLO mail.right.example" "MAIL FROM:<anna@right.example>" \
    "RCPT TO:<walter@receiver.example>" QUIT
  expect_contains "what the client saw" "$E2E_OUTPUT" "S: 554 5.7.1"
  lab_until 10 has_forged || fail "no forged_reply"
  lab_sleep 1
  incident=$(lab_incidents 'map(select(.kind == "forged_reply"))[0]')
  bounce_of "$(date '+%b %e %T')" $LAB_MAIL4 "554 5.7.1 rejected by local policy"
  expect_equal "exit of bounces" "$E2E_STATUS" 1
  expect_equal "verdict" "$(field "$E2E_OUTPUT" .verdict)" forged
  expect_contains "its incident" "$E2E_OUTPUT" "$(field "$incident" .id)"
}

has_forged() { (($(lab_incidents 'map(select(.kind == "forged_reply")) | length') > 0)); }

e2e_main set_up
