# SPDX-License-Identifier: Apache-2.0
"""What exactly happens, and can mxray be believed? The dashboard behind the overview."""

from dashboard import (
    DATASOURCE_VARIABLE, INSTANCE_VARIABLE, INTERFACE_VARIABLE, RUNBOOKS_LINK, RUNBOOKS_VARIABLE,
    dashboard, dashboard_link, runbook,
)
from panels import (
    BAD, BLIND, BLUE, GOOD, GREY, KIND_COLORS, NOTICE, PLAIN, REASON_COLORS, SKY, WARNING,
    bargauge, by_name, colored, stat, table, thresholds, timeseries, words,
)
from queries import Query, grown, of, pace

UID = "mxray-drilldown"
_BARS = {"bars": True, "stacked": True, "interval": "5m", "calcs": ("sum",), "decimals": 0, "top": 4}
_HOPS = ("0", "1", "2", "3", "4", "5-7", "8-11", "12-15", "16[+]", "unknown")


def _count(title: str, description: str, *queries: Query, **more) -> dict:
    """Counts over the time range, a bar a label value."""
    return bargauge(title, description, *queries, unit="short", most=None, decimals=0,
                    limits=more.pop("limits", thresholds((1, WARNING))), **more)


# Forgeries

_FORGERIES = timeseries(
    "Forgeries over time",
    """Replies and resets in another's name, by how sure mxray was when it raised them. `certain` needs no second look: the
    packet contradicts the server's own. `mxray incidents --group` says whom a wave hit.""",
    Query(grown("mxray_incidents_total", by="kind, confidence", kind="forged_reply|forged_reset"), "{{kind}} {{confidence}}"),
    **_BARS,
    links=[runbook("MxrayForgedReply"), runbook("MxrayForgedReset")],
    colors={
        "forged_reply certain": BAD, "forged_reply probable": WARNING, "forged_reply possible": NOTICE,
        "forged_reset certain": BLIND, "forged_reset probable": SKY, "forged_reset possible": PLAIN,
    },
)
_FORGER_CLASS = _count(
    "Forgers, by class",
    """How the forged packets were made: simple (a bare packet with marks of its own), constant_window, reflector (a header sent
    back), mimic (copies the server). One class: most likely one box. docs/detection.md has the marks.""",
    Query(grown("mxray_forgeries_total", "$__range", by="class"), "{{class}}", instant=True),
    limits=thresholds((1, BAD)),
)
_FORGER_HOPS = _count(
    "Forgers, by hops from here",
    """How far away they sit, read from the TTL. 0 or 1: in our own network. All in one bar: one place; `mxray trace SERVER`, then
    `mxray explain ID`, names the routers before and behind it.""",
    # One query each: by itself Prometheus would put 12-15 before 2.
    *[Query(grown("mxray_forgeries_total", "$__range", by="hops", hops=hops), "{{hops}}", instant=True) for hops in _HOPS],
    limits=thresholds((1, BAD)),
)
_SIGNALS = timeseries(
    "Connections that show a sign",
    """The share of ended connections whose server showed the sign at least once: this network's base rate. A sign that genuine
    traffic shows often is weak evidence here; a jump of several at once is a forger.""",
    Query(
        f"sum by (signal) (rate({of('mxray_connection_signals_total', signal='too_early|content_conflict|ttl_data|ttl_handshake|window_zero|reset_ttl')}[$__rate_interval]))"
        f" / ignoring(signal) group_left sum(rate({of('mxray_connections_judged_total')}[$__rate_interval]))",
        "{{signal}}",
    ),
    unit="percentunit", fill=0, interval="5m", top=0.01,
    colors={"content_conflict": BAD, "too_early": WARNING, "window_zero": NOTICE, "reset_ttl": BLIND, "ttl_data": SKY, "ttl_handshake": BLUE},
)
_RESETS = timeseries(
    "Resets and repeated SYN-ACKs",
    """Resets in mail connections, by the side they claim to come from, and SYN-ACKs that servers sent again. Many from
    `server` without forged_reset incidents: the servers themselves hang up. Repeated SYN-ACKs: packets are lost on the path.""",
    Query(pace("mxray_resets_total", by="by"), "reset by {{by}}"),
    Query(pace("mxray_syn_acks_repeated_total"), "SYN-ACK repeated"),
    unit="cps", fill=0, interval="5m",
    colors={"reset by client": SKY, "reset by server": BAD, "SYN-ACK repeated": WARNING},
)

