"""Decide which schedules are due: each time becomes one row, whoever and however many ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Engine, and_, func, select
from sqlalchemy.orm import Session

from callboard.broker.scheduled import unknown_type
from callboard.history.database import reading, writing
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.history.schedules import schedule_of
from callboard.history.schedules_hold import disable_schedule
from callboard.history.standstill import limit_standstill
from callboard.jobs.cron import BadCron, BadZone
from callboard.jobs.due import Due, decide
from callboard.jobs.encoding import NotJson
from callboard.jobs.failpoints import failpoint
from callboard.jobs.identity import new_id

BATCH: Final = 20
# A scheduler of another release may know a type that this one does not: it is left so long to it.
UNKNOWN_TYPE_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with a schedule whose next time was `next_ms`: its times, or why it makes no more jobs."""

    name: str
    next_ms: int
    due: Due = Due()
    objection: str | None = None


def decide_due(engine: Engine, now_ms: int, known: Callable[[str], bool]) -> int:
    """Write a row for each time that is due, and say when each schedule is due next; how many rows that were.

    Of schedules whose type is not `known`, those are disabled that nobody else took. Of several callers each decides
    what no other has decided or is just deciding.
    """
    total = 0
    while decisions := _decisions(engine, now_ms, known):
        with writing(engine) as session:
            limit_standstill(session)
            taken = _take(session, decisions)
            total += sum(_write(session, decision, now_ms) for decision in taken)
            failpoint("firing.written")
        failpoint("firing.committed")
        if len(taken) < BATCH:
            break
    return total


def next_due_ms(engine: Engine) -> int | None:
    """When the next schedule is due, None when none is to come."""
    with reading(engine) as session:
        return session.scalar(select(func.min(ScheduleRow.next_ms)).where(_goes_on()))


def _goes_on() -> ColumnElement[bool]:
    return and_(ScheduleRow.paused_ms.is_(None), ScheduleRow.disabled.is_(None), ScheduleRow.next_ms.is_not(None))


def _decisions(engine: Engine, now_ms: int, known: Callable[[str], bool]) -> list[Decision]:
    """The oldest schedules that are due, decided before anything is locked: years of missed times take a while."""
    with reading(engine) as session:
        due = select(ScheduleRow).where(_goes_on(), ScheduleRow.next_ms <= now_ms).order_by(ScheduleRow.next_ms)
        rows = [row for row in session.scalars(due) if known(row.type) or _abandoned(row, now_ms)][:BATCH]
    return [_decide(row, now_ms, known) for row in rows]


def _abandoned(row: ScheduleRow, now_ms: int) -> bool:
    """Whether nobody has taken a time for so long that nobody knows its type."""
    return row.next_ms is not None and row.next_ms < now_ms - UNKNOWN_TYPE_MS


def _decide(row: ScheduleRow, now_ms: int, known: Callable[[str], bool]) -> Decision:
    assert row.next_ms is not None
    if not known(row.type):
        return Decision(row.name, row.next_ms, objection=unknown_type(row.type))
    try:
        return Decision(row.name, row.next_ms, decide(schedule_of(row), row.next_ms, now_ms))
    except (BadCron, BadZone, NotJson) as error:
        return Decision(row.name, row.next_ms, objection=str(error))


def _take(session: Session, decisions: list[Decision]) -> list[Decision]:
    """Move those schedules on that are still as they were when it was decided."""
    of = {decision.name: decision for decision in decisions}
    rows = select(ScheduleRow).where(ScheduleRow.name.in_(of), _goes_on()).with_for_update(skip_locked=True)
    taken = []
    for row in session.scalars(rows):
        decision = of[row.name]
        if row.next_ms != decision.next_ms:
            continue
        if decision.objection:
            disable_schedule(row, decision.objection)
        else:
            row.next_ms = decision.due.next_ms
            row.passed += decision.due.passed
        taken.append(decision)
    return taken


def _write(session: Session, decision: Decision, now_ms: int) -> int:
    """The rows of a decision; a time that somebody has asked for by hand before stays as it is."""
    name, due = decision.name, decision.due
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
