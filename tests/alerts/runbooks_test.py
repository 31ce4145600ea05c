#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has every alert a page with meaning, impact, diagnosis and remedy, and are the commands there such that mxray takes them?

    runbooks_test.py BUILD-FOLDER
"""
import functools
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import rule_files

BUILD = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else rule_files.ROOT / "build" / "release")
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Remedy"]


def pages():
    return sorted(rule_files.RUNBOOKS.glob("*.md"))


@functools.cache
def help_of(program, command):
    """What `program command… --help` prints; None if the help one level up does not list it."""
    if command and not re.search(rf"^  {command[-1]}  ", help_of(program, command[:-1]) or "", re.M):
        return None
    run = subprocess.run([BUILD / program, *command, "--help"], capture_output=True, text=True, timeout=20)
    return run.stdout if run.returncode == 0 else None


def commands_in(text):
    """Command lines of mxray and mxrayd in code blocks and code spans."""
    blocks = re.findall(r"```\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    for line in lines + spans:
        words = shlex.split(line, comments=True)
        if words and words[0] in ("mxray", "mxrayd"):
            yield words


def subcommand_of(words):
    """`check ident` of `mxray check ident 192.0.2.1`."""
    if words[0] == "mxrayd":
        return ()
    return tuple(words[1:3] if words[1] == "check" else words[1:2])


def objection(words):
    """What is wrong with a command line; None if mxray knows its command and its options."""
    if len(words) == 1:
        return None
    command = subcommand_of(words)
    text = help_of(words[0], command)
    if text is None:
        return f"{words[0]} has no command {' '.join(command)}"
    known = set(re.findall(r"(?<![\w-])(--?[a-z][a-z.-]*)", text))
    for word in words[1 + len(command) :]:
        if word.startswith("-") and word != "-" and word.split("=")[0] not in known:
            return f"{' '.join(words[:1] + list(command))} has no option {word}"
    kinds = [value for option, value in zip(words, words[1:]) if option == "--kind"]
    schema = (rule_files.ROOT / "docs" / "incident.schema.json").read_text()
    return next((f"{kind} is no kind of incident" for kind in kinds if f'"{kind}"' not in schema), None)


class Runbooks(unittest.TestCase):
    def test_are_one_page_for_each_alert(self):
        names = {rule["alert"] for rule in rule_files.alerts()}
        self.assertEqual({page.stem for page in pages()}, names)

    def test_say_meaning_impact_diagnosis_and_remedy(self):
        for page in pages():
            with self.subTest(page.name):
                text = page.read_text()
                self.assertEqual(re.findall(r"^# (.*)", text, re.M), [page.stem])
                self.assertEqual(re.findall(r"^## (.*)", text, re.M), HEADINGS)
                for part in re.split(r"^## .*", text, flags=re.M)[1:]:
                    self.assertGreater(len(part.split()), 5, "an empty part")

    def test_say_the_severity_of_the_rule(self):
        for rule in rule_files.alerts():
            with self.subTest(rule["alert"]):
                line = re.search(r"^Severity: (.*)\.$", (rule_files.RUNBOOKS / f"{rule['alert']}.md").read_text(), re.M)
                self.assertIn(rule["labels"]["severity"], line[1])

    def test_diagnose_with_mxray(self):
        for page in pages():
            with self.subTest(page.name):
                part = page.read_text().split("## Diagnosis")[1].split("## Remedy")[0]
                self.assertTrue(list(commands_in(part)), "no command of mxray")

    def test_name_commands_that_mxray_takes(self):
        texts = [(page.name, page.read_text()) for page in pages()]
        texts += [(rule["alert"], rule["annotations"]["description"]) for rule in rule_files.alerts()]
        texts += [("alerts.md", (rule_files.ROOT / "docs" / "alerts.md").read_text())]
        for name, text in texts:
            for words in commands_in(text):
                with self.subTest(name, command=" ".join(words)):
                    self.assertIsNone(objection(words))

    def test_link_to_pages_that_are_there(self):
        for page in pages():
            for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
                with self.subTest(page.name, link=link):
                    self.assertTrue((page.parent / link).exists())

    def test_would_notice_a_command_that_mxray_does_not_take(self):
        self.assertIsNotNone(objection(["mxray", "incidence"]))
        self.assertIsNotNone(objection(["mxray", "check", "identity"]))
        self.assertIsNotNone(objection(["mxray", "incidents", "--sence", "1h"]))
        self.assertIsNotNone(objection(["mxray", "incidents", "--kind", "forged_mail"]))


if __name__ == "__main__":
    unittest.main()
