#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How do the benchmarks' figures read: every target beside its figure?

Reads JSON lines of mxray-bench-hooks, forwarding.sh, flows.sh and verdict.sh; prints a table, or
with "json" one object that holds all of them and the figures the targets are about.
"""

import json
import os
import platform
import sys

HOT, WARM = 1, 16384  # flows
MILLION = 1048576

# (name in the JSON object, case, what it says, ns at most when hot, ns at most when warm)
PACKETS = [
    ("other", "other_tcp", "TCP of other ports", 8, None),
    ("udp", "other_udp", "UDP", 8, None),
    ("mail", "mail_data", "mail data under way", 90, 160),
    ("mail_ack", "mail_ack", "ACK", 90, 160),
    ("mail_push", "mail_push", "mail data with PSH", 90, 160),
    ("mail_tls", "mail_tls", "TLS under way", 90, 160),
    ("mail_sack", "mail_data_sack", "mail data with SACK", 90, 160),
    ("mail_reply", "mail_reply", "a reply each", 90, 160),
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


def target(name, text, value, most, unit, quiet=None):
    return {"name": name, "text": text, "value": value, "quiet": quiet, "most": most, "unit": unit}


def packet_targets(lines):
    """Of each kind of packet at both hooks: none is left out because it costs more."""
    for name, case, text, *most in PACKETS:
        for hook in ("xdp", "tc"):
            for flows, mark, nanoseconds in zip((HOT, WARM), ("", "_16k"), most):
                if nanoseconds is None:
                    continue
                found = find(lines, hook=hook, case=case, flows=flows).get("over_empty_ns", {})
                yield target(f"{hook}_{name}{mark}_over_empty_ns", f"{hook.upper()}, {text}, {'16,384 flows' if mark else 'hot'}",
                             found.get("median"), nanoseconds, "ns", found.get("quiet"))


def over_one_lookup(lines, key):
    """What flows cost as they grow, beyond what any table of so many costs."""
    found = find(lines, hook="xdp", case="mail_data", flows=MILLION)
    return round(found["over_empty_ns"][key] - found["one_lookup_over_empty_ns"][key], 1) if found else None


def targets(lines):
    """The figures the targets are about; None where a section was not run."""
    ratios = [line["two_cores_ratio"]["median"] for line in lines if "two_cores_ratio" in line]
    million = find(lines, section="flows", flows=MILLION)
    return [
        *packet_targets(lines),
        target("xdp_mail_million_over_one_lookup_ns", "XDP, mail data under way, a million flows, over one look-up there",
               over_one_lookup(lines, "median"), 160, "ns", over_one_lookup(lines, "quiet")),
        target("two_cores_ratio", "two flows on two cores, to one on one: the worst of all packets and hooks", max(ratios, default=None), 1.3, "x"),
        target("scrape_131072_ms", "scrape with 131,072 live connections",
               find(lines, section="flows", flows=131072).get("scrape_ms", {}).get("median"), 100, "ms"),
        target("verdict_ms", "a forged reply told, from its sending, the way to the gateway included",
               find(lines, section="verdict").get("verdict_ms", {}).get("median"), 100, "ms"),
        target("memory_1048576_mib", "memory for a million connections, kernel and daemon",
               million["resident_mib"] + million["kernel_mib"] if million else None, 256, "MiB"),
    ]


def held(figure):
    """By the median. Where only the rounds without a neighbour on the core hold it, that is said."""
    value, quiet, most = figure["value"], figure["quiet"], figure["most"]
    if value is None or most is None:
        return "-"
    if value <= most:
        return "yes"
    return "NO (quietest: yes)" if quiet is not None and quiet <= most else "NO"


def number(value, unit):
    return "-" if value is None else f"{value:g} {unit}"


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
        "Targets: median, and the median of the quietest third of the rounds",
        ["figure", "measured", "quietest", "at most", "held"],
        [
            [each["text"], "not measured" if each["value"] is None else number(each["value"], each["unit"]),
             number(each["quiet"], each["unit"]), number(each["most"], each["unit"]), held(each)]
            for each in figures
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
    rows(
        "Forged replies told",
        ["forgeries", "ms from sending to telling", "of these on the wire"],
        [[line["forgeries"], spread(line["verdict_ms"]), line["wire_ms"]] for line in lines if line.get("section") == "verdict"],
    )


def main():
    lines = [json.loads(line) for line in sys.stdin if line.strip()]
    figures = targets(lines)
    if sys.argv[1:] == ["json"]:
        print(json.dumps({**{each["name"]: each["value"] for each in figures}, "machine": machine(), "measurements": lines}))
    else:
        print_table(lines, figures)


main()
