#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which real servers does the laboratory have? postfix (SMTP), dovecot (POP3 and
# IMAP) and xinetd, which asks ident before it lets its POP3 service greet. Each
# runs from a configuration of its own below LAB_DIR; the machine's own
# configuration and spool stay untouched.
# Sourced by lab.sh.

LAB_USER=walter LAB_PASSWORD=rubberduck
LAB_DOMAIN=example.net
LAB_STRANGER=stranger@$LAB_DOMAIN # refused with the 551 that forgers like

# lab_listens ADDRESS PORT [SPACE]
lab_listens() { [[ -n $(lab_in "${3:-server}" ss -Hltn "src $1 and sport = :$2") ]]; }

# Everything sent to LAB_DOMAIN is accepted and thrown away, but for LAB_STRANGER.
# Elsewhere than on the server: lab_start_postfix SPACE ADDRESS4 ADDRESS6.
lab_start_postfix() {
  local space=${1:-server} address4=${2:-$LAB_MAIL4} address6=${3:-$LAB_MAIL6}
  local folder=$LAB_DIR/postfix-$space
  mkdir -p "$folder/etc" "$folder/data"
  chown postfix "$folder/data"
  cat >"$folder/etc/main.cf" <<CONFIG
compatibility_level = 3.6
queue_directory = $folder/queue
data_directory = $folder/data
maillog_file = /dev/stdout
myhostname = $([[ $space == server ]] && echo mail || echo "$space").$LAB_DOMAIN
mydestination = $LAB_DOMAIN
mynetworks = 127.0.0.0/8
inet_interfaces = $address4, $address6
inet_protocols = all
local_recipient_maps =
local_transport = discard:
alias_maps =
alias_database =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ { $LAB_STRANGER = 551 User not local; please try <forward-path> } }
smtpd_peername_lookup = no
disable_dns_lookups = yes
biff = no
CONFIG
  cat >"$folder/etc/master.cf" <<'CONFIG'
smtp      inet       n - n - -    smtpd
cleanup   unix       n - n - 0    cleanup
qmgr      unix       n - n 300 1  qmgr
rewrite   unix       - - n - -    trivial-rewrite
bounce    unix       - - n - 0    bounce
defer     unix       - - n - 0    bounce
trace     unix       - - n - 0    bounce
anvil     unix       - - n - 1    anvil
proxymap  unix       - - n - -    proxymap
error     unix       - - n - -    error
retry     unix       - - n - -    error
discard   unix       - - n - -    discard
postlog   unix-dgram n - n - 1    postlogd
CONFIG
  mkdir -p "$folder/queue"
  local log=postfix.log
  [[ $space == server ]] || log=postfix-$space.log
  lab_start "$space" "$log" postfix -c "$folder/etc" start-fg
  lab_until 20 lab_listens "$address4" 25 "$space" || lab_fail "postfix does not run: $(<"$LAB_DIR/$log")"
}

lab_start_dovecot() {
  local folder=$LAB_DIR/dovecot
  mkdir -p "$folder/run" "$folder/state" "$folder/mail/$LAB_USER"
  echo "$LAB_USER:{PLAIN}$LAB_PASSWORD::::::" >"$folder/users"
  chown -R mail:mail "$folder/mail"
  cat >"$folder/dovecot.conf" <<CONFIG
base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/dovecot.log
instance_name = $LAB_PREFIX
protocols = pop3 imap
listen = $LAB_MAIL4, $LAB_MAIL6
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
service auth {
  unix_listener $folder/run/auth-smtp {
    mode = 0666
  }
}
passdb {
  driver = passwd-file
  args = $folder/users
}
userdb {
  driver = static
  args = home=$folder/mail/%u
}
CONFIG
  lab_start server dovecot.log dovecot -F -c "$folder/dovecot.conf"
  lab_until 20 lab_listens "$LAB_MAIL4" 110 || lab_fail "dovecot does not run: $(<"$LAB_DIR/dovecot.log")"
}

# A POP3 server on LAB_IDENT4/6 that asks ident first, and greets only when it
# was answered, refused, or has waited 30 s (a constant of xinetd's).
lab_start_ident_server() {
  local folder=$LAB_DIR/xinetd family
  mkdir -p "$folder"
  cat >"$folder/pop3-greeter" <<'GREETER'
#!/bin/sh
printf '+OK POP3 ready\r\n'
while read -r verb rest; do
  case $verb in
    QUIT* | quit*) printf '+OK bye\r\n' && exit 0 ;;
    *) printf '+OK\r\n' ;;
  esac
done
GREETER
  chmod 755 "$folder/pop3-greeter"
  {
    printf 'defaults\n{\n  log_type = FILE %s\n  instances = 20\n  cps = 50 1\n}\n' "$folder/service.log"
    for family in 4 6; do
      local address=LAB_IDENT$family
      cat <<CONFIG
service pop3-ident-$family
{
  type = UNLISTED
  port = 110
  socket_type = stream
  protocol = tcp
  wait = no
  user = nobody
  server = $folder/pop3-greeter
  flags = IPv$family NOLIBWRAP
  bind = ${!address}
  log_on_success = HOST USERID
}
CONFIG
    done
  } >"$folder/xinetd.conf"
  lab_start server xinetd.log xinetd -dontfork -f "$folder/xinetd.conf" -pidfile "$folder/pid"
  lab_until 20 lab_listens "$LAB_IDENT4" 110 || lab_fail "xinetd does not run: $(<"$LAB_DIR/xinetd.log")"
}

# The forger on router2, where it sees what comes from the client; further
# options as of lab-forger. Its moments of forging are in LAB_DIR/forger.log.
lab_start_forger() {
  lab_start router2 forger.log "$LAB_BUILD/lab-forger" --interface near0 --seconds 60 "$@"
  lab_until 5 grep -q ready "$LAB_DIR/forger.log" || lab_fail "the forger does not run: $(<"$LAB_DIR/forger.log")"
}

# A mail program on the client: lab_mail PROTOCOL SERVER PORT [OPTION…] [COMMAND…]
lab_mail() {
  local protocol=$1 server=$2 port=$3
  shift 3
  lab_wait_for nsenter --net="/run/netns/$LAB_PREFIX-client" -- "$LAB_BUILD/lab-mail-client" \
    --protocol "$protocol" --server "$server" --port "$port" "$@"
}

lab_send_mail() {
  lab_mail smtp "$1" 25 "EHLO client.example.org" "MAIL FROM:<anna@example.org>" \
    "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" "DATA" "Subject: lab\r\n\r\nHello.\r\n." "QUIT"
}

lab_fetch_pop3() { lab_mail pop3 "$1" 110 "USER $LAB_USER" "PASS $LAB_PASSWORD" "STAT" "+LIST" "QUIT"; }

lab_read_imap() { lab_mail imap "$1" 143 "LOGIN $LAB_USER $LAB_PASSWORD" "SELECT INBOX" "LOGOUT"; }

# Asks the server that asks ident; waits longer than it does.
lab_fetch_ident() { lab_mail pop3 "$1" 110 --timeout 45 "QUIT"; }
