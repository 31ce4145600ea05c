#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hours of history for `promtool tsdb create-blocks-from openmetrics`.

    story.py INSTANCE END HOURS <PAGE >FILE      END in seconds since 1970

PAGE is what a real mxrayd exports: the names and labels of the series are its own,
only the values are made up. They tell this, in minutes before END:

    all the time   ordinary mail: everyday refusals, now and then a slow server
    130            the route changes: round trips grow by 25 ms, and somebody on the new
                   way begins to answer and to hang up in the servers' name
    130 to 85      a wave of that; afterwards it goes on, thinly
    75             a blocklist takes our address in; it is out again at 30
    58 to 18       a firewall change drops ident queries: POP3 clients wait 30 s
"""

import math
import random
import re
import sys

STEP = 30  # seconds
SAMPLE = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
KEEP = {  # gauges that keep the value of the page
    "mxray_attached", "mxray_build_info", "mxray_map_max_entries", "mxray_store_working",
    "mxray_config_last_reload_successful", "mxray_web_config_last_reload_successful",
    "mxray_program_statistics_enabled", "process_max_fds", "process_start_time_seconds",
}
FILL = {"half_open": 0.02, "client_sides": 0.61, "server_sides": 0.61, "client_evidence": 0.97, "server_evidence": 0.97,
        "ident_pairs": 0.01, "ident_queries": 0.04, "mail_hosts": 0.05, "lookups": 0.33}


class Page:
    """The series, by name and labels; values change as the story goes."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, float] = {}
        for line in text.splitlines():
            sample = SAMPLE.match(line)
            if not sample:
                continue
            key = sample["name"] + "{" + (sample["labels"] or "") + "}"
            self.values[key] = float(sample["value"]) if sample["name"] in KEEP else 0.0
        self.histograms: dict[str, list[tuple[float, str]]] = {}

    def key(self, name: str, **labels: str) -> str:
        inner = ",".join(f'{label}="{value}"' for label, value in labels.items())
        key = f"{name}{{{inner}}}"
        if key not in self.values:
            raise SystemExit(f"story.py: mxrayd exports no {key}")
        return key

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        self.values[self.key(name, **labels)] += amount

    def put(self, name: str, value: float, **labels: str) -> None:
        self.values[self.key(name, **labels)] = value

    def observe(self, name: str, seconds: float, protocol: str) -> None:
        self.add(f"{name}_count", protocol=protocol)
        self.add(f"{name}_sum", seconds, protocol=protocol)
        prefix = f'{name}_bucket{{protocol="{protocol}",le="'
        if prefix not in self.histograms:
            buckets = [key for key in self.values if key.startswith(prefix)]
            self.histograms[prefix] = [(float(key[len(prefix):-2]), key) for key in buckets]
        for bound, key in self.histograms[prefix]:
            if seconds <= bound:
                self.values[key] += 1


