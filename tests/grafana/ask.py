#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every query of the dashboards find data in this Prometheus?

    ask.py URL FILE...             each query of each panel and variable
    ask.py URL --value TITLE FILE  the first query of one panel, now, as a number

Variables are filled in as Grafana does it: `instance` and `interface` from their own
queries, the intervals to fit a Prometheus that has scraped each second for half a
minute. A query fails if Prometheus refuses it or finds nothing.
"""

import json
import math
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

INTERVALS = {"__rate_interval": "10s", "__interval": "5s", "__range": "30s"}
LOOK_BACK_SECONDS = 20
LABEL_VALUES = re.compile(r"label_values\((?P<metric>.+),\s*(?P<label>\w+)\)")


def request(base: str, path: str, **parameters) -> list:
    url = f"{base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            data = json.load(answer)["data"]
    except urllib.error.HTTPError as refusal:
        raise ValueError(json.load(refusal)["error"]) from refusal
    return data if isinstance(data, list) else data["result"]


def fill_in(text: str, variables: dict[str, str]) -> str:
    for name in sorted(variables, key=len, reverse=True):
        text = text.replace(f"${{{name}}}", variables[name]).replace(f"${name}", variables[name])
    return text


def variables_of(dashboard: dict, base: str, faults: list[str]) -> dict[str, str]:
    variables = dict(INTERVALS)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        asked = LABEL_VALUES.fullmatch(fill_in(variable["query"]["query"], variables))
        now = time.time()
        span = {"match[]": asked["metric"], "start": now - LOOK_BACK_SECONDS, "end": now} if asked else {}
        values = request(base, f"label/{asked['label']}/values", **span) if asked else []
        if not values:
            faults.append(f"variable {variable['name']}: no values")
        variables[variable["name"]] = "(" + "|".join(map(re.escape, values)).replace("\\", "\\\\") + ")"
    return variables


def answers(base: str, target: dict, variables: dict[str, str]) -> list[float]:
    """All values of all series, now or over the last seconds as the panel wants."""
    expression, now = fill_in(target["expr"], variables), time.time()
    if target["instant"]:
        result = request(base, "query", query=expression, time=now)
        return [float(series["value"][1]) for series in result]
    result = request(base, "query_range", query=expression, start=now - LOOK_BACK_SECONDS, end=now, step=1)
    return [float(value) for series in result for _, value in series["values"]]


def queries_of(dashboard: dict):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel, target


def faults_of(dashboard: dict, base: str) -> list[str]:
    faults: list[str] = []
    variables = variables_of(dashboard, base, faults)
    for panel, target in queries_of(dashboard):
        where = f"{dashboard['uid']}: «{panel['title']}» {target['refId']}"
        try:
            values = answers(base, target, variables)
        except ValueError as refusal:
            faults.append(f"{where}: Prometheus refuses it: {refusal}")
            continue
        if not values:
            faults.append(f"{where}: no data for {target['expr']}")
        elif not any(math.isfinite(value) for value in values):
            faults.append(f"{where}: nothing but NaN for {target['expr']}")
    return faults


def main() -> int:
    base, *arguments = sys.argv[1:]
    wanted = arguments[1] if arguments[0] == "--value" else None
    files = arguments[2:] if wanted else arguments
    dashboards = [json.loads(pathlib.Path(name).read_text(encoding="utf-8")) for name in files]
    if wanted:
        panel, target = next(pair for pair in queries_of(dashboards[0]) if pair[0]["title"] == wanted)
        print(*[f"{value:g}" for value in answers(base, target, variables_of(dashboards[0], base, []))])
        return 0
    faults = [fault for dashboard in dashboards for fault in faults_of(dashboard, base)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{sum(1 for dashboard in dashboards for _ in queries_of(dashboard))} queries asked, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
