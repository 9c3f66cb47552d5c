"""The firings of a schedule as they are listed: one for each time, with its job and how that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from callboard.history.database import writing
from callboard.history.models import JobRow
from callboard.history.schedule_models import FiringRow
from callboard.jobs.clock import from_ms


@dataclass(frozen=True, slots=True)
class Firing:
    """One time of a schedule; `outcome` is the state of its job as far as it is recorded."""

    schedule: str
    planned_at: datetime
    job: str
    state: str
    asked_by: str | None
    decided_at: datetime
    settled_at: datetime | None
    late_ms: int
    passed: int
    reason: str | None
    outcome: str | None = None


def list_firings(session: Session, name: str, limit: int = 30) -> list[Firing]:
    """The latest firings of a schedule, newest first."""
    statement = (
        select(FiringRow, JobRow.state)
        .join(JobRow, JobRow.id == FiringRow.job_id, isouter=True)
        .where(FiringRow.schedule == name)
        .order_by(FiringRow.planned_ms.desc())
        .limit(limit)
    )
    return [firing_of(row, state) for row, state in session.execute(statement)]


def recent_outcomes(session: Session, each: int = 30) -> dict[str, list[str]]:
    """How the latest firings of every schedule ended, oldest first: the state of the job, else of the firing."""
    place = func.row_number().over(partition_by=FiringRow.schedule, order_by=FiringRow.planned_ms.desc())
    latest = select(FiringRow.schedule, FiringRow.planned_ms, FiringRow.job_id, FiringRow.state, place.label("place"))
    rows = latest.subquery()
    statement = (
        select(rows.c.schedule, func.coalesce(JobRow.state, rows.c.state))
        .join(JobRow, JobRow.id == rows.c.job_id, isouter=True)
        .where(rows.c.place <= each)
        .order_by(rows.c.schedule, rows.c.planned_ms)
    )
    found: dict[str, list[str]] = {}
    for name, state in session.execute(statement):
        found.setdefault(name, []).append(state)
    return found


def get_firing(session: Session, key: tuple[str, int]) -> Firing:
    """The firing of a schedule for a time in ms; there must be one."""
    row = session.get_one(FiringRow, key)
    return firing_of(row)


def last_successes(session: Session) -> dict[str, datetime]:
    """When a job of each schedule last completed, as far as it is recorded."""
    statement = (
        select(FiringRow.schedule, func.max(JobRow.finished_ms))
        .join(JobRow, JobRow.id == FiringRow.job_id)
        .where(JobRow.state == "completed")
        .group_by(FiringRow.schedule)
    )
    found = {name: from_ms(finished_ms) for name, finished_ms in session.execute(statement)}
    return {name: finished_at for name, finished_at in found.items() if finished_at}


def forget_firings(engine: Engine, before_ms: int, batch: int = 1_000) -> int:
    """Forget settled firings decided before a time, a batch each call; how many were forgotten."""
    with writing(engine) as session:
        old = (
            select(FiringRow.schedule, FiringRow.planned_ms)
            .where(FiringRow.decided_ms < before_ms, FiringRow.settled_ms.is_not(None))
            .order_by(FiringRow.decided_ms)
            .limit(batch)
        )
        keys = [(name, planned_ms) for name, planned_ms in session.execute(old)]
        for name, planned_ms in keys:
            session.execute(delete(FiringRow).where(FiringRow.schedule == name, FiringRow.planned_ms == planned_ms))
    return len(keys)


def firing_of(row: FiringRow, outcome: str | None = None) -> Firing:
    """A row as it is listed."""
    planned_at, decided_at = from_ms(row.planned_ms), from_ms(row.decided_ms)
    assert planned_at is not None
    assert decided_at is not None
    return Firing(
        schedule=row.schedule,
        planned_at=planned_at,
        job=row.job_id,
        state=row.state,
        asked_by=row.asked_by,
        decided_at=decided_at,
        settled_at=from_ms(row.settled_ms),
        late_ms=row.late_ms,
        passed=row.passed,
        reason=row.reason,
        outcome=outcome,
    )
