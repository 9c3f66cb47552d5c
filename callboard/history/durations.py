"""How long jobs of a type wait and run, and what they cost, from the newest that completed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from callboard.history.costs import Cost, cost_of
from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.jobs.states import COMPLETED

JOBS: Final = table_of(JobRow).c
SAMPLE: Final = 1_000
TYPES_MOST: Final = 1_000
KEPT_FOR: Final = 10.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles and mean of some durations, milliseconds."""

    p50_ms: int
    p95_ms: int
    p99_ms: int
    mean_ms: int


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the newest `jobs` completed jobs of a type ran and waited, what they cost; None where none is known."""

    type: str
    jobs: int
    run: Spread | None
    wait: Spread | None
    cost: Cost | None = None


def durations(engine: Engine, type: str) -> Durations:
    """The durations of a type, from its newest 1,000 completed jobs; reads no more than those."""
    columns = (JOBS.run_ms, JOBS.wait_ms, JOBS.number, JOBS.cost_usd)
    statement = select(*columns).where(JOBS.type == type, JOBS.state == COMPLETED)
    with reading(engine) as session:
        rows = session.execute(statement.order_by(JOBS.number.desc()).limit(SAMPLE)).all()
        cost = cost_of(session, [(row.number, row.cost_usd) for row in rows if row.cost_usd is not None])
    run, wait = spread(row.run_ms for row in rows), spread(row.wait_ms for row in rows)
    return Durations(type, len(rows), run, wait, cost)


class RecentDurations:
    """The durations of types, each read again when it was read more than ten seconds ago."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._known: dict[str, tuple[float, Durations]] = {}

    def of(self, type: str) -> Durations:
        """The durations of a type, some seconds old at most."""
        now = time.monotonic()
        read_at, found = self._known.get(type, (-KEPT_FOR, None))
        if found is None or now - read_at >= KEPT_FOR:
            if len(self._known) >= TYPES_MOST:  # a caller may name what is no type, and do so without end
                self._known.clear()
            found = durations(self.engine, type)
            self._known[type] = now, found
        return found


def spread(values: Iterable[int | None]) -> Spread | None:
    """The spread of those values that are known, None without any."""
    return weighted_spread((value, 1.0) for value in values)


def weighted_spread(values: Iterable[tuple[int | None, float]]) -> Spread | None:
    """The spread of values of which each stands for so many; nearest rank, so that each percentile is a real value."""
    known = sorted((value, weight) for value, weight in values if value is not None)
    if not known:
        return None
    total = sum(weight for _, weight in known)
    mean = sum(value * weight for value, weight in known) / total
    p50, p95, p99 = (_at(known, share * total) for share in (0.5, 0.95, 0.99))
    return Spread(p50, p95, p99, round(mean))


def _at(ordered: Sequence[tuple[int, float]], rank: float) -> int:
    """The first value with which the weights reach a rank."""
    reached = 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= rank - 1e-9:
            return value
    return ordered[-1][0]
