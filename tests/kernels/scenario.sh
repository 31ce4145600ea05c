#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What does mxray make of two mail sessions on the kernel that this runs on? Runs under
# busybox, as root, in a network and mount namespace of its own: /init of the guest calls
# it, or run.sh on the host itself. run.sh judges what it prints, one fact a line:
#
#   kernel RELEASE · verifier PROGRAM NUMBER · session NAME EXIT · restart DAEMON LOG-LINE ·
#   status DAEMON JSON · incident DAEMON JSON · trouble TEXT · end
#
#   client ── inner ── outer ── router ──(wire: 25 ms, 6 hops)── server
#     generic   native   tc       forger
#
# Each daemon that the file /daemons names watches the interface towards the server, by
# the hook of its name, so that each sees the same forged reply and the same ident stall.
# Between two sessions all are killed, and what they had pinned is taken over.
set -u
PATH=/mxray:/bin:/sbin:/usr/bin:/usr/sbin
SERVER=198.51.100.25 CLIENT=10.0.1.200
IDENT_SECONDS=8 # the server waits that long: longer than the 5 s that mxrayd calls slow

# By path: the shell would take busybox' own, whatever PATH says.
IP=/usr/sbin/ip

# Processors are emulated: all of it may take ten times as long.
until_it_holds() {
  tries=$(($1 * 5))
  shift
  while [ "$tries" -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
    tries=$((tries - 1))
  done
  echo "trouble: in vain: $*"
  return 1
}

in_space() {
  space=$1
  shift
  nsenter --net="/run/netns/$space" "$@"
}

mount_file_systems() {
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  mount -t tmpfs run /run
  mount -t tmpfs tmp /tmp
}

build_network() {
  for space in client inner outer router wire server; do
    $IP netns add "$space"
    in_space "$space" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.ip_forward=1 \
      net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  done
  $IP -batch - <<LINKS
link add eth0 netns client type veth peer name lan0 netns inner
link add wan0 netns inner type veth peer name lan0 netns outer
link add wan0 netns outer type veth peer name near0 netns router
link add far0 netns router type veth peer name near0 netns wire
link add far0 netns wire type veth peer name eth0 netns server
LINKS
  configure client lo "eth0 $CLIENT/24" "default via 10.0.1.1"
  configure inner lo "lan0 10.0.1.1/24" "wan0 10.0.2.1/24" "default via 10.0.2.2"
  configure outer lo "lan0 10.0.2.2/24" "wan0 192.0.2.2/24" "default via 192.0.2.1" "10.0.1.0/24 via 10.0.2.1"
  configure router "near0 192.0.2.1/24" "far0 198.51.100.1/24" "10.0.0.0/16 via 192.0.2.2"
  configure wire near0 far0
  configure server "eth0 $SERVER/24" "default via 198.51.100.1"
  # The client's own answers to ident queries go nowhere, as if a firewall dropped the queries.
  in_space client $IP rule add ipproto 6 sport 113 blackhole
  # Raw sockets see whole frames only where nothing is promised to the hardware.
  for end in router:far0 wire:near0 wire:far0 server:eth0; do
    in_space "${end%:*}" ethtool -K "${end#*:}" tx off rx off sg off tso off gso off gro off >/dev/null
  done
}

# configure SPACE "INTERFACE [ADDRESS]"… "DESTINATION via GATEWAY"…
configure() {
  for line in "$@"; do
    case $line in
      "$1") ;;
      *via*) echo "route add $line" ;;
      *" "*) echo "address add ${line#* } dev ${line% *}" && echo "link set ${line% *} up" ;;
      *) echo "link set $line up" ;;
    esac
  done | in_space "$1" $IP -batch -
}

# What the server says, by busybox' nc for each connection.
write_servers() {
  cat >/tmp/smtp <<'SMTP'
#!/bin/sh
printf '220 mail.example.net ESMTP\r\n'
while read -r line; do
  case $line in
    QUIT*) printf '221 2.0.0 Bye\r\n' && exit ;;
    *) printf '250 2.1.5 Ok\r\n' ;;
  esac
done
SMTP
  cat >/tmp/pop3 <<POP3
#!/bin/sh
nc -w $IDENT_SECONDS $CLIENT 113 </dev/null >/dev/null 2>&1
printf '+OK ready\r\n'
while read -r line; do
  printf '+OK\r\n'
  case \$line in QUIT*) exit ;; esac
done
POP3
  chmod +x /tmp/smtp /tmp/pop3
}

