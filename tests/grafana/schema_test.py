#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the dashboards what Grafana's own schema says a dashboard is?

    schema_test.py FILE...            exit 1 and each fault
    schema_test.py --faults FILE...   does it find faults that are put in on purpose?

The schema (dashboard.schema.json) is made from @grafana/schema. Besides, what no
schema says: ids are unique, places do not overlap, each panel and each query is
complete, and every variable that is used exists.
"""

import json
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed (scripts/setup test)")
    sys.exit(77)

SCHEMA = json.loads(pathlib.Path(__file__).with_name("dashboard.schema.json").read_text(encoding="utf-8"))
BUILT_IN = re.compile(r"__\w+")


def faults_by_schema(value, *path: str) -> list[str]:
    schema = SCHEMA
    for name in path:
        schema = schema["properties"][name]
    validator = jsonschema.Draft7Validator(schema)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in validator.iter_errors(value)]


def faults_of_panel(panel: dict) -> list[str]:
    kind = panel["type"]
    if kind == "row":
        return []
    if kind not in SCHEMA["properties"]["panels"]["properties"]:
        return [f"type {kind} has no schema here; add it to render/schema/dashboard.ts, and to the test page"]
    faults = faults_by_schema(panel, "panel")
    faults += faults_by_schema(panel["options"], "panels", kind, "options")
    faults += faults_by_schema(panel["fieldConfig"]["defaults"].get("custom", {}), "panels", kind, "custom")
    custom = SCHEMA["properties"]["panels"]["properties"][kind]["properties"]["custom"].get("properties", {})
    for override in panel["fieldConfig"]["overrides"]:
        for item in override["properties"]:
            name = item["id"].removeprefix("custom.")
            if item["id"] != name and name not in custom:
                faults.append(f"override {item['id']}: a {kind} has no such field option")
    if not panel.get("description"):
        faults.append("has no description")
    if not panel.get("targets"):
        faults.append("asks nothing")
    refs = [target["refId"] for target in panel.get("targets", [])]
    if len(refs) != len(set(refs)):
        faults.append("two queries have one refId")
    return faults


def overlap(one: dict, other: dict) -> bool:
    return (one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
            and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"])


def faults_of_places(dashboard: dict) -> list[str]:
    faults, panels = [], dashboard["panels"]
    for index, panel in enumerate(panels):
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            faults.append(f"«{panel['title']}» is wider than the dashboard")
        for other in panels[:index]:
            if overlap(place, other["gridPos"]):
                faults.append(f"«{panel['title']}» lies over «{other['title']}»")
            if panel["id"] == other["id"]:
                faults.append(f"«{panel['title']}» and «{other['title']}» have one id")
    return faults


def faults_of_variables(dashboard: dict) -> list[str]:
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
    return [f"variable ${name} does not exist" for name in sorted(used - known) if not BUILT_IN.fullmatch(name)]


def faults_of_runbooks(dashboard: dict) -> list[str]:
    pages = pathlib.Path(__file__).parents[2] / "dashboards" / "runbooks"
    named = set(re.findall(r"\bMxray[A-Z]\w+", json.dumps(dashboard)))
    return [f"runbook {name}.md does not exist" for name in sorted(named) if not (pages / f"{name}.md").exists()]


def faults_of(dashboard: dict) -> list[str]:
    faults = faults_by_schema(dashboard, "dashboard")
    faults += [f"«{panel['title']}» {fault}" for panel in dashboard["panels"] for fault in faults_of_panel(panel)]
    if faults:
        return faults  # what follows relies on the shape
    for check in (faults_of_places, faults_of_variables, faults_of_runbooks):
        faults += check(dashboard)
    return faults


def put_in(dashboard: dict, *path, value) -> dict:
    """A copy of the dashboard with that value at the path."""
    copy = json.loads(json.dumps(dashboard))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def overlooked(dashboard: dict) -> list[str]:
    """Which of these faults would pass unseen?"""
    panels = dashboard["panels"]
    of_type = {panel["type"]: index for index, panel in enumerate(panels)}
    curve, stat = of_type["timeseries"], of_type["stat"]
    bad = {
        "unknown key": put_in(dashboard, "tiem", value={}),
        "unknown key of a panel": put_in(dashboard, "panels", stat, "titel", value="x"),
        "place that is no place": put_in(dashboard, "panels", stat, "gridPos", "w", value="12"),
        "unknown option": put_in(dashboard, "panels", stat, "options", "textmode", value="value"),
        "option with a wrong word": put_in(dashboard, "panels", stat, "options", "colorMode", value="loud"),
        "unknown field option": put_in(dashboard, "panels", curve, "fieldConfig", "defaults", "custom", "drawstyle", value="line"),
        "panel type that nothing draws": put_in(dashboard, "panels", stat, "type", value="piechart"),
        "panel over another": put_in(dashboard, "panels", curve, "gridPos", value=panels[curve - 1]["gridPos"]),
        "panel without a description": put_in(dashboard, "panels", stat, "description", value=""),
        "variable that does not exist": put_in(dashboard, "panels", stat, "targets", 0, "expr", value="up{job=~\"$job\"}"),
    }
    return [name for name, broken in bad.items() if not faults_of(broken)]


def main() -> int:
    files = [name for name in sys.argv[1:] if name != "--faults"]
    if not files:
        print("usage: schema_test.py [--faults] FILE...", file=sys.stderr)
        return 2
    check = overlooked if "--faults" in sys.argv else faults_of
    found = [
        f"{name}: {'overlooked: ' if check is overlooked else ''}{fault}"
        for name in files
        for fault in check(json.loads(pathlib.Path(name).read_text(encoding="utf-8")))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
