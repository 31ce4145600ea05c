# SPDX-License-Identifier: Apache-2.0
"""Is mail's path healthy, and since when (not)?

The answer is the number of the gravest trouble that lasts. Kinds, confidences and
windows are those of the alerts (dashboards/prometheus/mxray.alerts.yml), so that the
wall and the pager agree: an event counts for an hour, a state for six. The words
are explained in docs/dashboards.md.
"""

from dataclasses import dataclass

from panels import BAD, BLIND, GOOD, NOTICE, QUIET, WARNING
from queries import of

LOOK_BACK_SECONDS = 24 * 3600
SURE = "probable|certain"


@dataclass
class Trouble:
    """`condition` is a vector without labels, empty while all is well."""

    number: int
    name: str  # of its band in the timeline
    word: str  # in the verdict, readable from across the room
    color: str
    condition: str


def _raised(kinds: str, window: str, confidence: str = ".+", least: int = 1) -> str:
    """Incidents of these kinds, under the confidence they began with or rose to."""
    def increase(counter: str) -> str:
        return f"sum(increase({of(counter, kind=kinds, confidence=confidence)}[{window}]))"

    total = increase("mxray_incidents_total")
    if confidence != ".+":  # else what rose was counted before
        total = f"{total} + ({increase('mxray_incident_promotions_total')} or vector(0))"
    # increase() extrapolates: 5 may read 4.99.
    return f"{total} > {least - 0.5 if least > 1 else 0}"


_CANNOT_SEE = (
    f"min({of('up')}) < 1 or absent({of('mxray_build_info')}) or min({of('mxray_attached')}) < 1"
    f" or sum(increase({of('mxray_records_lost_total', ring='incident')}[15m])) > 0"
)
_MANY_WAIT = f"max({of('mxray_greeting_wait_longest_seconds')}) > 20 and sum({of('mxray_flows', state='waiting')}) >= 5"
_MANY_SLOW = (
    f"{_raised('slow_greeting', '1h', least=5)} and sum(increase({of('mxray_incidents_total', kind='slow_greeting')}[1h]))"
    f" / sum(increase({of('mxray_flows_opened_total', protocol='smtp|pop3|imap')}[1h])) > 0.05"
)
_STALLS = f"{_raised('ident_stall', '1h')} or ({_MANY_SLOW}) or ({_MANY_WAIT})"
_REFUSED = f"{_raised('rejected', '6h')} or {_raised('unauthenticated_submission', '6h', SURE)}"

# Gravest first.
TROUBLES = [
    Trouble(6, "mxray cannot see all", "NOT SEEING ALL", BLIND, _CANNOT_SEE),
    Trouble(5, "Forged replies, resets", "FORGERIES", BAD, _raised("forged_reply|forged_reset", "1h", SURE)),
    Trouble(4, "Proxy in the way", "PROXY IN THE WAY", BAD, _raised("smtp_proxy", "6h", SURE)),
    Trouble(3, "Greetings that stall", "GREETINGS STALL", WARNING, _STALLS),
    Trouble(2, "NAT leaves some out", "NAT RULE WRONG", WARNING, _raised("hairpin_failure|source_masked", "6h")),
    Trouble(1, "Refused, or no login", "MAIL REFUSED", NOTICE, _REFUSED),
]

WORDS = {"v0": ("HEALTHY", GOOD)} | {f"v{t.number}": (t.word, t.color) for t in reversed(TROUBLES)}
BAND_WORDS = {"v0": ("quiet", QUIET)} | {f"v{t.number}": (t.word.lower(), t.color) for t in reversed(TROUBLES)}


def band(trouble: Trouble) -> str:
    """The trouble's number while it lasts, else 0."""
    return f"(vector({trouble.number}) and ({trouble.condition})) or vector(0)"


def verdict() -> str:
    """The number of the gravest trouble now, 0 if there is none."""
    return " or ".join(f"(vector({t.number}) and ({t.condition}))" for t in TROUBLES) + " or vector(0)"


def changed_at() -> str:
    """When health last turned into trouble or trouble into health, in seconds
    since 1970, to two minutes; LOOK_BACK_SECONDS ago if it did not since."""
    def last(comparison: str) -> str:
        return f"max_over_time((vector(time()) and (({verdict()}) {comparison}))[{LOOK_BACK_SECONDS // 3600}h:2m])"

    return (
        f"({last('== 0')} and (({verdict()}) > 0)) or ({last('> 0')} and (({verdict()}) == 0))"
        f" or vector(time() - {LOOK_BACK_SECONDS})"
    )
