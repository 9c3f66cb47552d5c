"""What was done lately: by the minute within the last hour, by the hour within the last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, func, select

from callboard.history.database import Session, reading
from callboard.history.models import JobRow, table_of
from callboard.jobs.clock import from_ms
from callboard.jobs.states import COMPLETED, FAILED, FINAL

JOBS: Final = table_of(JobRow).c
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
HOURS: Final = 24
# A rate by the minute is that of so many minutes, for one alone is mostly chance.
RECENT: Final = 5


@dataclass(frozen=True, slots=True)
class Beat:
    """Jobs that finished from `at` on, and how many ran and waited at a time, as those tell that finished.

    By Little's law, J. D. C. Little, Oper. Res. 9 (1961) 383: the mean number is the sum of their times by its length.
    """

    at: datetime | None
    completed: int
    failed: int
    cancelled: int
    running: float
    waiting: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last 60 minutes and the last 24 hours, up to now, the newest last."""

    minutes: list[Beat]
    hours: list[Beat]

    @property
    def per_minute(self) -> float:
        """Jobs that completed or failed, in a minute of the last five."""
        return sum(beat.completed + beat.failed for beat in self.minutes[-RECENT:]) / RECENT

    @property
    def failed(self) -> int:
        """Jobs that failed within the day."""
        return sum(beat.failed for beat in self.hours)

    @property
    def failed_share(self) -> float | None:
        """Of those that completed or failed within the day, 0 to 1; None where there are none."""
        ended = self.failed + sum(beat.completed for beat in self.hours)
        return self.failed / ended if ended else None


def pulse(engine: Engine, now_ms: int) -> Pulse:
    """What was done up to a time; all jobs of the day are looked at. Raises SQLAlchemyError."""
    with reading(engine) as session:
        return Pulse(_beats(session, now_ms, MINUTE_MS, 60), _beats(session, now_ms, HOUR_MS, HOURS))


def _beats(session: Session, now_ms: int, step_ms: int, steps: int) -> list[Beat]:
    since_ms = now_ms - steps * step_ms
    step = (JOBS.finished_ms - since_ms) // step_ms
    sums = (func.count(), func.sum(JOBS.run_ms), func.sum(JOBS.wait_ms))
    within = (JOBS.finished_ms >= since_ms, JOBS.finished_ms < now_ms)
    found: dict[int, dict[str, tuple[Any, ...]]] = {}
    for at, state, *values in session.execute(
        select(step, JOBS.state, *sums).where(*within).group_by(step, JOBS.state)
    ):
        found.setdefault(at, {})[state] = tuple(float(value or 0) for value in values)
    return [_beat(since_ms + at * step_ms, step_ms, found.get(at, {})) for at in range(steps)]


def _beat(at_ms: int, step_ms: int, found: dict[str, tuple[Any, ...]]) -> Beat:
    counts = {state: int(found[state][0]) if state in found else 0 for state in FINAL}
    ended = [found[state] for state in (COMPLETED, FAILED) if state in found]
    running, waiting = (round(sum(values[place] for values in ended) / step_ms, 3) for place in (1, 2))
    return Beat(from_ms(at_ms), **counts, running=running, waiting=waiting)
