"""Metrics: how much was done, how much failed, how long it waited and ran, what was slow, what it cost."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request

from web.dashboard.ask import Unavailable, ask
from web.dashboard.ranges import RANGES, Span, span
from web.dashboard.shell import blueprint, once, page
from web.dashboard.shown import duration
from web.services import here

# What is compared with the time before: is more of it better, worse, or neither.
FIGURES: Final = (
    ("completed", "Completed", ""),
    ("failed", "Failed", "worse"),
    ("share", "Failure ratio", "worse"),
    ("per_minute", "Done per minute", ""),
)


@blueprint.get("/metrics/charts")
def charts() -> Response:
    """Charts of a time, of all jobs or those of one queue or type, beside the time before it."""
    chosen = span(request.args.get("range", "24h"))
    of = {name: request.args.get(name, "").strip() for name in ("queue", "type")}
    compared = request.args.get("compare") == "1"
    done = once(lambda: with_shares(ask("/stats/throughput", **chosen.asked, **of)))
    before = once(lambda: with_shares(ask("/stats/throughput", **chosen.before.asked, **of)) if compared else None)
    times = {"from_": chosen.start.isoformat(), "to": chosen.end.isoformat()}
    return page(
        "charts",
        "Metrics",
        span=chosen,
        ranges=tuple(RANGES),
        of=of,
        compared=compared,
        figures=FIGURES,
        done=done,
        before=lambda: before() or None,
        latency=lambda: ask("/stats/latency", **chosen.asked, **of),
        heat=lambda: ask("/stats/heat", **chosen.asked, **of),
        slowest=lambda: ask("/stats/slowest", **times, **of),
        costs=lambda: ask("/stats/costs", **times, **of),
        by_queue=lambda: ask("/stats/queues", **times),
        queues=lambda: ask("/queues"),
        types=lambda: ask("/types"),
        bands=bands,
        grafana=grafana(chosen, of),
    )


def with_shares(found: Any) -> Any:
    """What was done, with the share of failed jobs in all and in each step; None where none ended."""
    if isinstance(found, Unavailable):
        return found
    for part in (found, *found["steps"]):
        ended = part["completed"] + part["failed"]
        part["share"] = part["failed"] / ended if ended else None
    return found | {"per_minute": found["per_second"] * 60}


def bands(ends_ms: list[int]) -> list[str]:
    """The words of bands of run times, of which the ends are given."""
    return [f"< {duration(end, 1)}" for end in ends_ms] + [f"≥ {duration(ends_ms[-1], 1)}"]


def grafana(chosen: Span, of: dict[str, str]) -> str:
    """The same time in Grafana, empty where nobody has said where that is."""
    base = here().settings.grafana_url
    if not base:
        return ""
    board = "callboard-queue" if of["queue"] else "callboard-overview"
    times = {"from": round(chosen.start.timestamp() * 1_000), "to": round(chosen.end.timestamp() * 1_000)}
    more = {f"var-{name}": value for name, value in of.items() if value}
    return f"{base.rstrip('/')}/d/{board}?{urlencode(times | more)}"
