"""What went wrong between two times: failures by class, type, queue and day, their groups, what retries achieved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, func, select

from callboard.history.database import Session, reading
from callboard.history.models import FailureGroupRow, FailureRow, JobRow, table_of
from callboard.jobs.clock import to_ms
from callboard.jobs.states import COMPLETED, FINAL

FAILURES: Final = table_of(FailureRow).c
GROUPS: Final = table_of(FailureGroupRow).c
JOBS: Final = table_of(JobRow).c
DAY_MS: Final = 86_400_000
DAYS_MOST: Final = 400
GROUPS_MOST: Final = 10
RETRIED_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many failures of a group were in the time."""

    fingerprint: str
    error_type: str
    message: str
    failures: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """Of jobs that failed and were retried, how many have finished since, and how many of these completed.

    `about` tells that only the newest 20,000 failures were looked at.
    """

    finished: int
    completed: int
    about: bool

    @property
    def share(self) -> float | None:
        """The share of retried jobs that completed in the end, None where none has finished."""
        return self.completed / self.finished if self.finished else None


@dataclass(frozen=True, slots=True)
class ErrorStatistics:
    """Failed attempts from `start` to before `end`; `final` are those that ended their job. The largest come first.

    `per_day` has every day in UTC, those without a failure too.
    """

    start: datetime
    end: datetime
    failures: int
    final: int
    by_class: dict[str, int]
    by_type: dict[str, int]
    by_queue: dict[str, int]
    per_day: dict[date, int]
    groups: list[GroupCount]
    retried: Recovery


def error_statistics(engine: Engine, start: datetime, end: datetime) -> ErrorStatistics:
    """The statistics of a time, as far back as failures are kept.

    Raises ValueError for times without a zone, for an end that is not after the start, for more than 400 days.
    """
    if not timedelta(0) < end - start <= timedelta(days=DAYS_MOST):
        raise ValueError(
            f"statistics are of 1 to {DAYS_MOST} days, got {start.isoformat()} to {end.isoformat()}; ask for less"
        )
    within = (to_ms(start) <= FAILURES.at_ms, FAILURES.at_ms < to_ms(end))
    day = FAILURES.at_ms // DAY_MS
    by = (day, FAILURES.type, FAILURES.queue, FAILURES.error_class, FAILURES.final)
    with reading(engine) as session:
        counts = session.execute(select(*by, func.count()).where(*within).group_by(*by)).all()
        groups = _groups(session, within)
        retried = _recovery(session, within)
    final = sum(number for *_, ended, number in counts if ended)
    return ErrorStatistics(
        start=start,
        end=end,
        failures=sum(number for *_, number in counts),
        final=final,
        by_class=_summed(counts, 3),
        by_type=_summed(counts, 1),
        by_queue=_summed(counts, 2),
        per_day=_days(start, end, _summed(counts, 0)),
        groups=groups,
        retried=retried,
    )


def _summed(counts: Any, column: int) -> dict[Any, int]:
    """The counts by one column, the largest first."""
    sums: Counter[Any] = Counter()
    for row in counts:
        sums[row[column]] += row[-1]
    return dict(sums.most_common())


def _days(start: datetime, end: datetime, counts: dict[int, int]) -> dict[date, int]:
    first, last = to_ms(start) // DAY_MS, (to_ms(end) - 1) // DAY_MS
    return {datetime.fromtimestamp(day * 86_400, UTC).date(): counts.get(day, 0) for day in range(first, last + 1)}


def _groups(session: Session, within: tuple[ColumnElement[bool], ...]) -> list[GroupCount]:
    """The most frequent groups of the time."""
    number = func.count().label("number")
    largest = select(FAILURES.fingerprint, number).where(*within).group_by(FAILURES.fingerprint)
    top = largest.order_by(number.desc(), FAILURES.fingerprint).limit(GROUPS_MOST).subquery()
    statement = select(GROUPS.fingerprint, GROUPS.error_type, GROUPS.message, top.c.number)
    rows = session.execute(statement.join_from(top, table_of(FailureGroupRow), top.c.fingerprint == GROUPS.fingerprint))
    return sorted((GroupCount(*row) for row in rows), key=lambda group: (-group.failures, group.fingerprint))


def _recovery(session: Session, within: tuple[ColumnElement[bool], ...]) -> Recovery:
    """What became of the jobs whose failures in the time were not the end of them."""
    newest = select(FAILURES.job_id).where(*within, FAILURES.final.is_(False)).order_by(FAILURES.at_ms.desc())
    ids = newest.limit(RETRIED_MOST + 1).subquery()
    looked_at = session.scalar(select(func.count()).select_from(ids)) or 0
    retried = select(ids.c.job_id).distinct().subquery()
    statement = select(JOBS.state, func.count()).join_from(retried, table_of(JobRow), retried.c.job_id == JOBS.id)
    states: dict[str, int] = dict(session.execute(statement.group_by(JOBS.state)).all())
    finished = sum(states.get(state, 0) for state in FINAL)
    return Recovery(finished, states.get(COMPLETED, 0), looked_at > RETRIED_MOST)
