#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the dashboards what Grafana's own schema says a dashboard is?

    schema_test.py FILE...

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


def faults_of_places(panels: list[dict]) -> list[str]:
    faults = []
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


def faults_of(dashboard: dict) -> list[str]:
    faults = [f"«{panel['title']}» {fault}" for panel in dashboard["panels"] for fault in faults_of_panel(panel)]
    return faults + faults_by_schema(dashboard, "dashboard") + faults_of_places(dashboard["panels"]) + faults_of_variables(dashboard)


def main() -> int:
    bad = 0
    for name in sys.argv[1:]:
        for fault in faults_of(json.loads(pathlib.Path(name).read_text(encoding="utf-8"))):
            print(f"{name}: {fault}")
            bad += 1
    if len(sys.argv) < 2:
        print("usage: schema_test.py FILE...", file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
