"""The values there are in a column, read from its index by leaping from each to the next."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.sql import Select

from callboard.history.models import JobRow, table_of
from callboard.history.search.time_limit import Limited

JOBS: Final = table_of(JobRow)
MOST: Final = 1_000


def known_values(sql: Limited, column: str) -> tuple[str, ...]:
    """The different values of a column that an index begins with, sorted, at most a thousand.

    Takes some microseconds for each value, however many jobs have it. Raises TimeUp.
    """
    return tuple(row.value for row in sql.rows(_leaps(column)))


@cache
def _leaps(name: str) -> Select[Any]:
    column, lead = JOBS.c[name], JOBS.alias()
    first = select(func.min(column).label("value")).where(column.is_not(None))
    walk = first.cte("walk", recursive=True)
    above = select(func.min(lead.c[name])).where(lead.c[name] > walk.c.value).scalar_subquery()
    walk = walk.union_all(select(above).where(walk.c.value.is_not(None)))
    return select(walk.c.value).where(walk.c.value.is_not(None)).limit(MOST)
