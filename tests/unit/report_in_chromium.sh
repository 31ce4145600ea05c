#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Are the pages that mxray makes what report_in_chromium.py demands?
#
#   report_in_chromium.sh SAMPLES-PROGRAM MXRAY [PNG]     PNG: keeps a picture of the first
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
samples=$(realpath "$1") mxray=$(realpath "$2") picture=${3:+$(realpath "$3")}

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$samples" "$directory"
cd "$directory"
cat >path.txt <<'TEXT'
traceroute to 203.131.198.80 (203.131.198.80), 30 hops max
 5  210.52.132.230  49.957 ms
 6  210.53.126.2  49.955 ms
 7  202.147.16.125  50.207 ms
15  203.131.198.80  99.926 ms
TEXT
"$mxray" report --replay wan0.pcap lan0.pcap --path path.txt --output report.html
"$mxray" report --replay wan0.pcap lan0.pcap --anonymize --kind ident_stall >anonymous.html
"$mxray" report --replay lan0.pcap --until 2026-09-26T14:00:00Z >empty.html
status=0
python3 "$folder/report_in_chromium.py" ${picture:+--picture "$picture"} \
  report.html hostile.html anonymous.html empty.html kinds.html many.html ||
  status=$?
exit "$status"
