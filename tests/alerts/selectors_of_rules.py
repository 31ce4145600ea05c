#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which series do the rules ask for? One selector a line, for a living Prometheus to be asked."""
import re

import rule_files

found = set()
for rule in rule_files.alerts() + rule_files.records():
    for query in rule_files.queries(rule):
        found.update(re.findall(r"\b(?:mxray|process)_[a-z_]+(?:\{[^}%]*\})?", query))
print("\n".join(sorted(found)))