start_path() {
  write_servers
  in_space server nc -ll -p 25 -e /tmp/smtp &
  in_space server nc -ll -p 110 -e /tmp/pop3 &
  in_space wire lab-hop --a near0 --b far0 --delay-ms 25 --hops 6 >/tmp/hop.log 2>&1 &
  until_it_holds 20 grep -q ready /tmp/hop.log &&
    until_it_holds 20 in_space client ping -c 1 -W 2 "$SERVER"
}

place_of() {
  case $1 in
    generic) echo client eth0 ;;
    native) echo inner wan0 ;;
    tc) echo outer wan0 ;;
  esac
}

# Each in a mount namespace with a BPF file system of its own: what one pins is no other's. The
# shell stays there, for with it the mount would go; once mxrayd is killed, the next one starts.
start_daemon() {
  # shellcheck disable=SC2016  # expanded by the shell inside
  in_space "$2" unshare --mount sh -c '
    mount -t bpf bpf /sys/fs/bpf
    ended=137
    while [ "$ended" = 137 ]; do
      mxrayd --interface "$2" --attach "$1" --socket "/run/$1.sock" --state-dir "/tmp/$1" --pin-dir /sys/fs/bpf/mxray &
      echo "$!" >"/tmp/$1.pid"
      wait "$!"
      ended=$?
    done
    exit "$ended"' \
    sh "$1" "$3" >"/tmp/$1.log" 2>&1
}

answers_or_ended() { [ -f "/tmp/$1.end" ] || mxray --socket "/run/$1.sock" status; }

start_daemons() {
  for daemon in $DAEMONS; do
    # shellcheck disable=SC2046  # two words
    start_daemon "$daemon" $(place_of "$daemon") || echo "ended with $?" >"/tmp/$daemon.end" &
  done
  for daemon in $DAEMONS; do
    until_it_holds 180 answers_or_ended "$daemon" && [ ! -f "/tmp/$daemon.end" ] && continue
    sed "s/^/trouble: mxrayd $daemon: /" "/tmp/$daemon.log"
    return 1
  done
}

has_taken_over() { grep -q "connections taken over from" "/tmp/$1.log" && mxray --socket "/run/$1.sock" status; }

# All at once, since each has its programs looked through again.
kill_daemons() {
  for daemon in $DAEMONS; do kill -9 "$(cat "/tmp/$daemon.pid")"; done
  for daemon in $DAEMONS; do
    until_it_holds 180 has_taken_over "$daemon" ||
      sed "s/^/trouble: mxrayd $daemon, once killed: /" "/tmp/$daemon.log"
    echo "restart $daemon $(grep -o 'connections taken over from.*' "/tmp/$daemon.log")"
  done
}

send_mail() {
  in_space client lab-mail-client --protocol smtp --server "$SERVER" --port 25 --timeout 60 \
    "EHLO client.example.org" "MAIL FROM:<anna@example.org>" "RCPT TO:<walter@example.net>" QUIT
}

run_sessions() {
  send_mail >/tmp/session
  echo "session healthy $?"
  kill_daemons
  in_space router lab-forger --interface near0 --ttl 58 --seconds 120 >/tmp/forger.log 2>&1 &
  until_it_holds 20 grep -q ready /tmp/forger.log
  send_mail >/tmp/session
  echo "session forged $?"
  in_space client lab-mail-client --protocol pop3 --server "$SERVER" --port 110 --timeout 60 \
    "USER walter" QUIT >/tmp/session
  echo "session ident $?"
}

has_found_both() {
  mxray --socket "/run/$1.sock" incidents --json >/tmp/found &&
    grep -q '"kind":"forged_reply"' /tmp/found &&
    grep '"kind":"ident_stall"' /tmp/found | grep -q '"greeting_delay_seconds":[0-9]'
}

tell_findings() {
  for daemon in $DAEMONS; do
    until_it_holds 20 has_found_both "$daemon"
    mxray --socket "/run/$daemon.sock" incidents --json | sed "s/^/incident $daemon /"
    echo "status $daemon $(mxray --socket "/run/$daemon.sock" status --json)"
  done
}

# Takes one emulated CPU as long as all else together.
count_instructions() {
  verifier-count >/tmp/counts 2>/tmp/refusals
  sed 's/^/verifier /' /tmp/counts
  sed 's/^/trouble: verifier: /' /tmp/refusals
}

/bin/busybox --install -s /bin
mount_file_systems
read -r DAEMONS </daemons
echo "kernel $(uname -r)"
count_instructions &
counting=$!
build_network && start_path && start_daemons || exit
run_sessions
tell_findings
wait "$counting"
echo end
