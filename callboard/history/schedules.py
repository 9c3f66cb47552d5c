"""Schedules in SQL: put there, found, listed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.errors import ScheduleMissing
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.due import first_due
from callboard.jobs.encoding import decode, encode
from callboard.jobs.schedule import Schedule, checked, refuse_seconds

TIMING: Final = ("cron", "run_at_ms", "zone")


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """A schedule as an operator sees it: when it is due next, what holds it, and what it has done."""

    schedule: Schedule
    next_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    pause_note: str | None
    disabled: str | None
    last_at: datetime | None
    last_job: str | None
    fired: int
    passed: int
    created_at: datetime | None
    changed_at: datetime | None

    @property
    def rests(self) -> bool:
        """Whether it makes no jobs now: paused, disabled, or over."""
        return self.paused_at is not None or self.disabled is not None or self.next_at is None


def put_schedule(
    session: Session, schedule: Schedule, now_ms: int, *, seconds: bool = False, disabled: str | None = None
) -> str:
    """Create a schedule or change the one of this name; answers `created`, `changed` or `unchanged`.

    Its next time is worked out anew only where cron, time or zone have changed; a pause stays. `seconds` allows six
    fields, `disabled` says why no job can be made of it now. Raises BadSchedule.
    """
    schedule = checked(schedule)
    if not seconds:
        refuse_seconds(schedule)
    values = _columns(schedule)
    row = find_row(session, schedule.name)
    if row is None:
        row = _insert(session, schedule, values, now_ms)
        row.disabled = disabled
        return "created"
    row.disabled = disabled
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return "unchanged"
    for name, value in changed.items():
        setattr(row, name, value)
    row.changed_ms = now_ms
    if any(name in changed for name in TIMING):
        row.next_ms = first_due(schedule, now_ms)
    return "changed"


def put_from_code(session: Session, schedule: Schedule, now_ms: int, disabled: str | None = None) -> str:
    """Put a schedule of the timetable there; `kept` where somebody has changed it since by command or API."""
    row = find_row(session, schedule.name)
    if row is not None and row.source != schedule.source:
        return "kept"
    return put_schedule(session, schedule, now_ms, seconds=True, disabled=disabled)


def find_schedule(session: Session, name: str) -> ScheduleStatus | None:
    """The schedule of this name, None when there is none."""
    row = session.get(ScheduleRow, name)
    return status_of(row) if row else None


def get_schedule(session: Session, name: str) -> ScheduleStatus:
    """The schedule of this name. Raises ScheduleMissing."""
    found = find_schedule(session, name)
    if found is None:
        raise missing(session, name)
    return found


def list_schedules(session: Session) -> list[ScheduleStatus]:
    """All schedules by name."""
    return [status_of(row) for row in session.scalars(select(ScheduleRow).order_by(ScheduleRow.name))]


def remove_schedule(session: Session, name: str) -> None:
    """Remove a schedule with the list of its firings; its jobs stay. Raises ScheduleMissing."""
    session.delete(locked_row(session, name))
    session.execute(delete(FiringRow).where(FiringRow.schedule == name))


def clear_schedules(session: Session) -> int:
    """Remove all schedules; how many there were."""
    names = session.scalars(select(ScheduleRow.name).with_for_update()).all()
    session.execute(delete(ScheduleRow))
    session.execute(delete(FiringRow))
    return len(names)


def find_row(session: Session, name: str) -> ScheduleRow | None:
    """The row of a schedule, held until the end of the transaction; None when there is none."""
    return session.scalar(select(ScheduleRow).where(ScheduleRow.name == name).with_for_update())


def locked_row(session: Session, name: str) -> ScheduleRow:
    """The row of a schedule, held until the end of the transaction. Raises ScheduleMissing."""
    row = find_row(session, name)
    if row is None:
        raise missing(session, name)
    return row


def missing(session: Session, name: str) -> ScheduleMissing:
    """What to raise where no schedule has a name, with the name that may have been meant."""
    near = get_close_matches(name, session.scalars(select(ScheduleRow.name)).all(), 1)
    hint = f"did you mean {near[0]}?" if near else "`callboard schedules` lists them"
    return ScheduleMissing(f'schedule "{name[:100]}" is unknown; {hint}')


def schedule_of(row: ScheduleRow) -> Schedule:
    """The schedule that a row holds, as it stands there."""
    return Schedule(
        name=row.name,
        type=row.type,
        cron=row.cron,
        run_at=from_ms(row.run_at_ms),
        zone=row.zone,
        queue=row.queue,
        args=tuple(decode(row.args, "args")),
        kwargs=decode(row.kwargs, "kwargs"),
        options=decode(row.options, "options"),
        on_missed=row.on_missed,
        cap=row.cap,
        overlap=row.overlap,
        source=row.source,
    )


def status_of(row: ScheduleRow) -> ScheduleStatus:
    """A row as operators see it."""
    return ScheduleStatus(
        schedule=schedule_of(row),
        next_at=from_ms(row.next_ms),
        paused_at=from_ms(row.paused_ms),
        paused_by=row.paused_by,
        pause_note=row.pause_note,
        disabled=row.disabled,
        last_at=from_ms(row.last_ms),
        last_job=row.last_job,
        fired=row.fired,
        passed=row.passed,
        created_at=from_ms(row.created_ms),
        changed_at=from_ms(row.changed_ms),
    )


def _columns(schedule: Schedule) -> dict[str, Any]:
    """The columns that say what a schedule is."""
    same = ("type", "cron", "zone", "queue", "on_missed", "cap", "overlap", "source")
    return {
        **{name: getattr(schedule, name) for name in same},
        "run_at_ms": to_ms(schedule.run_at) if schedule.run_at else None,
        "args": encode(list(schedule.args), "args"),
        "kwargs": encode(schedule.kwargs, "kwargs"),
        "options": encode(schedule.options, "options"),
    }


def _insert(session: Session, schedule: Schedule, values: dict[str, Any], now_ms: int) -> ScheduleRow:
    """A new row; of two that insert it at once, the second takes what the first wrote."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    times = {"created_ms": now_ms, "changed_ms": now_ms, "next_ms": first_due(schedule, now_ms)}
    whole = {"name": schedule.name, **values, **times, "fired": 0, "passed": 0}
    session.execute(insert(ScheduleRow).values(whole).on_conflict_do_nothing(index_elements=["name"]))
    return locked_row(session, schedule.name)
