# SPDX-License-Identifier: Apache-2.0
"""How does a panel look in Grafana's JSON?

Only types that tests/grafana/render can draw: stat, timeseries, bargauge,
table, state-timeline. A panel is made without a place; dashboard.py gives it one.
"""

from queries import Query

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

# Okabe and Ito's colours, told apart with any colour vision. No meaning hangs on
# a colour alone: each state has its word as well.
GOOD = "#009E73"
NOTICE = "#F0E442"
WARNING = "#E69F00"
BAD = "#D55E00"
BLIND = "#CC79A7"
BLUE = "#0072B2"
SKY = "#56B4E9"
PLAIN = "#DDDDDD"
VIOLET = "#A58AFF"
GREY = "#8E959E"
QUIET = "#2F343B"

KIND_COLORS = {
    "forged_reply": BAD,
    "forged_reset": BLIND,
    "ident_stall": WARNING,
    "slow_greeting": NOTICE,
    "smtp_proxy": VIOLET,
    "unauthenticated_submission": GREY,
    "hairpin_failure": BLUE,
    "source_masked": SKY,
    "rejected": GOOD,
}
PROTOCOL_COLORS = {"smtp": SKY, "pop3": WARNING, "imap": GOOD, "other": GREY}
# Everyday reasons are pale; those that are ours to mend are not.
REASON_COLORS = {
    "reverse_dns": BAD, "helo": WARNING, "blocklisted": NOTICE, "auth_required": BLUE, "sender_verify": VIOLET,
    "too_many_attempts": BLIND, "policy": SKY, "greylisted": "#5B7F95", "user_unknown": "#7F8791", "other": GREY,
}
QUANTILE_COLORS = {"p50": GOOD, "p95": WARNING, "p99": BAD}


def thresholds(*steps: tuple[float, str], base: str = GOOD) -> dict:
    """`base` below the first step, then each colour from its value upwards."""
    return {
        "mode": "absolute",
        "steps": [{"color": base, "value": None}]
        + [{"color": color, "value": value} for value, color in steps],
    }


def words(**texts: tuple[str, str]) -> list[dict]:
    """Value mappings: v0=("HEALTHY", GOOD) is shown for the value 0."""
    options = {
        name.removeprefix("v"): {"text": text, "color": color, "index": index}
        for index, (name, (text, color)) in enumerate(texts.items())
    }
    return [{"type": "value", "options": options}]


def from_value(least: float, text: str, color: str) -> list[dict]:
    """A value mapping: `text` instead of every value from `least` upwards."""
    return [{"type": "range", "options": {"from": least, "to": None, "result": {"text": text, "color": color, "index": 0}}}]


