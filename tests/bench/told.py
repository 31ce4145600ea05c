#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When does mxrayd tell of each forged reply?

    told.py LOG

Follows what `mxrayd --print-incidents` writes to LOG, and prints the time at which each
forged reply was in it, in seconds of the wall clock, to the millisecond. Runs until it is ended.
"""

import sys
import time

FORGED = " forged_reply "


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        line = ""
        while True:
            line += log.readline()
            if not line.endswith("\n"):
                time.sleep(0.001)
                continue
            if FORGED in line:
                print(f"{time.time():.3f}", flush=True)
            line = ""


main()
