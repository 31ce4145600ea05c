# SPDX-License-Identifier: Apache-2.0
"""Is mail's path healthy, and since when not? The dashboard for the wall."""

import health
from dashboard import (
    DATASOURCE_VARIABLE, INSTANCE_VARIABLE, RUNBOOK_OF_CELL, RUNBOOKS_LINK, RUNBOOKS_VARIABLE,
    dashboard, dashboard_link, runbook,
)
from panels import (
    BAD, GOOD, KIND_COLORS, PROTOCOL_COLORS, QUANTILE_COLORS, QUIET, SKY, WARNING,
    by_name, fixed, from_value, stat, state_timeline, table, thresholds, timeseries, words,
)
from queries import Query, grown, of, pace, percentiles

UID = "mxray-overview"

_VERDICT = stat(
    "Mail's path",
    """The gravest trouble that lasts, in one word. HEALTHY: mxray watches and saw none. FORGERIES: somebody
    between here and a server answers or hangs up in another's name; run `mxray incidents --since 1h`, then `mxray explain ID`.
    NOT SEEING ALL: mxrayd is down, a program is not attached, or evidence was lost; run `mxray status`. The others: the runbook
    of the kind shown below.""",
    Query(health.verdict(), "verdict", instant=True),
    background=True, mappings=words(**health.WORDS), links=[runbook("README")],
)

_SINCE = stat(
    "In this state since",
    """When health last turned into trouble, or trouble into health, to two minutes; it looks back a day. Take this time into the
    ticket: what was changed on the path then?""",
    Query(f"1000 * ({health.changed_at()})", "since", instant=True),
    Query(f"time() - ({health.changed_at()})", "for", instant=True),
    names=True,
    overrides=[
        by_name("since", unit="dateTimeAsIsoNoDateIfToday"),
        by_name("for", unit="s", decimals=1,
                mappings=from_value(health.LOOK_BACK_SECONDS - 120, "a day or longer", SKY)),
    ],
)

_WAITING_NOW = stat(
    "Waiting for a greeting",
    """Connections that are open but not greeted yet, and how long the first of them has waited. Red from 20 s: users see their
    mail program hang. `mxray flows` names who waits for whom; usually a firewall drops the server's ident query (port 113).""",
    Query(f"sum({of('mxray_flows', state='waiting')}) or vector(0)", "clients", instant=True),
    Query(f"max({of('mxray_greeting_wait_longest_seconds')}) or vector(0)", "longest", instant=True),
    names=True, links=[runbook("MxrayGreetingsWaiting")],
    overrides=[
        by_name("longest", unit="s", decimals=0, thresholds=thresholds((5, WARNING), (20, BAD))),
        by_name("clients", decimals=0, thresholds=thresholds((20, WARNING), (100, BAD))),
    ],
)

_INCIDENTS_TOTAL = stat(
    "Incidents",
    "All incidents in the time range shown. None is normal; the table below says of which kind, and what to do.",
    Query(grown("mxray_incidents_total", "$__range") + " or vector(0)", "incidents", instant=True),
    decimals=0, limits=thresholds((1, WARNING), (20, BAD)),
)

_WATCHING = stat(
    "Hooks watching",
    """Directions of interfaces that a program of mxray watches. Red: at least one is not watched, so what passes there is not
    judged; `mxray status` and `mxray doctor` say why.""",
    Query(f"sum({of('mxray_attached')}) or vector(0)", "attached", instant=True),
    Query(f"count({of('mxray_attached')} == 0) or vector(0)", "missing", instant=True),
    names=True, links=[runbook("MxrayNotWatching")],
    overrides=[
        by_name("attached", decimals=0, thresholds=thresholds((1, GOOD), base=BAD)),
        by_name("missing", decimals=0, thresholds=thresholds((1, BAD))),
    ],
)

_TIMELINE = state_timeline(
    "What changed when",
    """One band a trouble, coloured while it lasts. Where a band begins is when something on the path was changed; it ends an hour
    after the latest event, six hours after the latest sign of a state (NAT, proxies, refusals).""",
    *[Query(health.band(trouble), trouble.name) for trouble in health.TROUBLES],
    mappings=words(**health.BAND_WORDS),
    interval="1m",
)


def _with_runbook(vector: str) -> str:
    """The vector with the name of its kind's page as the label `runbook`."""
    for kind in KIND_COLORS:
        page = "Mxray" + "".join(word.capitalize() for word in kind.split("_"))
        page = {"MxraySlowGreeting": "MxraySlowGreetings"}.get(page, page)
        vector = f'label_replace({vector}, "runbook", "{page}", "kind", "{kind}")'
    return vector


