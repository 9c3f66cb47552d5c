"""Queues and workers as they are now, as families."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client.core import Metric as Family

from callboard.broker.overview import Overview
from callboard.broker.store import WorkerStatus
from callboard.jobs.states import ACTIVE, DELAYED, FAILED, WAITING
from web.metrics.closed import Closed
from web.metrics.families import family, single, summed

SHOWN: Final = (WAITING, DELAYED, ACTIVE, FAILED)


@dataclass(frozen=True, slots=True)
class Lines:
    """What was read of the queues: the overview, since when their oldest jobs are ready, and jobs that are stuck."""

    overview: Overview
    oldest_ms: Mapping[str, int]
    stuck: Mapping[str, str]
    now_ms: int


def queues(lines: Lines, closed: Closed) -> Iterator[Family]:
    """The gauges of all queues."""
    found = lines.overview.queues.values()

    def by_queue(key: str, values: Iterable[tuple[str, float]], *, add: bool = True) -> Family:
        pairs = [((closed.of("queue", queue),), value) for queue, value in values]
        return family(key, summed(pairs) if add else _largest(pairs))

    states = ((closed.of("queue", q["name"]), state, q["counts"][state]) for q in found for state in SHOWN)
    yield family("queue_jobs", summed(((queue, state), number) for queue, state, number in states))
    ages = [(q["name"], _age(lines, q["name"])) for q in found]
    yield by_queue("queue_oldest_waiting_age_seconds", ages, add=False)
    yield by_queue("queue_paused", ((q["name"], float(q["paused"])) for q in found), add=False)
    yield by_queue("queue_throttled", ((q["name"], float(q["why"] == "limited")) for q in found), add=False)
    limited = [(q["name"], q["concurrency"]) for q in found if q["concurrency"]]
    yield by_queue("queue_concurrency_limit", limited)
    stuck = [*((q["name"], 0.0) for q in found), *((queue, 1.0) for queue in lines.stuck.values())]
    yield by_queue("stuck_jobs", stuck)


def workers(lines: Lines, closed: Closed) -> Iterator[Family]:
    """The gauges of workers by the queues that they serve."""
    found, listed = lines.overview.queues.values(), lines.overview.workers
    yield family("workers", summed(((closed.of("queue", q["name"]),), q["workers"]) for q in found))
    slots = [*_busy(found), *_idle(found, listed)]
    yield family("worker_slots", summed(((closed.of("queue", queue), state), n) for queue, state, n in slots))
    ages = [lines.now_ms / 1000 - worker.heard_at.timestamp() for worker in listed if worker.heard_at]
    yield single("worker_heartbeat_age_max_seconds", max(0.0, *ages) if ages else None)


def _busy(queues: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, float]]:
    return ((q["name"], "busy", q["counts"][ACTIVE]) for q in queues)


def _idle(queues: Iterable[Mapping[str, Any]], listed: Sequence[WorkerStatus]) -> Iterator[tuple[str, str, float]]:
    """Free threads by queue; what runs in a queue is taken to be spread evenly over the workers that serve it."""
    all_queues = list(queues)
    for worker in listed:
        served = [q for q in all_queues if worker.serves(q["name"])]
        running = sum(q["counts"][ACTIVE] / max(1, q["workers"]) for q in served)
        free = max(0.0, int(worker.about.get("threads") or 0) - running)
        yield from ((q["name"], "idle", round(free)) for q in served)
    yield from ((q["name"], "idle", 0.0) for q in all_queues)


def _age(lines: Lines, queue: str) -> float:
    ready_ms = lines.oldest_ms.get(queue)
    return 0.0 if ready_ms is None else max(0.0, (lines.now_ms - ready_ms) / 1000)


def _largest(pairs: Iterable[tuple[tuple[str, ...], float]]) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for labels, value in pairs:
        found[labels] = max(value, found.get(labels, value))
    return found
