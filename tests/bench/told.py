#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When does mxrayd tell each incident?

    told.py LOG

Follows what `mxrayd --print-incidents` writes to LOG, and prints the time at which each incident
was in it, in seconds of the wall clock, to the millisecond. Runs until it is ended.
"""

import sys
import time

LAST_LINE_OF_AN_INCIDENT = "  why: mxray explain "


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        line = ""
        while True:
            line += log.readline()
            if not line.endswith("\n"):
                time.sleep(0.001)
                continue
            if line.startswith(LAST_LINE_OF_AN_INCIDENT):
                print(f"{time.time():.3f}", flush=True)
            line = ""


main()
