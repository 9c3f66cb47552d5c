"""How many jobs finished in each step of a time, and how long they ran and waited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, case, func, select

from callboard.history.database import Session, reading
from callboard.history.durations import Spread, spread, weighted_spread
from callboard.history.models import JobRow, table_of
from callboard.jobs.clock import duration_ms, to_ms
from callboard.jobs.states import CANCELLED, COMPLETED, FAILED

JOBS: Final = table_of(JobRow).c
# Written so that the index of finished times is taken, and not that of a state, a queue or a type.
PLAIN: Final = {column.name: func.coalesce(column, "") for column in (JOBS.state, JOBS.queue, JOBS.type)}
STEPS_MOST: Final = 1_500
SAMPLE: Final = 20_000
# S2's time ranges with the steps that make a readable chart.
RANGES: Final = {
    "hour": (timedelta(hours=1), timedelta(minutes=1)),
    "day": (timedelta(days=1), timedelta(minutes=15)),
    "week": (timedelta(days=7), timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Step:
    """The jobs that finished from `at` until the next step; `run` and `wait` are of those that completed."""

    at: datetime
    completed: int
    failed: int
    cancelled: int
    run: Spread | None
    wait: Spread | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """The jobs that finished from `start` to before `end`, and the same by steps.

    The numbers are exact; `about` tells that durations are those of a part of the jobs, the same number in each step.
    """

    start: datetime
    end: datetime
    completed: int
    failed: int
    cancelled: int
    run: Spread | None
    wait: Spread | None
    about: bool
    steps: list[Step]

    @property
    def processed(self) -> int:
        """Jobs that ran to an end, good or bad."""
        return self.completed + self.failed

    @property
    def per_second(self) -> float:
        """Processed jobs a second."""
        return self.processed / (self.end - self.start).total_seconds()


def throughput(
    engine: Engine,
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    queue: str | None = None,
    type: str | None = None,
) -> Throughput:
    """The jobs that finished in a time, by steps; of one queue or type where one is named.

    Raises ValueError for times without a zone, for an end that is not after the start, for more than 1,500 steps.
    """
    if step <= timedelta(0) or not timedelta(0) < end - start <= step * STEPS_MOST:
        raise ValueError(f"a time has 1 to {STEPS_MOST} steps, got {end - start} in steps of {step}; make them longer")
    wanted = [PLAIN[name] == value for name, value in (("queue", queue), ("type", type)) if value is not None]
    bounds = list(_bounds(to_ms(start), to_ms(end), duration_ms(step)))
    with reading(engine) as session:
        parts = [_part(session, since, until, wanted, SAMPLE // len(bounds)) for since, until in bounds]
    steps = [part.step for part in parts]
    return Throughput(
        start=start,
        end=end,
        completed=sum(step.completed for step in steps),
        failed=sum(step.failed for step in steps),
        cancelled=sum(step.cancelled for step in steps),
        run=weighted_spread((run, part.weight) for part in parts for run, _ in part.sample),
        wait=weighted_spread((wait, part.weight) for part in parts for _, wait in part.sample),
        about=any(part.weight > 1 for part in parts),
        steps=steps,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A step with the run and wait of some of its jobs, of which each stands for `weight` jobs."""

    step: Step
    sample: list[tuple[int | None, int | None]]
    weight: float


def _bounds(start_ms: int, end_ms: int, step_ms: int) -> Iterator[tuple[int, int]]:
    for since in range(start_ms, end_ms, step_ms):
        yield since, min(since + step_ms, end_ms)


def _part(session: Session, since: int, until: int, wanted: Sequence[ColumnElement[bool]], most: int) -> _Part:
    within = (JOBS.finished_ms >= since, JOBS.finished_ms < until, *wanted)
    counts = select(*(func.sum(case((JOBS.state == word, 1), else_=0)) for word in (COMPLETED, FAILED, CANCELLED)))
    completed, failed, cancelled = (int(number or 0) for number in session.execute(counts.where(*within)).one())
    sample = _sample(session, within, most) if completed else []
    step = Step(
        at=datetime.fromtimestamp(since / 1000, UTC),
        completed=completed,
        failed=failed,
        cancelled=cancelled,
        run=spread(run for run, _ in sample),
        wait=spread(wait for _, wait in sample),
    )
    return _Part(step, sample, completed / len(sample) if sample else 0.0)


def _sample(session: Session, within: Sequence[ColumnElement[bool]], most: int) -> list[tuple[int | None, int | None]]:
    """Run and wait of the newest completed jobs of a step."""
    newest = (
        select(JOBS.run_ms, JOBS.wait_ms).where(*within, PLAIN["state"] == COMPLETED).order_by(JOBS.finished_ms.desc())
    )
    return [(row.run_ms, row.wait_ms) for row in session.execute(newest.limit(most))]
