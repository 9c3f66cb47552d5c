"""How long the history keeps what is over: by age and by number of jobs, in small batches, live jobs never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, or_, select

from callboard.history.access_models import BulkRow, JobNoteRow
from callboard.history.models import AttemptRow, AuditRow, FailureGroupRow, FailureRow, FlowRow, JobRow, ProgressRow
from callboard.history.search.term_index import forget_terms
from callboard.jobs.clock import duration_ms
from callboard.jobs.states import LIVE

BATCH: Final = 500
AUDIT_KEPT: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept: finished jobs for so long, and of all jobs so many at most."""

    age: timedelta
    jobs: int | None = None


def forget_history(engine: Engine, keep: Keep, now_ms: int, batch: int = BATCH) -> int:
    """Delete one batch of what is kept no longer, the oldest first; how many rows of jobs and others that were.

    Less than `batch` means that nothing is left; a transaction is over in milliseconds, so nobody waits for it.
    """
    before_ms = now_ms - duration_ms(keep.age)
    with engine.begin() as connection:
        forgotten = forget_jobs(connection, old_jobs(before_ms, batch))
        if forgotten < batch and keep.jobs is not None:
            forgotten += forget_jobs(connection, _surplus_jobs(connection, keep.jobs, batch - forgotten))
        if forgotten < batch:
            forgotten += _forget_others(connection, before_ms, now_ms - duration_ms(AUDIT_KEPT), batch - forgotten)
    return forgotten


def old_jobs(before_ms: int, most: int) -> Select[Any]:
    """The ids of jobs that finished before a time and that no running flow needs, the oldest first."""
    old = (JobRow.finished_ms < before_ms, _is_not_needed())
    return select(JobRow.id).where(*old).order_by(JobRow.finished_ms).limit(most)


def _is_not_needed() -> ColumnElement[bool]:
    """Finished steps of a flow that still runs are needed to build it again when Redis has lost it."""
    running = select(FlowRow.id).where(FlowRow.state == "active")
    return or_(JobRow.flow.is_(None), JobRow.flow.not_in(running))


def _surplus_jobs(connection: Connection, kept: int, most: int) -> Select[Any]:
    """Finished jobs before the newest so many of all."""
    oldest_kept = connection.execute(
        select(JobRow.number).order_by(JobRow.number.desc()).offset(kept).limit(1)
    ).scalar_one_or_none()
    surplus = (JobRow.number <= (oldest_kept or 0), JobRow.finished_ms.is_not(None), JobRow.state.not_in(LIVE))
    return select(JobRow.id).where(*surplus, _is_not_needed()).order_by(JobRow.number).limit(most)


def forget_jobs(connection: Connection, which: Select[Any]) -> int:
    """Delete jobs with all that is told of them; how many they were."""
    ids = list(connection.execute(which).scalars())
    if ids:
        forget_terms(connection, ids)
        for model in (AttemptRow, FailureRow, ProgressRow, JobNoteRow):
            connection.execute(delete(model).where(model.job_id.in_(ids)))
        connection.execute(delete(JobRow).where(JobRow.id.in_(ids)))
    return len(ids)


def _forget_others(connection: Connection, before_ms: int, audit_before_ms: int, most: int) -> int:
    """Flows that have ended, groups without a failure since, lines about what people did long ago, and bulk acts."""
    old = (
        (FlowRow.id, FlowRow.finished_ms < before_ms),
        (FailureGroupRow.fingerprint, FailureGroupRow.last_ms < before_ms),
        (AuditRow.id, AuditRow.at_ms < audit_before_ms),
        (BulkRow.id, BulkRow.started_ms < audit_before_ms),
    )
    total = 0
    for key, condition in old:
        keys = list(connection.execute(select(key).where(condition).limit(max(0, most - total))).scalars())
        if keys:
            connection.execute(delete(key.class_).where(key.in_(keys)))
        total += len(keys)
    return total
