"""All queues at one glance: their counts and limits, who serves them, and why what waits in them does not start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from callboard.broker.keys import SETTINGS, STATE_KEYS
from callboard.broker.store import QueueStatus, Store, WorkerStatus
from callboard.jobs.states import ACTIVE, STATES, WAITING

FIELDS = ("paused", "concurrency", "rate_count", "rate_per_ms")
# Commands that one queue costs.
COMMANDS = len(STATES) + 1


@dataclass(frozen=True, slots=True)
class Overview:
    """The queues by name and the workers, as they were at one moment."""

    queues: dict[str, dict[str, Any]]
    workers: list[WorkerStatus]


def overview(store: Store) -> Overview:
    """Everything in a handful of round trips. Raises ConnectionLost."""
    names, workers = store.queues(), store.workers()
    reads = [command for name in names for command in _reads(store.prefix, name)]
    replies = store.links.run(*reads) if reads else []
    rows = [replies[start : start + COMMANDS] for start in range(0, len(replies), COMMANDS)]
    found = [_status(name, row) for name, row in zip(names, rows, strict=True)]
    return Overview({queue.name: queue_values(queue, workers) for queue in found}, workers)


def queue_values(queue: QueueStatus, workers: Sequence[WorkerStatus]) -> dict[str, Any]:
    """A queue as JSON values; `why` is the reason that holds all that waits in it, None where nothing does."""
    serving = [worker for worker in workers if worker.serves(queue.name)]
    rate = {"count": queue.rate_count, "per_ms": queue.rate_per_ms} if queue.rate_count else None
    return asdict(queue) | {"rate": rate, "workers": len(serving), "why": _why(queue, bool(serving))}


def _why(queue: QueueStatus, served: bool) -> str | None:
    if queue.paused:
        return "paused"
    if not queue.counts[WAITING]:
        return None
    if not served:
        return "no_worker"
    full = queue.concurrency is not None and queue.counts[ACTIVE] >= queue.concurrency
    return "limited" if full else None


def _reads(prefix: str, queue: str) -> list[tuple[str, ...]]:
    counts = [("ZCARD", STATE_KEYS[state](prefix, queue)) for state in STATES]
    return [("HMGET", SETTINGS(prefix, queue), *FIELDS), *counts]


def _status(name: str, replies: Sequence[Any]) -> QueueStatus:
    (paused, *limits), *counts = replies
    concurrency, count, per_ms = (int(value) if value else None for value in limits)
    return QueueStatus(
        name, dict(zip(STATES, map(int, counts), strict=True)), paused == "1", concurrency, count, per_ms
    )
