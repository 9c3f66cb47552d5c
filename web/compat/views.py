"""All queues at a glance, as S1 and S2 show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from flask import request

from callboard.history.durations import Spread
from callboard.history.throughput import RANGES, Step, throughput
from callboard.jobs.clock import from_ms
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE, FAILED, STATES
from web.api.shared import shared_overview
from web.compat.door import wrong
from web.compat.naming import declared_queues
from web.compat.words import COUNTED, counts_of, listed, moment
from web.services import here

SHOWN: Final = 20
NEVER_USED: Final[dict[str, Any]] = {"counts": dict.fromkeys(STATES, 0), "paused": False}


def status() -> dict[str, Any]:
    """S1's status of the queue: counts over all queues, how many of those are paused, and whether workers run."""
    return totals(queues()) | {"isHealthy": bool(shared_overview().workers)}


def overview() -> dict[str, Any]:
    """S2's overview: each queue, all together, what runs, and what failed last."""
    found = queues()
    return {
        "queues": [{"name": name, **counts} for name, counts in found.items()],
        "totals": totals(found),
        "activeJobs": newest(ACTIVE),
        "failedJobs": newest(FAILED),
    }


def all_queues() -> dict[str, Any]:
    """S2's statistics of the queues."""
    return {"queueStats": queues()}


def performance() -> dict[str, Any]:
    """S2's performance: finished jobs of the last hour, day or week, `throughput` of them a minute."""
    name = request.args.get("timeRange", "hour")
    if name not in RANGES:
        raise wrong("timeRange", f"one of {', '.join(RANGES)} was expected, got {name[:40]!r}")
    length, step = RANGES[name]
    now = from_ms(here().now_ms())
    assert now is not None
    found = throughput(here().engine, now - length, now, step)
    return {
        "timeRange": name,
        "processed": found.processed,
        "failed": found.failed,
        "throughput": round(found.processed / (length / timedelta(minutes=1)), 3),
        "avgDurationMs": mean(found.run),
        "p95DurationMs": found.run.p95_ms if found.run else None,
        "series": [entry(part) for part in found.steps],
    }


VIEWS: Final[dict[str, tuple[Callable[[], dict[str, Any]], str]]] = {
    "overview": (overview, "/api/v1/stats/overview"),
    "queues": (all_queues, "/api/v1/queues"),
    "performance": (performance, "/api/v1/stats/throughput"),
}


def queues() -> dict[str, dict[str, Any]]:
    """The counts of each queue and whether it is paused, by its name."""
    known = shared_overview().queues
    return {name: counts_of(known.get(name, NEVER_USED)) for name in sorted({*known, *declared_queues()})}


def totals(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The counts of all queues together; `paused` is how many of them are paused."""
    return {word: sum(counts[word] for counts in found.values()) for word in (*COUNTED, "paused")}


def newest(state: str) -> list[dict[str, Any]]:
    """The newest jobs of a state over all queues."""
    store = here().store
    return shown(store.newest([state], store.queues(), SHOWN))


def shown(jobs: list[Job]) -> list[dict[str, Any]]:
    """Jobs as S2 lists them."""
    store = here().store
    return [listed(job, store.errors(job.id) if job.state == FAILED else []) for job in jobs]


def entry(part: Step) -> dict[str, Any]:
    """One point of a chart."""
    processed = part.completed + part.failed
    return {"at": moment(part.at), "processed": processed, "failed": part.failed, "avgDurationMs": mean(part.run)}


def mean(run: Spread | None) -> int | None:
    """The mean of durations, None where there are none."""
    return run.mean_ms if run else None
