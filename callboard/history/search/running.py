"""Run a plan within a second, and where that is too short, look at the newest jobs piece by piece."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from callboard.history.search.conditions import JOB
from callboard.history.search.leads import Branch
from callboard.history.search.plan import Plan, prepare, unprepared
from callboard.history.search.query import Query
from callboard.history.search.statements import numbers, order
from callboard.history.search.time_limit import Limited, TimeUp, limited
from callboard.history.search.window import Window

SECONDS: Final = 1.0
# What is left of two seconds for the answer as a whole.
SECONDS_AFTER: Final = 0.6
FIRST_PIECE: Final = 1_000
LARGEST_PIECE: Final = 32_000
HIGHEST: Final = 10**18 - 1


@dataclass(slots=True)
class Found:
    """The numbers of the jobs that were found, in order.

    A search that was cut has looked at `searched` jobs, the last of them number `stopped`. `plan` is how it went.
    """

    numbers: list[int] = field(default_factory=list)
    searched: int = 0
    stopped: int | None = None
    plan: Plan | None = None

    @property
    def cut(self) -> bool:
        """Whether there may be more that was not looked at."""
        return self.stopped is not None


@dataclass(frozen=True, slots=True)
class Task:
    """To find the first so many jobs of a window that fit."""

    query: Query
    now_ms: int
    window: Window
    want: int
    newest_first: bool = True


def run(connection: Connection, task: Task) -> Found:
    """What is found in a second, by the best index or by looking at every job, else among the newest."""
    found = Found()
    try:
        with limited(connection, SECONDS) as sql:
            plan = found.plan = prepare(sql, task.query, task.now_ms, task.window)
            if plan.looks_at_all:
                by_pieces(sql, plan, task, found)
            else:
                found.numbers = _read(sql, plan.branches, plan.window, task, task.want)
    except TimeUp:
        if not found.cut:
            _once_more(connection, task, found)
    return found


def _once_more(connection: Connection, task: Task, found: Found) -> None:
    """The index that led gave too many that do not fit: look at the newest jobs as long as there is time."""
    found.stopped = (task.window.high or HIGHEST) if task.newest_first else (task.window.low or 0)
    with suppress(TimeUp), limited(connection, SECONDS_AFTER) as sql:
        by_pieces(sql, unprepared(sql, task.query, task.now_ms, task.window), task, found)


def by_pieces(sql: Limited, plan: Plan, task: Task, found: Found) -> None:
    """Look at every job, in pieces, until enough is found or the window is through.

    Raises TimeUp; `found` then holds what was found before, and where the search stopped.
    """
    left, size = plan.window, FIRST_PIECE
    while True:
        last = _last(sql, left, size, task)
        piece = left if last is None else left.cut(_up_to(last, task))
        found.numbers += _read(sql, plan.unled(), piece, task, task.want - len(found.numbers))
        if last is None or len(found.numbers) >= task.want:
            found.stopped = None
            return
        found.searched += size
        found.stopped = last
        left = left.cut(_beyond(last, task))
        size = min(4 * size, LARGEST_PIECE)


def _read(sql: Limited, branches: list[Branch], window: Window, task: Task, want: int) -> list[int]:
    if not branches:
        return []
    statement = numbers(branches, sql.dialect, window, want, newest_first=task.newest_first)
    return [row.number for row in sql.rows(statement)]


def _last(sql: Limited, window: Window, size: int, task: Task) -> int | None:
    """The number of the last job of a piece of this size, None where fewer are left."""
    within = select(JOB.number).where(*window.holds(JOB.number)).order_by(order(JOB.number, task.newest_first))
    rows = sql.rows(within.offset(size - 1).limit(1))
    return int(rows[0].number) if rows else None


def _up_to(last: int, task: Task) -> Window:
    return Window(low=last - 1) if task.newest_first else Window(high=last + 1)


def _beyond(last: int, task: Task) -> Window:
    return Window(high=last) if task.newest_first else Window(low=last)
