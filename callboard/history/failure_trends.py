"""How failures of a group come in over time, and what share of the attempts of its job types they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, func, select

from callboard.history.database import Session, reading
from callboard.history.failures import FailureGroup
from callboard.history.models import FailureRow, JobRow, table_of
from callboard.jobs.clock import duration_ms, wall_ms
from callboard.jobs.states import COMPLETED

FAILURES: Final = table_of(FailureRow).c
JOBS: Final = table_of(JobRow).c
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
COUNT_MOST: Final = 200_000
# By hour the last day, by day the last two weeks.
STEPS: Final = {HOUR: 24, DAY: 14}


def trends(
    engine: Engine, fingerprints: Sequence[str], step: timedelta = HOUR, now_ms: int | None = None
) -> dict[str, list[int]]:
    """For each fingerprint, failures in each hour of the last 24, or in each day of the last 14; the newest last.

    An hour is the time since an hour ago, not since the clock struck.
    """
    until = wall_ms() if now_ms is None else now_ms
    count, step_ms = STEPS[step], duration_ms(step)
    ago = (until - FAILURES.at_ms) // step_ms
    statement = (
        select(FAILURES.fingerprint, ago, func.count())
        .where(
            FAILURES.fingerprint.in_(fingerprints), FAILURES.at_ms > until - count * step_ms, FAILURES.at_ms <= until
        )
        .group_by(FAILURES.fingerprint, ago)
    )
    found = {fingerprint: [0] * count for fingerprint in fingerprints}
    with reading(engine) as session:
        for fingerprint, age, number in session.execute(statement):
            found[fingerprint][count - 1 - age] = number
    return found


def shares(engine: Engine, groups: Sequence[FailureGroup], now_ms: int | None = None) -> dict[str, float | None]:
    """For each group its failures as a share, 0 to 1, of the attempts of its job types that failed or completed.

    Of the last day, or of the newest 200,000 finished jobs where a day had more; None where there were none.
    """
    since = (wall_ms() if now_ms is None else now_ms) - duration_ms(DAY)
    types = sorted({type for group in groups for type in group.types})
    newest = select(JOBS.finished_ms).where(JOBS.finished_ms > since).order_by(JOBS.finished_ms.desc())
    with reading(engine) as session:
        since = session.scalar(newest.offset(COUNT_MOST).limit(1)) or since
        ended = _completed(session, types, since)
        own: dict[tuple[str, str], int] = {}
        by_type = select(FAILURES.type, FAILURES.fingerprint, func.count()).where(
            FAILURES.at_ms > since, FAILURES.type.in_(types)
        )
        for type, fingerprint, number in session.execute(by_type.group_by(FAILURES.type, FAILURES.fingerprint)):
            ended[type] += number
            own[fingerprint, type] = number
    return {group.fingerprint: _share(group, own, ended) for group in groups}


def _share(group: FailureGroup, own: Mapping[tuple[str, str], int], ended: Mapping[str, int]) -> float | None:
    total = sum(ended[type] for type in group.types)
    return sum(own.get((group.fingerprint, type), 0) for type in group.types) / total if total else None


def _completed(session: Session, types: Sequence[str], since_ms: int) -> dict[str, int]:
    """Jobs of each type that completed since a time."""
    counts = dict.fromkeys(types, 0)
    # Written so that the index of finished times is taken, and not that of types or states.
    name, state = func.coalesce(JOBS.type, ""), func.coalesce(JOBS.state, "")
    statement = select(name, func.count()).where(JOBS.finished_ms > since_ms, state == COMPLETED).group_by(name)
    for type, number in session.execute(statement):
        if type in counts:
            counts[type] = number
    return counts
