#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How do the benchmarks' figures read: every target beside its figure?

Reads JSON lines of mxray-bench-hooks, forwarding.sh and flows.sh; prints a table, or
with "json" one object that holds all of them and the figures the targets are about.
"""

import json
import os
import platform
import sys

# (name in the JSON object, what it says, at most, unit)
TARGETS = [
    ("xdp_other_over_empty_ns", "XDP, TCP of other ports, over an empty program", 8, "ns"),
    ("xdp_udp_over_empty_ns", "XDP, UDP, over an empty program", 8, "ns"),
    ("xdp_mail_over_empty_ns", "XDP, mail data under way, hot", 90, "ns"),
    ("xdp_mail_ack_over_empty_ns", "XDP, ACK of a mail flow, hot", 90, "ns"),
    ("xdp_mail_16k_over_empty_ns", "XDP, mail data under way, 16,384 flows", 160, "ns"),
    ("xdp_mail_ack_16k_over_empty_ns", "XDP, ACK, 16,384 flows", 160, "ns"),
    ("two_cores_ratio", "two flows on two cores, to one on one", 1.3, "x"),
    ("scrape_131072_ms", "scrape with 131,072 live connections", 100, "ms"),
    ("memory_1048576_mib", "memory for a million connections, kernel and daemon", 256, "MiB"),
]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "bpf_jit": read("/proc/sys/net/core/bpf_jit_enable"),
    }


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return "unknown"


def find(lines, **wanted):
    for line in lines:
        if all(line.get(key) == value for key, value in wanted.items()):
            return line
    return {}


def judged(lines):
    """The figures the targets are about; None where a section was not run."""

    def over_empty(case, flows):
        return find(lines, hook="xdp", case=case, flows=flows).get("over_empty_ns", {}).get("median")

    ratios = [
        line["two_cores_ratio"]["median"]
        for line in lines
        if line.get("hook") == "xdp" and line.get("case") in ("mail_ack", "mail_data") and "two_cores_ratio" in line
    ]
    million = find(lines, section="flows", flows=1048576)
    return {
        "xdp_other_over_empty_ns": over_empty("other_tcp", 1),
        "xdp_udp_over_empty_ns": over_empty("other_udp", 1),
        "xdp_mail_over_empty_ns": over_empty("mail_data", 1),
        "xdp_mail_ack_over_empty_ns": over_empty("mail_ack", 1),
        "xdp_mail_16k_over_empty_ns": over_empty("mail_data", 16384),
        "xdp_mail_ack_16k_over_empty_ns": over_empty("mail_ack", 16384),
        "two_cores_ratio": max(ratios, default=None),
        "scrape_131072_ms": find(lines, section="flows", flows=131072).get("scrape_ms", {}).get("median"),
        "memory_1048576_mib": million["resident_mib"] + million["kernel_mib"] if million else None,
    }


def rows(title, head, lines):
    if not lines:
        return
    table = [head] + [[str(cell) for cell in line] for line in lines]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    print(f"\n{title}\n")
    for number, row in enumerate(table):
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def spread(value):
    return f"{value['median']:g} ({value['min']:g} to {value['max']:g})"


def print_table(lines, figures):
    about = machine()
    print(f"{about['processor']}, {about['processors']} processors, kernel {about['kernel']}, BPF JIT {about['bpf_jit']}")
    rows(
        "Targets",
        ["figure", "measured", "at most", "held"],
        [
            [text, "not measured" if figures[name] is None else f"{figures[name]:g} {unit}", f"{most} {unit}",
             "-" if figures[name] is None else "yes" if figures[name] <= most else "NO"]
            for name, text, most, unit in TARGETS
        ],
    )
    rows(
        "Nanoseconds a packet over an empty program: median (least to most), and of the quietest third of the rounds",
        ["packet", "hook", "flows", "empty", "mxray", "quietest", "one look-up", "quietest", "records"],
        [
            [line["meaning"], line["hook"], line["flows"], spread(line["empty_ns"]),
             spread(line["over_empty_ns"]), line["over_empty_ns"]["quiet"],
             spread(line["one_lookup_over_empty_ns"]), line["one_lookup_over_empty_ns"]["quiet"], line["records"]]
            for line in lines
            if "over_empty_ns" in line
        ],
    )
    rows(
        "Two flows on two cores, to one on one",
        ["packet", "hook", "mxray", "empty program"],
        [
            [line["case"], line["hook"], spread(line["two_cores_ratio"]), spread(line["empty_two_cores_ratio"])]
            for line in lines
            if "two_cores_ratio" in line
        ],
    )
    rows(
        "Forwarding over veth",
        ["watched by", "packet", "packets/s", "of nothing", "ns more"],
        [
            [line["way"], line["kind"], f"{line['packets_per_second']} ({line['least']} to {line['most']})", line["of_nothing"], line["more_ns"]]
            for line in lines
            if line.get("section") == "forwarding"
        ],
    )
    rows(
        "Live connections",
        ["connections", "scrape ms", "resident MiB", "peak MiB", "BPF maps MiB", "CPU at rest %", "records/s", "lost"],
        [
            [line["flows"], spread(line["scrape_ms"]), line["resident_mib"], line["peak_mib"], line["kernel_mib"],
             line["cpu_at_rest_percent"], line["records_per_second"] or "-", line["records_lost"]]
            for line in lines
            if line.get("section") == "flows"
        ],
    )


def main():
    lines = [json.loads(line) for line in sys.stdin if line.strip()]
    figures = judged(lines)
    if sys.argv[1:] == ["json"]:
        print(json.dumps({**figures, "machine": machine(), "measurements": lines}))
    else:
        print_table(lines, figures)


main()
