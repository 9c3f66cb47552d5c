"""The numbers between which the jobs of some time lie, for jobs are numbered nearly in the order of their creation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select, true

from callboard.history.models import JobRow, table_of
from callboard.history.search.conditions import JOB, Condition, between
from callboard.history.search.query import Match, Query, Span
from callboard.history.search.time_limit import Limited
from callboard.history.search.window import ALL, Window

JOBS: Final = table_of(JobRow)
# So many newer jobs are passed over sooner than it is found out where to begin.
NEAR: Final = 20_000
# Where jobs of some time are more than this, it is not found out where they end.
WALKED: Final = 300_000


def created_within(sql: Limited, parts: Sequence[Query], now_ms: int) -> Window:
    """A window outside which no job was created when these parts say. Raises TimeUp."""
    window = ALL
    for part in parts:
        if isinstance(part, Match) and part.key in ("created", "age"):
            spans = [test for test in part.tests if isinstance(test, Span)]
            window = window.cut(_within(sql, [span if part.key == "created" else _ago(span, now_ms) for span in spans]))
    return window


def _ago(span: Span, now_ms: int) -> Span:
    """The time of an age."""
    return Span(*(None if end is None else now_ms - end for end in (span.high, span.low)))  # type: ignore[arg-type]


def _within(sql: Limited, spans: list[Span]) -> Window:
    lows, highs = [span.low for span in spans], [span.high for span in spans]
    since = min((low for low in lows if low is not None), default=None) if None not in lows else None
    until = max((high for high in highs if high is not None), default=None) if None not in highs else None
    far = until is not None and _many(sql, Span(low=until, above=True))
    if not far and since is None:
        return ALL
    ends = sql.rows(_ends(Span(since, until), None if far else WALKED))[0]
    if not ends.jobs:
        return Window(0, 0)
    low = ends.low - 1 if far or ends.jobs < WALKED else None
    return Window(low, ends.high + 1 if far else None)


def _many(sql: Limited, times: Span) -> bool:
    return bool(sql.rows(_ends(times, NEAR))[0].jobs >= NEAR)


def _ends(times: Span, most: int | None) -> Any:
    """The least and the largest number of the jobs of some time, of so many of them at most."""
    # The sum keeps PostgreSQL from going through all numbers from one end until a job fits.
    within = select((JOB.number + 0).label("number")).where(_enqueued(times)).limit(most)
    hinted = within.with_hint(JOBS, "INDEXED BY ix_background_jobs_enqueued_ms_number", "sqlite").subquery()
    number = hinted.c.number
    return select(func.min(number).label("low"), func.max(number).label("high"), func.count().label("jobs"))


def _enqueued(times: Span) -> Condition:
    return true() if times == Span() else between(JOB.enqueued_ms, times)
