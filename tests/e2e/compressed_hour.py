#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What do the alert rules say of an hour whose scrapes are these pages of metrics, in this order, evenly spread?
Writes a test for `promtool test rules` that expects exactly the named alerts to have fired, and no other.

    compressed_hour.py RULES PAGES-FOLDER [ALERT…] >hour.test.yml
"""
import collections
import json
import math
import pathlib
import re
import sys

HOUR = 3600
TARGET = 'job="mxray",instance="127.0.0.1:9725"'
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")


def series_of(pages):
    """{series: [value of each page, None where it lacks it]}"""
    values = collections.defaultdict(lambda: [None] * len(pages))
    for index, page in enumerate(pages):
        for line in page.splitlines():
            match = SAMPLE.match(line)
            if match:
                labels = ",".join(filter(None, [TARGET, match[2]]))
                values[f"{match[1]}{{{labels}}}"][index] = float(match[3])
        values[f"up{{{TARGET}}}"][index] = 1.0
    return values


def main():
    rules, folder, *wanted = sys.argv[1:]
    files = sorted(pathlib.Path(folder).iterdir())
    pages = [file.read_text(encoding="utf-8") for file in files]
    interval = math.ceil(HOUR / (len(pages) - 1))
    end = interval * (len(pages) - 1)
    fired = 'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[2h]))'
    print(json.dumps({
        "rule_files": [rules],
        "evaluation_interval": "30s",
        "tests": [{
            "interval": f"{interval}s",
            "input_series": [
                {"series": name, "values": " ".join("_" if v is None or math.isnan(v) else f"{v!r}" for v in values)}
                for name, values in series_of(pages).items()
            ],
            "promql_expr_test": [{
                "expr": fired,
                "eval_time": f"{end}s",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in wanted],
            }],
        }],
    }, indent=1))


main()
