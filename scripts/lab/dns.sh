#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which DNS does the laboratory have? One real server (NSD) that knows every
# name there is: all records are in the root zone, so what is not there does not
# exist.
#
#   dns_record 'mail.example.org. IN A 192.0.2.1'   before or after the start; any zone-file line
#   dns_forget 'mail.example.org. IN A 192.0.2.1'   the same line out again
#   dns_lame example.com                    a zone whose server has no data: SERVFAIL
#   dns_start SPACE ADDRESS…                serves on port 53 of these addresses of a namespace
#   dns_serve_changes                       what was changed since is served
#   dns_mute SPACE ADDRESS                  questions to this address get no answer at all
#   dns_use ADDRESS COMMAND…                runs a command whose /etc/resolv.conf names it
#
# Sourced after lab.sh.

DNS_PID=
DNS_SPACE=
DNS_ADDRESSES=()
DNS_LAME=()

dns_folder() {
  mkdir -p "$LAB_DIR/dns"
  echo "$LAB_DIR/dns"
}

dns_obstacle() {
  command -v nsd >/dev/null || { echo "nsd is not installed (scripts/setup demo)" && return 0; }
  return 1
}

dns_record() { printf '%s\n' "$@" >>"$(dns_folder)/records"; }

dns_forget() {
  local records line
  records=$(dns_folder)/records
  for line in "$@"; do
    grep -Fxq -- "$line" "$records" || lab_fail "the DNS has no record «$line»"
    grep -Fxv -- "$line" "$records" >"$records.new" || true
    mv "$records.new" "$records"
  done
}

dns_lame() { DNS_LAME+=("$@"); }

dns_write() {
  local folder=$1 item
  {
    # shellcheck disable=SC2016  # a word of zone files
    printf '$TTL 60\n. IN SOA ns.example. postmaster.example. %s 3600 600 86400 60\n' "$SECONDS"
    printf '. IN NS ns.example.\nns.example. IN A %s\n' "${DNS_ADDRESSES[0]}"
    cat "$folder/records"
  } >"$folder/root.zone"
  {
    printf 'server:\n  port: 53\n  server-count: 1\n  username: ""\n  chroot: ""\n  database: ""\n'
    printf '  zonesdir: "%s"\n  pidfile: "%s/pid"\n  xfrdfile: "%s/xfrd"\n' "$folder" "$folder" "$folder"
    printf '  zonelistfile: "%s/zones"\n  xfrdir: "%s"\n  rrl-ratelimit: 0\n' "$folder" "$folder"
    for item in "${DNS_ADDRESSES[@]}"; do printf '  ip-address: %s\n' "$item"; done
    printf 'remote-control:\n  control-enable: no\nzone:\n  name: .\n  zonefile: root.zone\n'
    for item in "${DNS_LAME[@]}"; do printf 'zone:\n  name: %s\n  zonefile: nowhere\n' "$item"; done
  } >"$folder/nsd.conf"
}

dns_listens() {
  local address=$1
  [[ $address != *:* ]] || address=[$address]
  [[ -n $(lab_in "$DNS_SPACE" ss -Hltn "src $address and sport = :53") ]]
}

dns_start() {
  local address
  DNS_SPACE=$1
  shift
  DNS_ADDRESSES=("$@")
  dns_write "$(dns_folder)"
  lab_start "$DNS_SPACE" nsd.log nsd -d -c "$(dns_folder)/nsd.conf"
  DNS_PID=$LAB_PID
  for address in "$@"; do
    lab_until 20 dns_listens "$address" || lab_fail "nsd does not run: $(<"$LAB_DIR/nsd.log")"
  done
  ! grep -iE 'error|warning.*(zone|line)' "$LAB_DIR/nsd.log" | grep -v nowhere ||
    lab_fail "nsd does not like the records above"
}

dns_serve_changes() {
  lab_end "$DNS_PID"
  dns_start "$DNS_SPACE" "${DNS_ADDRESSES[@]}"
}

dns_mute() {
  local family=ip
  [[ $2 != *:* ]] || family=ip6
  lab_in "$1" nft -f - <<NFT
table inet mute
table inet mute {
  chain input {
    type filter hook input priority filter
    $family daddr $2 udp dport 53 drop
    $family daddr $2 tcp dport 53 drop
  }
}
NFT
}

# A mount namespace of its own, for the C library reads nothing but /etc/resolv.conf.
dns_use() {
  local file
  file=$(dns_folder)/resolv.conf.$1
  printf 'nameserver %s\noptions timeout:1 attempts:2\n' "$1" >"$file"
  shift
  # shellcheck disable=SC2016  # expanded by the shell inside
  unshare --mount sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$file" "$@"
}
