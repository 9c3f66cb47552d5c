"""The runs of one job: what the history has of each, and what Redis knows that is not recorded yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, select

from callboard.broker.store import Store
from callboard.history.database import reading
from callboard.history.models import AttemptRow
from callboard.history.past import past_errors
from callboard.jobs.clock import from_ms
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE


def attempts_of(engine: Engine, store: Store, job: Job) -> list[dict[str, Any]]:
    """Each run with `fence`, `attempt`, `worker`, `started_at`, `ended_at`, `outcome` and `error`, oldest first."""
    runs = _recorded(engine, job.id)
    for error in store.errors_of(job) or past_errors(engine, job.id):
        attempt = error.get("attempt", 0)  # a line that somebody has damaged has none
        run = runs.setdefault(error.get("fence", attempt), _run(attempt))
        run["error"], run["ended_at"] = error.get("failure"), run["ended_at"] or from_ms(error.get("at_ms"))
    if job.state == ACTIVE:
        known = {"worker": job.worker, "started_at": job.started_at, "outcome": None}
        runs[job.fence] = {**runs.get(job.fence, _run(job.attempt)), **known}
    return [{"fence": fence, **run} for fence, run in sorted(runs.items())]


def _recorded(engine: Engine, id: str) -> dict[int, dict[str, Any]]:
    with reading(engine) as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.job_id == id)).all()
    return {
        row.fence: _run(row.attempt)
        | {
            "worker": row.worker,
            "started_at": from_ms(row.started_ms),
            "ended_at": from_ms(row.ended_ms),
            "outcome": row.outcome,
        }
        for row in rows
    }


def _run(attempt: int) -> dict[str, Any]:
    empty = dict.fromkeys(("worker", "started_at", "ended_at", "outcome", "error"))
    return {"attempt": attempt, **empty}