# Ident

_IDENT = timeseries(
    "Ident queries, by what became of them",
    """Queries (port 113) that a mail connection waited on. dropped: a firewall swallows them, and the client waits for the
    server's time-out; refuse the port with a TCP reset. reset, unreachable and answered cost no time.""",
    Query(grown("mxray_ident_queries_total", by="outcome"), "{{outcome}}"),
    **_BARS,
    links=[runbook("MxrayIdentStall")],
    colors={"dropped": BAD, "reset": GOOD, "unreachable": SKY, "answered": BLUE},
)
_IDENT_SYNS = timeseries(
    "SYNs to port 113",
    """With and without a mail connection that waits on them. Those without are scans, or queries of other services.""",
    Query(grown("mxray_ident_syn_packets_total", by="mail"), "mail waits: {{mail}}"),
    fill=0, interval="5m", decimals=0, top=4, calcs=("sum",), colors={"mail waits: yes": WARNING, "mail waits: no": SKY},
)
_STALLS = timeseries(
    "Greetings that came late",
    """ident_stall: the wait was for a dropped ident query, ours or the client's firewall's to mend. slow_greeting: the server's
    own doing, its DNS, a tarpit, load.""",
    Query(grown("mxray_incidents_total", by="kind", kind="ident_stall|slow_greeting"), "{{kind}}"),
    **_BARS, colors=KIND_COLORS, links=[runbook("MxrayIdentStall"), runbook("MxraySlowGreetings")],
)

# NAT and proxies

_NAT = timeseries(
    "NAT incidents",
    """hairpin_failure: inside clients do not reach the published server. source_masked: the server sees the gateway instead of its
    clients, so its blocklists and limits judge the gateway. `mxray explain` prints the rule to paste (docs/nat.md).""",
    Query(grown("mxray_incidents_total", by="kind", kind="hairpin_failure|source_masked"), "{{kind}}"),
    **_BARS, colors=KIND_COLORS, links=[runbook("MxrayHairpinFailure"), runbook("MxraySourceMasked")],
)
_PROXY = timeseries(
    "Proxies, and mail without a login",
    """smtp_proxy: somebody on the way takes port 25 or writes over what the server offers. unauthenticated_submission: our users'
    mail reaches our server without a login; have them use 587 or 465.""",
    Query(grown("mxray_incidents_total", by="kind", kind="smtp_proxy|unauthenticated_submission"), "{{kind}}"),
    **_BARS, colors=KIND_COLORS, links=[runbook("MxraySmtpProxy"), runbook("MxrayUnauthenticatedSubmission")],
)
_TRANSLATED = timeseries(
    "Connections seen on both sides of NAT",
    """Against all that were opened, a second. If mxray watches the inside and the outside and `both sides` stays at 0, clients inside
    cannot be named: the inside interface is not watched, or a firewall rewrites sequence numbers.""",
    Query(pace("mxray_flows_opened_total"), "opened"),
    Query(pace("mxray_connections_translated_total"), "seen on both sides"),
    unit="cps", fill=0, interval="5m", colors={"opened": SKY, "seen on both sides": GOOD},
)

# Refusals

_REASONS = _count(
    "Refusals, by reason",
    """In the time range shown. reverse_dns, helo: `mxray check dns`. auth_required: a login is missing. blocklisted: ask the list.
    greylisted comes right by itself. user_unknown is everyday. docs/rejections.md.""",
    Query(grown("mxray_refusals_by_reason_total", "$__range", by="reason"), "{{reason}}", instant=True),
    overrides=colored(REASON_COLORS), links=[runbook("MxrayRejected")],
)
_REFUSED_BY = timeseries(
    "Refusals, by whose server refuses",
    """Ours or another's. Another's that grow: our mail does not arrive; `mxray incidents --kind rejected` names servers and
    reasons. Ours that grow: somebody tries.""",
    Query(grown("mxray_refusals_by_reason_total", by="server"), "{{server}}"),
    **_BARS, colors={"others": WARNING, "ours": SKY, "unknown": GREY},
)
_REFUSAL_CLASS = timeseries(
    "Refusals, by protocol and class",
    """4xx: try again later. 5xx: for good; -ERR, NO and BAD of POP3 and IMAP count as 5xx, mostly wrong passwords.""",
    Query(grown("mxray_refusals_total", by="protocol, class", protocol="smtp|pop3|imap"), "{{protocol}} {{class}}"),
    **_BARS,
    colors={"smtp 4xx": SKY, "smtp 5xx": BLUE, "pop3 4xx": NOTICE, "pop3 5xx": WARNING, "imap 4xx": "#66C2A5", "imap 5xx": GOOD},
)

