# SPDX-License-Identifier: Apache-2.0
"""What do the panels ask Prometheus?

Pieces of PromQL that several panels share, most of all the one question of the
overview: is mail's path healthy? Each query works without recording rules.
"""

from dataclasses import dataclass


@dataclass
class Query:
    """One query. `instant`: only its latest value is wanted; `table`: a row a series."""

    expr: str
    legend: str = ""
    instant: bool = False
    table: bool = False

    def target(self, ref: str, datasource: dict) -> dict:
        return {
            "refId": ref,
            "datasource": datasource,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend or "__auto",
            "instant": self.instant,
            "range": not self.instant,
            "format": "table" if self.table else "time_series",
        }


def of(metric: str, **labels: str) -> str:
    """The metric of the chosen instances, its labels matched as regular expressions."""
    matchers = ['instance=~"$instance"'] + [f'{name}=~"{value}"' for name, value in labels.items()]
    return f"{metric}{{{', '.join(matchers)}}}"


def grown(metric: str, window: str = "$__rate_interval", by: str = "", **labels: str) -> str:
    """By how much a counter grew in each step. Windows of just a step would miss what
    happens between the last sample of one and the first of the next, so they are one
    scrape longer; round() takes away what increase() adds to make up for the edges."""
    group = f" by ({by})" if by else ""
    return f"round(sum{group} (increase({of(metric, **labels)}[{window}])))"


def pace(metric: str, by: str = "", **labels: str) -> str:
    """A counter's growth a second."""
    group = f" by ({by})" if by else ""
    return f"sum{group} (rate({of(metric, **labels)}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str = "", **labels: str) -> str:
    """NaN, which is drawn as a gap, while nothing was measured."""
    group = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({group}) (rate({of(metric + '_bucket', **labels)}[$__rate_interval])))"


def percentiles(metric: str) -> list[Query]:
    return [Query(quantile(share, metric), name) for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))]
