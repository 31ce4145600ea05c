#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does scripts/bench print every target beside its figure, its limit, and whether it is held?

recorded.ndjson has the form of what the sections tell, and one machine's figures as far as
targets are about them; one was altered, so that every answer occurs. Of that, and of less,
table.py makes its table and its JSON here.
"""

import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
RECORDED = (HERE / "recorded.ndjson").read_text(encoding="utf-8").splitlines()

# Each target: name in the JSON | its row of the table. One that is to go is taken out here, too.
TARGETS = """
xdp_other_over_empty_ns             | XDP, TCP of other ports, hot                                              | 13.5 ns   | 14.9 ns   | 8 ns    | NO
tc_other_over_empty_ns              | TC, TCP of other ports, hot                                               | 16.9 ns   | 17.4 ns   | 8 ns    | NO
xdp_udp_over_empty_ns               | XDP, UDP, hot                                                             | 8.5 ns    | 9.7 ns    | 8 ns    | NO
tc_udp_over_empty_ns                | TC, UDP, hot                                                              | 12 ns     | 12.2 ns   | 8 ns    | NO
xdp_mail_over_empty_ns              | XDP, mail data under way, hot                                             | 56.1 ns   | 56 ns     | 90 ns   | yes
xdp_mail_16k_over_empty_ns          | XDP, mail data under way, 16,384 flows                                    | 136 ns    | 111.9 ns  | 160 ns  | yes
tc_mail_over_empty_ns               | TC, mail data under way, hot                                              | 100 ns    | 89.9 ns   | 90 ns   | NO (quietest: yes)
tc_mail_16k_over_empty_ns           | TC, mail data under way, 16,384 flows                                     | 129.5 ns  | 128 ns    | 160 ns  | yes
xdp_mail_ack_over_empty_ns          | XDP, ACK, hot                                                             | 52 ns     | 50.2 ns   | 90 ns   | yes
xdp_mail_ack_16k_over_empty_ns      | XDP, ACK, 16,384 flows                                                    | 140.3 ns  | 122.2 ns  | 160 ns  | yes
tc_mail_ack_over_empty_ns           | TC, ACK, hot                                                              | 87.9 ns   | 87.9 ns   | 90 ns   | yes
tc_mail_ack_16k_over_empty_ns       | TC, ACK, 16,384 flows                                                     | 144.8 ns  | 132.3 ns  | 160 ns  | yes
xdp_mail_push_over_empty_ns         | XDP, mail data with PSH, hot                                              | 115.9 ns  | 95.5 ns   | 90 ns   | NO
xdp_mail_push_16k_over_empty_ns     | XDP, mail data with PSH, 16,384 flows                                     | 246.7 ns  | 266.4 ns  | 160 ns  | NO
tc_mail_push_over_empty_ns          | TC, mail data with PSH, hot                                               | 144.1 ns  | 144 ns    | 90 ns   | NO
tc_mail_push_16k_over_empty_ns      | TC, mail data with PSH, 16,384 flows                                      | 221.2 ns  | 206.4 ns  | 160 ns  | NO
xdp_mail_tls_over_empty_ns          | XDP, TLS under way, hot                                                   | 88.7 ns   | 88.4 ns   | 90 ns   | yes
xdp_mail_tls_16k_over_empty_ns      | XDP, TLS under way, 16,384 flows                                          | 154.2 ns  | 118.2 ns  | 160 ns  | yes
tc_mail_tls_over_empty_ns           | TC, TLS under way, hot                                                    | 97.6 ns   | 97.8 ns   | 90 ns   | NO
tc_mail_tls_16k_over_empty_ns       | TC, TLS under way, 16,384 flows                                           | 126.2 ns  | 127.5 ns  | 160 ns  | yes
xdp_mail_sack_over_empty_ns         | XDP, mail data with SACK, hot                                             | 289.7 ns  | 266.4 ns  | 90 ns   | NO
xdp_mail_sack_16k_over_empty_ns     | XDP, mail data with SACK, 16,384 flows                                    | 1336.8 ns | 1021.9 ns | 160 ns  | NO
tc_mail_sack_over_empty_ns          | TC, mail data with SACK, hot                                              | 543.8 ns  | 531.6 ns  | 90 ns   | NO
tc_mail_sack_16k_over_empty_ns      | TC, mail data with SACK, 16,384 flows                                     | 1220.2 ns | 1190.4 ns | 160 ns  | NO
xdp_mail_reply_over_empty_ns        | XDP, a reply each, hot                                                    | 410 ns    | 320.3 ns  | 90 ns   | NO
xdp_mail_reply_16k_over_empty_ns    | XDP, a reply each, 16,384 flows                                           | 1379.1 ns | 1283.5 ns | 160 ns  | NO
tc_mail_reply_over_empty_ns         | TC, a reply each, hot                                                     | 469.4 ns  | 469.4 ns  | 90 ns   | NO
tc_mail_reply_16k_over_empty_ns     | TC, a reply each, 16,384 flows                                            | 1334.3 ns | 1339.3 ns | 160 ns  | NO
xdp_mail_million_over_one_lookup_ns | XDP, mail data under way, a million flows, over one look-up there         | 300.6 ns  | 1377.8 ns | 160 ns  | NO
two_cores_ratio                     | two flows on two cores, to one on one: the worst of all packets and hooks | 1.36 x    | -         | 1.3 x   | NO
scrape_131072_ms                    | scrape with 131,072 live connections                                      | 3.94 ms   | -         | 100 ms  | yes
verdict_ms                          | a forged reply told, from its sending, the way to the gateway included    | 21.4 ms   | -         | 100 ms  | yes
memory_1048576_mib                  | memory for a million connections, kernel and daemon                       | 2309 MiB  | -         | 256 MiB | NO
"""
EXPECTED = [[cell.strip() for cell in line.split("|")] for line in TARGETS.strip().splitlines()]


def run(lines, *form):
    command = [sys.executable, "-B", HERE / "table.py", *form]
    return subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True).stdout


def rows_of_targets(lines):
    """Without the head: from the title to the empty line behind the table."""
    table = run(lines).split("\nTargets: ", 1)[1].split("\n\n")[1]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def figures(lines):
    told = json.loads(run(lines, "json"))
    return {name: value for name, value in told.items() if name not in ("machine", "measurements")}


def without(case):
    return [line for line in RECORDED if json.loads(line).get("case") != case]


class Table(unittest.TestCase):
    maxDiff = None

    def test_has_each_target_with_figure_limit_and_whether_it_is_held(self):
        self.assertEqual(rows_of_targets(RECORDED), [row for _, *row in EXPECTED])

    def test_says_of_each_target_that_it_was_not_measured(self):
        for text, measured, quietest, most, held in rows_of_targets([]):
            self.assertEqual((measured, quietest, held), ("not measured", "-", "-"), text)
        self.assertEqual([[row[0], row[3]] for row in rows_of_targets([])], [[row[1], row[4]] for row in EXPECTED])

    def test_says_which_packets_were_not_measured(self):
        missing = {text for text, measured, *_ in rows_of_targets(without("mail_ack")) if measured == "not measured"}
        self.assertEqual(missing, {row[1] for row in EXPECTED if "_mail_ack_" in row[0]})
        self.assertEqual(len(missing), 4)


class Json(unittest.TestCase):
    maxDiff = None

    def test_has_each_figure(self):
        self.assertEqual(figures(RECORDED), {name: float(measured.split()[0]) for name, _, measured, *_ in EXPECTED})

    def test_has_null_for_what_was_not_measured(self):
        self.assertEqual(figures([]), {name: None for name, *_ in EXPECTED})

    def test_hands_on_what_was_measured_and_where(self):
        told = json.loads(run(RECORDED, "json"))
        self.assertEqual(told["measurements"], [json.loads(line) for line in RECORDED])
        self.assertEqual(set(told["machine"]), {"processor", "processors", "kernel", "bpf_jit"})


unittest.main()
