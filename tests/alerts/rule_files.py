# SPDX-License-Identifier: Apache-2.0
"""What stands in dashboards/prometheus: alerts, recording rules, their tests, and what they ask of mxrayd?"""
import functools
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards" / "prometheus"
RUNBOOKS = ROOT / "dashboards" / "runbooks"


@functools.cache
def _rules(name):
    groups = yaml.safe_load((FOLDER / name).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    """All alerting rules, as in the file; one alert may have a rule a severity."""
    return _rules("mxray.alerts.yml")


def records():
    return _rules("mxray.rules.yml")


@functools.cache
def test_groups():
    """The groups of all *.test.yml."""
    files = sorted((FOLDER / "tests").glob("*.test.yml"))
    return [group for file in files for group in yaml.safe_load(file.read_text())["tests"]]


def seconds(duration):
    """Of `90m`, `1h30m`, ...; a duration of promtool's."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"(\d+)([smhd])", duration)
    return sum(int(number) * units[unit] for number, unit in parts)


def selectors(text):
    """The series that a PromQL expression, or a template that holds some, asks for: (name, {label: value})."""
    found = []
    for match in re.finditer(r"\b((?:mxray|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?", text):
        labels = dict(re.findall(r'([a-z_]+)(?:=~|!~|!=|=)\\?"?([^",\\]*)', match[2] or ""))
        found.append((match[1], labels))
    return found


def queries(rule):
    """The expressions of a rule, those in its annotations' templates included."""
    texts = rule.get("annotations", {}).values()
    return [rule["expr"]] + [quoted for text in texts for quoted in re.findall(r'printf ("(?:[^"\\]|\\.)*\{.*?") ', text)]


@functools.cache
def documented_families():
    """{family: labels} of docs/metrics.md, which a unit test keeps equal to what mxrayd exports."""
    row = re.compile(r"^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([a-z_`, ]*)\|", re.M)
    families = {}
    for name, kind, labels in row.findall((ROOT / "docs" / "metrics.md").read_text()):
        known = set(re.findall(r"`([a-z_]+)`", labels))
        if kind == "histogram":
            families |= {name + "_bucket": known | {"le"}, name + "_sum": known, name + "_count": known}
        else:
            families[name] = known
    return families
