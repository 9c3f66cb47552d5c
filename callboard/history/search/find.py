"""Find jobs in the history: a page of them, their number, or all their ids in bounded batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, select

from callboard.history.search.conditions import JOB
from callboard.history.search.cursor import Cursor, read_cursor
from callboard.history.search.errors import BadCursor
from callboard.history.search.lines import JobLine, lines
from callboard.history.search.plan import prepare
from callboard.history.search.query import Query
from callboard.history.search.running import Found, Task, run
from callboard.history.search.statements import counted
from callboard.history.search.time_limit import TimeUp, limited, looking
from callboard.history.search.window import ALL, Window
from callboard.jobs.clock import wall_ms

MOST: Final = 200
MOST_IDS: Final = 1_000
# What a page may spend on its count, in seconds, and how far it counts.
COUNT_SECONDS: Final = 0.015
COUNT_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, newest first, and the cursors of the pages beside this one.

    `since` is the cursor of the jobs that have come since the first one of this page, None where there is none.
    `count` is how many fit in all, None where that would take long; `cut` says how far a search got that could not be
    finished in time, and `next` then goes on from there.
    """

    jobs: list[JobLine]
    next: str | None
    prev: str | None
    count: int | None
    cut: str | None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of jobs, oldest first, and where to go on, None at the end; a batch may be empty before that."""

    ids: list[str]
    after: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many jobs fit, at least so many where it is not exact."""

    number: int
    exact: bool


def find(
    engine: Engine, query: Query, cursor: str | None = None, limit: int = 50, *, now_ms: int | None = None
) -> Page:
    """A page of the jobs that fit, newest first; at most 200.

    Raises BadCursor. Takes two seconds at most: what cannot be found in one is looked for among the newest.
    """
    at = read_cursor(cursor) if cursor else None
    if at and at.way == "p":
        raise BadCursor("expected the cursor of a page, got one of a batch of ids")
    now_ms, limit = now_ms or wall_ms(), max(1, min(limit, MOST))
    older = at is None or at.way == "o"
    window = ALL if at is None else Window(high=at.number) if older else Window(low=at.number)
    with looking(engine) as connection:
        found = run(connection, Task(query, now_ms, window, limit + 1, newest_first=older))
        page = sorted(found.numbers[:limit], reverse=True)
        complete = at is None and len(found.numbers) <= limit and not found.cut
        onward, back = _beside(at, found, page)
        return Page(
            jobs=lines(connection, page),
            next=None if onward is None else str(Cursor("o", onward)),
            prev=None if back is None else str(Cursor("n", back)),
            count=len(page) if complete else _quick_count(connection, found),
            cut=_how_far(found, at) if found.cut else None,
            since=str(Cursor("n", page[0])) if page else None,
        )


def _beside(at: Cursor | None, found: Found, page: list[int]) -> tuple[int | None, int | None]:
    """The numbers from which the next older and the next newer page go on."""
    more = page[-1] if len(found.numbers) > len(page) else found.stopped
    if at is None:
        return more, None
    if at.way == "o":
        return more, page[0] if page else at.number - 1
    newer = page[0] if len(found.numbers) > len(page) else found.stopped
    return page[-1] if page else at.number + 1, newer


def _how_far(found: Found, at: Cursor | None) -> str:
    where = "latest " if at is None else ""
    return f"{where}{found.searched:,} searched{'' if at is None else ' from here on'}; narrow by time"


def _quick_count(connection: Connection, found: Found) -> int | None:
    """How many fit in all, if that is not much to count."""
    if found.plan is None or found.cut or not found.plan.branches:
        return None
    try:
        with limited(connection, COUNT_SECONDS) as sql:
            number: int = sql.rows(counted(found.plan.branches, sql.dialect, ALL, COUNT_MOST))[0][0]
    except TimeUp:
        return None
    return number if number < COUNT_MOST else None


def count(
    engine: Engine, query: Query, *, seconds: float = 1.0, most: int | None = None, now_ms: int | None = None
) -> Count:
    """How many jobs fit, counted for so many seconds and up to `most`."""
    try:
        with looking(engine) as connection, limited(connection, seconds) as sql:
            plan = prepare(sql, query, now_ms or wall_ms())
            number = sql.rows(counted(plan.branches, sql.dialect, plan.window, most))[0][0] if plan.branches else 0
    except TimeUp:
        return Count(0, exact=False)
    return Count(number, exact=most is None or number < most)


def find_ids(
    engine: Engine, query: Query, after: str | None = None, limit: int = 500, *, now_ms: int | None = None
) -> Ids:
    """The next batch of ids of the jobs that fit, oldest first; at most 1,000.

    Every job that was there at the first batch is looked at once, however often jobs change meanwhile; jobs that come
    later are not. Each batch takes two seconds at most. Raises BadCursor.
    """
    at = read_cursor(after) if after else None
    if at and (at.way != "p" or at.last is None):
        raise BadCursor("expected the cursor of a batch of ids, got one of a page")
    limit = max(1, min(limit, MOST_IDS))
    with looking(engine) as connection:
        last = at.last if at and at.last is not None else _newest(connection)
        window = Window(at.number if at else 0, last + 1)
        found = run(connection, Task(query, now_ms or wall_ms(), window, limit, newest_first=False))
        done = found.numbers[-1] if len(found.numbers) == limit else found.stopped
        ids = list(connection.scalars(select(JOB.id).where(JOB.number.in_(found.numbers)).order_by(JOB.number)))
    return Ids(ids, None if done is None else str(Cursor("p", done, last)))


def _newest(connection: Connection) -> int:
    return connection.scalar(select(JOB.number).order_by(JOB.number.desc()).limit(1)) or 0
