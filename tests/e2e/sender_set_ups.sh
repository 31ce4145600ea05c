#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which set-ups of a sending address do receivers take, and which do they refuse? One
# that is right and three that are not, each with an address of its own outside.
# Sourced after scripts/lab/dns.sh; write_set_ups goes into its zone.

declare -A NUMBER=([right]=10 [noptr]=11 [otherhelo]=12 [mxaddress]=13)

address4() { echo "192.0.2.${NUMBER[$1]}"; }
address6() { printf '2001:db8:2::%x\n' "${NUMBER[$1]}"; }
reverse4() { echo "${NUMBER[$1]}.2.0.192.in-addr.arpa."; }
reverse6() { printf '%x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.\n' "${NUMBER[$1]}"; }

write_set_ups() {
  local name ptr mx
  for name in "${!NUMBER[@]}"; do
    ptr=mail.$name.example. mx=mail.$name.example.
    [[ $name != otherhelo ]] || ptr=out.otherhelo.example.
    [[ $name != mxaddress ]] || mx=$(address4 mxaddress).
    dns_record "mail.$name.example. IN A $(address4 "$name")" "mail.$name.example. IN AAAA $(address6 "$name")" \
      "$name.example. IN MX 10 $mx" \
      "$name.example. IN TXT \"v=spf1 ip4:$(address4 "$name") ip6:$(address6 "$name") -all\""
    [[ $name == noptr ]] || dns_record "$(reverse4 "$name") IN PTR $ptr" "$(reverse6 "$name") IN PTR $ptr"
  done
  dns_record "out.otherhelo.example. IN A $(address4 otherhelo)" "out.otherhelo.example. IN AAAA $(address6 otherhelo)"
}
