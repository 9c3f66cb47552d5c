"""The statements that find numbers of jobs, along the indexes that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select, union
from sqlalchemy.sql import ColumnElement, Select

from callboard.history.models import JobRow, table_of
from callboard.history.search.conditions import JOB
from callboard.history.search.leads import Branch
from callboard.history.search.term_index import FTS, matched, numbers_with
from callboard.history.search.window import Window

JOBS: Final = table_of(JobRow)


def numbers(
    branches: Sequence[Branch], dialect: str, window: Window, limit: int, *, newest_first: bool = True
) -> Select[Any]:
    """The first numbers in a window of the jobs in any of the branches, each once."""
    firsts = [_first(branch, dialect, window, limit, newest_first) for branch in branches]
    if len(firsts) == 1:
        return firsts[0]
    merged = union(*(select(first.subquery().c.number) for first in firsts)).subquery()
    return select(merged.c.number).order_by(order(merged.c.number, newest_first)).limit(limit)


def counted(branches: Sequence[Branch], dialect: str, window: Window, most: int | None) -> Select[Any]:
    """How many different jobs the branches give in a window, counted up to `most`."""
    all_along = [_along(branch, dialect, window).limit(most) for branch in branches]
    if len(all_along) == 1:
        return select(func.count()).select_from(all_along[0].subquery())
    merged = union(*(select(along.subquery().c.number) for along in all_along)).limit(most)
    return select(func.count()).select_from(merged.subquery())


def how_many(branches: Sequence[Branch], dialect: str, window: Window, most: int) -> Select[Any]:
    """How many jobs the branches give in a window, counted up to `most` in each; one in two branches counts twice."""
    counts = [
        select(func.count()).select_from(_along(branch, dialect, window).limit(most).subquery()).scalar_subquery()
        for branch in branches
    ]
    return select(sum(counts[1:], counts[0]))


def _first(branch: Branch, dialect: str, window: Window, limit: int, newest_first: bool) -> Select[Any]:
    number: ColumnElement[Any] = JOB.number
    if dialect == "sqlite":
        number = FTS.c.rowid if branch.groups else number
    elif branch.few or not branch.ordered:
        # The sum keeps PostgreSQL from going through all jobs in their order, where sorting a few is quicker.
        number = number + 0
    return _along(branch, dialect, window).order_by(order(number, newest_first)).limit(limit)


def _along(branch: Branch, dialect: str, window: Window) -> Select[Any]:
    """The numbers of the jobs of a branch, led by its index."""
    if not branch.groups:
        statement = select(JOB.number).where(branch.fits, *window.holds(JOB.number))
        return statement.with_hint(JOBS, f"INDEXED BY {branch.index}", "sqlite") if branch.index else statement
    if dialect != "sqlite":
        listed = numbers_with(branch.groups, window)
        return select(JOB.number).where(JOB.number.in_(listed), branch.fits, *window.holds(JOB.number))
    # The sum keeps SQLite from going the other way round, through all jobs and for each into the index of terms.
    joined = [matched(branch.groups), *window.holds(FTS.c.rowid), JOB.number == FTS.c.rowid + 0]
    return select(JOB.number).where(*joined, branch.fits)


def order(number: ColumnElement[Any], newest_first: bool) -> ColumnElement[Any]:
    """Newest first, or oldest first."""
    return number.desc() if newest_first else number.asc()