_BY_KIND = table(
    "Incidents by kind",
    """How many of each kind in the time range shown, and when the latest was, as far as this mxrayd knows since it started. The
    runbook says what a kind means and who has to change what.""",
    Query(_with_runbook(grown("mxray_incidents_total", "$__range", by="kind")), instant=True, table=True),
    Query(_with_runbook(f"1000 * max by (kind) ({of('mxray_incident_last_timestamp_seconds')})"), instant=True, table=True),
    columns={"kind": "Kind", "Value #A": "Incidents", "Value #B": "Latest", "runbook": "Runbook"}, sort="Incidents",
    overrides=[
        by_name("Incidents", decimals=0, thresholds=thresholds((1, WARNING), (20, BAD), base="transparent"),
                custom_width=85, custom_cellOptions={"type": "color-background", "mode": "basic"}),
        by_name("Latest", unit="dateTimeFromNow", custom_width=120, mappings=words(v0=("never", QUIET))),
        by_name("Runbook", links=[RUNBOOK_OF_CELL]),
    ],
)

_OVER_TIME = timeseries(
    "Incidents by kind, over time",
    """Each bar counts what was raised in its time. One bar is an event; bars that go on are a state: somebody has to change
    something. The legend's figure is the sum.""",
    Query(grown("mxray_incidents_total", by="kind"), "{{kind}}"),
    bars=True, stacked=True, interval="5m", calcs=("sum",), decimals=0, colors=KIND_COLORS,
)

_WAITING = timeseries(
    "Who waits for a greeting",
    """Clients that wait, and how long the longest has waited (right). A saw-tooth up to 30 s is an ident time-out: refuse port 113
    with a TCP reset (docs/ident.md).""",
    Query(f"sum({of('mxray_flows', state='waiting')}) or vector(0)", "clients"),
    Query(f"max({of('mxray_greeting_wait_longest_seconds')}) or vector(0)", "longest wait"),
    interval="15s", links=[runbook("MxrayGreetingsWaiting"), runbook("MxrayIdentStall")],
    overrides=[
        by_name("clients", color=fixed(SKY), decimals=0),
        by_name("longest wait", color=fixed(WARNING), unit="s", custom_axisPlacement="right", custom_fillOpacity=0),
    ],
)


def _delay(title: str, description: str, metric: str, *limits: tuple[float, str]) -> dict:
    return timeseries(title, description, *percentiles(metric), unit="s", interval="5m", fill=0,
                      limits=thresholds(*limits) if limits else None, colors=QUANTILE_COLORS)


_GREETING_DELAY = _delay(
    "Greeting delay",
    """From the client's SYN to the server's greeting. 10 s and more (dashed) with a quick path below is the server's doing or
    ident's: `mxray explain` of the incident splits the time. A gap: no connections.""",
    "mxray_greeting_delay_seconds", (10, WARNING), (30, BAD),
)
_REPLY_DELAY = _delay(
    "Reply delay",
    """From a command to its reply, as seen here. It cannot be shorter than the path's round trip: p50 below the round trip means
    that something nearer answers.""",
    "mxray_reply_delay_seconds",
)
_ROUND_TRIP = _delay(
    "Round trip of the path",
    """From here to the servers, SYN to SYN-ACK. A step is a route that changed; `mxray trace SERVER` shows the way, and mxrayd
    keeps it.""",
    "mxray_path_rtt_seconds",
)

_REFUSALS = timeseries(
    "Refusals, by reason",
    """Replies of SMTP servers that refuse something and are not forged. Refusals are everyday; a reason that begins to grow is
    ours to mend: reverse_dns and helo with `mxray check dns`, blocklisted with the list's operator. docs/rejections.md.""",
    Query(grown("mxray_refusals_by_reason_total", by="reason"), "{{reason}}"),
    bars=True, stacked=True, interval="5m", calcs=("sum",), decimals=0, links=[runbook("MxrayRejected")],
)
_TRAFFIC = timeseries(
    "Mail connections opened",
    """A second, by protocol, each counted once. It says whether quiet is health or silence: with no connections nothing can be
    judged.""",
    Query(pace("mxray_flows_opened_total", by="protocol"), "{{protocol}}"),
    unit="cps", stacked=True, fill=40, interval="1m", colors=PROTOCOL_COLORS,
)


def build() -> dict:
    rows = [
        ("", 6, [(8, _VERDICT), (4, _SINCE), (4, _WAITING_NOW), (4, _INCIDENTS_TOTAL), (4, _WATCHING)]),
        ("", 9, [(13, _TIMELINE), (11, _BY_KIND)]),
        ("What was raised, and who waits", 8, [(12, _OVER_TIME), (12, _WAITING)]),
        ("How long things take", 8, [(8, _GREETING_DELAY), (8, _REPLY_DELAY), (8, _ROUND_TRIP)]),
        ("What servers refuse, and how much mail there is", 8, [(12, _REFUSALS), (12, _TRAFFIC)]),
    ]
    return dashboard(
        UID, "mxray: mail's path",
        "Is mail's path healthy, and since when not? Made by dashboards/grafana/generate.py.",
        [DATASOURCE_VARIABLE, INSTANCE_VARIABLE, RUNBOOKS_VARIABLE],
        [
            dashboard_link("Drill-down", "Forgeries, ident, NAT, refusals, and mxray itself", "mxray-drilldown"),
            RUNBOOKS_LINK,
        ],
        rows,
    )
