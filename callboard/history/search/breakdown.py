"""The jobs that a search finds, counted by state and by the time of their creation, as far as that is quickly done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select

from callboard.history.search.conditions import JOB
from callboard.history.search.plan import prepare
from callboard.history.search.query import Is, Match, Query, all_of
from callboard.history.search.statements import counted, numbers
from callboard.history.search.time_limit import Limited, TimeUp, limited, looking
from callboard.jobs.clock import from_ms, wall_ms
from callboard.jobs.states import STATES

COUNT_SECONDS: Final = 0.25
TIME_SECONDS: Final = 0.15
# So many of the newest jobs make a chart, in so many steps at most.
NEWEST: Final = 10_000
BARS: Final = 60
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
STEPS: Final = (
    *(number * SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * HOUR for number in (1, 2, 3, 6, 12)),
    *(number * DAY for number in (1, 2, 7, 30, 365)),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """The jobs that were created from `at` until the next bar, by state; states without a job are left out."""

    at: datetime | None
    states: dict[str, int]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest jobs that fit by the time of their creation; `whole` tells that these are all of them."""

    jobs: int
    whole: bool
    step_ms: int
    bars: list[Bar]


def count_states(engine: Engine, query: Query, *, now_ms: int | None = None) -> dict[str, int | None]:
    """How many jobs of each state fit; None for a state whose jobs could not be counted in a quarter of a second."""
    counts: dict[str, int | None] = dict.fromkeys(STATES)
    try:
        with looking(engine) as connection, limited(connection, COUNT_SECONDS) as sql:
            for state in STATES:
                counts[state] = _count(sql, query, state, now_ms or wall_ms())
    except TimeUp:
        pass
    return counts


def _count(sql: Limited, query: Query, state: str, now_ms: int) -> int:
    plan = prepare(sql, all_of([query, Match("state", (Is(state),))]), now_ms)
    return int(sql.rows(counted(plan.branches, sql.dialect, plan.window, None))[0][0]) if plan.branches else 0


def timeline(engine: Engine, query: Query, *, newest: int = NEWEST, now_ms: int | None = None) -> Timeline | None:
    """When the newest jobs that fit were created; None where they are not found in 150 milliseconds."""
    try:
        with looking(engine) as connection, limited(connection, TIME_SECONDS) as sql:
            found = _times(sql, query, newest + 1, now_ms or wall_ms())
    except TimeUp:
        return None
    whole = len(found) <= newest
    found = found[:newest]
    if not found:
        return Timeline(0, True, STEPS[0], [])
    step = step_for(found[-1][0], found[0][0])
    return Timeline(len(found), whole, step, _bars(found, step))


def _times(sql: Limited, query: Query, most: int, now_ms: int) -> list[tuple[int, str]]:
    """Creation and state, the latest first."""
    plan = prepare(sql, query, now_ms)
    if not plan.branches:
        return []
    some = numbers(plan.branches, sql.dialect, plan.window, most).subquery()
    rows: list[Any] = sql.rows(select(JOB.enqueued_ms, JOB.state).where(JOB.number.in_(select(some.c[0]))))
    return sorted(((int(at), str(state)) for at, state in rows), reverse=True)


def step_for(first_ms: int, last_ms: int) -> int:
    """The shortest step in milliseconds that makes at most sixty bars of a time."""
    return next((step for step in STEPS if last_ms // step - first_ms // step < BARS), STEPS[-1])


def _bars(found: list[tuple[int, str]], step: int) -> list[Bar]:
    counts: Counter[tuple[int, str]] = Counter((at // step, state) for at, state in found)
    first, last = max(found[-1][0] // step, found[0][0] // step - 4 * BARS), found[0][0] // step
    return [
        Bar(from_ms(place * step), {state: counts[place, state] for state in STATES if counts[place, state]})
        for place in range(first, last + 1)
    ]