class Story:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.chance = random.Random(2006)
        self.sessions = {"smtp": 0.42, "pop3": 0.17, "imap": 0.22}  # a second

    def times(self, expected: float) -> int:
        """A number of events, by Poisson's law."""
        limit, product, count = math.exp(-expected), self.chance.random(), 0
        while product > limit:
            product *= self.chance.random()
            count += 1
        return count

    def step(self, now: float, before: float) -> None:
        """`before`: minutes before the end."""
        tide = 1 + 0.35 * math.sin(now / 5400)
        for protocol, pace in self.sessions.items():
            for _ in range(self.times(pace * tide * STEP)):
                self.session(protocol, now, before)
        self.forgeries(now, before)
        self.refusals(now, before, tide)
        self.waiting(before, tide)
        self.monitor(now, tide)

    def incident(self, now: float, kind: str, confidence: str) -> None:
        self.page.add("mxray_incidents_total", kind=kind, confidence=confidence)
        self.page.put("mxray_incident_last_timestamp_seconds", now, kind=kind)
        self.page.add("mxray_store_writes_total")
        self.page.add("mxray_store_incidents")
        self.page.add("mxray_store_bytes", 3072)

    def session(self, protocol: str, now: float, before: float) -> None:
        page, chance = self.page, self.chance
        trip = chance.choice((0.011, 0.034, 0.098, 0.102, 0.18)) * chance.lognormvariate(0, 0.08)
        trip += 0.025 if before < 130 else 0
        page.add("mxray_flows_opened_total", protocol=protocol)
        if chance.random() < 0.86:
            page.add("mxray_connections_translated_total")
        page.add("mxray_connections_judged_total", protocol=protocol)
        page.observe("mxray_path_rtt_seconds", trip, protocol)
        greeting = 2 * trip + chance.lognormvariate(-3.2, 0.8)
        if protocol == "pop3" and 18 < before < 58 and chance.random() < 0.3:
            greeting += 30
            page.add("mxray_ident_queries_total", 4, outcome="dropped")
            page.add("mxray_ident_syn_packets_total", 4, mail="yes")
            if chance.random() < 0.3:
                self.incident(now, "ident_stall", "certain")
        elif chance.random() < 0.04:
            page.add("mxray_ident_queries_total", outcome=chance.choice(("reset", "reset", "answered", "unreachable")))
            page.add("mxray_ident_syn_packets_total", mail="yes")
        if greeting < 5 and chance.random() < 0.0003:
            greeting += 8
            self.incident(now, "slow_greeting", "probable")
        page.observe("mxray_greeting_delay_seconds", greeting, protocol)
        for _ in range(4):
            page.observe("mxray_reply_delay_seconds", trip + chance.lognormvariate(-4.5, 1.2), protocol)
        page.add("mxray_packets_total", 46)
        page.add("mxray_bytes_total", 9000)
        page.add("mxray_records_total", 9, ring="dialogue")
        page.add("mxray_syn_packets_total", 2, attempt="first")
        for event in ("opened", "closed"):
            page.add("mxray_flow_events_total", 2, event=event)
        if chance.random() < 0.12:
            page.add("mxray_resets_total", by="client")
        if chance.random() < 0.015:
            page.add("mxray_resets_total", by="server")
        if chance.random() < 0.01:
            page.add("mxray_syn_acks_repeated_total", protocol=protocol)

    def forgeries(self, now: float, before: float) -> None:
        page = self.page
        pace = 0 if before > 130 else 1.1 if before > 85 else 0.22  # a minute
        for _ in range(self.times(pace * STEP / 60)):
            page.add("mxray_forgeries_total", **{"class": "simple", "hops": "5-7"})
            self.incident(now, "forged_reply", self.chance.choice(("certain", "certain", "certain", "probable")))
            for signal in ("ttl_data", "window_zero", "no_timestamps", "dont_fragment", "too_early", "content_conflict"):
                page.add("mxray_connection_signals_total", protocol="smtp", signal=signal)
            page.add("mxray_records_total", 3, ring="incident")
        for _ in range(self.times(0.25 * pace * STEP / 60)):
            page.add("mxray_forgeries_total", **{"class": "constant_window", "hops": "5-7"})
            self.incident(now, "forged_reset", "certain")
            page.add("mxray_resets_total", 3, by="server")
            page.add("mxray_connection_signals_total", protocol="smtp", signal="reset_ttl")
        if self.chance.random() < 0.05:
            page.add("mxray_connection_signals_total", protocol="imap", signal="ttl_data")

    def refusals(self, now: float, before: float, tide: float) -> None:
        everyday = {("others", "user_unknown"): 0.5, ("others", "greylisted"): 0.35, ("ours", "policy"): 0.4,
                    ("ours", "user_unknown"): 0.7, ("ours", "auth_required"): 0.2}  # a minute
        if 30 < before < 75:
            everyday["others", "blocklisted"] = 2.2
        for (server, reason), pace in everyday.items():
            for _ in range(self.times(pace * tide * STEP / 60)):
                self.page.add("mxray_refusals_by_reason_total", server=server, reason=reason)
                code = "4xx" if reason == "greylisted" else "5xx"
                self.page.add("mxray_refusals_total", protocol="smtp", **{"class": code})
        if 75 >= before > 75 - STEP / 60:
            self.incident(now, "rejected", "certain")
        for _ in range(self.times(0.3 * STEP / 60)):
            self.page.add("mxray_refusals_total", protocol=self.chance.choice(("pop3", "imap")), **{"class": "5xx"})

    def waiting(self, before: float, tide: float) -> None:
        page, chance = self.page, self.chance
        stalled = 18 < before < 58
        page.put("mxray_flows", (3 + self.times(2)) if stalled else self.times(0.2), protocol="pop3", state="waiting")
        page.put("mxray_flows", self.times(0.4), protocol="smtp", state="waiting")
        page.put("mxray_greeting_wait_longest_seconds", chance.uniform(18, 30) if stalled else chance.uniform(0, 0.3))
        for protocol, many in (("smtp", 9), ("pop3", 3), ("imap", 60)):
            page.put("mxray_flows", self.times(many * tide * 0.3), protocol=protocol, state="dialogue")
            page.put("mxray_flows", self.times(many * tide), protocol=protocol, state="encrypted")
            page.put("mxray_flows", self.times(many * tide * 2), protocol=protocol, state="closed")

    def monitor(self, now: float, tide: float) -> None:
        page, chance = self.page, self.chance
        for name, share in FILL.items():
            most = page.values[page.key("mxray_map_max_entries", map=name)]
            page.put("mxray_map_entries", round(share * most * chance.uniform(0.98, 1.02)), map=name)
        for key in [key for key in page.values if key.startswith("mxray_program_runs_total")]:
            runs = round(1200 * tide * STEP * chance.uniform(0.9, 1.1)) if "tc_ethernet" in key else 0
            page.values[key] += runs
            page.values[key.replace("runs_total", "run_seconds_total")] += runs * chance.uniform(118e-9, 131e-9)
        page.add("process_cpu_seconds_total", 0.011 * STEP * tide * chance.uniform(0.8, 1.2))
        page.put("process_resident_memory_bytes", 41e6 + 2e6 * tide)
        page.values["up{}"] = 1
        page.values["scrape_duration_seconds{}"] = chance.uniform(0.004, 0.009)


def with_target(key: str, instance: str) -> str:
    name, labels = key[:-1].split("{", 1)
    return f'{name}{{instance="{instance}",job="mxray"{"," if labels else ""}{labels}}}'


def main() -> None:
    instance, end, hours = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    page = Page(sys.stdin.read())
    story = Story(page)
    keys: dict[str, str] = {}
    for index in range(int(hours * 3600 / STEP)):
        now = end - hours * 3600 + index * STEP
        story.step(now, (end - now) / 60)
        for key, value in page.values.items():
            if key not in keys:
                keys[key] = with_target(key, instance)
            sys.stdout.write(f"{keys[key]} {value:.9g} {now:.0f}\n")
    sys.stdout.write("# EOF\n")


if __name__ == "__main__":
    main()
