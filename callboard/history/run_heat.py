"""How run times are spread over time: the number of jobs in each step and each band of run times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, case, func, select

from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.history.throughput import PLAIN, STEPS_MOST
from callboard.jobs.clock import duration_ms, from_ms, to_ms
from callboard.jobs.states import COMPLETED

JOBS: Final = table_of(JobRow).c
# Upper ends, milliseconds; what takes longer is in a band of its own.
BANDS_MS: Final = (10, 50, 250, 1_000, 5_000, 30_000, 120_000, 600_000)
JOBS_MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class HeatStep:
    """Completed jobs that finished from `at` on, by bands of their run time, the shortest first."""

    at: datetime | None
    cells: list[int]


@dataclass(frozen=True, slots=True)
class RunHeat:
    """Completed jobs of a time by steps and bands; `about` tells that only the newest 200,000 were looked at."""

    start: datetime
    end: datetime
    about: bool
    steps: list[HeatStep]


def run_heat(
    engine: Engine,
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    queue: str | None = None,
    type: str | None = None,
) -> RunHeat:
    """The run times of the jobs that completed in a time. Raises ValueError for more than 1,500 steps."""
    if step <= timedelta(0) or not timedelta(0) < end - start <= step * STEPS_MOST:
        raise ValueError(f"a time has 1 to {STEPS_MOST} steps, got {end - start} in steps of {step}; make them longer")
    since, until, step_ms = to_ms(start), to_ms(end), duration_ms(step)
    counts = _counts(engine, since, until, step_ms, {"queue": queue, "type": type})
    bands = range(len(BANDS_MS) + 1)
    steps = [
        HeatStep(from_ms(at), [counts.get((number, band), 0) for band in bands])
        for number, at in enumerate(range(since, until, step_ms))
    ]
    return RunHeat(start, end, sum(counts.values()) >= JOBS_MOST, steps)


def _counts(engine: Engine, since: int, until: int, step_ms: int, wanted: dict[str, Any]) -> dict[tuple[int, int], int]:
    within = [JOBS.finished_ms >= since, JOBS.finished_ms < until, PLAIN["state"] == COMPLETED]
    within += [PLAIN[name] == value for name, value in wanted.items() if value is not None]
    newest = select(JOBS.finished_ms, JOBS.run_ms).where(*within, JOBS.run_ms.is_not(None))
    some = newest.order_by(JOBS.finished_ms.desc()).limit(JOBS_MOST).subquery()
    step = (some.c.finished_ms - since) // step_ms
    band = case(*((some.c.run_ms < bound, at) for at, bound in enumerate(BANDS_MS)), else_=len(BANDS_MS))
    place = select(step.label("step"), band.label("band")).subquery()
    with reading(engine) as session:
        rows = session.execute(select(place.c.step, place.c.band, func.count()).group_by(place.c.step, place.c.band))
        return {(at, number): count for at, number, count in rows}