def by_name(name: str, **properties) -> dict:
    """An override for the series or column of that name; `custom_x` is custom.x."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("custom_", "custom.", 1), "value": value} for key, value in properties.items()
        ],
    }


def fixed(color: str) -> dict:
    return {"mode": "fixed", "fixedColor": color}


def colored(colors: dict[str, str]) -> list[dict]:
    return [by_name(name, color=fixed(color)) for name, color in colors.items()]


def _panel(kind: str, title: str, description: str, queries: list[Query], defaults: dict, options: dict, **more) -> dict:
    overrides = more.pop("overrides", [])
    return {
        "type": kind,
        "title": title,
        "description": " ".join(description.split()),
        "datasource": DATASOURCE,
        "targets": [query.target(chr(ord("A") + index), DATASOURCE) for index, query in enumerate(queries)],
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": options,
        **more,
    }


def _defaults(unit: str, limits: dict | None, **more) -> dict:
    return {"unit": unit, "thresholds": limits or thresholds(base=SKY), "mappings": [], **more}


def _reduce() -> dict:
    return {"values": False, "calcs": ["lastNotNull"], "fields": ""}


def stat(title: str, description: str, *queries: Query, unit: str = "short", limits: dict | None = None,
         background: bool = False, sparkline: bool = False, names: bool = False, **more) -> dict:
    """Large figures. `names`: several, one below the other, each with its name.
    `background`: the whole tile takes the colour."""
    defaults = _defaults(unit, limits, color={"mode": "thresholds"})
    for key in ("mappings", "decimals", "min", "max", "noValue"):
        if key in more:
            defaults[key] = more.pop(key)
    options = {
        "reduceOptions": _reduce(),
        "orientation": "horizontal" if names else "auto",
        "textMode": "value_and_name" if names else "value",
        "colorMode": "background_solid" if background else "value",
        "graphMode": "area" if sparkline else "none",
        "justifyMode": "center",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
    }
    return _panel("stat", title, description, list(queries), defaults, options, **more)


def timeseries(title: str, description: str, *queries: Query, unit: str = "short", limits: dict | None = None,
               bars: bool = False, stacked: bool = False, fill: int = 10, calcs: tuple[str, ...] = (),
               interval: str = "", colors: dict[str, str] | None = None, decimals: int | None = None, top: float | None = None,
               legend: str = "bottom", **more) -> dict:
    """Curves, or bars; `interval` is the least step, as in 5m. `limits` are drawn as lines.
    The axis reaches up to `top` at least, so that nothing but zeros does not look like much."""
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 0 if bars else 2,
        "barAlignment": 0,
        "barWidthFactor": 0.8,
        "fillOpacity": 90 if bars else fill,
        "gradientMode": "none",
        "showPoints": "never",
        "pointSize": 5,
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "axisPlacement": "auto",
        "axisLabel": "",
        "axisSoftMin": 0,
        "axisBorderShow": False,
        "scaleDistribution": {"type": "linear"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        "thresholdsStyle": {"mode": "dashed" if limits else "off"},
    }
    if top is not None:
        custom["axisSoftMax"] = top
    defaults = _defaults(unit, limits, color={"mode": "palette-classic"}, custom=custom)
    if decimals is not None:
        defaults["decimals"] = decimals
    options = {
        "legend": {"showLegend": True, "displayMode": "list", "placement": legend, "calcs": list(calcs)},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    if interval:
        more["interval"] = interval
    more["overrides"] = colored(colors or {}) + more.pop("overrides", [])
    return _panel("timeseries", title, description, list(queries), defaults, options, **more)


def bargauge(title: str, description: str, *queries: Query, unit: str = "percentunit", limits: dict | None = None,
             least: float = 0, most: float | None = 1, **more) -> dict:
    """One horizontal bar a series, with the value in figures."""
    defaults = _defaults(unit, limits, color={"mode": "thresholds"}, min=least)
    if most is not None:
        defaults["max"] = most
    if "decimals" in more:
        defaults["decimals"] = more.pop("decimals")
    options = {
        "reduceOptions": _reduce(),
        "orientation": "horizontal",
        "displayMode": "basic",
        "valueMode": "text",
        "namePlacement": "left",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 12,
        "maxVizHeight": 32,
        "text": {"valueSize": 15},
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
    }
    return _panel("bargauge", title, description, list(queries), defaults, options, **more)


def table(title: str, description: str, *queries: Query, columns: dict[str, str], sort: str, descending: bool = True,
          **more) -> dict:
    """One row a combination of labels. `columns` are labels in order with their
    headings; the queries' values are `Value` if there is one query, else `Value #A`,
    `Value #B`."""
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": False, "inspect": False}
    defaults = _defaults("short", None, color={"mode": "thresholds"}, custom=custom)
    options = {
        "frameIndex": 0,
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort, "desc": descending}],
    }
    organize = {
        "id": "organize",
        "options": {
            "excludeByName": {"Time": True},
            "indexByName": {name: index for index, name in enumerate(columns)},
            "renameByName": columns,
        },
    }
    merge = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    return _panel("table", title, description, list(queries), defaults, options, transformations=merge + [organize], **more)


def state_timeline(title: str, description: str, *queries: Query, mappings: list[dict], **more) -> dict:
    """One band a query, coloured by the word its value stands for."""
    custom = {
        "fillOpacity": 90,
        "lineWidth": 0,
        "axisPlacement": "auto",
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    }
    defaults = _defaults("short", None, color={"mode": "thresholds"}, custom=custom)
    defaults["mappings"] = mappings
    options = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.85,
        "perPage": 0,
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return _panel("state-timeline", title, description, list(queries), defaults, options, **more)
