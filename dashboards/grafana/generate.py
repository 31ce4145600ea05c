#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the dashboards' JSON, or says whether what is committed is what it would write.

    generate.py            writes the files beside this one
    generate.py --check    exit 1 and the names of those that differ
"""

import json
import pathlib
import sys

import drilldown
import overview

FOLDER = pathlib.Path(__file__).resolve().parent


def rendered() -> dict[pathlib.Path, str]:
    return {
        FOLDER / f"{module.UID}.json": json.dumps(module.build(), indent=2, ensure_ascii=False) + "\n"
        for module in (overview, drilldown)
    }


def main() -> int:
    if sys.argv[1:] not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    check = bool(sys.argv[1:])
    stale = [
        path for path, text in rendered().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            print(f"{path.name} is not what generate.py makes; run dashboards/grafana/generate.py")
        else:
            path.write_text(rendered()[path], encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
