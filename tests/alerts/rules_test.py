#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has every alert what a person needs of it, and a case in which it fires, in which it does not, and in which
it resolves? Does any rule ask for what mxrayd does not export?"""
import re
import unittest

import rule_files

# Prometheus itself makes it, and gives every sample these labels.
OF_PROMETHEUS = {"up": set()}
LABELS_OF_PROMETHEUS = {"job", "instance"}
# Its document leaves the labels' values to others; tests/e2e/alert_chain.sh asks a living mxrayd.
VALUES_ELSEWHERE = {"mxray_map_max_entries", "mxray_connection_signals_total"}
SEVERITIES = {"critical", "warning", "info"}


def label(rule):
    return f"{rule['alert']} ({rule['labels']['severity']})"


def cases_of(rule):
    """For each test group that asks about the alert: [(seconds, does it fire with this severity)], by time."""
    for group in rule_files.test_groups():
        cases = [case for case in group.get("alert_rule_test", []) if case["alertname"] == rule["alert"]]
        if not cases:
            continue
        severity = rule["labels"]["severity"]
        yield sorted(
            (
                rule_files.seconds(case["eval_time"]),
                any(alert["exp_labels"]["severity"] == severity for alert in case["exp_alerts"]),
            )
            for case in cases
        )


class Alerts(unittest.TestCase):
    def test_say_how_urgent_they_are_what_is_wrong_and_where_the_page_is(self):
        for rule in rule_files.alerts():
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], SEVERITIES)
                self.assertTrue(rule["annotations"]["summary"])
                self.assertTrue(rule["annotations"]["runbook_url"].endswith(f"/{rule['alert']}.md"))
                self.assertIn("$externalLabels.mxray_runbooks", rule["annotations"]["runbook_url"])

    def test_describe_themselves_with_values_and_with_what_to_run(self):
        for rule in rule_files.alerts():
            with self.subTest(label(rule)):
                text = rule["annotations"]["description"]
                self.assertRegex(text, r"`[a-z]+ .*?`", "no command")
                has_value = "$value" in text or "== 0" in rule["expr"] or "absent(" in rule["expr"]
                self.assertTrue(has_value, "no value, and it is not the same for all")

    def test_are_one_for_each_name_and_severity(self):
        names = [label(rule) for rule in rule_files.alerts()]
        self.assertEqual(len(names), len(set(names)))

    def test_have_a_case_that_fires_and_then_resolves(self):
        for rule in rule_files.alerts():
            with self.subTest(label(rule)):
                groups = list(cases_of(rule))
                self.assertTrue(any(fires for group in groups for _, fires in group), "none fires")
                resolves = any(
                    fires and any(later > time and not still for later, still in group)
                    for group in groups
                    for time, fires in group
                )
                self.assertTrue(resolves, "none resolves")

    def test_have_a_case_that_stays_silent_throughout(self):
        for rule in rule_files.alerts():
            with self.subTest(label(rule)):
                silent = any(not any(fires for _, fires in group) for group in cases_of(rule))
                self.assertTrue(silent, "none")


class Document(unittest.TestCase):
    def test_lists_each_alert_with_its_severity_and_no_other(self):
        rows = re.findall(r"^\| (?:\[(Mxray\w+)\]\(\S+\))? ?\| (\w+) \|", (rule_files.ROOT / "docs" / "alerts.md").read_text(), re.M)
        listed, name = [], None
        for alert, severity in rows:
            name = alert or name
            listed.append((name, severity))
        rules = [(rule["alert"], rule["labels"]["severity"]) for rule in rule_files.alerts()]
        self.assertEqual(sorted(listed), sorted(rules))


class Rules(unittest.TestCase):
    def test_ask_for_nothing_that_mxrayd_does_not_export(self):
        families = rule_files.documented_families() | OF_PROMETHEUS
        document = (rule_files.ROOT / "docs" / "metrics.md").read_text()
        for rule in rule_files.alerts() + rule_files.records():
            for query in rule_files.queries(rule):
                for name, labels in rule_files.selectors(query):
                    with self.subTest(rule.get("alert", rule.get("record")), query=query):
                        self.assertIn(name, families)
                        self.assertLessEqual(set(labels), families[name] | LABELS_OF_PROMETHEUS)
                        if name not in VALUES_ELSEWHERE:
                            values = [labels[key] for key in families[name] & set(labels)]
                            for value in "|".join(values).split("|"):
                                self.assertTrue(value in ("", ".+") or f"`{value}`" in document, value)

    def test_are_tested_with_series_that_mxrayd_exports(self):
        families = rule_files.documented_families() | OF_PROMETHEUS
        for group in rule_files.test_groups():
            for series in group["input_series"]:
                for name, labels in rule_files.selectors(series["series"]):
                    with self.subTest(series["series"]):
                        self.assertIn(name, families)
                        self.assertEqual(set(labels), families[name] | LABELS_OF_PROMETHEUS)

    def test_are_named_level_metric_operation(self):
        for rule in rule_files.records():
            with self.subTest(rule["record"]):
                self.assertRegex(rule["record"], r"^instance[a-z_]*:mxray_[a-z_]+:[a-z0-9_]+$")

    def test_leave_the_alerts_to_stand_alone(self):
        for rule in rule_files.alerts():
            for query in rule_files.queries(rule):
                self.assertNotRegex(query, r"[a-z]:mxray_", label(rule))


if __name__ == "__main__":
    unittest.main()
