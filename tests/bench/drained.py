#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long does a mxrayd that was stopped take to read what its rings hold?

    drained.py PID HOST:PORT READ

Lets the process, which had read READ records, go on, asks its metrics until every record made has been read, and
prints "RECORDS SECONDS". Exit code 1 if that does not come about within a minute.
One connection for all questions: a program started for each would take longer than
the reading.
"""

import http.client
import os
import signal
import sys
import time


def count(page, family):
    """The sum of a family over its labels."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith((family + " ", family + "{")))


def ask(connection):
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    return count(page, "mxray_records_total"), count(page, "mxray_records_read_total")


def main():
    process, (host, port) = int(sys.argv[1]), sys.argv[2].rsplit(":", 1)
    before = float(sys.argv[3])
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    os.kill(process, signal.SIGCONT)
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        made, read = ask(connection)
        # The page may still tell what was made before it was stopped.
        if read > before and read == made:
            print(int(read - before), time.monotonic() - begun)
            return 0
    return 1


sys.exit(main())