# The monitor itself

_ATTACHED = table(
    "Where mxray is attached",
    """Each direction of each interface, and the hook in use. `none` in red: nothing is seen there; `mxray doctor` says why and what
    to change.""",
    Query(f"max by (interface, direction, hook) ({of('mxray_attached', interface='$interface')})", instant=True, table=True),
    columns={"interface": "Interface", "direction": "Direction", "hook": "Hook", "Value": "State"}, sort="Interface",
    descending=False, links=[runbook("MxrayNotWatching")],
    overrides=[
        *[by_name(column, custom_width=105) for column in ("Interface", "Direction", "Hook")],
        by_name("State", custom_align="left", custom_width=120, mappings=words(v1=("watching", GOOD), v0=("NOT WATCHED", BAD)),
                custom_cellOptions={"type": "color-text"}),
    ],
)
_STATE = stat(
    "mxrayd",
    """up: Prometheus reaches it. store: incidents reach the disk. configuration: the latest reading of the files succeeded. A red one:
    `journalctl -u mxrayd` has the sentence.""",
    Query(f"min({of('up')})", "reached", instant=True),
    Query(f"min({of('mxray_store_working')})", "store", instant=True),
    Query(f"min({of('mxray_config_last_reload_successful')})", "configuration", instant=True),
    names=True, mappings=words(v0=("FAILS", BAD), v1=("ok", GOOD)),
    links=[runbook("MxrayDown"), runbook("MxrayStoreFailing"), runbook("MxrayConfigReloadFailed")],
)
_LOSSES = timeseries(
    "Lost, by cause",
    """Anything but 0 means that a verdict may be missing. record: a ring buffer was full, the machine is too busy. state: a table of
    the core refused an entry. evidence: pushed out of a live connection. forgotten: the analysis' table is full; raise max_flows.""",
    Query(pace("mxray_records_lost_total", by="ring"), "record: {{ring}}"),
    Query(pace("mxray_state_lost_total", by="table"), "state: {{table}}"),
    Query(pace("mxray_evidence_evicted_total"), "evidence of live flows"),
    Query(pace("mxray_flows_forgotten_total"), "flows forgotten"),
    Query(f"{pace('mxray_records_unreadable_total')} + {pace('mxray_records_refused_total')}", "records unreadable"),
    unit="cps", fill=0, interval="1m", top=1, legend="right",
    links=[runbook("MxrayIncidentRecordsLost"), runbook("MxrayStateLost"), runbook("MxrayEvidenceEvicted")],
)
_NOT_JUDGED = timeseries(
    "Passed on without a judgement",
    """Packets that cannot be read, and what the caps against floods held back. Fragments and tunnels are ordinary on some networks;
    attempts: a flood of SYNs, harmless to verdicts about live connections.""",
    Query(pace("mxray_packets_unreadable_total", by="cause"), "{{cause}}"),
    Query(pace("mxray_signals_suppressed_total"), "signals past the cap"),
    Query(pace("mxray_attempts_suppressed_total"), "attempts past the cap"),
    Query(pace("mxray_unproven_suppressed_total"), "unproven past the cap"),
    unit="cps", fill=0, interval="1m", top=1, legend="right",
)
_LIVE = (
    f"max(sum by (instance) ({of('mxray_flows', state='waiting|dialogue|encrypted')})"
    f" * on (instance) clamp_max(count by (instance) ({of('mxray_attached', direction='ingress')} == 1), 2)"
    f" / on (instance) max by (instance) ({of('mxray_map_max_entries', map='server_sides')}))"
)
_MAP_FILL = bargauge(
    "Map fill, highest in this time range",
    """How full the core's tables were. Most keep what is over until they need its place, so full is no fault; `live connections`
    is what counts: red above 80 %, then raise max_flows. half_open near full: a flood of SYNs.""",
    Query(f"max_over_time(({_LIVE})[$__range:$__interval])", "live connections", instant=True),
    Query(f"max by (map) (max_over_time({of('mxray_map_entries')}[$__range]) / {of('mxray_map_max_entries')})", "{{map}}", instant=True),
    decimals=1, links=[runbook("MxrayFlowTableNearlyFull")],
    overrides=[by_name("live connections", thresholds=thresholds((0.5, WARNING), (0.8, BAD)))],
)
_RUN_TIME = timeseries(
    "Kernel run time a packet",
    """Time of one run of each BPF program. 0 while the kernel does not measure (sysctl kernel.bpf_stats_enabled=1 turns it on, for
    some 20 ns a run). Above a microsecond: the machine, not mxray, is slow.""",
    Query(
        f"(sum by (program) (rate({of('mxray_program_run_seconds_total')}[$__rate_interval]))"
        f" / (sum by (program) (rate({of('mxray_program_runs_total')}[$__rate_interval])) > 0)) or 0 * sum by (program) ({of('mxray_program_runs_total')})",
        "{{program}}",
    ),
    unit="s", fill=0, interval="1m",
)
_PACKETS = timeseries(
    "Packets and records",
    """Mail packets looked at, and the records that they led to. Records that come near packets: a flood of signs; losses will follow.""",
    Query(pace("mxray_packets_total"), "packets"),
    Query(pace("mxray_records_total", by="ring"), "records: {{ring}}"),
    unit="cps", fill=0, interval="1m",
)
_SCRAPE = timeseries(
    "Scrape time",
    """How long Prometheus waits for /metrics. A tenth of a second and more (dashed): the machine is overloaded.""",
    Query(f"max by (instance) ({of('scrape_duration_seconds')})", "{{instance}}"),
    unit="s", fill=0, interval="1m", limits=thresholds((0.1, WARNING)), colors={},
)
_USE = timeseries(
    "Processor of mxrayd",
    """Cores in use by mxrayd itself, without what its programs use in the kernel. Above half a core: look at records and scrapes.""",
    Query(f"sum(rate({of('process_cpu_seconds_total')}[$__rate_interval]))", "cores"),
    interval="1m",
)
_MEMORY = timeseries(
    "Memory of mxrayd",
    """Resident memory. It grows with the connections known and then stays; a line that never flattens is a defect to report.""",
    Query(f"sum({of('process_resident_memory_bytes')})", "resident"),
    unit="bytes", interval="1m",
)
_STORE = timeseries(
    "Store",
    """Size of the incidents' file (bounded by the configuration) and, on the right, rows that could not be written, were given up or
    not read. Those above 0: the disk is full or the file damaged; monitoring goes on in memory.""",
    Query(f"sum({of('mxray_store_bytes')})", "size"),
    Query(grown("mxray_store_write_failures_total"), "write failures"),
    Query(grown("mxray_store_rows_dropped_total"), "rows given up"),
    Query(grown("mxray_store_rows_unreadable_total"), "rows unreadable"),
    unit="short", interval="5m", fill=0,
    overrides=[
        by_name("size", unit="bytes"),
        *[by_name(name, custom_axisPlacement="right", custom_axisSoftMax=4, decimals=0) for name in ("write failures", "rows given up", "rows unreadable")],
    ],
)


