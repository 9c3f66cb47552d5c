"""The jobs of a time that ran longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select

from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.history.throughput import PLAIN
from callboard.jobs.clock import from_ms, to_ms

JOBS: Final = table_of(JobRow).c
LOOKED_AT: Final = 200_000


@dataclass(frozen=True, slots=True)
class SlowJob:
    """A finished job and how long it ran and waited, ms."""

    id: str
    type: str
    queue: str
    state: str
    attempt: int
    run_ms: int
    wait_ms: int | None
    finished_at: datetime | None


def slowest(
    engine: Engine,
    start: datetime,
    end: datetime,
    *,
    queue: str | None = None,
    type: str | None = None,
    limit: int = 10,
) -> list[SlowJob]:
    """Of the newest 200,000 jobs that finished in a time those that ran longest, the longest first."""
    within = [JOBS.finished_ms >= to_ms(start), JOBS.finished_ms < to_ms(end), JOBS.run_ms.is_not(None)]
    within += [PLAIN[name] == value for name, value in (("queue", queue), ("type", type)) if value is not None]
    newest = select(JOBS.number, JOBS.run_ms).where(*within).order_by(JOBS.finished_ms.desc()).limit(LOOKED_AT)
    some = newest.subquery()
    longest = select(some.c.number).order_by(some.c.run_ms.desc(), some.c.number).limit(limit).subquery()
    names = ("id", "type", "queue", "state", "attempt", "run_ms", "wait_ms", "finished_ms")
    statement = select(*(JOBS[name] for name in names)).join(longest, longest.c.number == JOBS.number)
    with reading(engine) as session:
        rows = session.execute(statement.order_by(JOBS.run_ms.desc(), JOBS.number)).mappings().all()
    return [
        SlowJob(**{name: row[name] for name in names[:-1]}, finished_at=from_ms(row["finished_ms"])) for row in rows
    ]
