#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a real receiver refuse what `mxray check dns` warns of, and take what it
# finds right? An Exim that checks PTR, HELO and the sender, as many sites do, and
# a Sendmail. And how long do they greet for who does not answer ident?
# shellcheck source=tests/e2e/harness.sh
source "$(dirname "$0")/harness.sh"
# shellcheck source=scripts/lab/dns.sh
source "$e2e_folder/../../scripts/lab/dns.sh"
# shellcheck source=scripts/lab/exim.sh
source "$e2e_folder/../../scripts/lab/exim.sh"
# shellcheck source=scripts/lab/sendmail.sh
source "$e2e_folder/../../scripts/lab/sendmail.sh"

RECEIVER4=192.0.2.25 RECEIVER6=2001:db8:2::25
# shellcheck source=tests/e2e/sender_set_ups.sh
source "$e2e_folder/sender_set_ups.sh"

set_up() {
  local obstacle name
  if obstacle=$(dns_obstacle); then e2e_skip "$obstacle"; fi
  if obstacle=$(exim_obstacle); then e2e_skip "$obstacle"; fi
  lab_space sender
  lab_space receiver
  lab_wire sender eth0 receiver eth0
  lab_address receiver eth0 $RECEIVER4/24 $RECEIVER6/64
  for name in "${!NUMBER[@]}"; do
    lab_address sender eth0 "$(address4 "$name")/24" "$(address6 "$name")/64"
  done
  write_set_ups
  dns_start receiver $RECEIVER4 $RECEIVER6
  EXIM_RESOLVER=$RECEIVER4
  exim_start receiver "$LAB_DIR/receiver" 25
  # The sender's own server, which is asked whether it knows the sender.
  EXIM_CHECKS=no EXIM_REFUSED=ghost@right.example exim_start sender "$LAB_DIR/sender" 25
}

# From the addresses of a set-up: send NAME SENDER SERVER
send() {
  ip -n "$LAB_PREFIX-sender" route replace 192.0.2.0/24 dev eth0 src "$(address4 "$1")"
  ip -n "$LAB_PREFIX-sender" -6 route replace 2001:db8:2::/64 dev eth0 src "$(address6 "$1")" metric 1
  capture lab_in sender "$LAB_BUILD/lab-mail-client" --protocol smtp --server "$3" --port 25 --timeout 20 \
    "EHLO mail.$1.example" "MAIL FROM:<$2>" "RCPT TO:<walter@receiver.example>" QUIT
}

# expect_refused NAME SENDER PART… of the reply, over both families
expect_refused() {
  local name=$1 sender=$2 server part
  shift 2
  for server in $RECEIVER4 $RECEIVER6; do
    send "$name" "$sender" "$server"
    expect_equal "exit of the client for $name at $server" "$E2E_STATUS" 1
    for part in "$@"; do expect_contains "the refusal of $name at $server" "$E2E_OUTPUT" "$part"; done
  done
}

# expect_check NAME CODES: what `check dns` says of the same set-up
expect_check() {
  local address
  for address in "$(address4 "$1")" "$(address6 "$1")"; do
    capture lab_in sender "$LAB_BUILD/mxray" check dns "$address" --helo "mail.$1.example" \
      --domain "$1.example" --resolver $RECEIVER4 --json
    expect_equal "the faults of $1" "$(field "$E2E_OUTPUT" '[.findings[].code] | join(" ")')" "$2"
  done
}

test_right_set_up_is_accepted_and_found_right() {
  local server
  for server in $RECEIVER4 $RECEIVER6; do
    send right anna@right.example "$server"
    expect_equal "exit of the client for $server: $E2E_OUTPUT" "$E2E_STATUS" 0
  done
  expect_check right ""
}

test_missing_ptr_is_refused_and_named() {
  expect_refused noptr anna@noptr.example "550" "no reverse DNS for"
  expect_check noptr ptr_missing
}

test_helo_other_than_the_ptr_is_refused_and_named() {
  expect_refused otherhelo anna@otherhelo.example \
    "550-HELO name mail.otherhelo.example does not match reverse DNS" "550 out.otherhelo.example"
  expect_check otherhelo helo_differs_from_ptr
}

test_mx_that_is_an_address_is_refused_and_named() {
  expect_refused mxaddress anna@mxaddress.example "550-Verification failed for <anna@mxaddress.example>" \
    "550-It appears that the DNS operator for mxaddress.example" "invalid MX record with an IP address" \
    "550 Sender verify failed"
  expect_check mxaddress mx_is_address
}

test_sender_whom_his_own_server_does_not_know_is_no_fault_of_the_dns() {
  expect_refused right ghost@right.example "no such user here" "550 Sender verify failed"
  expect_check right ""
}

# The seconds until the receiver greets.
greeting_delay() {
  send right anna@right.example $RECEIVER4
  sed -n '1s/^ *\([0-9.]*\) S: 220 .*/\1/p' <<<"$E2E_OUTPUT"
}

# The sender's ident port says nothing from here on.
test_exim_that_asks_ident_of_a_silent_client_greets_late() {
  expect_between "seconds to the greeting, ident not asked" "$(greeting_delay)" 0 2.7
  exim_stop receiver
  lab_in sender nft -f - <<'NFT'
table inet ident {
  chain input {
    type filter hook input priority filter
    tcp dport 113 drop
  }
}
NFT
  exim_start receiver "$LAB_DIR/receiver" 25 3s
  expect_between "seconds to the greeting, ident asked" "$(greeting_delay)" 2.8 20
}

# Sendmail in the place of Exim.
test_sendmail_refuses_a_missing_ptr_and_takes_the_rest() {
  local obstacle
  exim_stop receiver
  if obstacle=$(sendmail_obstacle); then echo "$obstacle; not checked" && return 0; fi
  SENDMAIL_RESOLVER=$RECEIVER4 SENDMAIL_CHECKS=yes sendmail_start receiver "$LAB_DIR/sendmail" 25
  expect_refused noptr anna@noptr.example "550 5.7.1 Fix reverse DNS for"
  send right anna@right.example $RECEIVER4
  expect_equal "exit of the client: $E2E_OUTPUT" "$E2E_STATUS" 0
  expect_between "seconds to the greeting, ident not asked" "$(greeting_delay)" 0 2.7
  sendmail_stop receiver
}

test_sendmail_that_asks_ident_of_a_silent_client_greets_late() {
  if sendmail_obstacle >/dev/null; then return 0; fi
  SENDMAIL_RESOLVER=$RECEIVER4 sendmail_start receiver "$LAB_DIR/sendmail" 25 3s
  expect_between "seconds to the greeting, ident asked" "$(greeting_delay)" 2.8 20
}

e2e_main set_up
