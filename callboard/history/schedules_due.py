"""Decide which schedules are due: each time becomes one row, whoever and however many ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select, text
from sqlalchemy.orm import Session

from callboard.broker.scheduled import unknown_type
from callboard.history.database import reading, writing
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.history.schedules import schedule_of
from callboard.history.schedules_hold import disable_schedule
from callboard.jobs.cron import BadCron, BadZone
from callboard.jobs.due import Due, decide
from callboard.jobs.encoding import NotJson
from callboard.jobs.failpoints import failpoint
from callboard.jobs.identity import new_id

BATCH: Final = 20
# A scheduler of another release may know a type that this one does not: it is left so long to it.
UNKNOWN_TYPE_MS: Final = 10_000
# A process that is stopped in the middle must not keep others from the rows that it holds; SQLite knows no such limit.
STANDSTILL: Final = "SET LOCAL idle_in_transaction_session_timeout = '5s'"


def decide_due(engine: Engine, now_ms: int, known: Callable[[str], bool]) -> int:
    """Write a row for each time that is due, and say when each schedule is due next; how many rows that were.

    Of schedules whose type is not `known`, those are disabled that nobody else took. A transaction holds the schedules
    that it decides, so that of several callers each decides others.
    """
    total = 0
    while _any_due(engine, now_ms, known):
        with writing(engine) as session:
            written, more = _decide_batch(session, now_ms, known)
            failpoint("firing.written")
        failpoint("firing.committed")
        total += written
        if not more:
            break
    return total


def next_due_ms(engine: Engine) -> int | None:
    """When the next schedule is due, None when none is to come."""
    with reading(engine) as session:
        return session.scalar(select(func.min(ScheduleRow.next_ms)).where(_goes_on()))


def _goes_on() -> ColumnElement[bool]:
    return and_(ScheduleRow.paused_ms.is_(None), ScheduleRow.disabled.is_(None), ScheduleRow.next_ms.is_not(None))


def _due(now_ms: int) -> ColumnElement[bool]:
    return and_(_goes_on(), ScheduleRow.next_ms <= now_ms)


def _any_due(engine: Engine, now_ms: int, known: Callable[[str], bool]) -> bool:
    """Whether it is worth to take the lock of writers."""
    with reading(engine) as session:
        rows = session.execute(select(ScheduleRow.type, ScheduleRow.next_ms).where(_due(now_ms)).limit(BATCH * 10))
        return any(known(type) or _abandoned(next_ms, now_ms) for type, next_ms in rows)


def _abandoned(next_ms: int | None, now_ms: int) -> bool:
    """Whether nobody has taken a time for so long that nobody knows its type."""
    return next_ms is not None and next_ms < now_ms - UNKNOWN_TYPE_MS


def _decide_batch(session: Session, now_ms: int, known: Callable[[str], bool]) -> tuple[int, bool]:
    """How many rows were written, and whether more schedules may be due."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(STANDSTILL))
    types = select(ScheduleRow.type).where(_due(now_ms)).distinct()
    mine = [type for type in session.scalars(types) if known(type)]
    statement = (
        select(ScheduleRow)
        .where(_due(now_ms), or_(ScheduleRow.type.in_(mine), ScheduleRow.next_ms < now_ms - UNKNOWN_TYPE_MS))
        .order_by(ScheduleRow.next_ms)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(statement).all()
    return sum(_decide_one(session, row, now_ms, known) for row in rows), len(rows) == BATCH


def _decide_one(session: Session, row: ScheduleRow, now_ms: int, known: Callable[[str], bool]) -> int:
    if not known(row.type):
        disable_schedule(row, unknown_type(row.type))
        return 0
    assert row.next_ms is not None
    try:
        due = decide(schedule_of(row), row.next_ms, now_ms)
    except (BadCron, BadZone, NotJson) as error:
        disable_schedule(row, str(error))
        return 0
    row.next_ms = due.next_ms
    row.passed += due.passed
    return _write(session, row.name, due, now_ms)


def _write(session: Session, name: str, due: Due, now_ms: int) -> int:
    """The rows of a decision; a time that somebody has asked for by hand before stays as it is."""
    times = [*due.fire] or ([due.last_passed_ms] if due.last_passed_ms is not None else [])
    asked_for = select(FiringRow.planned_ms).where(FiringRow.schedule == name, FiringRow.planned_ms.in_(times))
    there = set(session.scalars(asked_for))
    new = [planned_ms for planned_ms in times if planned_ms not in there]
    state = "due" if due.fire else "missed"
    for n, planned_ms in enumerate(new):
        session.add(firing_row(name, planned_ms, now_ms, state=state, passed=0 if n else due.passed))
    return len(new)


def firing_row(
    name: str, planned_ms: int, now_ms: int, *, state: str = "due", passed: int = 0, asked_by: str | None = None
) -> FiringRow:
    """A time that is decided and not settled yet, with the id that its job will have."""
    return FiringRow(
        schedule=name,
        planned_ms=planned_ms,
        job_id=new_id(),
        state=state,
        asked_by=asked_by,
        decided_ms=now_ms,
        late_ms=max(0, now_ms - planned_ms),
        passed=passed,
    )