def build() -> dict:
    rows = [
        ("Forgeries: who speaks in another's name", 8, [
            (12, _FORGERIES), (6, _FORGER_CLASS), (6, _FORGER_HOPS), (12, _SIGNALS), (12, _RESETS),
        ]),
        ("Ident: who waits for whom", 8, [(8, _IDENT), (8, _STALLS), (8, _IDENT_SYNS)]),
        ("NAT and proxies", 8, [(8, _NAT), (8, _PROXY), (8, _TRANSLATED)]),
        ("Refusals", 8, [(8, _REASONS), (8, _REFUSED_BY), (8, _REFUSAL_CLASS)]),
        ("mxray itself: can it be believed?", 8, [
            (4, _STATE), (8, _ATTACHED), (12, _LOSSES),
            (12, _MAP_FILL), (12, _NOT_JUDGED), (12, _RUN_TIME), (12, _PACKETS),
            (6, _SCRAPE), (6, _USE), (6, _MEMORY), (6, _STORE),
        ]),
    ]
    return dashboard(
        UID, "mxray: drill-down",
        "Forgeries, ident, NAT, refusals, and whether mxray itself is well. Made by dashboards/grafana/generate.py.",
        [DATASOURCE_VARIABLE, INSTANCE_VARIABLE, INTERFACE_VARIABLE, RUNBOOKS_VARIABLE],
        [dashboard_link("Overview", "Is mail's path healthy?", "mxray-overview"), RUNBOOKS_LINK],
        rows,
    )
