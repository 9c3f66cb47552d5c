"""Hold a schedule and let it go on: pause and resume by hand, disable and enable by what the code knows."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from callboard.history.errors import SchedulePassed
from callboard.history.schedule_models import ScheduleRow
from callboard.history.schedules import locked_row, schedule_of
from callboard.jobs.due import first_due

log = logging.getLogger("callboard.schedules")


def pause_schedule(session: Session, name: str, now_ms: int, *, by: str, note: str | None = None) -> None:
    """Make no more jobs of a schedule until it is resumed; times that pass meanwhile are left out.

    Raises ScheduleMissing.
    """
    row = locked_row(session, name)
    row.paused_ms, row.paused_by, row.pause_note = now_ms, by, note


def resume_schedule(session: Session, name: str, now_ms: int) -> None:
    """Go on with the next time to come; a single time that has passed is due now. Raises ScheduleMissing."""
    row = locked_row(session, name)
    row.paused_ms = row.paused_by = row.pause_note = None
    _go_on(row, now_ms)


def skip_next(session: Session, name: str) -> int:
    """Leave out the next time and return it, in ms; a single time is over by it.

    Raises ScheduleMissing, SchedulePassed when nothing is left to come.
    """
    row = locked_row(session, name)
    skipped_ms = row.next_ms
    if skipped_ms is None:
        raise SchedulePassed(f'schedule "{name}" has no time left to come')
    row.next_ms = first_due(schedule_of(row), skipped_ms) if row.cron else None
    return skipped_ms


def disable_schedule(row: ScheduleRow, reason: str) -> None:
    """Make no jobs of a schedule because none can be made; it is kept, and comes back by `enable_schedule`."""
    row.disabled = reason
    log.warning("schedule %s is disabled: %s", row.name, reason)


def enable_schedule(session: Session, name: str, now_ms: int) -> None:
    """Go on with a schedule of which jobs can be made again. Raises ScheduleMissing."""
    row = locked_row(session, name)
    row.disabled = None
    _go_on(row, now_ms)


def _go_on(row: ScheduleRow, now_ms: int) -> None:
    """Leave out what has passed, unless there is nothing else."""
    if row.next_ms is not None and row.next_ms <= now_ms and row.cron:
        row.next_ms = first_due(schedule_of(row), now_ms)
