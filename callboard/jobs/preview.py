"""The next times of a schedule as people read them: in its zone and in theirs, a change of the clock marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from callboard.jobs.cron import Cron, find_zone

RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class Run:
    """A time at which a schedule is due, in its zone; `note` says what a change of the clock did to it."""

    at: datetime
    note: str = ""


def next_runs(cron: Cron, zone: str, after: datetime, count: int = RUNS) -> list[Run]:
    """The next times after a moment. Raises BadZone."""
    return list(islice(_runs(cron, zone, after), count))


def _runs(cron: Cron, zone: str, after: datetime) -> Iterator[Run]:
    place = find_zone(zone)
    before = after.astimezone(place)
    for moment in cron.after(after, place):
        at = moment.astimezone(place)
        yield Run(at, _note(cron, before, at))
        before = at


def _note(cron: Cron, before: datetime, at: datetime) -> str:
    """What the clock did between two times, or is about to do."""
    change = (at.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
    if not change:
        # Fold 1 is the same time on the wall after the clock has gone back.
        twice = at.fold == 0 and at.replace(fold=1).utcoffset() != at.utcoffset()
        return "the clock shows this time twice; this is the first" if twice else ""
    words = f"the clock goes {'forward' if change > timedelta() else 'back'} by {_length(abs(change))} before it"
    missing = at.hour not in cron.hours or at.minute not in cron.minutes
    return f"{words}: moved, no such time" if missing else words


def _length(change: timedelta) -> str:
    minutes = round(change.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
