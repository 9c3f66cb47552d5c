"""The jobs and attempts of a group of failures: those that stay failed, and what its newest failures were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, func, or_, select

from callboard.history.database import reading
from callboard.history.failures import moment_of
from callboard.history.models import FailureGroupRow, FailureRow, JobRow, table_of
from callboard.jobs.states import FAILED

JOBS: Final = table_of(JobRow).c
GROUPS: Final = table_of(FailureGroupRow).c
FAILURES: Final = table_of(FailureRow).c
BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Failure:
    """One attempt that failed."""

    job: str
    attempt: int
    at: datetime
    type: str
    queue: str
    final: bool
    error_class: str
    error_type: str
    message: str
    traceback: str


def failed_ids(engine: Engine, fingerprint: str, batch: int = BATCH) -> Iterator[list[str]]:
    """The ids of the jobs that have failed for good with this fault, oldest first, in batches.

    Jobs that were discarded are left out, and so are jobs that are enqueued from now on: this ends, however fast
    others fail. Each batch is a read of its own and holds nobody up.
    """
    last = 0
    with reading(engine) as session:
        end = session.scalar(select(func.max(JOBS.number))) or 0
    while True:
        statement = select(JOBS.number, JOBS.id).where(*_failed(fingerprint), JOBS.number > last, JOBS.number <= end)
        with reading(engine) as session:
            rows = session.execute(statement.order_by(JOBS.number).limit(batch)).all()
        if not rows:
            return
        last = rows[-1].number
        yield [row.id for row in rows]


def count_failed(engine: Engine, fingerprint: str) -> int:
    """How many jobs have failed for good with this fault and were not discarded."""
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(JobRow).where(*_failed(fingerprint))) or 0


def newest_failures(engine: Engine, fingerprint: str, limit: int = 10) -> list[Failure]:
    """The newest attempts that failed with this fault."""
    newest = select(*FAILURES).where(FAILURES.fingerprint == fingerprint).order_by(FAILURES.at_ms.desc()).limit(limit)
    with reading(engine) as session:
        return [_failure(row) for row in session.execute(newest)]


def _failed(fingerprint: str) -> tuple[ColumnElement[bool], ...]:
    discarded = select(GROUPS.discarded_ms).where(GROUPS.fingerprint == fingerprint).scalar_subquery()
    later = or_(JOBS.finished_ms.is_(None), JOBS.finished_ms > func.coalesce(discarded, 0))
    # Written so that no planner takes the index of all failed jobs for this one.
    failed = func.coalesce(JOBS.state, "") == FAILED
    return JOBS.fingerprint == fingerprint, failed, later


def _failure(row: Any) -> Failure:
    return Failure(
        job=row.job_id,
        attempt=row.attempt,
        at=moment_of(row.at_ms),
        type=row.type,
        queue=row.queue,
        final=row.final,
        error_class=row.error_class,
        error_type=row.error_type,
        message=row.message,
        traceback=row.traceback,
    )
