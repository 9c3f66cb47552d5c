"""Firings asked for by hand: now, or for times that have passed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from callboard.history.errors import ScheduleHeld, SchedulePassed
from callboard.history.schedule_models import FiringRow
from callboard.history.schedules import locked_row, schedule_of
from callboard.history.schedules_due import firing_row
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.due import times_between

MOST: Final = 1_000


def run_now(session: Session, name: str, now_ms: int, *, by: str) -> tuple[str, int]:
    """Ask for a job of a schedule now, paused or not; its key, to be given to `push_one` after the commit.

    Its next time stays. Raises ScheduleMissing, ScheduleHeld when no job can be made of it.
    """
    row = locked_row(session, name)
    if row.disabled:
        raise ScheduleHeld(f'schedule "{name}" is disabled: {row.disabled}')
    planned_ms = now_ms
    while session.get(FiringRow, (name, planned_ms)):
        planned_ms += 1
    session.add(firing_row(name, planned_ms, now_ms, asked_by=by))
    return name, planned_ms


def backfill(
    session: Session, name: str, start: datetime, end: datetime, now_ms: int, *, by: str, dry_run: bool = False
) -> list[int]:
    """Ask for the jobs of all times from start to end that had none; these times in ms, nothing asked in a dry run.

    Raises ScheduleMissing, ScheduleHeld, SchedulePassed for a schedule without cron, ValueError for a range that is not
    over yet or has more than 1,000 times.
    """
    row = locked_row(session, name)
    if row.disabled and not dry_run:
        raise ScheduleHeld(f'schedule "{name}" is disabled: {row.disabled}')
    if row.cron is None:
        raise SchedulePassed(f'schedule "{name}" has one time only; ask for it with `run`')
    if to_ms(end) > now_ms:
        raise ValueError(f"a range to fill must be over, got {end.isoformat()}, it is {from_ms(now_ms)}")
    times: list[int] = []
    for planned_ms in times_between(schedule_of(row), start, end):
        times.append(planned_ms)
        if len(times) > MOST:
            raise ValueError(f"a range to fill has at most {MOST:,} times, got more; take a shorter one")
    there = select(FiringRow.planned_ms).where(FiringRow.schedule == name, FiringRow.planned_ms.in_(times))
    had = set(session.scalars(there.where(FiringRow.state.not_in(("missed", "refused")))))
    open_times = [planned_ms for planned_ms in times if planned_ms not in had]
    for planned_ms in () if dry_run else open_times:
        session.merge(firing_row(name, planned_ms, now_ms, asked_by=by))
    return open_times
