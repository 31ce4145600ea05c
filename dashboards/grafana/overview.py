# SPDX-License-Identifier: Apache-2.0
"""Is mail's path healthy, and since when not? The dashboard for the wall."""

import health
from dashboard import (
    DATASOURCE_VARIABLE, INSTANCE_VARIABLE, RUNBOOK_OF_CELL, RUNBOOKS_LINK, RUNBOOKS_VARIABLE,
    dashboard, dashboard_link, runbook,
)
from panels import (
    BAD, GOOD, GREY, KIND_COLORS, PROTOCOL_COLORS, QUANTILE_COLORS, REASON_COLORS, SKY, WARNING,
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
    background=True, mappings=words(**health.WORDS),
)

_SINCE = stat(
    "In this state since",
    """When health last turned into trouble, or trouble into health, to two minutes. Take this time into the ticket: what was changed on
    the path then?""",
    Query(f"1000 * ({health.changed_at()})", "since", instant=True),
    unit="dateTimeAsIsoNoDateIfToday",
)
_FOR = stat(
    "For",
    "How long this state has lasted. It looks back a day.",
    Query(f"time() - ({health.changed_at()})", "for", instant=True),
    unit="s", decimals=1, mappings=from_value(health.LOOK_BACK_SECONDS - 120, "a day or longer", SKY),
)
_WAITING_NOW = stat(
    "Waiting for a greeting",
    """Clients that are connected but not greeted yet. `mxray flows` names who waits for whom.""",
    Query(f"sum({of('mxray_flows', state='waiting')}) or vector(0)", "clients", instant=True),
    decimals=0, limits=thresholds((20, WARNING), (100, BAD)), links=[runbook("MxrayGreetingsWaiting")],
)
_LONGEST_WAIT = stat(
    "The longest for",
    """How long the first of them has waited. Red from 20 s: users see their mail program hang. Usually a firewall drops the server's
    ident query (port 113): `mxray check ident`.""",
    Query(f"max({of('mxray_greeting_wait_longest_seconds')}) or vector(0)", "longest", instant=True),
    unit="s", decimals=1, limits=thresholds((5, WARNING), (20, BAD)), links=[runbook("MxrayIdentStall")],
)
_INCIDENTS_TOTAL = stat(
    "Incidents",
    "All incidents in the time range shown. None is normal; the table below says of which kind, and what to do.",
    Query(grown("mxray_incidents_total", "$__range") + " or vector(0)", "incidents", instant=True),
    decimals=0, limits=thresholds((1, WARNING), (20, BAD)),
)
_WATCHED = stat(
    "Directions watched",
    "Directions of interfaces that a program of mxray watches. 0 in red: nothing is judged; is mxrayd running?",
    Query(f"sum({of('mxray_attached')}) or vector(0)", "watched", instant=True),
    decimals=0, limits=thresholds((1, GOOD), base=BAD), links=[runbook("MxrayDown")],
)
_NOT_WATCHED = stat(
    "Not watched",
    "Directions that no program could be attached to: what passes there is not judged. `mxray status` and `mxray doctor` say why.",
    Query(f"count({of('mxray_attached')} == 0) or vector(0)", "not watched", instant=True),
    decimals=0, limits=thresholds((1, BAD)), links=[runbook("MxrayNotWatching")],
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
    """How many of each kind in the time range shown, and when the latest of them was. The runbook says what a kind means and who has to change what.""",
    Query(_with_runbook(grown("mxray_incidents_total", "$__range", by="kind")), instant=True, table=True),
    Query(_with_runbook(f"1000 * max by (kind) (max_over_time({of('mxray_incident_last_timestamp_seconds')}[$__range]))"), instant=True, table=True),
    columns={"kind": "Kind", "Value #A": "Incidents", "Value #B": "Latest", "runbook": "Runbook"}, sort="Incidents",
    overrides=[
        by_name("Kind", custom_width=200),
        by_name("Incidents", decimals=0, thresholds=thresholds((1, WARNING), (20, BAD), base="transparent"),
                custom_width=80, custom_cellOptions={"type": "color-background", "mode": "basic"}),
        by_name("Latest", unit="dateTimeFromNow", custom_width=150, mappings=words(v0=("never", GREY))),
        by_name("Runbook", links=[RUNBOOK_OF_CELL]),
    ],
)

_OVER_TIME = timeseries(
    "Incidents by kind, over time",
    """Each bar counts what was raised in its time. One bar is an event; bars that go on are a state: somebody has to change
    something. The legend's figure is the sum.""",
    Query(grown("mxray_incidents_total", by="kind"), "{{kind}}"),
    bars=True, stacked=True, interval="5m", calcs=("sum",), decimals=0, top=4, colors=KIND_COLORS,
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
    "Our mail refused by others, by reason",
    """Genuine refusals of other servers. user_unknown and greylisted are everyday. A reason that begins to grow is ours to mend:
    reverse_dns and helo with `mxray check dns`, blocklisted with the list's operator. docs/rejections.md.""",
    Query(grown("mxray_refusals_by_reason_total", by="reason", server="others"), "{{reason}}"),
    bars=True, stacked=True, interval="5m", calcs=("sum",), decimals=0, top=4, colors=REASON_COLORS,
    links=[runbook("MxrayRejected")],
)
_TRAFFIC = timeseries(
    "Mail connections opened",
    """A second, by protocol, each counted once. It says whether quiet is health or silence: with no connections nothing can be
    judged.""",
    Query(pace("mxray_flows_opened_total", by="protocol"), "{{protocol}}"),
    unit="cps", stacked=True, fill=40, interval="2m", colors=PROTOCOL_COLORS,
)


def build() -> dict:
    rows = [
        ("", 6, [
            (9, _VERDICT), (4, [_SINCE, _FOR]), (4, [_WAITING_NOW, _LONGEST_WAIT]), (3, _INCIDENTS_TOTAL), (4, [_WATCHED, _NOT_WATCHED]),
        ]),
        ("", 11, [(12, _TIMELINE), (12, _BY_KIND)]),
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
