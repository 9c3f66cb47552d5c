"""A worker process as everybody is shown it, by the command and the API alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from callboard.broker.presence import WorkerStatus, there
from callboard.jobs.clock import from_ms
from callboard.jobs.record import Job

TOLD: Final = ("host", "version", "python", "queues", "types")
NUMBERS: Final = ("pid", "threads", "restarts")


def worker_values(worker: WorkerStatus, jobs: Sequence[Job], now_ms: int) -> dict[str, Any]:
    """What a worker told of itself, the jobs that it runs, and how busy that makes it."""
    threads = worker.about.get("threads")
    now = from_ms(now_ms)
    assert now is not None
    heard = (now - worker.heard_at) if worker.heard_at else None
    return {
        "id": worker.id,
        **{name: worker.about.get(name) for name in TOLD},
        **{name: _number(worker.about.get(name)) for name in NUMBERS},
        "since": worker.since,
        "lease_until": worker.lease_until,
        "heartbeat_age_ms": max(0, round(heard.total_seconds() * 1000)) if heard is not None else None,
        "memory_mb": _number(worker.told.get("memory_mb")),
        "state": "gone" if not there(worker) else "stopping" if worker.stopping else "quiet" if worker.quiet else "on",
        "quiet": worker.quiet,
        "gone": not there(worker),
        "busy": len(jobs),
        "free": max(0, threads - len(jobs)) if isinstance(threads, int) else None,
        "active": [job.id for job in jobs],
        "jobs": [_running(job, now_ms) for job in jobs],
    }


def _number(value: Any) -> int | float | None:
    """A number as a worker told it; what somebody else has written there is none."""
    return value if isinstance(value, int | float) else None


def _running(job: Job, now_ms: int) -> dict[str, Any]:
    started_ms = round(job.started_at.timestamp() * 1000) if job.started_at else None
    shown = {name: getattr(job, name) for name in ("id", "type", "queue", "attempt", "started_at", "progress")}
    return shown | {"elapsed_ms": None if started_ms is None else max(0, now_ms - started_ms)}
