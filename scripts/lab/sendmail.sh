#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which server asks ident as in the first recorded stall? A real Sendmail. It may
# also refuse whoever has no reverse DNS.
#
#   sendmail_start SPACE FOLDER PORT [IDENT]   in a namespace, on all its addresses; IDENT: how
#                                              long it waits for ident, `0s` (default): not asked
#   sendmail_stop SPACE
#   SENDMAIL_RESOLVER=192.0.2.53               the DNS server it asks; set before the start
#   SENDMAIL_CHECKS=yes                        550 Fix reverse DNS for …
#
# It takes mail for everybody with 250 and keeps it in FOLDER. Sourced after lab.sh.

# shellcheck source=scripts/lab/unpack_mtas.sh
source "$(dirname "${BASH_SOURCE[0]}")/unpack_mtas.sh"

SENDMAIL_RESOLVER=${SENDMAIL_RESOLVER:-127.0.0.1}
SENDMAIL_CHECKS=${SENDMAIL_CHECKS:-no}
declare -A SENDMAIL_PID=()

sendmail_binary() { echo "$MTA_ROOT/sendmail/usr/libexec/sendmail/sendmail"; }

sendmail_obstacle() {
  local missing
  mta_unpack sendmail 2>&1 || return 0
  command -v m4 >/dev/null || { echo "m4 is not installed (scripts/setup demo)" && return 0; }
  missing=$(mta_lacks "$(sendmail_binary)")
  [[ -n $missing ]] || return 1
  echo "Sendmail lacks $missing (scripts/setup demo)"
}

# One an address, for on all of both families its two sockets would collide.
sendmail_daemons() {
  local address family
  for address in $(ip -n "$LAB_PREFIX-$1" -o address show scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
    family=inet
    [[ $address != *:* ]] || family=inet6
    printf "DAEMON_OPTIONS(\`Family=%s, Addr=%s, Port=%s, Name=%s')dnl\n" "$family" "$address" "$2" "$address"
  done
}

# Its own macros make its configuration, as on every machine that has it.
sendmail_config() {
  local space=$1 folder=$2 port=$3 ident=$4
  local macros=$MTA_ROOT/sendmail/usr/share/sendmail/cf
  cat >"$folder/sendmail.mc" <<CONFIG
include(\`$macros/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`mail.receiver.example')dnl
define(\`confPID_FILE', \`$folder/pid')dnl
define(\`QUEUE_DIR', \`$folder/queue')dnl
define(\`STATUS_FILE', \`')dnl
define(\`ALIAS_FILE', \`')dnl
define(\`confDELIVERY_MODE', \`queueonly')dnl
define(\`confDEF_USER_ID', \`mail:mail')dnl
define(\`confTO_IDENT', \`$ident')dnl
define(\`confCONNECTION_RATE_THROTTLE', \`0')dnl
$(sendmail_daemons "$space" "$port")
FEATURE(\`no_default_msa')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`promiscuous_relay')dnl
$([[ $SENDMAIL_CHECKS == yes ]] && echo "FEATURE(\`require_rdns')dnl")
MAILER(\`smtp')dnl
CONFIG
  m4 -D_CF_DIR_="$macros/" "$folder/sendmail.mc" >"$folder/sendmail.cf" 2>"$folder/m4.log" # it warns of open relays
}

sendmail_listens() { [[ -n $(lab_in "$1" ss -Hltn "sport = :$2") ]]; }

sendmail_start() {
  local space=$1 folder=$2 port=$3 ident=${4:-0s}
  mkdir -p "$folder/queue"
  chmod 700 "$folder/queue"
  sendmail_config "$space" "$folder" "$port" "$ident"
  lab_start "$space" "sendmail-$space.log" bash -c "$(declare -f mta_run); mta_run \"\$@\"" bash \
    "$folder" "$SENDMAIL_RESOLVER" "smmta smmsp" "$(sendmail_binary)" -bD "-C$folder/sendmail.cf"
  SENDMAIL_PID[$space]=$LAB_PID
  lab_until 20 sendmail_listens "$space" "$port" ||
    lab_fail "sendmail does not run: $(<"$LAB_DIR/sendmail-$space.log")"
}

sendmail_stop() {
  lab_end "${SENDMAIL_PID[$1]}"
  unset "SENDMAIL_PID[$1]"
}
