# SPDX-License-Identifier: Apache-2.0
"""What frames the panels: their places, the variables, the links?"""

from panels import DATASOURCE

COLUMNS = 24
# The oldest schema that Grafana 10 writes; newer ones migrate it when they load it.
SCHEMA_VERSION = 38
TAG = "mxray"

# Where the pages of dashboards/runbooks are read. The default is the package's
# folder, as in the alerts; a team that serves them elsewhere sets the variable.
RUNBOOKS = "file:///usr/share/mxray/dashboards/runbooks"


def _variable(name: str, label: str, hide: int = 0, **more) -> dict:
    return {"name": name, "label": label, "hide": hide, "skipUrlSync": False, **more}


def _labels_of(name: str, label: str, metric: str, wanted: str, description: str) -> dict:
    query = f"label_values({metric}, {wanted})"
    return _variable(
        name, label, type="query", description=description, datasource=DATASOURCE,
        query={"query": query, "refId": f"variable-{name}"}, refresh=2, sort=1, regex="", multi=True, includeAll=True,
        current={"selected": True, "text": ["All"], "value": ["$__all"]}, options=[],
    )


DATASOURCE_VARIABLE = _variable(
    "datasource", "Prometheus", type="datasource", query="prometheus", refresh=1, regex="", multi=False,
    includeAll=False, options=[],
)
INSTANCE_VARIABLE = _labels_of("instance", "Gateway", "mxray_build_info", "instance", "The mxrayd that watches.")
INTERFACE_VARIABLE = _labels_of(
    "interface", "Interface", 'mxray_attached{instance=~"$instance"}', "interface", "Of that gateway."
)
RUNBOOKS_VARIABLE = _variable(
    "runbooks", "Runbooks", type="textbox", query=RUNBOOKS, hide=2, description="Where the pages of dashboards/runbooks are.",
    current={"selected": True, "text": RUNBOOKS, "value": RUNBOOKS}, options=[{"selected": True, "text": RUNBOOKS, "value": RUNBOOKS}],
)


def _link(title: str, tooltip: str, url: str, icon: str, inside: bool) -> dict:
    return {
        "type": "link", "title": title, "tooltip": tooltip, "url": url, "icon": icon, "tags": [],
        "asDropdown": False, "includeVars": inside, "keepTime": inside, "targetBlank": not inside,
    }


def runbook(page: str) -> dict:
    """A panel's link to the page of one alert."""
    return _link(f"Runbook {page}", "", f"${{runbooks}}/{page}.md", "doc", inside=False)


# The same for a cell that holds the name of a page.
RUNBOOK_OF_CELL = {"title": "Runbook", "url": "${runbooks}/${__value.raw}.md", "targetBlank": True}


def dashboard_link(title: str, tooltip: str, uid: str) -> dict:
    """At the top right; takes variables and time along."""
    return _link(title, tooltip, f"/d/{uid}", "dashboard", inside=True)


RUNBOOKS_LINK = _link("Runbooks", "What each alert means and what to do", "${runbooks}/", "doc", inside=False)


def place(rows: list[tuple[str, int, list[tuple[int, dict | list[dict]]]]]) -> list[dict]:
    """Numbers the panels and gives them their places. A row is its heading (none
    if empty), its height in grid units, and panels with their widths, or lists of
    panels that share the height. What does not fit into the 24 columns any more
    begins the next line."""
    placed: list[dict] = []
    y = 0

    def add(panel: dict, x: int, y: int, width: int, height: int) -> None:
        position = {"x": x, "y": y, "w": width, "h": height}
        placed.append({"id": len(placed) + 1, **panel, "gridPos": position})

    for heading, height, panels in rows:
        if heading:
            add({"type": "row", "title": heading, "collapsed": False, "panels": []}, 0, y, COLUMNS, 1)
            y += 1
        x = 0
        for width, item in panels:
            if x + width > COLUMNS:
                x, y = 0, y + height
            stack = item if isinstance(item, list) else [item]
            for index, panel in enumerate(stack):
                add(panel, x, y + index * height // len(stack), width, height // len(stack))
            x += width
        y += height
    return placed


def dashboard(uid: str, title: str, description: str, variables: list[dict], links: list[dict], rows) -> dict:
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "weekStart": "",
        "fiscalYearStartMonth": 0,
        "liveNow": False,
        "annotations": {"list": []},
        "templating": {"list": variables},
        "links": links,
        "panels": place(rows),
    }
