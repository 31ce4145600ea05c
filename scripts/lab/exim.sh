#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which receiver checks who sends? A real Exim that asks the laboratory's DNS for
# the PTR, the HELO name, the sender's domain, and the sender's server for the
# sender; and, if wanted, the client's ident service before it greets.
#
#   exim_start SPACE FOLDER PORT [IDENT]    in a namespace, on all its addresses; IDENT: how
#                                           long it waits for ident, `0s` (default): not asked
#   exim_stop SPACE
#   EXIM_RESOLVER=192.0.2.53                the DNS server it asks; set before the start
#   EXIM_CHECKS=no                          accepts all mail: for the sender's own side
#   EXIM_REFUSED=nobody@example.org         a recipient it does not know, for callouts
#   EXIM_NAME=mail.example.org              its own name; default mail.receiver.example
#   EXIM_DNS_WAIT=5s                        how long it waits for the DNS, twice a question; default 2s
#   exim_send SPACE FOLDER SENDER RECIPIENT one mail, delivered at once by the Exim of that
#                                           folder; what became of it is in FOLDER/mainlog
#
# It accepts with 250 and keeps the mail in FOLDER. It refuses with these, of which the
# third is Exim's own and gives the reason on lines before:
#   550 … no reverse DNS …
#   550 … HELO … does not match reverse DNS …
#   550-It appears that the DNS operator for … has installed an invalid MX record
#       with an IP address instead of a domain name …  550 Sender verify failed
#   550 Sender verify failed                for a sender whose server does not know it
# Sourced after lab.sh.

# shellcheck source=scripts/lab/unpack_mtas.sh
source "$(dirname "${BASH_SOURCE[0]}")/unpack_mtas.sh"

EXIM_RESOLVER=${EXIM_RESOLVER:-127.0.0.1}
EXIM_CHECKS=${EXIM_CHECKS:-yes}
EXIM_REFUSED=${EXIM_REFUSED:-}
EXIM_NAME=${EXIM_NAME:-mail.receiver.example}
EXIM_DNS_WAIT=${EXIM_DNS_WAIT:-2s}
declare -A EXIM_PID=()

exim_binary() { echo "$MTA_ROOT/exim/usr/sbin/exim4"; }

exim_obstacle() {
  local missing
  mta_unpack exim 2>&1 || return 0
  missing=$(mta_lacks "$(exim_binary)")
  [[ -n $missing ]] || return 1
  echo "Exim lacks $missing (scripts/setup demo)"
}

# The four questions; each refusal has a text of its own.
exim_checks() {
  [[ $EXIM_CHECKS == yes ]] || return 0
  cat <<'CONFIG'
  deny    message = no reverse DNS for $sender_host_address: refused
          ! verify = reverse_host_lookup
  deny    message = HELO name $sender_helo_name does not match reverse DNS $sender_host_name of $sender_host_address
          ! verify = helo
  deny    message = HELO name $sender_helo_name does not match reverse DNS $sender_host_name of $sender_host_address
          condition = ${if !eqi{$sender_helo_name}{$sender_host_name}}
  require verify = sender/callout=10s,no_cache
CONFIG
}

exim_config() {
  local folder=$1 port=$2 ident=$3
  cat <<CONFIG
primary_hostname = $EXIM_NAME
exim_path = $(exim_binary)
spool_directory = $folder/spool
log_file_path = $folder/%slog
pid_file_path = $folder/pid
local_interfaces = <; 0.0.0.0 ; ::0
daemon_smtp_ports = $port
tls_advertise_hosts =
keep_environment =
queue_only
host_lookup = *
host_lookup_order = bydns
dns_retrans = $EXIM_DNS_WAIT
dns_retry = 2
helo_try_verify_hosts = *
rfc1413_hosts = $([[ $ident == 0s ]] || echo '*')
rfc1413_query_timeout = $ident
acl_smtp_rcpt = acl_rcpt
smtp_enforce_sync = false
begin acl
acl_rcpt:
  deny    message = no such user here
          recipients = ${EXIM_REFUSED:-:}
$(exim_checks)
  accept
begin routers
remote:
  driver = dnslookup
  transport = smtp
  no_more
begin transports
smtp:
  driver = smtp
  port = $port
  hosts_avoid_tls = *
  hosts_try_dane =
CONFIG
}

exim_listens() { [[ -n $(lab_in "$1" ss -Hltn "sport = :$2") ]]; }

exim_start() {
  local space=$1 folder=$2 port=$3 ident=${4:-0s}
  mkdir -p "$folder/spool"
  exim_config "$folder" "$port" "$ident" >"$folder/exim.conf"
  chown -R mail:mail "$folder"
  chown root:root "$folder/exim.conf"
  lab_start "$space" "exim-$space.log" bash -c "$(declare -f mta_run); mta_run \"\$@\"" bash \
    "$folder" "$EXIM_RESOLVER" Debian-exim "$(exim_binary)" -bdf -C "$folder/exim.conf"
  EXIM_PID[$space]=$LAB_PID
  lab_until 20 exim_listens "$space" "$port" ||
    lab_fail "exim does not run: $(<"$LAB_DIR/exim-$space.log") $(cat "$folder"/*log 2>/dev/null)"
}

exim_send() {
  lab_in "$1" bash -c "$(declare -f mta_run); mta_run \"\$@\"" bash "$2" "$EXIM_RESOLVER" Debian-exim \
    "$(exim_binary)" -C "$2/exim.conf" -odf -oi -f "$3" "$4" <<<$'Subject: lab\n\nHello.'
}

exim_stop() {
  lab_end "${EXIM_PID[$1]}"
  unset "EXIM_PID[$1]"
}
